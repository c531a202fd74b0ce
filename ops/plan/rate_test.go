package plan

import (
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

// onTopic is a cluster of three brokers with partitions of the sizes, which are all on brokers 1 and 2.
func onTopic(t *testing.T, at time.Time, sizes ...int64) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("Xy", at, 0, 0)
	for id := range int32(3) {
		b.Broker(state.Broker{ID: id + 1, Alive: true})
	}
	if err := b.Topic("t", [16]byte{}, false); err != nil {
		t.Fatal(err)
	}
	for i, size := range sizes {
		if err := b.Partition(int32(i), 1, 1, []int32{1, 2}, []int32{1, 2}, nil); err != nil {
			t.Fatal(err)
		}
		for broker := range int32(2) {
			b.Size("t", int32(i), broker+1, size, 0)
		}
	}
	return b.Done()
}

func TestAThrottleThatCanNotBeMeantIsObjectedToWithItsFigures(t *testing.T) {
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	to3 := []Assignment{{Topic: "t", Partition: 0, Replicas: []int32{1, 3}}, {Topic: "t", Partition: 1, Replicas: []int32{1, 3}}}
	const gb = 1_000_000_000
	for _, c := range []struct {
		name        string
		sizes, grow [2]int64 // grow in 2 s
		rate        int64
		atOnce      int
		want        string
	}{
		{"it takes minutes", [2]int64{gb, gb}, [2]int64{0, 0}, 10_000_000, 10, ""},
		{"it takes more than a week", [2]int64{900 * gb, 900 * gb}, [2]int64{0, 0}, 2_000_000, 10, "1.80TB of the plan take 10d10h, more than a week"},
		{"producers write more than it", [2]int64{gb, gb}, [2]int64{30_000_000, 0}, 10_000_000, 10, "10.0MB/s is no more than what producers write into the partitions that are copied from broker 1 at the same time (15.0MB/s over 2s)"},
		{"producers write more than it into several at once", [2]int64{gb, gb}, [2]int64{12_000_000, 12_000_000}, 10_000_000, 10, "12.0MB/s"},
		{"one at a time catches up", [2]int64{gb, gb}, [2]int64{12_000_000, 12_000_000}, 10_000_000, 1, ""},
		{"old segments were deleted meanwhile", [2]int64{gb, gb}, [2]int64{-gb / 2, 0}, 10_000_000, 10, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := onTopic(t, noon, c.sizes[0], c.sizes[1])
			second := onTopic(t, noon.Add(2*time.Second), c.sizes[0]+c.grow[0], c.sizes[1]+c.grow[1])
			traffic := TrafficOf(first, to3)
			got := traffic.Objection(traffic.Simulate(c.rate, c.atOnce), InboundOf(first, second, to3))
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
