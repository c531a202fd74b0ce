package watch

import (
	"context"
	"slices"
	"time"

	"kdeck/ops/lag"
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
	w.attendTopics(pane == "topics")
	if w.attended.Swap(attends(pane)) == attends(pane) || !attends(pane) {
		return
	}
	select {
	case w.endsDue <- struct{}{}:
	default: // they are due already
	}
}

func attends(pane string) bool { return pane == "topics" || pane == "groups" }

// startsEvery is how often it is read where the logs begin.
const startsEvery = 10 * time.Minute

// readGroups reads again and again what groups have committed and where the logs end, once a broker has answered.
func (w *Watch) readGroups(ctx context.Context) {
	for s := w.Latest(); s.Snapshot == nil; {
		var err error
		if s, _, err = w.Next(ctx, s.Seq); err != nil {
			return
		}
	}
	var l groupsLoop
	for ctx.Err() == nil {
		start := w.o.Now()
		w.lookAtGroups(ctx, &l)
		every := endsEvery
		if now := w.Latest(); w.attended.Load() || now.Groups != nil && now.Groups.Looks == 1 && slices.ContainsFunc(now.Groups.Groups, func(g *state.Group) bool { return lag.Suspect(g, now.Now) }) {
			every = endsAttended // also where the second look is to show whether a group stands still
		}
		took := w.o.Now().Sub(start)
		w.rest(ctx, 2*took, nil)
		w.rest(ctx, max(every, 3*took)-3*took, w.endsDue)
	}
}

// groupsLoop is what one look at groups leaves for the next.
type groupsLoop struct {
	next     int // index of the partition at which the next slice begins
	starts   *state.Offsets
	startsAt time.Time
	stable   *state.Offsets
	stableAt time.Time
}

// lookAtGroups publishes what groups have committed, where the logs end, and which transactions hold readers up: of one slice of the partitions, where there
// are many, with the others as they were read before.
func (w *Watch) lookAtGroups(ctx context.Context, l *groupsLoop) {
	last := w.Latest()
	snap := last.Snapshot
	n := snap.NumPartitions()
	if l.next >= n {
		l.next = 0
	}
	from, to := l.next, l.next+endsAtOnce
	l.next = to
	slice := func(p state.Partition) bool { return p.Index() >= from && p.Index() < to }
	groups := Groups(ctx, w.session, snap, GroupsOptions{Prev: last.Groups}, w.o)
	ends := Ends(ctx, w.session, snap, slice, w.o) // after the offsets: no end is then behind an offset
	if now := w.o.Now(); now.Sub(l.startsAt) >= startsEvery {
		l.startsAt = now
		starts := Offsets(ctx, w.session, snap, at(snap, readBy(groups, snap, nil), Earliest), w.o)
		starts.Keep(l.starts)
		l.starts = starts
	}
	if ctx.Err() != nil {
		return
	}
	w.record.Add(ends)
	ends.Keep(last.Ends)
	logs := lag.Logs{Ends: ends, Starts: l.starts}
	w.record.Look(groups, logs)
	var held *heldBack
	if now := w.o.Now(); now.Sub(l.stableAt) >= endsEvery-endsAttended || n > endsAtOnce {
		l.stableAt = now
		held = heldNow(ctx, w.session, ends, slice, l.stable, w.o)
		held.keep(last.Transactions, slice)
		held.stable.Keep(l.stable)
		l.stable = held.stable
	}
	older := judgeByAge(ctx, w.session, &w.record, groups, logs, lag.Old, held.want(), w.o)
	open := last.Transactions
	if held != nil {
		open = held.transactions(ctx, w.session, older, groups, w.o)
	}
	if ctx.Err() != nil {
		return
	}
	w.publish(func(s *state.State) { s.Ends, s.Groups, s.Transactions = ends, groups, open })
}
