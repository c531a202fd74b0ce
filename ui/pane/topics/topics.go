// Package topics is the console's pane of topics: a row for each, with the worst of its partitions, how it is written and kept, and who reads it. The
// detail of one shows its configs with their source, its groups, and its writers. Start reading at Pane.
package topics

import (
	"context"
	"io"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Reader reads of one topic what isn't in a State: see [state.TopicRead]. It blocks until brokers have answered, or ctx ends.
type Reader func(ctx context.Context, snap *state.Snapshot, topic string) *state.TopicRead

// Pane lists topics, those with the worst partitions first, flat or grouped by tenant.
type Pane struct {
	*pane.List[*view.TopicRow]
	ctx    context.Context
	reader Reader                       // nil: nobody can be asked
	made   *made                        // nil before the first answer
	busy   bool                         // the next rows are being made
	opened *pane.Asked[state.TopicRead] // the topic whose detail was opened; nil: none was
}

// New makes the pane. What it reads of a topic that is opened ends with ctx.
func New(ctx context.Context, reader Reader) *Pane {
	p := &Pane{ctx: ctx, reader: reader}
	p.List = pane.NewList(pane.Spec[*view.TopicRow]{
		Name: "topics", Title: "Topics", Row: "topic", Verb: "topics",
		Columns: columns(), Order: table.Order{Column: "state"},
		Rows: p.tableRows,
		Match: func(s *pane.Scene, f view.Filter) (func(*view.TopicRow) bool, error) {
			var rows []*view.TopicRow
			if p.made != nil {
				rows = p.made.rows
			}
			return view.MatchTopics(rows, f, s.TenantRules(), false)
		},
		Words: view.TopicFilterWords, Groups: byTenant(p),
		Describe: p.describe, Opened: p.askOf, Closed: p.letGo, RowName: func(id table.ID) string { return id.Name },
		Empty: func(pane.Scene) string { return "no topic in this cluster but Kafka's own: /is:internal shows those" },
		JSON: func(s pane.Scene, rows []*view.TopicRow) (func(io.Writer) error, error) {
			return pane.JSON(view.TopicsAnswer(s.Snapshot(), rows, view.TopicsUnread(s.State))), nil
		},
		Document: func(_ pane.Scene, r *view.TopicRow) any { return view.TopicAnswer(r) },
	})
	return p
}

// made are the rows of a State.
type made struct {
	of    *state.State
	rows  []*view.TopicRow // by name
	index map[string]int
}

func rowsOf(s *state.State) *made {
	m := &made{of: s, rows: view.TopicRows(s, nil)}
	m.index = make(map[string]int, len(m.rows))
	for i, r := range m.rows {
		m.index[r.Name()] = i
	}
	return m
}

// same tells whether the rows of a State would be the same.
func (m *made) same(s *state.State) bool {
	return m.of.Snapshot == s.Snapshot && m.of.Groups == s.Groups && m.of.Ends == s.Ends && m.of.Topics == s.Topics
}

// find returns the row of that name, nil if there is none.
func (m *made) find(name string) *view.TopicRow {
	if m == nil {
		return nil
	}
	if i, ok := m.index[name]; ok {
		return m.rows[i]
	}
	return nil
}

// See implements [pane.Screen]. It makes the rows again only if something was read that they show.
func (p *Pane) See(s pane.Scene) []pane.Effect {
	p.Scene = s
	if s.Snapshot() == nil || p.busy || p.made != nil && p.made.same(s.State) {
		return nil
	}
	if sources(s.State) <= table.OffLoop {
		return p.show(rowsOf(s.State))
	}
	p.busy = true
	return []pane.Effect{pane.Work(func() func() []pane.Effect {
		m := rowsOf(s.State)
		return func() []pane.Effect {
			p.busy = false
			return p.show(m)
		}
	})}
}

// sources counts what the rows of a State are made of.
func sources(s *state.State) int {
	n := s.Snapshot.NumPartitions()
	if s.Groups != nil {
		for _, g := range s.Groups.Groups {
			n += len(g.Partitions.Value)
		}
	}
	return n
}

func (p *Pane) show(m *made) []pane.Effect {
	p.made = m
	return p.Fill()
}

func (p *Pane) tableRows(s *pane.Scene) table.Rows[*view.TopicRow] {
	m := p.made
	return table.Rows[*view.TopicRow]{
		Len: len(m.rows),
		At:  func(i int) *view.TopicRow { return m.rows[i] },
		ID:  func(r *view.TopicRow) table.ID { return table.ID{Name: r.Name()} },
		Find: func(id table.ID) (int, bool) {
			i, ok := m.index[id.Name]
			return i, ok
		},
		Style: func(*view.TopicRow) cell.Style { return s.RowStyle() },
	}
}

// longName is the longest name that is shown whole in the list; the detail has it.
const longName = 44

func columns() []table.Column[*view.TopicRow] {
	type column = table.Column[*view.TopicRow]
	return table.Dress(view.TopicColumns(), map[string]func(*column){
		"topic": func(c *column) { c.Grow, c.Least, c.Max = true, 24, longName },
		"state": func(c *column) {
			c.Style = func(r *view.TopicRow) cell.Style { return pane.PartitionStyle(r.State) }
		},
		"worst_group": func(c *column) {
			c.Max = 32
			c.Style = func(r *view.TopicRow) cell.Style {
				if g := r.Worst(); g != nil {
					return pane.GroupStyle(g.Status)
				}
				return cell.Plain
			}
		},
	})
}

// Bindings implements [pane.Screen].
func (p *Pane) Bindings() []pane.Binding {
	id, open := p.Opened()
	switch {
	case p.Grouped() != "":
		return p.List.Bindings()
	case open:
		return append(p.List.Bindings(), leads(p.made.find(id.Name))...)
	}
	none := ""
	r, ok := p.Table.Current()
	if !ok {
		none = "there is no topic to open"
	}
	keys := append(leads(r),
		pane.Binding{Keys: []string{"d"}, Help: "the detail: its configs, its groups, who writes to it", Group: pane.Going, Label: "detail", Disabled: none,
			Do: func() []pane.Effect { return p.OpenRow(p.Table.ID(r)) }},
		pane.Binding{Keys: []string{"!"}, Help: "only topics that are not ok, or all", Group: pane.OnRows, Label: "bad only",
			Do: func() []pane.Effect { return p.ToggleWord("!is:ok") }},
		p.GroupKey())
	return append(keys, p.ListKeys()...)
}

// leads returns the keys that lead from a topic, nil for none, to its partitions and to its groups.
func leads(r *view.TopicRow) []pane.Binding {
	none, unread, filter := "", "", ""
	switch {
	case r == nil:
		none, unread = "there is no topic to open", "there is no topic"
	case r.Listed && len(r.Groups) == 0:
		unread = "no group reads it"
	}
	if r != nil {
		filter = "topic:/^" + format.Pattern(r.Name()) + "$/"
	}
	open := func(name string) func() []pane.Effect {
		return func() []pane.Effect { return []pane.Effect{pane.Open{Pane: name, Filter: filter}} }
	}
	return []pane.Binding{
		{Keys: []string{"enter", "p"}, Show: "enter", Help: "its partitions", Group: pane.Going, Label: "partitions", Disabled: none, Do: open("partitions")},
		{Keys: []string{"o"}, Help: "the groups that read it", Group: pane.Going, Label: "groups", Disabled: unread, Do: open("groups")},
	}
}

// Command implements [pane.Screen].
func (p *Pane) Command() []string {
	if id, open := p.Opened(); open {
		return []string{"configs", "topic", id.Name}
	}
	return p.List.Command()
}
