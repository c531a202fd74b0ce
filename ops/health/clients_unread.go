package health

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// ClientsUnread lists what could not be read of those who read and write: of brokers, of groups, of transactions.
func ClientsUnread(s *state.State) (unread []state.Unknown) {
	for u, g := range unreadClients(s) {
		if g != nil {
			u.What += " " + name(g.ID)
		}
		unread = append(unread, u)
	}
	return unread
}

// unreadClients yields the same, each with the group that it is about, nil for none.
func unreadClients(s *state.State) iter.Seq2[state.Unknown, *state.Group] {
	return func(yield func(state.Unknown, *state.Group) bool) {
		var brokers []state.Unknown
		var groups []*state.Group
		if s.Groups != nil {
			brokers, groups = s.Groups.Unknown, s.Groups.Groups
		}
		for _, u := range brokers {
			if !yield(u, nil) {
				return
			}
		}
		for _, g := range groups {
			if why := groupUnread(s.Snapshot, g); why != "" && !yield(state.Unknown{Node: g.Coordinator, What: state.WhatGroup, Why: why}, g) {
				return
			}
		}
		if s.Transactions == nil {
			return
		}
		for _, u := range s.Transactions.Unknown {
			if !yield(u, nil) {
				return
			}
		}
	}
}

// groupUnread says why a group can't be judged, "" where it can. That a partition which it reads has no leader is a finding of its own.
func groupUnread(snap *state.Snapshot, g *state.Group) string {
	if why := cmp.Or(g.Members.Why, g.Partitions.Why); why != "" {
		return why
	}
	ends := 0
	for i := range g.Partitions.Value {
		if p := &g.Partitions.Value[i]; p.Trouble == state.EndNotKnown {
			if of, ok := snap.FindPartition(p.Topic, p.Partition); !ok || !of.Leaderless() {
				ends++
			}
		}
	}
	if ends > 0 {
		return fmt.Sprintf("the lag of %s isn't known: %s", format.Count(ends, "partition"), state.EndNotKnown)
	}
	return ""
}

// clientsNotRead says of which groups and transactions nothing is known. The verdict stays: it doesn't rest on them, but for whom nobody coordinates, which the
// metadata tells.
func (j *judge) clientsNotRead() {
	type reason struct {
		subject, why string
		nodes        []int32
		groups       []string
	}
	var reasons []*reason
	find := func(subject, why string) *reason {
		for _, r := range reasons {
			if r.subject == subject && r.why == why {
				return r
			}
		}
		r := &reason{subject: subject, why: why}
		reasons = append(reasons, r)
		return r
	}
	for u, g := range unreadClients(j.State) {
		r := find(u.What, u.Why)
		if g != nil {
			r.groups = append(r.groups, g.ID)
		} else {
			r.nodes = append(r.nodes, u.Node)
		}
	}
	for _, r := range reasons {
		f := state.Finding{Code: NotRead, Severity: state.SeverityInfo, Scope: "cluster", Next: "kdeck groups", Pane: "groups", Evidence: []string{line(r.why)}}
		f.Subject.Name = r.subject + " " + r.why
		what := capital(r.subject)
		if r.subject != state.WhatGroup && r.subject != state.WhatGroups {
			f.Next, f.Pane = "kdeck transactions", ""
		}
		switch nodes := slices.DeleteFunc(r.nodes, func(id int32) bool { return id < 0 }); {
		case len(r.groups) > 0:
			names := make([]string, len(r.groups))
			for i, id := range r.groups {
				names[i] = name(id)
			}
			what = "Group " + names[0]
			if len(names) > 1 {
				what = format.Count(len(names), "group") + " (" + listed(names) + ")"
			}
			f.Scope, f.Filter = format.Count(len(names), "group"), groupsFilter(slices.Values(r.groups[:min(len(r.groups), groupsFiltered)]))
		case len(nodes) > 0:
			what += " of " + brokers(nodes)
			f.Scope = brokers(nodes)
		}
		f.Sentence = fmt.Sprintf("%s not read: %s", what, words(r.why))
		j.find(f)
	}
}
