package ui

import (
	"os"
	"sync/atomic"
	"time"

	"kdeck/ops/state"
)

// What the console writes by itself is kept to what a slow line bears: news that comes faster is shown together, as
// soon as the line has caught up. Keys are always answered at once, and so is a change of the verdict.
const (
	paceRate = 3000 // bytes a second
	paceDebt = 4    // seconds that news may be kept back at the most
)

// pace is how much has been written beyond that, by the ticks' clock.
type pace struct {
	written func() int64 // bytes so far; nil: nobody counts
	counted int64
	debt    float64 // bytes; below 0 never
	tick    time.Time
	waiting bool // news is kept back
}

// pass lets time pass.
func (p *pace) pass(tick time.Time) {
	if p.written == nil {
		return
	}
	n := p.written()
	p.debt = min(p.debt+float64(n-p.counted), paceDebt*paceRate)
	p.counted = n
	if !p.tick.IsZero() {
		p.debt = max(0, p.debt-paceRate*tick.Sub(p.tick).Seconds())
	}
	p.tick = tick
}

// keeps tells whether a State has to wait.
func (p *pace) keeps(s, shown *state.State) bool {
	p.waiting = p.debt > 0 && shown.Snapshot != nil && s.Verdict == shown.Verdict && len(s.Findings) == len(shown.Findings)
	return p.waiting
}

// countingTerminal is a terminal that counts what is written to it.
type countingTerminal struct {
	*os.File
	n atomic.Int64
}

func (c *countingTerminal) Write(b []byte) (int, error) {
	n, err := c.File.Write(b)
	c.n.Add(int64(n))
	return n, err
}

func (c *countingTerminal) written() int64 { return c.n.Load() }
