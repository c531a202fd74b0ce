package pane

import (
	"kdeck/ops/format"
	"kdeck/ui/table"
)

// ListBindings returns the keys that every table has. row is what a row is, in one word, and document returns what the command
// has of the row under the cursor, as [Spec.Document] does; nil: there is no row.
func ListBindings(t table.Any, row string, document func() any) []Binding {
	empty := ""
	if t.Len() == 0 {
		empty = "there is no row"
	}
	unmarked := ""
	if t.Marks() == 0 {
		unmarked = "nothing is marked"
	}
	keys := []Binding{
		{Keys: []string{"j", "down"}, Show: "j ↓", Help: "next row", Group: Moving, Do: Quietly(func() { t.Move(1) })},
		{Keys: []string{"k", "up"}, Show: "k ↑", Help: "row before", Group: Moving, Do: Quietly(func() { t.Move(-1) })},
		{Keys: []string{"pgdown", "ctrl+f"}, Show: "pgdn ^f", Help: "page down", Group: Moving, Do: Quietly(func() { t.Page(1) })},
		{Keys: []string{"pgup", "ctrl+b"}, Show: "pgup ^b", Help: "page up", Group: Moving, Do: Quietly(func() { t.Page(-1) })},
		{Keys: []string{"ctrl+d"}, Show: "^d", Help: "half a page down", Group: Moving, Do: Quietly(func() { t.Page(0.5) })},
		{Keys: []string{"ctrl+u"}, Show: "^u", Help: "half a page up", Group: Moving, Do: Quietly(func() { t.Page(-0.5) })},
		{Keys: []string{"g", "home"}, Show: "g", Help: "first row", Group: Moving, Do: Quietly(t.Home)},
		{Keys: []string{"G", "end"}, Show: "G", Help: "last row", Group: Moving, Do: Quietly(t.End)},

		{Keys: []string{"space"}, Help: "mark the row", Group: OnRows, Disabled: empty, Do: Quietly(t.Mark)},
		{Keys: []string{"ctrl+@", "ctrl+space", "v"}, Show: "v ^space", Help: "mark from the last mark to here", Group: OnRows, Disabled: empty, Do: Quietly(t.MarkRange)},
		{Keys: []string{"V", "ctrl+\\"}, Show: "V ^\\", Help: "take all marks away", Group: OnRows, Disabled: unmarked, Do: Quietly(t.Unmark)},
		{Keys: []string{"c"}, Help: "copy the marked rows, or this one", Group: OnRows, Disabled: empty, Do: func() []Effect {
			text, n := t.MarkedText()
			return []Effect{Copy{text, format.Count(n, "row")}}
		}},

		showYAML(row, document),

		{Keys: []string{">", "shift+right"}, Show: ">", Help: "sort by the next column", Group: OnColumns, Label: "sort", Do: func() []Effect { return Background(t.SortNext(1)) }},
		{Keys: []string{"<", "shift+left"}, Show: "<", Help: "sort by the column before", Group: OnColumns, Do: func() []Effect { return Background(t.SortNext(-1)) }},
		{Keys: []string{"s"}, Help: "reverse the order", Group: OnColumns, Do: func() []Effect { return Background(t.Reverse()) }},
		{Keys: []string{"w", "ctrl+w"}, Show: "w", Help: "more columns, or fewer", Group: OnColumns, Do: Quietly(func() { t.SetWide(!t.Wide()) })},
		{Keys: []string{"l", "right"}, Show: "l →", Help: "columns to the right", Group: OnColumns, Do: Quietly(func() { t.Scroll(1) })},
		{Keys: []string{"h", "left"}, Show: "h ←", Help: "columns to the left", Group: OnColumns, Do: Quietly(func() { t.Scroll(-1) })},
	}
	if len(t.Letters()) > 0 {
		keys = append(keys, sortByLetter(t))
	}
	return keys
}

// sortByLetter returns the key that sorts by the column whose letter was pressed.
func sortByLetter(t table.Any) Binding {
	return Binding{Keys: t.Letters(), Show: "shift a-z", Help: "sort by the underlined letter's column; again: reverse", Group: OnColumns,
		Press: func(key string) []Effect { return Background(t.SortByLetter(key)) },
		Each: func(key string) string {
			for i, name := range t.Names() {
				if t.Letter(name) == key {
					return "sort by " + t.Heads()[i]
				}
			}
			return ""
		}}
}

// SortedBy says by what the rows are sorted, where that isn't the order that the table began with.
func SortedBy(t table.Any) string {
	if s := t.SortedBy(); s != "" {
		return ", by " + s
	}
	return ""
}

// ListStatus says how many rows are shown, and by what they are sorted.
func ListStatus(t table.Any, row string) string {
	s := format.Count(t.Total(), row)
	if t.Len() != t.Total() {
		s = format.Thousands(t.Len()) + " of " + s
	}
	if n := t.Marks(); n > 0 {
		s = format.Thousands(n) + " marked, " + s
	}
	return s + SortedBy(t)
}
