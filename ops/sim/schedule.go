package sim

import (
	"cmp"
	"slices"
	"time"
)

// schedule is what is due to happen, in order of time and, at the same moment, of when it was added.
type schedule []dueEvent

type dueEvent struct {
	at time.Duration
	do func()
}

// add calls do when the model's time reaches at.
func (s *schedule) add(at time.Duration, do func()) {
	// The search ends behind all that is due at the same moment.
	i, _ := slices.BinarySearchFunc(*s, at, func(e dueEvent, at time.Duration) int { return cmp.Or(cmp.Compare(e.at, at), -1) })
	*s = slices.Insert(*s, i, dueEvent{at, do})
}

// peek returns the time of the earliest event.
func (s schedule) peek() (time.Duration, bool) {
	if len(s) == 0 {
		return 0, false
	}
	return s[0].at, true
}

// pop takes the earliest event if its time has come.
func (s *schedule) pop(now time.Duration) (func(), bool) {
	if len(*s) == 0 || (*s)[0].at > now {
		return nil, false
	}
	do := (*s)[0].do
	*s = slices.Delete(*s, 0, 1)
	return do, true
}
