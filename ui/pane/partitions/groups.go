package partitions

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// summary is what is told of the partitions of a group.
type summary struct {
	partitions, offline, under, at, urps int
	size                                 int64
	sizeKnown                            bool
}

type group = pane.Group[summary]

// groups gathers partitions into one row a topic, a missing broker or a tenant.
func groups() *pane.Groups[state.Partition, summary] {
	number := func(head, name, help string, style cell.Style, get func(*summary) int) table.Column[group] {
		return table.Column[group]{
			Column: view.Column[group]{Head: head, Name: name, Help: help, Right: true,
				Cell: func(g group) string { return strconv.Itoa(get(&g.Of)) },
				Key:  func(g group) int64 { return -int64(get(&g.Of)) }}, // the most first
			Style: func(g group) cell.Style {
				if get(&g.Of) > 0 {
					return style
				}
				return cell.Faint
			}}
	}
	return &pane.Groups[state.Partition, summary]{
		Ways: []pane.Way{
			{Word: "topic", By: "topic", Group: "topic"},
			{Word: "missing", By: "missing broker", Group: "broker"},
			{Word: "tenant", By: "tenant", Group: "tenant", Idle: func(s pane.Scene) bool { return len(s.TenantRules().WithTopics()) == 0 }},
		},
		Table: table.New([]table.Column[group]{
			pane.GroupColumn("topic, missing broker or tenant", func(a, b group) int { return cmp.Or(cmp.Compare(a.ID.N, b.ID.N), cmp.Compare(a.Name, b.Name)) }),
			number("PARTITIONS", "partitions", "partitions in the group", cell.Plain, func(s *summary) int { return s.partitions }),
			number("OFFLINE", "offline", "partitions without a leader", cell.Critical, func(s *summary) int { return s.offline }),
			number("<MIN-ISR", "under_min_isr", "partitions that refuse acks=all", cell.Critical, func(s *summary) int { return s.under }),
			number("AT-MIN", "at_min_isr", "partitions that one more loss stops", cell.Warning, func(s *summary) int { return s.at }),
			number("URP", "under_replicated", "under-replicated partitions, those before included", cell.Warning, func(s *summary) int { return s.urps }),
			{Column: view.Column[group]{Head: "SIZE", Name: "size_bytes", Help: "bytes of one copy of each", Right: true,
				Cell: func(g group) string {
					if !g.Of.sizeKnown {
						return format.Unknown
					}
					return format.Bytes(g.Of.size)
				},
				Key: func(g group) int64 {
					if !g.Of.sizeKnown {
						return view.NoValue
					}
					return -g.Of.size
				}}},
		}, table.Order{Column: "under_replicated"}),
		Gather: func(s pane.Scene, by string, match func(state.Partition) bool) func() []group {
			snap, rules := s.Snapshot(), s.TenantRules()
			return func() []group {
				switch by {
				case "topic":
					return byTopic(snap, match)
				case "tenant":
					return byTenant(snap, match, rules)
				}
				return byMissing(snap, match)
			}
		},
	}
}

func (s *summary) add(p state.Partition) {
	s.partitions++
	switch view.PartitionState(p) {
	case "OFFLINE":
		s.offline++
	case "<MIN-ISR":
		s.under++
	case "AT-MIN":
		s.at++
	}
	if p.UnderReplicated() {
		s.urps++
	}
	if n, known := p.Size(); known {
		s.size += n
		s.sizeKnown = true
	}
}

func byTopic(snap *state.Snapshot, match func(state.Partition) bool) []group {
	var rows []group
	for i := range snap.NumPartitions() {
		p := snap.Partition(i)
		if match != nil && !match(p) {
			continue
		}
		name := p.Topic().Name()
		if len(rows) == 0 || rows[len(rows)-1].Name != name {
			rows = append(rows, group{ID: table.ID{Name: name}, Name: name, Filter: topicFilter(name)})
		}
		rows[len(rows)-1].Of.add(p)
	}
	return rows
}

// topicFilter is the filter that lets the partitions of one topic through.
func topicFilter(name string) string {
	return "topic:" + format.FilterValue(regexp.QuoteMeta(name))
}

func byMissing(snap *state.Snapshot, match func(state.Partition) bool) []group {
	by := map[int32]*group{}
	for i := range snap.NumPartitions() {
		p := snap.Partition(i)
		if !p.UnderReplicated() || match != nil && !match(p) {
			continue
		}
		for id := range p.Missing() {
			g := by[id]
			if g == nil {
				g = &group{ID: table.ID{N: id}, Name: fmt.Sprintf("broker %d", id), Filter: fmt.Sprintf("missing:%d", id)}
				by[id] = g
			}
			g.Of.add(p)
		}
	}
	rows := make([]group, 0, len(by))
	for _, id := range slices.Sorted(maps.Keys(by)) {
		rows = append(rows, *by[id])
	}
	return rows
}

// byTenant groups by the tenant that owns a partition's topic. The topics of no tenant are one group.
func byTenant(snap *state.Snapshot, match func(state.Partition) bool, rules tenant.Rules) []group {
	of := make([]string, snap.NumTopics())
	for i := range of {
		of[i] = rules.OfTopic(snap.Topic(i).Name())
	}
	by := map[string]*group{}
	for i := range snap.NumPartitions() {
		p := snap.Partition(i)
		if match != nil && !match(p) {
			continue
		}
		name := of[p.Topic().Index()]
		g := by[name]
		if g == nil {
			g = &group{ID: table.ID{Name: name}, Name: name, Filter: "tenant:" + format.FilterValue(name)}
			if name == "" {
				g.Name, g.Filter = "(no tenant)", "tenant:-"
			}
			by[name] = g
		}
		g.Of.add(p)
	}
	rows := make([]group, 0, len(by))
	for _, name := range slices.Sorted(maps.Keys(by)) {
		rows = append(rows, *by[name])
	}
	return rows
}
