package partitions

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// summary is what a row of groups shows of its partitions.
type summary struct {
	partitions, offline, underMinISR, atMinISR, underReplicated int

	size      int64 // bytes of one copy of each
	sizeKnown bool
}

type group = pane.Group[*summary]

// groups shows one row for each topic, each broker that misses replicas, or each tenant.
func groups() *pane.Groups[state.Partition, *summary] {
	return &pane.Groups[state.Partition, *summary]{
		Ways: []pane.Way{
			{Word: "topic", By: "topic", Group: "topic"},
			{Word: "missing", By: "missing broker", Group: "broker"},
			{Word: "tenant", By: "tenant", Group: "tenant", Idle: func(s pane.Scene) bool { return len(s.TenantRules().WithTopics()) == 0 }},
		},
		Table: table.New([]table.Column[group]{
			pane.GroupColumn("the topic, the broker that misses replicas, or the tenant by which the partitions are grouped", func(a, b group) int { return compareIDs(a.ID, b.ID) }),
			pane.GroupCount("PARTITIONS", "partitions", "number of partitions in the group", cell.Plain, func(s *summary) int { return s.partitions }),
			pane.GroupCount("OFFLINE", "offline", "how many of them have no leader", cell.Critical, func(s *summary) int { return s.offline }),
			pane.GroupCount("<MIN-ISR", "under_min_isr", "how many of them refuse writes with acks=all, and have a leader", cell.Critical, func(s *summary) int { return s.underMinISR }),
			pane.GroupCount("AT-MIN", "at_min_isr", "how many of them refuse writes with acks=all if they lose one more replica", cell.Warning, func(s *summary) int { return s.atMinISR }),
			pane.GroupCount("URP", "under_replicated", "how many of them have a replica out of sync, also those counted before", cell.Warning, func(s *summary) int { return s.underReplicated }),
			{Column: view.Measured("SIZE", "size_bytes", "bytes of one copy of each partition of the group; ?? where no broker tells",
				func(g group) (int64, bool) { return -g.Of.size, g.Of.sizeKnown }, // the largest first
				func(n int64) string { return format.Bytes(-n) })},
		}, table.Order{Column: "under_replicated"}),
		Gather: func(s pane.Scene, by string, match func(state.Partition) bool) func() []group {
			snap, rules := s.Snapshot(), s.TenantRules()
			return func() []group { return groupsBy(by, snap, match, rules) }
		},
	}
}

func (s *summary) add(p state.Partition) {
	s.partitions++
	switch view.PartitionState(p) {
	case "OFFLINE":
		s.offline++
	case "<MIN-ISR":
		s.underMinISR++
	case "AT-MIN":
		s.atMinISR++
	}
	if p.UnderReplicated() {
		s.underReplicated++
	}
	if n, known := p.Size(); known {
		s.size += n
		s.sizeKnown = true
	}
}

// groupsBy groups the partitions that pass match, nil for all. A partition is in the group of each broker that misses it.
func groupsBy(by string, snap *state.Snapshot, match func(state.Partition) bool, rules tenant.Rules) []group {
	owners := make([]string, snap.NumTopics())
	if by == "tenant" {
		for i := range owners {
			owners[i] = rules.OfTopic(snap.Topic(i).Name())
		}
	}
	summaries := map[table.ID]*summary{}
	add := func(id table.ID, p state.Partition) {
		if summaries[id] == nil {
			summaries[id] = &summary{}
		}
		summaries[id].add(p)
	}
	for i := range snap.NumPartitions() {
		p := snap.Partition(i)
		switch {
		case match != nil && !match(p):
		case by == "topic":
			add(table.ID{Name: p.Topic().Name()}, p)
		case by == "tenant":
			add(table.ID{Name: owners[p.Topic().Index()]}, p)
		case p.UnderReplicated():
			for broker := range p.Missing() {
				add(table.ID{N: broker}, p)
			}
		}
	}
	rows := make([]group, 0, len(summaries))
	for _, id := range slices.SortedFunc(maps.Keys(summaries), compareIDs) {
		g := group{ID: id, Name: id.Name, Of: summaries[id]}
		switch {
		case by == "topic":
			g.Filter = "topic:" + format.Pattern(id.Name)
		case by == "missing":
			g.Name, g.Filter = fmt.Sprintf("broker %d", id.N), fmt.Sprintf("missing:%d", id.N)
		case id.Name == "":
			g.Name, g.Filter = "(no tenant)", "tenant:-"
		default:
			g.Filter = "tenant:" + format.FilterValue(id.Name)
		}
		rows = append(rows, g)
	}
	return rows
}

func compareIDs(a, b table.ID) int { return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.Name, b.Name)) }
