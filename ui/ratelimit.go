package ui

import (
	"os"
	"sync/atomic"
	"time"

	"kdeck/ops/state"
)

// The console sends a slow terminal line no more than it can carry: while it has written more than maxRate allows, new
// States wait, and only the latest is shown. A key is always answered at once, and a change of the verdict is shown at once.
const (
	maxRate  = 3000 // bytes a second
	maxDelay = 4    // seconds that a State may wait
)

// rateLimit counts the bytes that were written beyond maxRate.
type rateLimit struct {
	written func() int64 // bytes written so far; nil: there is no limit
	counted int64
	excess  float64 // bytes beyond maxRate, at least 0
	at      time.Time
	delayed bool // a State waits
}

// tick counts what was written since the tick before.
func (l *rateLimit) tick(now time.Time) {
	if l.written == nil {
		return
	}
	n := l.written()
	l.excess = min(l.excess+float64(n-l.counted), maxDelay*maxRate)
	l.counted = n
	if !l.at.IsZero() {
		l.excess = max(0, l.excess-maxRate*now.Sub(l.at).Seconds())
	}
	l.at = now
}

// delays tells whether a State has to wait.
func (l *rateLimit) delays(s, shown *state.State) bool {
	l.delayed = l.excess > 0 && shown.Snapshot != nil && s.Verdict == shown.Verdict && len(s.Findings) == len(shown.Findings)
	return l.delayed
}

// countingTerminal counts the bytes written to a terminal.
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
