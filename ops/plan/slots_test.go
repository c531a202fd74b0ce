package plan

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// traffic is what copies are together.
func traffic(copies ...Copy) *Traffic {
	t := &Traffic{Copies: copies, Ports: map[Port]int64{}}
	for i := range copies {
		for _, p := range copies[i].ports() {
			t.Ports[p] += copies[i].bytes(p)
		}
	}
	return t
}

// randomPlans are what plans copy: name and a function that makes one.
var randomPlans = []struct {
	name string
	make func(rng *rand.Rand, brokers int32) (from int32, to []int32)
}{
	{"a drain", func(rng *rand.Rand, brokers int32) (int32, []int32) { // of broker 0, which leads a third
		from := int32(0)
		if rng.IntN(3) > 0 {
			from = other(rng, brokers, 0)
		}
		return from, []int32{other(rng, brokers, 0, from)}
	}},
	{"a balance", func(rng *rand.Rand, brokers int32) (int32, []int32) {
		from := rng.Int32N(brokers)
		return from, []int32{other(rng, brokers, from)}
	}},
	{"two more replicas", func(rng *rand.Rand, brokers int32) (int32, []int32) {
		from := rng.Int32N(brokers)
		a := other(rng, brokers, from)
		return from, []int32{a, other(rng, brokers, from, a)}
	}},
	{"two new brokers", func(rng *rand.Rand, brokers int32) (int32, []int32) {
		return 2 + rng.Int32N(brokers-2), []int32{rng.Int32N(2)}
	}},
}

func other(rng *rand.Rand, brokers int32, not ...int32) int32 {
	for {
		if b := rng.Int32N(brokers); !slices.Contains(not, b) {
			return b
		}
	}
}

// batches is what an executor takes that waits for each batch of most partitions, as kafka-assigner does.
func (t *Traffic) batches(rate int64, most int) (seconds float64) {
	for batch := range slices.Chunk(t.Order(), most) {
		var copies []Copy
		for _, i := range batch {
			copies = append(copies, t.Copies[i])
		}
		seconds += traffic(copies...).Simulate(rate, most).Seconds
	}
	return seconds
}

// The fluid bound is what the busiest port alone needs, with nothing ever idle.
func TestSlotsAreNearTheFluidBoundAndBatchesAreNot(t *testing.T) {
	const rate = 50_000_000
	for _, kind := range randomPlans {
		var slots, batches []float64
		for seed := range uint64(60) {
			rng := rand.New(rand.NewPCG(seed, 11))
			brokers, spread := 5+rng.Int32N(20), 2*rng.Float64()
			var copies []Copy
			for range 20 + rng.IntN(400) {
				from, to := kind.make(rng, brokers)
				copies = append(copies, Copy{from, to, int64(2e9 * math.Exp(spread*rng.NormFloat64()))})
			}
			plan := traffic(copies...)
			least := plan.Time(rate).Seconds()
			slots = append(slots, plan.Simulate(rate, 0).Seconds/least)
			batches = append(batches, plan.batches(rate, 10)/least)
			if last := slots[len(slots)-1]; last > 1.1 {
				t.Errorf("%s, seed %d: %.3f of the fluid bound", kind.name, seed, last)
			}
		}
		slices.Sort(slots)
		slices.Sort(batches)
		t.Logf("%-18s of the fluid bound: slots %.3f (worst %.3f), batches of ten %.3f (worst %.3f): %.2f of the time",
			kind.name, slots[len(slots)/2], slots[len(slots)-1], batches[len(batches)/2], batches[len(batches)-1], batches[len(batches)/2]/slots[len(slots)/2])
	}
}

func TestSmallPartitionsAreStartedAtOnceAndLargeOnesAreNot(t *testing.T) {
	for _, c := range []struct {
		name    string
		size    int64
		rate    int64
		most    int
		started int // of 1200
	}{
		{"small", 1_000_000, 0, 0, 1000},
		{"small, under a throttle", 1_000_000, 10_000_000, 0, 300},
		{"small, a few at a time", 1_000_000, 0, 7, 7},
		{"large", 100_000_000_000, 0, 0, 3},
		{"large, one at a time", 100_000_000_000, 0, 1, 1},
		{"of unknown size", -1, 0, 0, 3},
		{"more than go into one request", 1000, 0, 0, 1000},
		{"as many as one says", 1000, 0, 1100, 1100},
	} {
		slots := NewSlots(c.most, c.rate)
		started := 0
		for range 1200 {
			if slots.Start(&Copy{1, []int32{2}, c.size}) {
				started++
			}
		}
		if started != c.started {
			t.Errorf("%s: %d were started, want %d", c.name, started, c.started)
		}
	}
}

func TestWhereProducersMustNotFeelItAPortTakesOneLargePartitionOrAFewSecondsOfSmallOnes(t *testing.T) {
	for _, c := range []struct {
		name    string
		size    int64
		most    int
		started int // of 1200
	}{
		{"small", 1_000_000, 0, 30},
		{"small, a few at a time", 1_000_000, 7, 7},
		{"large", 100_000_000_000, 0, 1},
		{"of unknown size", -1, 0, 1},
		{"empty", 0, 0, 1000},
	} {
		slots := NewGentleSlots(c.most, 10_000_000)
		started := 0
		for range 1200 {
			if slots.Start(&Copy{1, []int32{2}, c.size}) {
				started++
			}
		}
		if started != c.started {
			t.Errorf("%s: %d were started, want %d", c.name, started, c.started)
		}
		if !slots.Start(&Copy{3, []int32{4}, c.size}) && c.most == 0 && c.size != 0 {
			t.Errorf("%s: there is no room at other ports", c.name)
		}
	}
}

func TestTheNextLargePartitionBeginsWhereTheOneBeforeHasLittleLeft(t *testing.T) {
	const rate = 10_000_000
	for _, c := range []struct {
		name    string
		left    []int64
		started int // of 10 large ones
	}{
		{"nothing is in flight", nil, 1},
		{"much is left of it", []int64{500_000_000}, 0},
		{"little is left of it", []int64{rate}, 1},
		{"it has all, and waits to be taken in sync", []int64{0}, 1},
		{"little is left of each, but much of both", []int64{1.5 * rate, 1.5 * rate}, 0},
		{"nobody knows what is left", []int64{-1}, 0},
	} {
		slots := NewGentleSlots(0, rate)
		for _, left := range c.left {
			slots.AddEnding(&Copy{1, []int32{2}, left})
		}
		started := 0
		for range 10 {
			if slots.Start(&Copy{1, []int32{2}, 1e12}) {
				started++
			}
		}
		if started != c.started {
			t.Errorf("%s: %d were started, want %d", c.name, started, c.started)
		}
	}
}

func TestALargePartitionHoldsUpOnlyItsOwnPorts(t *testing.T) {
	slots := NewSlots(0, 1000)
	large := func(from int32, to ...int32) *Copy { return &Copy{from, to, 1e12} }
	for _, c := range []struct {
		copy *Copy
		want bool
	}{
		{large(1, 2), true}, {large(1, 3), true}, {large(1, 4), true},
		{large(1, 5), false}, // nothing more out of 1
		{large(6, 2), true}, {large(6, 5), true},
		{large(1, 2, 7), true}, // into 7 there is room, and it would wait for 2 and 1 whenever it starts
		{&Copy{From: 8}, true}, // another order of the list, which copies nothing
	} {
		if got := slots.Start(c.copy); got != c.want {
			t.Errorf("%+v was started: %v", c.copy, got)
		}
	}
	slots.End(large(1, 2, 7))
	slots.End(large(1, 3))
	if !slots.Start(large(1, 5)) {
		t.Error("a slot that was freed stays taken")
	}
}

func TestWhyACopyWaitsForASlot(t *testing.T) {
	large := func(from int32, to ...int32) *Copy { return &Copy{from, to, 1e12} }
	taken := func(most int, copies ...*Copy) *Slots {
		s := NewSlots(most, 1000)
		for _, c := range copies {
			s.Add(c)
		}
		return s
	}
	for name, c := range map[string]struct {
		slots *Slots
		copy  *Copy
		want  string
	}{
		"there is room":            {taken(0, large(1, 2)), large(1, 2), ""},
		"the source is busy":       {taken(0, large(1, 2), large(1, 3), large(1, 4)), large(1, 5), "broker 1 sends 3"},
		"the target is busy":       {taken(0, large(1, 2), large(3, 2), large(4, 2)), large(5, 2), "broker 2 receives 3"},
		"both are busy":            {taken(0, large(1, 2), large(1, 2), large(1, 2)), large(1, 2), "broker 1 sends 3, broker 2 receives 3"},
		"the limit":                {taken(1, large(1, 2)), large(3, 4), "1 are in flight, which is the limit"},
		"only the order of a list": {taken(0, large(1, 2), large(1, 2), large(1, 2)), &Copy{From: 1}, ""},
	} {
		if got := c.slots.WhyNot(c.copy); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTheTimelineOfALargePlanIsNearItsBoundToo(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var copies []Copy
	for range 10_000 {
		from := rng.Int32N(50)
		copies = append(copies, Copy{from, []int32{other(rng, 50, from)}, int64(1e9 * math.Exp(rng.NormFloat64()))})
	}
	line := traffic(copies...).Simulate(50_000_000, 0)
	if line.Seconds < line.Least || line.Seconds > 1.1*line.Least || line.Steps[len(line.Steps)-1].Partitions != len(copies) {
		t.Errorf("%.0f s, at least %.0f: %+v", line.Seconds, line.Least, line.Steps)
	}
}
