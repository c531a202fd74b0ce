package reassign

import (
	"fmt"
	"slices"

	"kdeck/ops/format"
)

// Waiting: moves that need dead brokers wait for them, and the others go on.
type Waiting struct {
	Brokers []int32 `json:"brokers"` // that are dead; none: no move waits any more
	Moves   int     `json:"moves"`   // that need one of them
}

// Kind is "waiting".
func (Waiting) Kind() string { return "waiting" }

func (e Waiting) String() string {
	if len(e.Brokers) == 0 {
		return "no move waits for a dead broker any more"
	}
	verb := "are"
	if len(e.Brokers) == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%s %s dead: %s that need it wait, and the others go on", brokersOf(e.Brokers), verb, format.Count(e.Moves, "move"))
}

// needsBroker tells whether a broker is dead to which the move would bring a replica, or on which it would keep one.
func (e *Executor) needsBroker(m *move) bool {
	return m.reassigns() && slices.ContainsFunc(m.target, func(b int32) bool { return !e.alive(b) })
}

// needsDead tells the same, and whether a replica of the move is on a log dir that failed. The controller ends a reassignment only
// when all replicas of its target are in sync, so the move could not end, whatever it is that it changes.
func (e *Executor) needsDead(m *move) bool {
	return m.reassigns() && slices.ContainsFunc(m.target, func(b int32) bool { return !e.alive(b) || e.dirFailed(m, b) })
}

// noteWaiting keeps which dead brokers moves wait for while others go on, and says so where it changes.
func (e *Executor) noteWaiting(brokers []int32) {
	now := Waiting{Brokers: brokers}
	for _, m := range e.queue {
		if len(brokers) > 0 && e.needsBroker(m) {
			now.Moves++
		}
	}
	was := e.waiting
	if e.waiting = now; !slices.Equal(was.Brokers, brokers) {
		e.emit(now)
	}
}
