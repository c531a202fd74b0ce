package ui

import (
	"sync"
	"sync/atomic"
)

// lookups looks up completions one at a time. A line that is pasted, or typed faster than the command line completes it, would
// otherwise have a lookup for each of its letters under way at once.
type lookups struct {
	mu     sync.Mutex
	latest atomic.Uint64 // version of the line that is being typed
}

// look calls complete for a version of the line. It returns false if the line was typed on before its turn came.
func (l *lookups) look(version uint64, complete func() []string) (offers []string, current bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.latest.Load() != version {
		return nil, false
	}
	return complete(), true
}
