package host

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// A round over the threads of a process: KDECK_HOST_PID names it, and this process itself otherwise.
func BenchmarkRound(b *testing.B) {
	s, err := This(false)
	if err != nil {
		b.Fatal(err)
	}
	pid, _ := strconv.Atoi(os.Getenv("KDECK_HOST_PID"))
	if pid == 0 {
		pid = os.Getpid()
	}
	a, err := newSampler(s, &Process{PID: pid, Inner: pid})
	if err != nil {
		b.Fatal(err)
	}
	defer a.close()
	now := time.Now()
	a.names = map[int]string{}
	if err := a.refresh(now); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := a.round(now); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(a.threads)), "threads")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(a.always)+min(inTurn, len(a.turns))), "ns/sample")
}
