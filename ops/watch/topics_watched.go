package watch

import (
	"context"
	"time"

	"kdeck/ops/state"
)

// topicConfigsEvery is how often the configs of topics are read while the pane Topics is in front. They change seldom, and an answer about a thousand
// topics is a megabyte.
const topicConfigsEvery = time.Minute

// attendTopics says whether the pane Topics is in front: only then its facts are read.
func (w *Watch) attendTopics(front bool) {
	if w.topicsInFront.Swap(front) || !front {
		return
	}
	select {
	case w.topicsDue <- struct{}{}:
	default: // they are due already
	}
}

// readTopics reads the facts of topics again and again while the pane Topics is in front.
func (w *Watch) readTopics(ctx context.Context) {
	var l topicsLoop
	for {
		select {
		case <-w.topicsDue:
		case <-ctx.Done():
			return
		}
		for s := w.Latest(); s.Snapshot == nil; {
			var err error
			if s, _, err = w.Next(ctx, s.Seq); err != nil {
				return
			}
		}
		for w.topicsInFront.Load() && ctx.Err() == nil {
			start := w.o.Now()
			w.lookAtTopics(ctx, &l)
			took := w.o.Now().Sub(start)
			w.rest(ctx, 2*took, nil)
			w.rest(ctx, max(endsAttended, 3*took)-3*took, w.topicsDue)
		}
	}
}

// topicsLoop is what one look at topics leaves for the next.
type topicsLoop struct {
	next      int // index of the partition at which the next slice begins
	configs   map[string]*state.TopicConfig
	unread    []state.Unknown
	configsAt time.Time
	sized     [2]*state.Snapshot // to compare sizes with: of a minute or two ago, and a younger one that comes in its place; nil: none
}

// sizesApart is how old a snapshot is at the least that sizes are compared with.
const sizesApart = time.Minute

// before is a snapshot of a minute or two before now, nil where there is none yet. Only two are kept: they are large.
func (l *topicsLoop) before(now *state.Snapshot) *state.Snapshot {
	old, young := l.sized[0], l.sized[1]
	switch {
	case old == nil || now.Taken.Sub(old.Taken) > 3*sizesApart: // nobody looked for a while
		l.sized = [2]*state.Snapshot{now}
		return nil
	case young == nil && now.Taken.Sub(old.Taken) >= sizesApart:
		l.sized[1] = now
	case young != nil && now.Taken.Sub(young.Taken) >= sizesApart:
		l.sized = [2]*state.Snapshot{young, now}
	}
	if old := l.sized[0]; now.Taken.Sub(old.Taken) >= sizesApart {
		return old
	}
	return nil
}

// lookAtTopics publishes the facts of topics: the newest records of one slice of the partitions, where there are many, with the others as they were read
// before.
func (w *Watch) lookAtTopics(ctx context.Context, l *topicsLoop) {
	last := w.Latest()
	snap := last.Snapshot
	if l.next >= snap.NumPartitions() {
		l.next = 0
	}
	from, to := l.next, l.next+endsAtOnce
	l.next = to
	f := &state.TopicFacts{At: w.o.Now(), Before: l.before(snap)}
	if f.At.Sub(l.configsAt) >= topicConfigsEvery {
		l.configs, l.configsAt = map[string]*state.TopicConfig{}, f.At
		l.unread = readConfigsOfTopics(ctx, w.session, snap, nil, l.configs)
	}
	f.Configs, f.Unknown = l.configs, l.unread
	f.Newest = newestRecords(ctx, w.session, snap, func(t state.Topic) bool { first, _ := t.Range(); return first >= from && first < to }, w.o)
	if ctx.Err() != nil {
		return
	}
	if last.Topics != nil {
		f.Newest.Keep(last.Topics.Newest)
	}
	w.publish(func(s *state.State) { s.Topics = f })
}
