// Package groups is the console's pane of consumer groups: a row for each, and the detail of one: what it does and why, its members with where they run, its
// partitions. It judges nothing: package lag does. Start reading at Pane.
package groups

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

// Reader finds out of a group that is opened when the records were written that it has to read. before is what was found of it last, nil for nothing. It
// blocks until leaders have answered, or ctx ends.
type Reader func(ctx context.Context, g *state.Group, before *state.GroupRead, ends *state.Offsets) *state.GroupRead

// Pane lists groups, those that don't get on first, flat or grouped by tenant.
type Pane struct {
	*pane.List[*state.Group]
	ctx    context.Context
	reader Reader                       // nil: nobody can be asked
	opened *pane.Asked[state.GroupRead] // the group whose detail was opened; nil: none was
}

// New makes the pane. What it asks of a group that is opened ends with ctx.
func New(ctx context.Context, reader Reader) *Pane {
	p := &Pane{ctx: ctx, reader: reader}
	p.List = pane.NewList(pane.Spec[*state.Group]{
		Name: "groups", Title: "Groups", Row: "group", Verb: "groups", Below: []string{"reset", "delete"},
		Columns: columns(), Order: table.Order{Column: "status"},
		Rows:    rows,
		Version: func(s pane.Scene) any { return s.State.Groups },
		Match: func(s *pane.Scene, f view.Filter) (func(*state.Group) bool, error) {
			return view.MatchGroups(f, s.TenantRules())
		},
		Words: view.GroupFilterWords, Groups: byTenant(),
		Names:    func(g *state.Group) []string { return []string{g.ID} },
		Describe: p.describe,
		Opened:   p.askOf,
		Closed:   p.letGo,
		RowName:  func(id table.ID) string { return id.Name },
		Empty:    empty,
		Keys: func() []pane.Binding {
			return append([]pane.Binding{{Keys: []string{"!"}, Help: "only groups that are not ok, or all", Group: pane.OnRows, Label: "bad only",
				Do: func() []pane.Effect { return p.ToggleWord("!is:ok") }}}, topicsOf(p.Table.Current()))
		},
		JSON: func(s pane.Scene, rows []*state.Group) (func(io.Writer) error, error) {
			all := s.State.Groups
			if all == nil {
				all = &state.Groups{}
			}
			return pane.JSON(view.GroupsAnswer(s.Snapshot(), all, rows, false)), nil
		},
		Document: func(s pane.Scene, g *state.Group) any { return view.GroupAnswer(g, true) },
	})
	return p
}

// topicsOf returns the key that leads to the topics of a group.
func topicsOf(g *state.Group, there bool) pane.Binding {
	none := ""
	switch {
	case !there:
		none = "there is no group"
	case len(g.Partitions.Value) == 0:
		none = "no topic of it is known"
	}
	return pane.Binding{Keys: []string{"t"}, Help: "the topics that it reads", Group: pane.Going, Label: "topics", Disabled: none,
		Do: func() []pane.Effect {
			return []pane.Effect{pane.Open{Pane: "topics", Filter: "group:/^" + format.Pattern(g.ID) + "$/"}}
		}}
}

func empty(s pane.Scene) string {
	switch {
	case s.State.Groups == nil && s.State.Seq > 0 && s.State.Ends == nil:
		return "the groups are not read yet"
	case s.State.Groups != nil && len(s.State.Groups.Unknown) > 0:
		return "no broker lists a group: " + s.State.Groups.Unknown[0].Why
	}
	return "no consumer group in this cluster"
}

// longID is the longest id that is shown whole in the list; the detail has it.
const longID = 36

func columns() []table.Column[*state.Group] {
	type column = table.Column[*state.Group]
	return table.Dress(view.GroupColumns(), map[string]func(*column){
		"group":       func(c *column) { c.Grow, c.Max = true, longID },
		"status":      func(c *column) { c.Style = func(g *state.Group) cell.Style { return pane.GroupStyle(g.Status) } },
		"lag":         func(c *column) { c.Volatile = true },
		"lag_seconds": func(c *column) { c.Volatile = true },
		"forecast":    func(c *column) { c.Volatile = true; c.Max = 36 },
		"consumed":    func(c *column) { c.Volatile = true },
		"produced":    func(c *column) { c.Volatile = true },
		"worst":       func(c *column) { c.Volatile = true; c.Max = 30 },
		"why":         func(c *column) { c.Volatile = true },
	})
}

func rows(s *pane.Scene) table.Rows[*state.Group] {
	var all []*state.Group
	if s.State.Groups != nil {
		all = s.State.Groups.Groups
	}
	return table.Rows[*state.Group]{
		Len: len(all),
		At:  func(i int) *state.Group { return all[i] },
		ID:  func(g *state.Group) table.ID { return table.ID{Name: g.ID} },
		Find: func(id table.ID) (int, bool) {
			for i, g := range all {
				if g.ID == id.Name {
					return i, true
				}
			}
			return 0, false
		},
		Style: func(g *state.Group) cell.Style {
			if g.Partitions.Why != "" {
				return cell.Stale
			}
			return s.RowStyle()
		},
	}
}
