package health

import (
	"cmp"
	"slices"
	"time"

	"kdeck/ops/state"
)

// AnswerTimes remember from look to look how long brokers take to answer kdeck, which shows a slow one without any metrics: against the others, and against
// its own past. They never change; the nil AnswerTimes have seen nothing.
type AnswerTimes struct {
	brokers map[int32]answerTimes
	usual   []time.Duration // the median of all brokers at the latest looks at which they were not all slow
	median  time.Duration   // of all brokers at the latest look
	allSlow int             // looks running at which all were slow
}

type answerTimes struct {
	usual  []time.Duration // at the latest looks at which it was not slow
	slow   int             // looks running at which it was
	others time.Duration   // the lower median of the others at the latest look
}

// Look takes a look in. A broker that didn't answer in it stays what it was.
func (t *AnswerTimes) Look(s *state.Snapshot) *AnswerTimes {
	next := &AnswerTimes{brokers: map[int32]answerTimes{}}
	if t != nil {
		next.usual, next.median, next.allSlow = t.usual, t.median, t.allSlow
	}
	times := answersIn(s)
	sorted := sortedTimes(times)
	for i := range s.Brokers {
		id := s.Brokers[i].ID
		b := t.of(id)
		if took, answered := times[id]; answered && len(sorted) > 1 {
			b.others = lowerMedianBut(sorted, took)
			if slowBeside(took, b.others, b.slow > 0) {
				b.slow++
			} else {
				b.slow, b.usual = 0, remember(b.usual, took)
			}
		}
		next.brokers[id] = b
	}
	if len(sorted) == 0 {
		return next
	}
	if next.median = sorted[(len(sorted)-1)/2]; next.allAreSlow() {
		next.allSlow++
	} else {
		next.allSlow, next.usual = 0, remember(next.usual, next.median)
	}
	return next
}

func (t *AnswerTimes) of(id int32) answerTimes {
	if t == nil {
		return answerTimes{}
	}
	return t.brokers[id]
}

// allAreSlow compares the median with what it usually was or, where too few looks tell that, with what it never is.
func (t *AnswerTimes) allAreSlow() bool {
	if usual, known := medianOf(t.usual); known {
		return t.median >= usual+AllSlowBy && t.median >= usual*AllSlowTimes
	}
	return t.median >= AllSlow
}

// Open tells whether another look is to show if answers that took long were the first of many.
func (t *AnswerTimes) Open() bool {
	if t == nil {
		return false
	}
	open := func(looks int) bool { return looks > 0 && looks < SlowLooks }
	for _, b := range t.brokers {
		if open(b.slow) {
			return true
		}
	}
	return open(t.allSlow)
}

// SlowAmong returns the brokers that took far longer to answer than the others did, the slowest first.
func SlowAmong(times map[int32]time.Duration) []int32 {
	sorted := sortedTimes(times)
	var slow []int32
	for id, took := range times {
		if len(sorted) > 1 && slowBeside(took, lowerMedianBut(sorted, took), false) {
			slow = append(slow, id)
		}
	}
	slices.SortFunc(slow, func(a, b int32) int { return cmp.Or(cmp.Compare(times[b], times[a]), cmp.Compare(a, b)) })
	return slow
}

// slowBeside compares a broker's time with that of the others. One that was slow is so until it takes less than half of what makes one slow.
func slowBeside(took, others time.Duration, was bool) bool {
	by, times := SlowBy, time.Duration(SlowTimes)
	if was {
		by, times = by/2, times/2
	}
	return took >= others+by && took >= others*times
}

// answersIn are the times of the live brokers that answered in a look.
func answersIn(s *state.Snapshot) map[int32]time.Duration {
	times := make(map[int32]time.Duration, len(s.Brokers))
	for i := range s.Brokers {
		if b := &s.Brokers[i]; b.Alive && read(s, b.AnswerTime) {
			times[b.ID] = b.AnswerTime.Value
		}
	}
	return times
}

func sortedTimes(times map[int32]time.Duration) []time.Duration {
	sorted := make([]time.Duration, 0, len(times))
	for _, took := range times {
		sorted = append(sorted, took)
	}
	slices.Sort(sorted)
	return sorted
}

// lowerMedianBut is the lower median of sorted times, two at least, without one of them. Of two brokers that is the other one, and where half of the brokers
// are slow it is the time of one that isn't.
func lowerMedianBut(sorted []time.Duration, one time.Duration) time.Duration {
	middle := (len(sorted) - 2) / 2
	if one <= sorted[middle] {
		middle++
	}
	return sorted[middle]
}

// remember adds a time to the latest ones, of which it keeps [UsualLooks]. Earlier lists are left as they are.
func remember(times []time.Duration, took time.Duration) []time.Duration {
	if n := len(times); n >= UsualLooks {
		times = times[n-UsualLooks+1:]
	}
	return append(slices.Clip(times), took)
}

// medianOf is what times usually are; false of too few.
func medianOf(times []time.Duration) (time.Duration, bool) {
	if len(times) < LooksToKnow {
		return 0, false
	}
	return slices.Sorted(slices.Values(times))[len(times)/2], true
}
