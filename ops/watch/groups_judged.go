package watch

import (
	"context"
	"slices"
	"time"

	"kdeck/ops/lag"
	"kdeck/ops/state"
)

// Apart is how long after the first look at groups the second one is.
const Apart = 5 * time.Second

// JudgedOptions says how [JudgedGroups] looks at groups.
type JudgedOptions struct {
	Only  []string                   // ids; none: all groups
	Also  func(state.Partition) bool // it is read where these end too; nil: only where those do that groups read
	Exact bool                       // see [Exact]
	// Again is called after the first look and tells whether there is a second one, which statuses take. It waits for [Apart] as it likes. nil: one
	// look.
	Again func(first *state.Groups) bool
}

// JudgedGroups looks at groups once or twice, and judges them. The ends of the logs are those of the last look.
func JudgedGroups(ctx context.Context, s Asker, snap *state.Snapshot, j JudgedOptions, o Options) (*state.Groups, *state.Offsets) {
	o = o.orDefaults()
	var record lag.Record
	groups := Groups(ctx, s, snap, GroupsOptions{Only: j.Only}, o)
	read := j.ofInterest(groups, snap)
	ends := Ends(ctx, s, snap, read, o)
	var starts *state.Offsets
	if len(j.Only) > 0 || j.Exact {
		starts = Offsets(ctx, s, snap, at(snap, read, Earliest), o)
	}
	record.Add(ends)
	record.Look(groups, lag.Logs{Ends: ends, Starts: starts})
	if j.Again != nil && j.Again(groups) && ctx.Err() == nil {
		groups = Groups(ctx, s, snap, GroupsOptions{Only: j.Only, Prev: groups, OffsetsOnly: true}, o)
		ends = Ends(ctx, s, snap, j.ofInterest(groups, snap), o)
		record.Add(ends)
		record.Look(groups, lag.Logs{Ends: ends, Starts: starts})
	}
	judgeByAge(ctx, s, &record, groups, lag.Logs{Ends: ends, Starts: starts}, lag.Old, nil, o)
	if j.Exact {
		for i, g := range groups.Groups { // groups that read the same partition from different places take a search each
			groups.Groups[i] = Exact(ctx, s, g, nil, ends, o).Exact
		}
	}
	return groups, ends
}

// ofInterest tells of partitions whether a group reads them, or they are asked for besides.
func (j *JudgedOptions) ofInterest(groups *state.Groups, snap *state.Snapshot) func(state.Partition) bool {
	read := readBy(groups, snap, nil)
	return func(p state.Partition) bool { return read(p) || j.Also != nil && j.Also(p) }
}

// judgeByAge asks how old the oldest record is in partitions that groups are behind in since before they were looked at, as far as a status rests on it,
// and judges the groups by that: it tells a group that stands still from one that commits seldom, and one that is late from a burst. What is asked is for the
// first records that are younger than an age: [lag.Old], or [lag.Nearly] in the first of several looks, or [lag.Left], and then [lag.Late]. It returns those that are
// younger than the first of these, also of the partitions that also is true of.
func judgeByAge(ctx context.Context, s Asker, record *lag.Record, groups *state.Groups, l lag.Logs, first time.Duration, also func(state.Partition) bool, o Options) *state.Offsets {
	snap := l.Ends.Snapshot()
	younger := map[time.Duration]*(*state.Offsets){lag.Left: &l.Left, lag.Nearly: &l.Nearly, lag.Old: &l.Older}[first]
	for _, asked := range []struct {
		younger  *(*state.Offsets)
		age, min time.Duration // min: of those that are known to be this old
	}{{younger, first, 0}, {&l.Later, lag.Late, first}} {
		now := o.Now()
		unsure := func(p *state.GroupPartition) bool {
			age := now.Sub(time.UnixMilli(p.Oldest))
			return p.Lag > 0 && p.OldestOrBefore && age >= asked.min && age < asked.age
		}
		waiting := &state.Groups{At: groups.At}
		for _, g := range groups.Groups {
			if slices.ContainsFunc(g.Partitions.Value, func(p state.GroupPartition) bool { return unsure(&p) }) {
				waiting.Groups = append(waiting.Groups, g)
			}
		}
		want := readBy(waiting, snap, unsure)
		if also != nil && asked.min == 0 {
			of := want
			want = func(p state.Partition) bool { return of(p) || also(p) }
		} else if len(waiting.Groups) == 0 {
			continue
		}
		*asked.younger = Offsets(ctx, s, snap, at(snap, want, now.Add(-asked.age).UnixMilli()), o)
		record.Judge(waiting, l)
	}
	return *younger
}

// readBy tells of partitions whether a group reads them, of those that want is true of; nil: all.
func readBy(groups *state.Groups, snap *state.Snapshot, want func(*state.GroupPartition) bool) func(state.Partition) bool {
	read := make([]bool, snap.NumPartitions())
	for _, g := range groups.Groups {
		for i := range g.Partitions.Value {
			p := &g.Partitions.Value[i]
			if want != nil && !want(p) {
				continue
			}
			if part, ok := snap.FindPartition(p.Topic, p.Partition); ok {
				read[part.Index()] = true
			}
		}
	}
	return func(p state.Partition) bool { return read[p.Index()] }
}
