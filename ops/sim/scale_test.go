package sim

import (
	"testing"
	"time"
)

func BenchmarkThousandsOfMovesAtOnce(b *testing.B) {
	for b.Loop() {
		c, err := New(Options{Virtual: true, Brokers: 33, Partitions: 10_000, Clock: FrozenClock(time.Unix(0, 0))})
		if err != nil {
			b.Fatal(err)
		}
		m := c.model
		moved := 0
		for _, p := range m.hosted(m.brokers[0]) {
			to := (p.id*7+int32(len(p.topic.name)))%32 + 2
			for p.log(to) != nil {
				to = to%32 + 2
			}
			replicas, adding, removing := merged(p.replicas, append(without(p.replicas, 1), to))
			m.apply(p, change{replicas: replicas, adding: adding, removing: removing})
			moved++
		}
		c.Advance(24 * time.Hour)
		if left := len(c.Reassignments()); left > 0 {
			b.Fatalf("%d of %d moves are left", left, moved)
		}
		b.ReportMetric(float64(moved), "moves/op")
		c.Close()
	}
}
