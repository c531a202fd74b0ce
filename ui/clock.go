package ui

import (
	"time"

	"kdeck/ops/state"
)

// clock is the time of the screen: the time of the shown State, plus the time that passed between ticks since it
// arrived. It never compares the State's clock with the clock of the ticks.
type clock struct {
	base  time.Time // State.Now
	ticks time.Time // the latest tick
	from  time.Time // the latest tick when the State arrived
}

// restart sets the time to that of a State that arrived at the given tick, even if it is shown later.
func (c *clock) restart(s *state.State, arrived time.Time) { c.base, c.from = s.Now, arrived }

func (c *clock) tick(t time.Time) {
	if c.from.IsZero() {
		c.from = t
	}
	c.ticks = t
}

// now is the time of the screen; zero before the first State.
func (c *clock) now() time.Time {
	return c.base.Add(max(c.ticks.Sub(c.from), 0))
}
