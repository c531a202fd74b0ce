package sim_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/sim"
)

// BenchmarkOffsetsOf1000Groups measures how long the cluster takes to answer for a thousand groups that each read a hundred topics
// of thirty partitions.
func BenchmarkOffsetsOf1000Groups(b *testing.B) {
	c, err := sim.New(sim.Options{
		Virtual: true, Groups: true, Topics: 102, Partitions: 102 * 30, MoreGroups: 1000, GroupTopics: 100, Clock: sim.FrozenClock(time.Unix(1_800_000_000, 0)),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Bootstrap()...), kgo.Dialer(c.DialContext), kgo.DisableClientMetrics(), kgo.RequestTimeoutOverhead(5*time.Minute))
	if err != nil {
		b.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	groups, err := adm.ListGroups(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if len(groups) < 1000 {
		b.Fatalf("%d groups", len(groups))
	}
	for b.Loop() {
		fetched := adm.FetchManyOffsets(b.Context(), groups.Groups()...)
		offsets := 0
		for _, f := range fetched {
			if f.Err != nil {
				b.Fatal(f.Err)
			}
			for _, t := range f.Fetched {
				offsets += len(t)
			}
		}
		if offsets < 3_000_000 {
			b.Fatalf("%d offsets", offsets)
		}
	}
}
