package watch

import (
	"context"
	"time"

	"kdeck/ops/state"
)

// How often it is read where the logs end and what groups have committed: while somebody looks at it, and for the verdict alone.
const (
	endsEvery    = time.Minute
	endsAttended = 10 * time.Second
	endsAtOnce   = 250_000 // partitions: those of larger clusters are asked in slices, one after the other
)

// Attend says which pane of the console is in front: what it shows is read more often. It returns at once.
func (w *Watch) Attend(pane string) {
	if w.attended.Swap(attends(pane)) == attends(pane) || !attends(pane) {
		return
	}
	select {
	case w.endsDue <- struct{}{}:
	default: // they are due already
	}
}

func attends(pane string) bool { return pane == "topics" || pane == "groups" }

// readEnds reads again and again where the logs end, once a broker has answered.
func (w *Watch) readEnds(ctx context.Context) {
	for s := w.Latest(); s.Snapshot == nil; {
		var err error
		if s, _, err = w.Next(ctx, s.Seq); err != nil {
			return
		}
	}
	for next := 0; ctx.Err() == nil; {
		start := w.o.Now()
		next = w.lookAtEnds(ctx, next)
		every := endsEvery
		if w.attended.Load() {
			every = endsAttended
		}
		took := w.o.Now().Sub(start)
		w.rest(ctx, 2*took, nil)
		w.rest(ctx, max(every, 3*took)-3*took, w.endsDue)
	}
}

// lookAtEnds publishes where the logs end, from the partition with the index from on, and returns where the next look begins.
func (w *Watch) lookAtEnds(ctx context.Context, from int) (next int) {
	last := w.Latest()
	snap := last.Snapshot
	n := snap.NumPartitions()
	if from >= n {
		from = 0
	}
	next = from + endsAtOnce
	now := Ends(ctx, w.session, snap, func(p state.Partition) bool { return p.Index() >= from && p.Index() < next }, w.o)
	if ctx.Err() != nil {
		return from
	}
	w.ends.Add(now)
	now.Keep(last.Ends)
	w.publish(func(s *state.State) { s.Ends = now })
	return next
}
