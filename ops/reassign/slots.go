package reassign

import (
	"slices"
	"time"

	"kdeck/ops/plan"
)

// slots returns what is taken by the moves in flight. Those that are no longer waited for take none, and neither do those that can't
// end before a dead broker is back.
func (e *Executor) slots() *plan.Slots {
	s, gentle := plan.NewSlots(e.o.Moves, e.o.Rate), e.pilot != nil && e.o.Rate > 0
	if gentle {
		s = plan.NewGentleSlots(e.o.Moves, e.o.Rate)
	}
	now := time.Now()
	for _, m := range e.moves {
		switch {
		case m.state != inFlight || e.needsDead(m):
		case gentle:
			c := m.copy()
			c.Size = m.leftOf(e.o.Rate, now)
			s.AddEnding(c)
		default:
			s.Add(m.copy())
		}
	}
	return s
}

// startable picks the moves that there is room for, in the order of the queue, and takes their slots. Those that were tried
// already are left out, and so are those that need a broker which isn't available, or room on a disk.
func (e *Executor) startable(slots *plan.Slots, tried map[*move]bool, unavailable map[int32]error) (batch []*move) {
	for _, m := range e.queue {
		if m.state != pending || tried[m] || e.needsDead(m) || slices.ContainsFunc(m.target, func(b int32) bool { return unavailable[b] != nil }) {
			continue
		}
		if slots.Full() {
			break
		}
		if _, full := e.fullTarget(m); !full && slots.Start(m.copy()) {
			for _, b := range m.adds {
				e.reserve(b, m.size)
			}
			tried[m] = true
			batch = append(batch, m)
		}
	}
	return batch
}
