package pane

import (
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/view"
	"kdeck/ui/table"
)

// Way is a way to group rows.
type Way struct {
	Word  string // behind :group
	By    string // "missing broker"
	Group string // what a group is, in one word: "broker"
	// Idle tells that all rows would be one group. The key then passes over this way. nil: they never are.
	Idle func(Scene) bool
}

// Group is a group of rows.
type Group[T any] struct {
	ID     table.ID
	Name   string
	Filter string // lets the group's rows through
	Of     T      // what its columns show
}

// Grouping is [Groups] of any T.
type Grouping[R any] interface {
	ways() []Way
	table() table.Any
	current() (filter string, ok bool)
	document() any
	gather(s Scene, by string, match func(R) bool, offLoop bool) []Effect
}

// Groups shows a row for each group of rows.
type Groups[R, T any] struct {
	Ways  []Way
	Table *table.Table[Group[T]]
	// Gather returns a function that groups the rows that pass match; nil: all rows. It may run off the update loop.
	Gather func(s Scene, by string, match func(R) bool) func() []Group[T]

	latest uint64 // counts the calls of Gather; the result of an older one is dropped
}

// GroupColumn makes the column of a group's name.
func GroupColumn[T any](help string, compare func(a, b Group[T]) int) table.Column[Group[T]] {
	return table.Column[Group[T]]{Column: view.Column[Group[T]]{Head: "GROUP", Name: "group", Help: help,
		Cell: func(g Group[T]) string { return g.Name }, Compare: compare}, Grow: true}
}

func (g *Groups[R, T]) ways() []Way      { return g.Ways }
func (g *Groups[R, T]) table() table.Any { return g.Table }

func (g *Groups[R, T]) current() (filter string, ok bool) {
	r, ok := g.Table.Current()
	return r.Filter, ok
}

func (g *Groups[R, T]) document() any { return currentCells(g.Table) }

func (g *Groups[R, T]) gather(s Scene, by string, match func(R) bool, offLoop bool) []Effect {
	g.latest++
	n, work := g.latest, g.Gather(s, by, match)
	run := func() func() {
		rows := work()
		return func() {
			if n != g.latest {
				return
			}
			if sort := g.Table.Set(table.RowsOf(rows, func(r Group[T]) table.ID { return r.ID }), nil, false); sort != nil {
				sort()() // tens of thousands at the most: few enough to be sorted at once
			}
		}
	}
	if offLoop {
		return Background(run)
	}
	run()()
	return nil
}

// CurrentGroup returns the filter that lets the rows of the group under the cursor through; ok is false where rows aren't grouped, or there is no group.
func (l *List[R]) CurrentGroup() (filter string, ok bool) {
	if l.by == "" {
		return "", false
	}
	return l.spec.Groups.current()
}

// entered says where esc leads back to from the rows of a group.
type entered struct {
	by, before string // how rows were grouped and filtered
	with       string // the filter of the group that was entered
}

// Grouped returns the way in which rows are grouped; "" where they aren't.
func (l *List[R]) Grouped() string { return l.by }

// Shown returns the table on the screen: that of the rows or that of their groups.
func (l *List[R]) Shown() table.Any {
	if l.by != "" {
		return l.spec.Groups.table()
	}
	return l.Table
}

// Groups implements [Rows].
func (l *List[R]) Groups() []string {
	if l.spec.Groups == nil {
		return nil
	}
	var words []string
	for _, w := range l.spec.Groups.ways() {
		words = append(words, w.Word)
	}
	return append(words, "none")
}

// GroupBy implements [Rows]. It closes the detail.
func (l *List[R]) GroupBy(by string) ([]Effect, error) {
	if by != "none" && !slices.Contains(l.Groups(), by) {
		return nil, &WordError{"way to group a " + l.spec.Row, by, l.Groups()}
	}
	l.closeDetail()
	return l.setGroup(by), nil
}

// setGroup groups rows in another way. A word that is no way to group shows every row.
func (l *List[R]) setGroup(by string) []Effect {
	l.by = ""
	if l.way(by) != nil {
		l.by = by
	}
	return l.gather()
}

func (l *List[R]) way(word string) *Way {
	if l.spec.Groups == nil {
		return nil
	}
	ways := l.spec.Groups.ways()
	if i := slices.IndexFunc(ways, func(w Way) bool { return w.Word == word }); i >= 0 {
		return &ways[i]
	}
	return nil
}

// gather makes the groups where they are shown.
func (l *List[R]) gather() []Effect {
	if l.by == "" || !l.ready() {
		return nil
	}
	return l.spec.Groups.gather(l.Scene, l.by, l.Match(), l.Table.Total() > table.OffLoop)
}

// GroupKey returns the key that goes from one way of grouping to the next, and back to the rows.
func (l *List[R]) GroupKey() Binding {
	return Binding{Keys: []string{"b"}, Help: l.groupHelp, Group: OnRows, Label: "group", Do: func() []Effect {
		next := []string{""}
		for _, w := range l.spec.Groups.ways() {
			if w.Idle == nil || !w.Idle(l.Scene) {
				next = append(next, w.Word)
			}
		}
		return l.setGroup(next[(slices.Index(next, l.by)+1)%len(next)])
	}}
}

// groupHelp is the help of GroupKey.
func groupHelp(ways []Way) string {
	words := make([]string, len(ways))
	for i, w := range ways {
		words[i] = w.By
	}
	return "group by " + strings.Join(words, ", ") + ", or not"
}

func (l *List[R]) groupStatus() string {
	w, t := l.way(l.by), l.Shown()
	return "by " + w.By + ": " + format.Count(t.Len(), w.Group) + SortedBy(t)
}

// groupBindings are the keys while groups are shown.
func (l *List[R]) groupBindings() []Binding {
	none := ""
	filter, ok := l.spec.Groups.current()
	if !ok {
		none = "there is no group to open"
	}
	return append([]Binding{
		{Keys: []string{"enter"}, Help: "its " + l.spec.Row + "s", Group: Going, Label: "open", Disabled: none, Do: func() []Effect { return l.enterGroup(filter) }},
	}, ListBindings(l.Shown(), "group", l.spec.Groups.document)...)
}

// enterGroup shows the rows of one group.
func (l *List[R]) enterGroup(filter string) []Effect {
	way := &entered{by: l.by, before: l.filter, with: strings.TrimSpace(l.filter + " " + filter)}
	l.by = ""
	effects, err := l.SetFilter(way.with)
	if err != nil {
		return Fail(err)
	}
	l.entered = way
	return effects
}

// leaveGroup leads back to the groups, where the rows of one are shown.
func (l *List[R]) leaveGroup() ([]Effect, bool) {
	way := l.entered
	if way == nil || l.filter != way.with {
		return nil, false
	}
	l.entered = nil
	effects, err := l.SetFilter(way.before)
	if err != nil {
		return Fail(err), true
	}
	return append(effects, l.setGroup(way.by)...), true
}
