package lag

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

func TestACurveTakesAtMost208Bytes(t *testing.T) {
	if n := unsafe.Sizeof(curve{}); n > 208 {
		t.Errorf("%d bytes; 10,000 groups of 50 partitions shall fit in 200 MB together with their commits", n)
	}
}

// truth is a log to which records are written tick by tick.
type truth struct{ ends []int64 }

func (tr *truth) write(records int64) {
	end := int64(0)
	if n := len(tr.ends); n > 0 {
		end = tr.ends[n-1]
	}
	tr.ends = append(tr.ends, end+records)
}

// written is the tick in which the record with that offset was written: the first after which the log ends beyond it.
func (tr *truth) written(off int64) int {
	for at, end := range tr.ends {
		if end > off {
			return at
		}
	}
	return -1
}

// looked is what one look every so many ticks keeps.
func (tr *truth) looked(every int) *curve {
	c := &curve{}
	for at := 0; at < len(tr.ends); at += every {
		c.add(int32(at), tr.ends[at])
	}
	return c
}

func TestTheTimeOfARecordIsToldWithin5PercentOfItsAgeOrBetweenTwoLooks(t *testing.T) {
	const every, hour = 100, 36_000 // ticks: 10 s, 1 h
	for _, tc := range []struct {
		name    string
		records func(at int) int64
		apart   float64 // ticks between what is written, where that is more than what looks are apart
	}{
		{name: "steady", records: func(int) int64 { return 3 }},
		{name: "slowly growing", records: func(at int) int64 { return int64(1 + at/4000) }},
		{name: "stops after 20 minutes", records: func(at int) int64 {
			if at > hour/3 {
				return 0
			}
			return 7
		}},
		{name: "a burst of a minute every 20 minutes", records: func(at int) int64 {
			if at%12_000 < 600 {
				return 50
			}
			return 0
		}},
		{name: "a burst on steady writes", records: func(at int) int64 {
			if at > 15_000 && at < 16_000 {
				return 500
			}
			return 2
		}},
		{name: "a record a minute, for which no curve has enough points", apart: 600, records: func(at int) int64 {
			if at%600 == 0 {
				return 1
			}
			return 0
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := &truth{}
			for at := range hour {
				tr.write(tc.records(at))
			}
			c := tr.looked(every)
			now, end := int(c.at[c.n-1]), c.off[c.n-1]
			for off := tr.ends[0]; off < end; off += max(1, end/500) {
				at, told, known := c.written(off)
				if !known {
					t.Fatalf("when record %d was written isn't known, though it was while it was looked", off)
				}
				want := tr.written(off)
				if wrong := math.Abs(at - float64(want)); wrong > max(0.05*float64(now-want), every, tc.apart) {
					t.Errorf("record %d was written at tick %d and is told as %.0f: off by %.0f, its age is %d", off, want, at, wrong, now-want)
				} else if wrong > told+1 {
					t.Errorf("record %d was written at tick %d and is told as %.0f: off by %.0f, and said to be off by %.0f at the most", off, want, at, wrong, told)
				}
			}
		})
	}
}

func TestWhatACurveTellsIsInOrderAndWithinWhatWasSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.IntRange(1, 40).Draw(t, "ticks between looks")
		tr := &truth{}
		for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 5), rapid.Int64Range(0, 1<<40)), 2, 600).Draw(t, "records") {
			tr.write(n)
		}
		c := tr.looked(every)
		last := (len(tr.ends) - 1) / every * every
		if int(c.at[c.n-1]) != last || c.off[c.n-1] != tr.ends[last] {
			t.Fatalf("the latest point is %d at %d, and the log ended at %d at %d", c.off[c.n-1], c.at[c.n-1], tr.ends[last], last)
		}
		for i := 1; i < int(c.n); i++ {
			if c.at[i] <= c.at[i-1] || c.off[i] < c.off[i-1] {
				t.Fatalf("points aren't in order: %v %v", c.at[:c.n], c.off[:c.n])
			}
		}
		before := math.Inf(-1)
		for i := range 20 {
			off := c.off[0] + int64(float64(c.off[c.n-1]-c.off[0])*float64(i)/20)
			at, _, known := c.written(off)
			if off >= c.off[c.n-1] {
				if known {
					t.Fatalf("record %d isn't written yet, and was at %.1f", off, at)
				}
				continue
			}
			if !known || at < before || at < float64(c.at[0]) || at > float64(last) {
				t.Fatalf("record %d was written at %.1f (known: %v); the one before at %.1f, seen from %d to %d", off, at, known, before, c.at[0], last)
			}
			before = at
		}
	})
}

func TestWithAsManyPointsAsThereAreLooksATimeIsBetweenTheLooksAroundIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.IntRange(1, 40).Draw(t, "ticks between looks")
		tr := &truth{}
		for _, n := range rapid.SliceOfN(rapid.Int64Range(0, 5), 2, every*(maxPoints-1)+1).Draw(t, "records") {
			tr.write(n)
		}
		c := tr.looked(every)
		for off := c.off[0]; off < c.off[c.n-1]; off++ {
			at, told, known := c.written(off)
			if wrong := math.Abs(at - float64(tr.written(off))); !known || wrong > told+1 || told > float64(every) { // the truth has whole ticks
				t.Fatalf("record %d is off by %.1f ticks and said to be by %.1f, looks are %d apart (known: %v)", off, wrong, told, every, known)
			}
		}
	})
}

// Writes that are nearly steady never make a straight line, so looks are left out all the time. That doesn't add up to times of which nothing is known.
func TestOfNearlySteadyWritesTimesAreKnownWellForHours(t *testing.T) {
	const every, hours = 100, 6 * 36_000
	tr := &truth{}
	for at := range hours {
		tr.write(90 + int64(at*7919%21) + int64(at/every*104729%11))
	}
	c := tr.looked(every)
	now, end := int(c.at[c.n-1]), c.off[c.n-1]
	for off := tr.ends[0]; off < end; off += end / 1000 {
		_, told, _ := c.written(off)
		if age := float64(now - tr.written(off)); told > every+0.1*age {
			t.Errorf("when record %d was written, %.0f ticks ago, is said to be wrong by %.0f", off, age, told)
		}
	}
}

// Of long curves not every look is kept. What is told then can be more wrong than the looks around it are apart, and that is told too.
func TestATimeIsNoMoreWrongThanItIsSaidToBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.IntRange(10, 600).Draw(t, "ticks between looks")
		tr := &truth{}
		for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 5), rapid.Int64Range(90, 110), rapid.Int64Range(0, 10_000)), 20, 120).Draw(t, "records a tick") {
			for range rapid.IntRange(1, 400).Draw(t, "ticks") {
				tr.write(n)
			}
		}
		c := tr.looked(every)
		for i := range 300 {
			off := c.off[0] + int64(float64(c.off[c.n-1]-c.off[0])*float64(i)/300)
			at, told, known := c.written(off)
			if wrong := math.Abs(at - float64(tr.written(off))); known && wrong > told+1 {
				t.Fatalf("record %d is off by %.1f ticks and said to be by %.1f; looks are %d apart", off, wrong, told, every)
			}
		}
	})
}

func TestALogThatIsCutOffGoesOnFromThere(t *testing.T) {
	c := &curve{}
	for i, off := range []int64{0, 100, 200, 300, 150, 250} {
		c.add(int32(i*100), off)
	}
	if at, _, known := c.written(120); !known || at < 100 || at > 400 {
		t.Errorf("record 120 was written at %.0f (known: %v)", at, known)
	}
	if at, _, known := c.written(200); !known || at < 400 || at > 500 {
		t.Errorf("record 200 was written anew after the cut, and is told as %.0f (known: %v)", at, known)
	}
}

func TestRates(t *testing.T) {
	for _, tc := range []struct {
		name string
		ends []int64 // every 10 s
		want float64
	}{
		{"one look", []int64{5}, math.NaN()},
		{"two looks", []int64{5, 105}, 10},
		{"the last minute counts", []int64{0, 9000, 9000, 9000, 9000, 9000, 9000, 9000}, 0},
		{"idle", []int64{7, 7, 7}, 0},
		{"half of the minute", []int64{0, 0, 0, 0, 600, 1200, 1800}, 30},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &curve{}
			for i, end := range tc.ends {
				c.add(int32(i*100), end)
			}
			if got := c.rate(RateOver); fmt.Sprint(got) != fmt.Sprint(tc.want) {
				t.Errorf("%v records a second, want %v", got, tc.want)
			}
		})
	}
}
