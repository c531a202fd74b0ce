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

// The ways to gather partitions.
const (
	byTopic   = "topic"
	byMissing = "missing"
)

// group is partitions that have a topic, a missing broker or a tenant in common.
type group struct {
	id                                   table.ID
	name, filter                         string
	partitions, offline, under, at, urps int
	size                                 int64
	sizeKnown                            bool
}

// groups gathers partitions into one row a topic, a missing broker or a tenant.
type groups struct {
	by    string // "" for flat
	gen   uint64 // of the latest gathering; older ones are dropped
	snap  *state.Snapshot
	match func(state.Partition) bool
	rules tenant.Rules
	table *table.Table[group]
}

func newGroups() *groups {
	number := func(head, name, help string, style cell.Style, get func(group) int) table.Column[group] {
		c := table.Column[group]{Column: view.Column[group]{Head: head, Name: name, Help: help, Right: true,
			Cell: func(g group) string { return strconv.Itoa(get(g)) },
			Key:  func(g group) int64 { return -int64(get(g)) }}} // the most first
		c.Style = func(g group) cell.Style {
			if get(g) > 0 {
				return style
			}
			return cell.Faint
		}
		return c
	}
	return &groups{table: table.New([]table.Column[group]{
		{Column: view.Column[group]{Head: "GROUP", Name: "group", Help: "topic, missing broker or tenant",
			Cell:    func(g group) string { return g.name },
			Compare: func(a, b group) int { return cmp.Or(cmp.Compare(a.id.N, b.id.N), cmp.Compare(a.name, b.name)) }}, Grow: true},
		number("PARTITIONS", "partitions", "partitions in the group", cell.Plain, func(g group) int { return g.partitions }),
		number("OFFLINE", "offline", "partitions without a leader", cell.Critical, func(g group) int { return g.offline }),
		number("<MIN-ISR", "under_min_isr", "partitions that refuse acks=all", cell.Critical, func(g group) int { return g.under }),
		number("AT-MIN", "at_min_isr", "partitions that one more loss stops", cell.Warning, func(g group) int { return g.at }),
		number("URP", "under_replicated", "under-replicated partitions, those before included", cell.Warning, func(g group) int { return g.urps }),
		{Column: view.Column[group]{Head: "SIZE", Name: "size_bytes", Help: "bytes of one copy of each", Right: true,
			Cell: func(g group) string {
				if !g.sizeKnown {
					return format.Unknown
				}
				return format.Bytes(g.size)
			},
			Key: func(g group) int64 {
				if !g.sizeKnown {
					return view.NoValue
				}
				return -g.size
			}}},
	}, table.Order{Column: "under_replicated"})}
}

// next goes from flat to by topic to by missing broker to by tenant, where topics are put to some, and back.
func (g *groups) next() []pane.Effect {
	order := []string{"", byTopic, byMissing}
	if len(g.rules.WithTopics()) > 0 {
		order = append(order, pane.ByTenant)
	}
	return g.setBy(order[(slices.Index(order, g.by)+1)%len(order)])
}

// setBy gathers by something else; what is none of the ways is flat.
func (g *groups) setBy(by string) []pane.Effect {
	if by != byTopic && by != byMissing && by != pane.ByTenant {
		by = ""
	}
	g.by = by
	return g.gather()
}

// set gives the groups the partitions that pass the filter.
func (g *groups) set(snap *state.Snapshot, match func(state.Partition) bool, rules tenant.Rules) []pane.Effect {
	g.snap, g.match, g.rules = snap, match, rules
	return g.gather()
}

// gather makes the rows, if they are shown.
func (g *groups) gather() []pane.Effect {
	if g.by == "" || g.snap == nil {
		return nil
	}
	g.gen++
	gen, by, snap, match, rules := g.gen, g.by, g.snap, g.match, g.rules
	run := func() func() {
		rows := gather(by, snap, match, rules)
		return func() {
			if gen == g.gen {
				g.show(rows)
			}
		}
	}
	if snap.NumPartitions() > table.OffLoop {
		return pane.Background(run)
	}
	run()()
	return nil
}

func gather(by string, snap *state.Snapshot, match func(state.Partition) bool, rules tenant.Rules) []group {
	switch by {
	case byTopic:
		return gatherTopics(snap, match)
	case pane.ByTenant:
		return gatherOwners(snap, match, rules)
	}
	return gatherMissing(snap, match)
}

func (g *groups) show(rows []group) {
	at := make(map[table.ID]int, len(rows))
	for i := range rows {
		at[rows[i].id] = i
	}
	run := g.table.Set(table.Rows[group]{
		Len: len(rows),
		At:  func(i int) group { return rows[i] },
		ID:  func(r group) table.ID { return r.id },
		Find: func(id table.ID) (int, bool) {
			i, ok := at[id]
			return i, ok
		},
	}, nil, false)
	if run != nil { // tens of thousands of topics: few enough to be sorted at once
		run()()
	}
}

func (g *group) add(p state.Partition) {
	g.partitions++
	switch view.PartitionState(p) {
	case "OFFLINE":
		g.offline++
	case "<MIN-ISR":
		g.under++
	case "AT-MIN":
		g.at++
	}
	if p.UnderReplicated() {
		g.urps++
	}
	if n, known := p.Size(); known {
		g.size += n
		g.sizeKnown = true
	}
}

func gatherTopics(snap *state.Snapshot, match func(state.Partition) bool) []group {
	var rows []group
	for i := range snap.NumPartitions() {
		p := snap.Partition(i)
		if match != nil && !match(p) {
			continue
		}
		name := p.Topic().Name()
		if len(rows) == 0 || rows[len(rows)-1].name != name {
			rows = append(rows, group{id: table.ID{Name: name}, name: name, filter: topicFilter(name)})
		}
		rows[len(rows)-1].add(p)
	}
	return rows
}

// topicFilter is the filter that lets the partitions of one topic through.
func topicFilter(name string) string {
	return "topic:" + format.FilterValue(regexp.QuoteMeta(name))
}

func gatherMissing(snap *state.Snapshot, match func(state.Partition) bool) []group {
	by := map[int32]*group{}
	for i := range snap.NumPartitions() {
		p := snap.Partition(i)
		if !p.UnderReplicated() || match != nil && !match(p) {
			continue
		}
		for id := range p.Missing() {
			g := by[id]
			if g == nil {
				g = &group{id: table.ID{N: id}, name: fmt.Sprintf("broker %d", id), filter: fmt.Sprintf("missing:%d", id)}
				by[id] = g
			}
			g.add(p)
		}
	}
	rows := make([]group, 0, len(by))
	for _, g := range by {
		rows = append(rows, *g)
	}
	slices.SortFunc(rows, func(a, b group) int { return cmp.Compare(a.id.N, b.id.N) })
	return rows
}

// gatherOwners gathers by the tenant that a partition's topic is put to; the topics of nobody are one group.
func gatherOwners(snap *state.Snapshot, match func(state.Partition) bool, rules tenant.Rules) []group {
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
			g = &group{id: table.ID{Name: name}, name: name, filter: "tenant:" + format.FilterValue(name)}
			if name == "" {
				g.name, g.filter = "(no tenant)", "tenant:-"
			}
			by[name] = g
		}
		g.add(p)
	}
	rows := make([]group, 0, len(by))
	for _, name := range slices.Sorted(maps.Keys(by)) {
		rows = append(rows, *by[name])
	}
	return rows
}

func (g *groups) status() string {
	switch g.by {
	case byTopic:
		return "by topic: " + format.Count(g.table.Len(), "topic") + pane.SortedBy(g.table)
	case pane.ByTenant:
		return "by tenant: " + format.Count(g.table.Len(), "tenant") + pane.SortedBy(g.table)
	}
	return "by missing broker: " + format.Count(g.table.Len(), "broker") + pane.SortedBy(g.table)
}

func (g *groups) bindings(enter func(filter string) []pane.Effect) []pane.Binding {
	none := ""
	if g.table.Len() == 0 {
		none = "there is no group to open"
	}
	return append([]pane.Binding{
		{
			Keys: []string{"enter"}, Help: "its partitions", Group: pane.Going, Label: "open", Disabled: none,
			Do: func() []pane.Effect {
				r, ok := g.table.Current()
				if !ok {
					return nil
				}
				return enter(r.filter)
			}},
	}, pane.ListBindings(g.table)...)
}
