package pane

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/ui/table"
)

// Columns implements [Rows].
func (l *List[R]) Columns() []string { return l.Shown().Names() }

// Legends implements [Rows].
func (l *List[R]) Legends() []Legend {
	all := []Legend{{l.spec.Row + "s", l.Table.Explain()}}
	if l.spec.Groups != nil {
		all = append(all, Legend{"groups of " + l.spec.Row + "s", l.spec.Groups.table().Explain()})
	}
	if l.by != "" {
		slices.Reverse(all)
	}
	if in := l.opened(); in != nil {
		all = append(in.Legends(), all...)
	}
	return all
}

// SortBy implements [Rows].
func (l *List[R]) SortBy(column string, reverse bool) ([]Effect, error) {
	return SortBy(l.Shown(), column, reverse)
}

// SortBy sorts a table by a column, or for "" as the table was at first. An error names the columns that there are.
func SortBy(t table.Any, column string, reverse bool) ([]Effect, error) {
	run, ok := t.Sort(table.Order{Column: column, Reverse: reverse})
	if !ok {
		return nil, &WordError{"column", column, t.Names()}
	}
	return Background(run), nil
}

// WordError names a word that is unknown in its place, and those that are known there.
type WordError struct {
	What  string // "column", …
	Word  string
	Known []string
}

func (e *WordError) Error() string {
	return fmt.Sprintf("no %s %q: there are %s", e.What, e.Word, strings.Join(e.Known, ", "))
}

// OpenRow implements [Rows].
func (l *List[R]) OpenRow(id table.ID) []Effect {
	l.by = ""
	l.closeDetail() // of another row
	l.Table.Seek(id)
	if l.spec.RowName != nil {
		l.open, l.openID, l.Page = true, id, Page{}
	}
	if l.open && l.spec.Inside != nil {
		l.inside = l.spec.Inside(id)
	}
	effects := l.seeInside()
	if l.open && l.spec.Opened != nil {
		effects = append(effects, l.spec.Opened(id)...)
	}
	return effects
}

// Layout implements [Rows].
func (l *List[R]) Layout() Layout {
	o := l.Table.Order()
	return Layout{Sort: o.Column, Reverse: o.Reverse, Wide: l.Table.Wide(), Group: l.by}
}

// SetLayout implements [Rows]. It passes over a column or a group that no longer exists.
func (l *List[R]) SetLayout(layout Layout) []Effect {
	effects := l.setGroup(layout.Group)
	return append(effects, setLayout(l.Table, layout)...)
}

// setLayout sets a table up.
func setLayout(t table.Any, l Layout) []Effect {
	t.SetWide(l.Wide)
	if l.Sort == "" {
		return nil
	}
	run, _ := t.Sort(table.Order{Column: l.Sort, Reverse: l.Reverse})
	return Background(run)
}
