package watch

import (
	"context"
	"strings"
	"sync"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/state"
)

// Watch looks at a cluster again and again and publishes what it knows. The latest state wins: a slow reader misses
// states and never holds up the next look.
type Watch struct {
	session Session
	o       Options

	mu     sync.Mutex
	latest *state.State
	newer  chan struct{} // closed when latest is replaced

	refresh chan struct{} // holds one where Refresh was called
}

// New makes a Watch. Its first state, which knows nothing yet and says what it waits for, is there at once.
func New(s Session, o Options) *Watch {
	w := &Watch{session: s, o: o.orDefaults(), newer: make(chan struct{}), refresh: make(chan struct{}, 1)}
	c := s.Cluster()
	w.latest = &state.State{
		Seq: 1, Now: w.o.Now(), Context: c.Name, Color: c.Color, Production: c.Production,
		Waiting: "the first answer from " + strings.Join(c.Bootstrap, ", "), Verdict: state.VerdictUnknown,
	}
	return w
}

// Latest returns the latest state.
func (w *Watch) Latest() *state.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.latest
}

// Wait returns the latest state as soon as its Seq is above after, or the context's error.
func (w *Watch) Wait(ctx context.Context, after uint64) (*state.State, error) {
	for {
		w.mu.Lock()
		latest, newer := w.latest, w.newer
		w.mu.Unlock()
		if latest.Seq > after {
			return latest, nil
		}
		select {
		case <-newer:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (w *Watch) publish(s *state.State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.latest = s
	close(w.newer)
	w.newer = make(chan struct{})
}

// Run looks until the context ends.
func (w *Watch) Run(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		start := w.o.Now()
		next, err := w.look(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			failures++
		} else {
			failures = 0
		}
		w.publish(next)
		took := w.o.Now().Sub(start)
		w.rest(ctx, min(2*took, maxPause), nil)
		w.rest(ctx, w.pause(took, failures)-2*took, w.refresh)
	}
}

// Refresh ends the rest between two looks early, but never so early that a cluster which answers slowly is asked all
// the time. It returns at once.
func (w *Watch) Refresh() {
	select {
	case w.refresh <- struct{}{}:
	default: // one is due already
	}
}

// rest waits that long, or until refresh or the context ends it.
func (w *Watch) rest(ctx context.Context, d time.Duration, refresh <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-refresh:
	case <-ctx.Done():
	}
}

// maxPause is the longest that a Watch rests, unless its interval is longer.
const maxPause = time.Minute

// pause is how long to rest after a look: at least the interval and at least twice as long as the look took, so that a
// cluster in distress isn't asked all the time; twice as long again with each look that failed after the first.
func (w *Watch) pause(took time.Duration, failures int) time.Duration {
	pause := max(w.o.Interval, 2*took)
	for range failures - 1 {
		if pause *= 2; pause >= maxPause {
			break
		}
	}
	return min(pause, max(maxPause, w.o.Interval))
}

// look makes the next state.
func (w *Watch) look(ctx context.Context) (*state.State, error) {
	last := w.Latest()
	snapshot, err := newLook(w.session, w.o, last.Snapshot).run(ctx)
	next := *last
	next.Seq++
	next.Now = w.o.Now()
	next.Spent = w.spent(last, next.Now)
	if err != nil {
		next.Failed = err.Error()
		next.Verdict, next.Findings = health.Unanswered(last.Snapshot, next.Failed, next.Now)
	} else {
		next.Failed, next.Waiting = "", ""
		next.Snapshot = snapshot
		next.Verdict, next.Findings = health.Judge(snapshot, last.Snapshot, next.Now)
	}
	noteSince(next.Findings, last, next.Now)
	return &next, err
}

func (w *Watch) spent(last *state.State, now time.Time) state.Spent {
	total := w.session.Spent()
	s := state.Spent{Requests: total.Requests, Bytes: total.BytesSent + total.BytesReceived}
	// What a first look or a refresh asks at once is no rate: at least an interval passes between two looks as a rule.
	over := max(now.Sub(last.Now), w.o.Interval)
	s.PerSecond = float64(s.Requests-last.Spent.Requests) / over.Seconds()
	return s
}

// noteSince says of findings that don't know it themselves since when they are there: since the look that had them
// first. What the first look of all finds may be older than that, and is left unknown.
func noteSince(findings []state.Finding, last *state.State, now time.Time) {
	if last.Snapshot == nil {
		return
	}
	for i := range findings {
		f := &findings[i]
		if f.Since.Known || f.Severity == state.SeverityOK {
			continue
		}
		if old := sameFinding(last.Findings, f); old != nil {
			f.Since = old.Since
		} else {
			f.Since = state.Read(now, now, "kdeck")
		}
	}
}

// sameFinding finds what was found before: the same code, about the same broker where it is about one. Numbers of
// partitions change from look to look.
func sameFinding(old []state.Finding, f *state.Finding) *state.Finding {
	for i := range old {
		o := &old[i]
		if o.Code == f.Code && (o.Scope == f.Scope || f.Scope != "" && f.Scope[0] >= '0' && f.Scope[0] <= '9') {
			return o
		}
	}
	return nil
}
