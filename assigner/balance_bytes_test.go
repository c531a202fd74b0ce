package assigner

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sized gives the partitions of a cluster their sizes.
func sized(in *Input, sizes ...int64) *Input {
	for i, size := range sizes {
		in.Partitions[i].Bytes = size
	}
	return in
}

// held is how many bytes each target holds by the lists of a plan.
func held(in *Input, plan *Plan) map[int32]int64 {
	bytes := map[int32]int64{}
	for _, l := range plan.Brokers {
		if l.Target {
			bytes[l.Broker] = l.After.Bytes.Known
		}
	}
	return bytes
}

func TestBytesAreLeveled(t *testing.T) {
	for _, c := range []struct {
		name       string
		in         *Input
		demands    []Demand
		low, high  int64 // that every target holds in the end
		moves      int
		said       string
		bytesBound int64
	}{
		{
			"where they are level nothing moves",
			sized(cluster(t, "1 2", "t-0 1", "t-1 2"), 500, 500), []Demand{BalanceBytes{}}, 500, 500, 0, "", 0,
		},
		{
			"one replica moves, the one that fits",
			sized(cluster(t, "1 2", "t-0 1", "t-1 1", "t-2 1", "t-3 2"), 900, 300, 400, 1000), []Demand{BalanceBytes{}},
			1300, 1300, 1, "", 300,
		},
		{
			"an empty broker gets its share of large ones",
			sized(cluster(t, "1a 2b 3c", "t-0 1,2", "t-1 2,1", "u-0 2,1", "u-1 1,2", "v-0 1,2", "v-1 2,1"), 1000, 1000, 2000, 2000, 1000, 2000),
			[]Demand{BalanceBytes{}}, 6000, 6000, 4, "", 6000,
		},
		{
			"where counts are level as well, replicas are swapped",
			sized(cluster(t, "1 2", "t-0 1", "t-1 1", "t-2 2", "t-3 2"), 900, 900, 300, 300), []Demand{BalanceCount{}, BalanceBytes{}},
			1200, 1200, 2, "", 600,
		},
		{
			"where one partition outweighs the rest it is said",
			sized(cluster(t, "1 2", "t-0 1", "t-1 2"), 8000, 100), []Demand{BalanceBytes{}}, 100, 8000, 0,
			"bytes are level to between -97.5% and +97.5% of the average", 0,
		},
		{
			"racks are kept",
			sized(cluster(t, "1a 2b 3a 4b", "t-0 1,2", "t-1 1,2"), 400, 400), []Demand{BalanceBytes{}}, 400, 400, 2, "", 800,
		},
		{
			"a drain goes before, and what it moves serves to level",
			sized(cluster(t, "1 2 3", "t-0 1", "t-1 1", "t-2 2", "t-3 3"), 600, 100, 700, 200), []Demand{Drain{Brokers: []int32{1}}, BalanceBytes{}},
			800, 800, 2, "", 700,
		},
		{
			"of few large ones the fullest broker gives one up, though the average lies below it",
			sized(cluster(t, "1 2 3 4 5 6", "t-0 1", "t-1 1", "t-2 2"), 100, 100, 100), []Demand{BalanceBytes{}}, 0, 100, 1,
			"bytes are level to between -100.0% and +100.0% of the average: no move and no swap that the demands allow brings them closer; no plan has less than +100.0% on the fullest",
			100,
		},
		{
			"brokers are leveled in a rack that holds more than its share",
			sized(cluster(t, "1a 2a 3b", "t-0 1,3", "t-1 1,3", "t-2 1,3", "t-3 1,3"), 100, 100, 100, 100), []Demand{BalanceBytes{}}, 200, 400, 2,
			"bytes are level to between -25.0% and +50.0% of the average: no move and no swap that the demands allow brings them closer; no plan has less than +50.0% on the fullest",
			200,
		},
		{
			"a large one goes by itself, though that hardly helps",
			sized(cluster(t, "1 2", "t-0 1", "t-1 1"), 8000, 300), []Demand{BalanceBytes{}}, 300, 8000, 1,
			"no plan has less than +92.8% on the fullest", 300,
		},
		{
			"what has no size stays",
			sized(cluster(t, "1 2", "t-0 1", "t-1 1", "t-2 1"), 300, 300, -1), []Demand{BalanceBytes{}}, 300, 300, 1,
			"the size of 1 partition isn't known", 300,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(c.in, c.demands)
			if err != nil {
				t.Fatal(err)
			}
			for id, n := range held(c.in, plan) {
				if n < c.low || n > c.high {
					t.Errorf("broker %d holds %d bytes: %v", id, n, changed(plan))
				}
			}
			if plan.Moves != c.moves || plan.BytesBound.Known != c.bytesBound || plan.BytesBound.Known > plan.Bytes.Known {
				t.Errorf("%d moves, bytes %v, bound %v: %v", plan.Moves, plan.Bytes, plan.BytesBound, changed(plan))
			}
			if said := strings.Join(plan.Relaxed, "\n"); (c.said == "") != (said == "") || !strings.Contains(said, c.said) {
				t.Errorf("said: %q", said)
			}
		})
	}
}

// Counts are leveled by the smallest replicas, which leave an empty broker nearly so.
func TestBytesAreLeveledWithoutMoreMovesWhereCountsAre(t *testing.T) {
	in := cluster(t, "1 2 3")
	for i := range 120 {
		size := int64(i%12+1) * 10
		in.Partitions = append(in.Partitions, Partition{Topic: "t", ID: int32(i), Replicas: []int32{int32(i%2 + 1)}, Leader: int32(i%2 + 1), Bytes: size})
	}
	count, err := solve(in, []Demand{BalanceCount{}})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := solve(in, []Demand{BalanceCount{}, BalanceBytes{}})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Moves != count.Moves || len(plan.Relaxed) > 0 || plan.Fullest > plan.FullestBound*102/100 {
		t.Errorf("%d moves, and %d without bytes; the fullest holds %d of at least %d: %q", plan.Moves, count.Moves, plan.Fullest, plan.FullestBound, plan.Relaxed)
	}
}

func TestOfReplicasThatServeAsWellSmallOnesMove(t *testing.T) {
	in := sized(cluster(t, "1 2", "t-0 1", "t-1 1", "t-2 1", "t-3 1"), 40, 10, -1, 20)
	plan, err := solve(in, []Demand{BalanceCount{}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"t-1 2", "t-3 2"}, changed(plan)); diff != "" {
		t.Error(diff)
	}
	// What isn't known might be smaller still.
	if plan.Bytes.Known != 30 || plan.BytesBound.Known != 10 {
		t.Errorf("bytes %v, bound %v", plan.Bytes, plan.BytesBound)
	}
}

func TestBytesOfNothingKnownAreRefused(t *testing.T) {
	in := sized(cluster(t, "1 2", "t-0 1"), -1)
	for _, d := range []Demand{BalanceBytes{}, BalanceBytes{Within: 1}, BalanceBytes{Within: -0.1}} {
		if plan, err := solve(in, []Demand{d}); err == nil || plan != nil {
			t.Errorf("%+v: %v", d, plan)
		}
	}
}

func TestLevelBytesKeepAllOtherDemands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 8)
		demands := drawChain(t, in)
		without, err := solve(in, demands)
		if err != nil {
			return
		}
		plan, err := solve(in, append(demands, BalanceBytes{}))
		if err != nil {
			return
		}
		v, err := Check(in, append(demands, BalanceBytes{}), plan.Changes, plan.Proof)
		if err != nil || len(v.Wrong) > 0 || v.Fullest != plan.Fullest || v.FullestBound != plan.FullestBound {
			t.Fatalf("%v: %+v, %v", demands, v, err)
		}
		c := newChain(in, append(demands, BalanceBytes{}))
		for i, p := range in.Partitions {
			c.parts[i].free = c.parts[i].free || p.Bytes >= 0 && c.off(p) == 0
		}
		for _, other := range []*Plan{plan, without} { // both meet the demands
			most := int64(0)
			for _, n := range held(in, other) {
				most = max(most, n)
			}
			if most < plan.FullestBound || other == plan && most != plan.Fullest {
				t.Fatalf("%v: the fullest holds %d of at least %d, and the plan says %d: %v", demands, most, plan.FullestBound, plan.Fullest, changed(other))
			}
		}
		before, _ := c.got(without)
		got, wrong := c.got(plan)
		if len(wrong) > 0 || got[0] > before[0] || c.balanced && got[1] > before[1] {
			t.Fatalf("%v: %v %v, without bytes %v", demands, got, wrong, before)
		}
	})
}

func TestLevelingBytesNeverMakesThemLessLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 8)
		without, err := solve(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := solve(in, []Demand{BalanceBytes{}})
		if err == nil && off(in, plan) > off(in, without)+1e-9 {
			t.Fatalf("bytes are off by %v, and were by %v", off(in, plan), off(in, without))
		}
		if err == nil && plan.BytesBound.Known > plan.Bytes.Known {
			t.Fatalf("bytes %v beat the bound %v", plan.Bytes, plan.BytesBound)
		}
	})
}

// off is how far the targets' bytes are from their average: the root of the sum of squares.
func off(in *Input, plan *Plan) float64 {
	bytes := held(in, plan)
	average, sum := 0.0, 0.0
	for _, n := range bytes {
		average += float64(n) / float64(len(bytes))
	}
	for _, n := range bytes {
		sum += (float64(n) - average) * (float64(n) - average)
	}
	return math.Sqrt(sum)
}
