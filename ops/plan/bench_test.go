package plan

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

// large is a cluster of 33 brokers in 3 racks with 10,000 partitions of 3 replicas.
func large(b *testing.B) *state.Snapshot {
	b.Helper()
	bl := state.NewBuilder("Xy", time.Time{}, 0, 0)
	bl.Snapshot().Moves = state.Read(0, time.Time{}, "test")
	for id := range int32(33) {
		bl.Broker(state.Broker{ID: id, Rack: string(rune('a' + id%3)), Alive: true})
	}
	for t := range 100 {
		if err := bl.Topic(fmt.Sprintf("t%02d", t), [16]byte{}, false); err != nil {
			b.Fatal(err)
		}
		for p := range int32(100) {
			first := (int32(t)*7 + p*13) % 33
			replicas := []int32{first, (first + 1 + p%2*3) % 33, (first + 5) % 33}
			if err := bl.Partition(p, first, 1, replicas, replicas, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	return bl.Done()
}

// What a chain costs from its words to its file, the planner included.
func BenchmarkPlanOf10000PartitionsOver33Brokers(b *testing.B) {
	s := large(b)
	for _, words := range []string{"drain 7", "drain 7 + racks + balance count + leaders + elect"} {
		b.Run(strings.ReplaceAll(words, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				stages, err := Parse(strings.Fields(words))
				if err != nil {
					b.Fatal(err)
				}
				p, err := Make(context.Background(), s, stages)
				if err != nil {
					b.Fatal(err)
				}
				if err := p.Write(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The timeline of a large plan, which the dry run of a drain shows.
func BenchmarkTimelineOf100000PartitionsOver100Brokers(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	var copies []Copy
	for range 100_000 {
		from := rng.Int32N(100)
		copies = append(copies, Copy{from, []int32{other(rng, 100, from)}, int64(1e9 * math.Exp(rng.NormFloat64()))})
	}
	t := traffic(copies...)
	for b.Loop() {
		t.Simulate(50_000_000, 0)
	}
}
