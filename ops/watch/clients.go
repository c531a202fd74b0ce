package watch

import (
	"context"

	"kdeck/ops/lag"
	"kdeck/ops/state"
)

// ClientsOptions says how [Clients] looks at those who read and write.
type ClientsOptions struct {
	Members bool // of all groups, and not only of those that may stand still
	// Again is called where some groups may stand still, and tells whether these are looked at again, which statuses take. It waits for [Apart] as
	// it likes. nil: one look.
	Again func(suspects, groups int) bool
}

// mostLooks is at how many looks at the most a group that may stand still is decided: what is [lag.Nearly] old at the first is [lag.Old] by then.
const mostLooks = 1 + int((lag.Old-lag.Nearly)/Apart)

// Clients looks at consumer groups and at what holds readers back, for the verdict. It asks each broker for the groups that it coordinates, each coordinator for
// their offsets, and each leader where its logs end, where committed records end, and how old the oldest record is that a group has to read. Only groups that
// may stand still ([lag.Suspect]) are looked at again, with their members, until that is decided; only what has held readers back for longer is looked up at its leader and at the
// coordinators of transactions.
func Clients(ctx context.Context, s Asker, snap *state.Snapshot, c ClientsOptions, o Options) (*state.Groups, *state.Transactions) {
	o = o.orDefaults()
	var record lag.Record
	groups := Groups(ctx, s, snap, GroupsOptions{NoMembers: !c.Members}, o)
	ends := Ends(ctx, s, snap, nil, o)
	held := heldNow(ctx, s, ends, nil, nil, o)
	record.Add(ends)
	logs := lag.Logs{Ends: ends}
	record.Look(groups, logs)
	left, others := &state.Groups{At: groups.At}, &state.Groups{At: groups.At}
	for _, g := range groups.Groups {
		if g.Active() {
			others.Groups = append(others.Groups, g)
		} else {
			left.Groups = append(left.Groups, g)
		}
	}
	judgeByAge(ctx, s, &record, left, logs, lag.Left, nil, o)
	younger := judgeByAge(ctx, s, &record, others, logs, lag.Nearly, held.want(), o)
	var suspects []string
	for _, g := range groups.Groups {
		if lag.Suspect(g, o.Now()) {
			suspects = append(suspects, g.ID)
		}
	}
	open := held.transactions(ctx, s, younger, groups, o)
	for looks := 1; looks < mostLooks && len(suspects) > 0 && c.Again != nil && ctx.Err() == nil && c.Again(len(suspects), len(groups.Groups)); looks++ {
		again := Groups(ctx, s, snap, GroupsOptions{Only: suspects, Prev: groups}, o)
		ends = Ends(ctx, s, snap, readBy(again, snap, nil), o)
		record.Add(ends)
		logs.Ends = ends
		record.Look(again, logs)
		judgeByAge(ctx, s, &record, again, logs, lag.Old, nil, o)
		suspects = nil
		for i, g := range groups.Groups {
			now := again.Find(g.ID)
			if now == nil {
				continue
			}
			groups.Groups[i] = now
			if lag.Undecided(now) {
				suspects = append(suspects, now.ID)
			}
		}
		groups.Looks = again.Looks
		for _, u := range again.Unknown {
			groups.Unknown = addOnce(groups.Unknown, u)
		}
	}
	return groups, open
}
