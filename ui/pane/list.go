package pane

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

// The groups that bindings are listed under in the help.
const (
	Moving  = "Move"
	Rows    = "Rows"
	Columns = "Columns"
	Screen  = "Screen"
	Going   = "Go"
)

// listBindings are the keys that every table understands.
func ListBindings[R any](t *table.Table[R]) []Binding {
	do := func(f func()) func() []Effect { return func() []Effect { f(); return nil } }
	empty := ""
	if t.Len() == 0 {
		empty = "there is no row"
	}
	unmarked := ""
	if t.Marks() == 0 {
		unmarked = "nothing is marked"
	}
	return []Binding{
		{Keys: []string{"j", "down"}, Show: "j ↓", Help: "next row", Group: Moving, Do: do(func() { t.Move(1) })},
		{Keys: []string{"k", "up"}, Show: "k ↑", Help: "row before", Group: Moving, Do: do(func() { t.Move(-1) })},
		{Keys: []string{"pgdown", "ctrl+f"}, Show: "pgdn ^f", Help: "page down", Group: Moving, Do: do(func() { t.Page(1) })},
		{Keys: []string{"pgup", "ctrl+b"}, Show: "pgup ^b", Help: "page up", Group: Moving, Do: do(func() { t.Page(-1) })},
		{Keys: []string{"ctrl+d"}, Show: "^d", Help: "half a page down", Group: Moving, Do: do(func() { t.Page(0.5) })},
		{Keys: []string{"ctrl+u"}, Show: "^u", Help: "half a page up", Group: Moving, Do: do(func() { t.Page(-0.5) })},
		{Keys: []string{"g", "home"}, Show: "g", Help: "first row", Group: Moving, Do: do(t.Home)},
		{Keys: []string{"G", "end"}, Show: "G", Help: "last row", Group: Moving, Do: do(t.End)},

		{Keys: []string{"space"}, Help: "mark the row", Group: Rows, Disabled: empty, Do: do(t.Mark)},
		{Keys: []string{"ctrl+@", "ctrl+space", "v"}, Show: "v ^space", Help: "mark from the last mark to here", Group: Rows, Disabled: empty, Do: do(t.MarkRange)},
		{Keys: []string{"V", "ctrl+\\"}, Show: "V ^\\", Help: "take all marks away", Group: Rows, Disabled: unmarked, Do: do(t.Unmark)},
		{Keys: []string{"c"}, Help: "copy the marked rows, or this one", Group: Rows, Disabled: empty, Do: func() []Effect { return copyRows(t) }},

		{Keys: []string{">", "shift+right"}, Show: ">", Help: "sort by the next column", Group: Columns, Label: "sort", Do: func() []Effect { return Background(t.SortNext(1)) }},
		{Keys: []string{"<", "shift+left"}, Show: "<", Help: "sort by the column before", Group: Columns, Do: func() []Effect { return Background(t.SortNext(-1)) }},
		{Keys: []string{"s"}, Help: "reverse the order", Group: Columns, Do: func() []Effect { return Background(t.Reverse()) }},
		{Keys: []string{"w", "ctrl+w"}, Show: "w", Help: "more columns, or fewer", Group: Columns, Do: do(func() { t.SetWide(!t.Wide()) })},
		{Keys: []string{"l", "right"}, Show: "l →", Help: "columns to the right", Group: Columns, Do: do(func() { t.Scroll(1) })},
		{Keys: []string{"h", "left"}, Show: "h ←", Help: "columns to the left", Group: Columns, Do: do(func() { t.Scroll(-1) })},
	}
}

// copyRows copies the cells of the marked rows with tabs between them, names made safe.
func copyRows[R any](t *table.Table[R]) []Effect {
	rows := t.Marked()
	var b strings.Builder
	for _, r := range rows {
		for i, c := range t.Columns() {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(cell.Safe(c.Cell(r), false))
		}
		b.WriteByte('\n')
	}
	return []Effect{Copy{b.String(), format.Count(len(rows), "row")}}
}

// SortedBy names the column that the rows are sorted by, as its heading does; "" for the order that they had at first.
func SortedBy[R any](t *table.Table[R]) string {
	o := t.Order()
	if o == t.Initial() {
		return ""
	}
	s := ", by " + o.Column
	if i := slices.IndexFunc(t.Columns(), func(c table.Column[R]) bool { return c.Name == o.Column }); i >= 0 {
		s = ", by " + t.Columns()[i].Head
	}
	if o.Reverse {
		s += " desc"
	}
	return s
}

// listStatus says how many rows are shown, and by what they are sorted.
func ListStatus[R any](t *table.Table[R], what string) string {
	s := format.Count(t.Total(), what)
	if t.Len() != t.Total() {
		s = format.Thousands(t.Len()) + " of " + s
	}
	if n := t.Marks(); n > 0 {
		s = format.Thousands(n) + " marked, " + s
	}
	return s + SortedBy(t)
}

// sortBy sorts by a column, "" for the pane's own order; an error names the columns there are.
func SortBy[R any](t *table.Table[R], column string, reverse bool) ([]Effect, error) {
	run, ok := t.Sort(table.Order{Column: column, Reverse: reverse})
	if !ok {
		return nil, fmt.Errorf("no column %q to sort by: there are %s", column, strings.Join(ColumnNames(t), ", "))
	}
	return Background(run), nil
}

func ColumnNames[R any](t *table.Table[R]) []string {
	var names []string
	for _, c := range t.Columns() {
		names = append(names, c.Name)
	}
	return names
}

// layoutOf is what is kept of a table between starts.
func LayoutOf[R any](t *table.Table[R]) Layout {
	return Layout{Sort: t.Order().Column, Reverse: t.Order().Reverse, Wide: t.Wide()}
}

// setLayout sets a table up as it was kept; a column that no longer exists is passed over.
func SetLayout[R any](t *table.Table[R], l Layout) []Effect {
	t.SetWide(l.Wide)
	if l.Sort == "" {
		return nil
	}
	run, _ := t.Sort(table.Order{Column: l.Sort, Reverse: l.Reverse})
	return Background(run)
}

// dress makes table columns of a view's, with settings for some of them by name.
func Dress[R any](of []view.Column[R], settings map[string]func(*table.Column[R])) []table.Column[R] {
	columns := table.Columns(of)
	for i := range columns {
		if set := settings[columns[i].Name]; set != nil {
			set(&columns[i])
		}
	}
	return columns
}

// plainColumns are the columns of a table without what only a screen needs.
func PlainColumns[R any](t *table.Table[R]) []view.Column[R] {
	of := t.Columns()
	columns := make([]view.Column[R], len(of))
	for i := range of {
		columns[i] = of[i].Column
	}
	return columns
}

// fieldWords are the columns of a table as a filter names them.
func FieldWords[R any](t *table.Table[R]) []string {
	words := ColumnNames(t)
	for i := range words {
		words[i] += ":"
	}
	return words
}
