package watch

import (
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/sim"
)

// BenchmarkMetadataPart compares what a look makes of the metadata of 100 brokers and 100,000 partitions, a snapshot,
// with the bare exchange of the same answer, one after the other. The budget is 1.5 times.
func BenchmarkMetadataPart(b *testing.B) {
	c, s := largeCluster(b)
	req := kmsg.NewPtrMetadataRequest()
	req.Topics, req.AllowAutoTopicCreation = nil, false
	addr := c.Bootstrap()[0]
	bare := func() time.Duration {
		start := time.Now()
		if _, err := s.Ask(b.Context(), addr, req); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	whole := func() time.Duration {
		l := newLook(s, Options{Deadline: time.Minute}.orDefaults(), nil)
		start := time.Now()
		m, err := l.askMetadata(b.Context(), []string{addr})
		if err != nil {
			b.Fatal(err)
		}
		if n := m.build(l, start).Done().NumPartitions(); n != 100_000 {
			b.Fatalf("%d partitions", n)
		}
		return time.Since(start)
	}
	fastest, fastestWhole := bare(), whole() // the fastest of each says least of what else the machine does
	for b.Loop() {
		fastest, fastestWhole = min(fastest, bare()), min(fastestWhole, whole())
	}
	b.ReportMetric(float64(fastest.Microseconds())/1000, "ms/bare")
	b.ReportMetric(float64(fastestWhole.Microseconds())/1000, "ms/snapshot")
	b.ReportMetric(float64(fastestWhole)/float64(fastest), "times-bare")
}

// BenchmarkLook is a whole look at 100 brokers and 100,000 partitions, and what the snapshot then holds.
func BenchmarkLook(b *testing.B) {
	_, s := largeCluster(b)
	var before, after runtime.MemStats
	first, err := Look(b.Context(), s, Options{Deadline: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if first, err = newLook(s, Options{Deadline: time.Minute}.orDefaults(), first).run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	partitions := first.NumPartitions()
	first = nil
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(partitions), "B/partition")
}

func largeCluster(b *testing.B) (*sim.Cluster, *kafka.Session) {
	b.Helper()
	c, err := sim.New(sim.Options{Virtual: true, Brokers: 100, Topics: 1000, Partitions: 100_000, LogDirs: 2})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	s := session(b, c)
	b.Cleanup(s.Close)
	return c, s
}
