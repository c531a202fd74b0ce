package compare

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/sim"
)

// Of 100 brokers and 100,000 partitions: the time, the requests and the bytes for each broker, and how much the heap grows while they are
// compared, the embedded cluster's own share of it included.
func BenchmarkCompareALargeCluster(b *testing.B) {
	c, err := sim.New(sim.Options{Virtual: true, Brokers: 100, Topics: 1000, Partitions: 100_000, LogDirs: 2, Clock: sim.FrozenClock(time.Unix(1_800_000_000, 0))})
	must(b, err)
	b.Cleanup(c.Close)
	s := sessionTo(b, c, config.Flags{Bootstrap: strings.Join(c.Bootstrap()[:2], ",")})
	b.Cleanup(s.Close)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, peak := m.HeapAlloc, uint64(0)
	var done atomic.Bool
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for !done.Load() {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	spent := s.Spent()
	for b.Loop() {
		r, err := Cluster(b.Context(), s, Options{Now: time.Now, Rest: func(context.Context) bool { return true }})
		must(b, err)
		if agree, known := r.Agree(); !agree || !known || len(r.Brokers) != 100 {
			b.Fatalf("%d brokers, %d differences, %v", len(r.Brokers), len(r.Differences), r.Unknown)
		}
	}
	done.Store(true)
	<-watched
	now := s.Spent()
	n := float64(b.N) * 100
	b.ReportMetric(float64(now.Requests-spent.Requests)/n, "requests/broker")
	b.ReportMetric(float64(now.BytesReceived-spent.BytesReceived)/n/1e6, "MB/broker")
	b.ReportMetric(float64(peak-before)/1e6, "MB-peak")
}
