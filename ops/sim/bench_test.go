package sim_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

var large = sim.Options{Brokers: 100, Topics: 1000, Partitions: 100_000}

func BenchmarkStart100Brokers100000Partitions(b *testing.B) {
	for b.Loop() {
		c, err := sim.New(large)
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}

func BenchmarkMetadataOf100000Partitions(b *testing.B) {
	c, err := sim.New(large)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Bootstrap()...))
	if err != nil {
		b.Fatal(err)
	}
	defer cl.Close()
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = nil
	for b.Loop() {
		resp, err := cl.SeedBrokers()[0].Request(b.Context(), req)
		if err != nil {
			b.Fatal(err)
		}
		if n := len(resp.(*kmsg.MetadataResponse).Topics); n != 1000 {
			b.Fatalf("%d topics", n)
		}
	}
}

func BenchmarkLogDirsOf100Brokers(b *testing.B) {
	c, err := sim.New(large)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Bootstrap()...))
	if err != nil {
		b.Fatal(err)
	}
	defer cl.Close()
	req := kmsg.NewPtrDescribeLogDirsRequest()
	req.Topics = nil
	for b.Loop() {
		for _, broker := range cl.SeedBrokers() {
			if _, err := broker.Request(b.Context(), req); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkTraffic measures one second of a cluster of 12 brokers with metrics.
func BenchmarkTraffic(b *testing.B) {
	c := measuredForBench(b)
	for b.Loop() {
		c.Advance(time.Second)
	}
}

func BenchmarkMetricsPage(b *testing.B) {
	c := measuredForBench(b)
	for b.Loop() {
		if _, err := c.MetricsPage(7); err != nil {
			b.Fatal(err)
		}
	}
}

func measuredForBench(b *testing.B) *sim.Cluster {
	c, err := sim.New(sim.Options{Virtual: true, Metrics: true, Clock: sim.FrozenClock(time.Unix(1_800_000_000, 0))})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	c.Advance(time.Minute)
	return c
}
