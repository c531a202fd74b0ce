package watch

import (
	"cmp"
	"context"
	"slices"

	"kdeck/ops/state"
	"kdeck/ops/transactions"
)

// Transactions reads who writes to the partitions that chosen is true of, which transactions are open there, what these hold back, and which groups read that.
func Transactions(ctx context.Context, s Asker, snap *state.Snapshot, chosen func(state.Partition) bool, o Options) *state.Transactions {
	return readTransactions(ctx, s, snap, chosen, nil, o.orDefaults())
}

// readTransactions does so, with the groups of a look that was just made; nil: they are asked for.
func readTransactions(ctx context.Context, s Asker, snap *state.Snapshot, chosen func(state.Partition) bool, groups *state.Groups, o Options) *state.Transactions {
	return transactions.Read(ctx, addressed{s, snap}, snap, chosen, func(ctx context.Context, want func(state.Partition) bool) ([]state.HeldPartition, []state.Unknown) {
		held, unknown := heldIn(ctx, s, snap, want, o)
		if len(held) == 0 {
			return nil, unknown
		}
		if groups == nil {
			groups = Groups(ctx, s, snap, GroupsOptions{NoMembers: true, In: partitionsOf(held)}, o)
		}
		return held, append(unknown, addReaders(held, groups)...)
	}, o.Now)
}

// heldIn finds the partitions, of those that want is true of, whose last stable offset is below their end.
func heldIn(ctx context.Context, s Asker, snap *state.Snapshot, want func(state.Partition) bool, o Options) (held []state.HeldPartition, unknown []state.Unknown) {
	stable := offsets(ctx, s, snap, at(snap, want, Latest), readCommitted, o)
	ends := Ends(ctx, s, snap, want, o)
	for i := range at(snap, want, Latest) {
		p := snap.Partition(i)
		switch last, end := stable.Of(p), ends.Of(p); {
		case !last.Known || !end.Known:
			unknown = addOnce(unknown, state.Unknown{Node: p.Leader(), What: state.WhatHeld, Why: cmp.Or(last.Why, end.Why)})
		case last.Value < end.Value:
			held = append(held, state.HeldPartition{Topic: p.Topic().Name(), Partition: p.ID(), LastStable: last.Value, End: end.Value})
		}
	}
	slices.SortFunc(held, func(a, b state.HeldPartition) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return held, unknown
}

// partitionsOf are the numbers of the partitions by topic.
func partitionsOf(held []state.HeldPartition) map[string][]int32 {
	in := map[string][]int32{}
	for i := range held {
		in[held[i].Topic] = append(in[held[i].Topic], held[i].Partition)
	}
	return in
}

// addReaders puts to each held partition the groups that committed offsets there. Share groups commit none.
func addReaders(held []state.HeldPartition, groups *state.Groups) (unknown []state.Unknown) {
	for _, u := range groups.Unknown {
		unknown = addOnce(unknown, state.Unknown{Node: u.Node, What: state.WhatHeldGroups, Why: u.Why})
	}
	at := map[partitionOf]*state.HeldPartition{}
	for i := range held {
		at[partitionOf{held[i].Topic, held[i].Partition}] = &held[i]
	}
	in := partitionsOf(held)
	for _, g := range groups.Groups {
		switch {
		case g.Kind == state.ShareGroup:
			continue
		case !g.Partitions.Known || g.Partitions.Why != "":
			unknown = addOnce(unknown, state.Unknown{Node: g.Coordinator, What: state.WhatHeldGroups, Why: g.Partitions.Why})
		}
		if !slices.ContainsFunc(g.Topics(), func(name string) bool { return in[name] != nil }) {
			continue
		}
		for i := range g.Partitions.Value {
			p := &g.Partitions.Value[i]
			if h := at[partitionOf{p.Topic, p.Partition}]; h != nil && p.Committed >= 0 {
				h.Groups.Value = append(h.Groups.Value, state.HeldGroup{Group: g.ID, Committed: p.Committed})
			}
		}
	}
	for i := range held {
		if len(unknown) > 0 {
			held[i].Groups.Why = "not every broker told of its groups"
		} else {
			held[i].Groups = state.Read(held[i].Groups.Value, groups.At, "")
		}
	}
	return unknown
}

func addOnce(all []state.Unknown, u state.Unknown) []state.Unknown {
	if slices.Contains(all, u) {
		return all
	}
	return append(all, u)
}
