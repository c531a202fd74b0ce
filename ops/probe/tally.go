package probe

import (
	"slices"
	"time"
)

// windowSize is how many durations of each stage of a broker are kept, the latest ones.
const windowSize = 256

// window is the latest durations of a stage.
type window struct {
	ring []time.Duration
	next int // in ring, once it is full
	n    int64
}

func (w *window) add(d time.Duration) {
	w.n++
	if len(w.ring) < windowSize {
		w.ring = append(w.ring, d)
		return
	}
	w.ring[w.next] = d
	w.next = (w.next + 1) % windowSize
}

// times are the durations of a stage in short.
type times struct {
	n             int64 // of all samples; the rest is of the latest
	p25, p50, p75 time.Duration
	p99, max      time.Duration
}

func (w *window) times() times {
	if len(w.ring) == 0 {
		return times{}
	}
	sorted := slices.Sorted(slices.Values(w.ring))
	rank := func(percent int) time.Duration { return sorted[(len(sorted)-1)*percent/100] }
	return times{n: w.n, p25: rank(25), p50: rank(50), p75: rank(75), p99: sorted[(len(sorted)*99-1)/100], max: sorted[len(sorted)-1]}
}

// tally is what is known of one broker.
type tally struct {
	outcomes         [numOutcomes]int64 // in attempts: a sample may stand for several
	failedAt         [numStages]int64   // attempts that came to nothing, by the stage
	retries          int64
	lost, duplicated int64 // records
	stages           [numStages]window
	last             Sample // the latest
	lastBad          Sample // the latest that is no good; Ticks is 0 where there is none
	lastFailed       Sample // the latest that failed or was late
}

func (t *tally) add(s *Sample) {
	n := int64(s.Ticks)
	t.outcomes[s.Outcome] += n
	t.retries += int64(s.Retries)
	t.last = *s
	if s.Outcome != Good {
		t.lastBad = *s
	}
	if s.Outcome == Failed || s.Outcome == Late {
		t.failedAt[s.Stage] += n
		t.lastFailed = *s
	}
	if s.Outcome == Throttled { // the times are the quota's
		return
	}
	for stage, took := range s.took {
		if took > 0 {
			t.stages[stage].add(took)
		}
	}
}

// counted is how many attempts say something of the broker, and how many of them were good.
func (t *tally) counted() (attempts, good int64) {
	return t.outcomes[Good] + t.outcomes[Failed] + t.outcomes[Late], t.outcomes[Good]
}
