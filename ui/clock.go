package ui

import (
	"time"

	"kdeck/ops/state"
)

// clock tells the time of a screen: that of the State shown, and what ticks have added since it came. It never
// compares the clock of whoever made the State with that of the ticks.
type clock struct {
	base  time.Time // State.Now
	ticks time.Time // the latest tick
	from  time.Time // the tick that was latest when the State came
}

// restart begins anew from a State that came at that tick; it may be shown later.
func (c *clock) restart(s *state.State, came time.Time) { c.base, c.from = s.Now, came }

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
