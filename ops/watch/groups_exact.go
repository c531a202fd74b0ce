package watch

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"kdeck/ops/lag"
	"kdeck/ops/state"
)

// Exact finds out of one group when the oldest records were written that it hasn't committed, where looks alone tell that only roughly ([state.Rough]) or not
// at all: with up to [lag.MaxRounds] requests for each leader. before is what was found of the same group last, nil for nothing: of a partition whose
// offset stands still nothing is asked again. The group itself stays as it is.
func Exact(ctx context.Context, s Asker, g *state.Group, before *state.GroupRead, ends *state.Offsets, o Options) *state.GroupRead {
	o = o.orDefaults()
	exact := *g
	exact.Partitions.Value = slices.Clone(g.Partitions.Value)
	read := &state.GroupRead{Of: g, Exact: &exact, Ends: ends}
	snap := ends.Snapshot()
	search := lag.NewBisection(o.Now())
	rows := map[int]int{}
	for i := range exact.Partitions.Value {
		p := &exact.Partitions.Value[i]
		part, ok := snap.FindPartition(p.Topic, p.Partition)
		switch {
		case !ok || p.Lag <= 0 || !rough(g, p):
		case taken(before, part, p):
		default:
			search.Want(part.Index(), unread(p))
			rows[part.Index()] = i
		}
	}
	for search.More() && ctx.Err() == nil {
		found := Offsets(ctx, s, snap, search.Next(), o)
		for i := range rows {
			part := snap.Partition(i)
			switch offset := found.Of(part); {
			case offset.Known:
				search.Answer(i, offset.Value, found.Millis(part))
			case offset.Why != state.NotAsked:
				read.Why = cmp.Or(read.Why, offset.Why)
				search.Fail(i)
			}
		}
	}
	for i, row := range rows {
		if at, within, ok := search.Written(i); ok {
			p := &exact.Partitions.Value[row]
			p.Oldest, p.OldestWithin, p.OldestOrBefore = at.UnixMilli(), int32(within.Milliseconds()), false
		}
	}
	lag.Behind(&exact, g.Partitions.At)
	return read
}

// unread is the offset of the oldest record that isn't committed.
func unread(p *state.GroupPartition) int64 { return max(p.Committed, p.Start) }

// rough tells whether it is known only roughly, or not, when that record was written.
func rough(g *state.Group, p *state.GroupPartition) bool {
	age, within, known := p.Behind(g.Partitions.At)
	return !known || p.OldestOrBefore || state.Rough(age, within)
}

// taken takes for a partition what was found before of the same record, if it was: it is in the same log, and the topic wasn't made anew meanwhile.
func taken(before *state.GroupRead, part state.Partition, p *state.GroupPartition) bool {
	if before == nil {
		return false
	}
	was, ok := before.Ends.Snapshot().FindTopic(p.Topic)
	if !ok || was.ID() != part.Topic().ID() {
		return false
	}
	parts := before.Exact.Partitions.Value
	i, ok := slices.BinarySearchFunc(parts, p, func(a state.GroupPartition, b *state.GroupPartition) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	if !ok || unread(&parts[i]) != unread(p) || rough(before.Exact, &parts[i]) {
		return false
	}
	p.Oldest, p.OldestWithin, p.OldestOrBefore = parts[i].Oldest, parts[i].OldestWithin, false
	return true
}
