package pane

import (
	"io"
	"slices"

	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// Spec says what a [List] lists.
type Spec[R any] struct {
	Name, Title string
	Row         string // what a row is, in one word: "partition"
	Verb        string // the command that lists the same rows and takes --filter; "": there is none
	// Below are the commands below the one of the pane's name: behind that, any other word is a filter.
	Below []string

	Columns []table.Column[R]
	Order   table.Order // until the user sorts
	// Rows makes the table's rows of a scene that has a snapshot. The pointer goes on to show the latest scene.
	Rows func(*Scene) table.Rows[R]
	// Incremental tells that Rows.Changed names every row that differs, so that only those rows are tested and sorted again.
	// Without it, Rows.Changed only says which rows are marked as changed.
	Incremental bool
	// Version returns the same for scenes with the same rows; nil: the snapshot tells.
	Version func(Scene) any
	// Match makes a filter a test of rows, and Words lists what such a filter may name; nil: a filter tests the cells of the
	// columns.
	Match func(*Scene, view.Filter) (func(R) bool, error)
	Words func() []string
	// Names returns what a row is called. A bare word of a filter means that first: see [view.MatchNamed]. nil: it is looked for in
	// all cells.
	Names func(R) []string
	// Groups gathers rows that have something in common; nil: rows can't be grouped.
	Groups Grouping[R]

	// Describe writes the detail of a row, which stands beside the list where there is room; nil: there is none.
	Describe func(to *Page, s Scene, of Detail)
	// RowName names a row whose detail fills the pane; nil: no detail does. With RowName and Describe, enter opens the detail.
	RowName func(table.ID) string
	// Opened is called when the detail of a row fills the pane; nil: nothing is.
	Opened func(table.ID) []Effect
	// Closed is called when it fills the pane no longer; nil: nothing is.
	Closed func()
	// Inside makes what fills the pane for a row in place of what Describe writes; nil: that does.
	Inside func(table.ID) Inside
	// Keys returns the pane's own keys while the list is shown. They come before those that every list has.
	Keys func() []Binding
	// Letters are those that keys of the pane have with shift. No column is sorted by them.
	Letters string
	// Empty says that there is no row without a filter; nil: "no partition in this cluster".
	Empty func(Scene) string

	// CSV returns the columns that are exported as CSV; nil: those of the table. JSON returns what writes rows as JSON.
	CSV  func() []view.Column[R]
	JSON func(s Scene, rows []R) (func(io.Writer) error, error)
	// Document returns what the command has of one row in its JSON and YAML, or the [Run] of the command that shows it; nil: the
	// cells of the row.
	Document func(s Scene, r R) any
}

// Inside is a screen in a pane, for one row of its list.
type Inside interface {
	// See gives it a scene that has a snapshot, after the list has made its rows of it.
	See(Scene) []Effect
	Arrange(width, height int, ascii bool)
	Draw(cell.Area)
	Lists() []Placed
	Status() string
	Bindings() []Binding
	Legends() []Legend
}

// Detail says which row's detail is written, and for what page.
type Detail struct {
	ID     table.ID
	Width  int
	ASCII  bool
	Opened bool // it fills the pane and can be scrolled; else it stands beside the list
}

// described is a detail and the scene that it was written of. While both are the same it isn't written again.
type described struct {
	of    Detail
	scene Scene
}

// List is a pane that is one table. It has the filter, the order, the groups, the layout, the export and the detail of a row. A
// pane that shows more embeds a List and draws the rest itself.
type List[R any] struct {
	Scene Scene
	Table *table.Table[R]
	Page  Page // the detail

	described described // what Page says

	spec    Spec[R]
	filter  string
	terms   view.Filter
	version any  // of the scene whose rows the table has
	same    bool // the table's rows passed terms
	filled  bool // the table has had rows, be it none
	named   []R  // the rows that Names is asked about

	by        string   // how rows are grouped; "" for not
	groupHelp string   // of the key that groups
	entered   *entered // the group whose rows are shown

	open   bool // the detail fills the pane
	openID table.ID
	inside Inside // of the row that is open; nil: the detail is a page

	listAt, barAt, detailAt layout.Rect
}

// NewList makes the pane.
func NewList[R any](spec Spec[R]) *List[R] {
	l := &List[R]{spec: spec, Table: table.New(spec.Columns, spec.Order)}
	l.Table.Keep(spec.Letters)
	if spec.Groups != nil {
		l.groupHelp = groupHelp(spec.Groups.ways())
	}
	return l
}

// Name implements [Screen].
func (l *List[R]) Name() string { return l.spec.Name }

// Title implements [Screen].
func (l *List[R]) Title() string { return l.spec.Title }

// See implements [Screen]. It makes rows only of a scene whose rows differ from those of the scene before.
func (l *List[R]) See(s Scene) []Effect {
	l.Scene = s
	if !s.Known() {
		return nil
	}
	var v any = s.State.Snapshot
	if l.spec.Version != nil {
		v = l.spec.Version(s)
	}
	var effects []Effect
	if !l.filled || !l.same || v != l.version {
		l.version = v
		effects = l.Fill()
	}
	return append(effects, l.seeInside()...)
}

// seeInside gives what fills the pane the latest scene.
func (l *List[R]) seeInside() []Effect {
	if in := l.opened(); in != nil && l.Scene.Known() {
		return in.See(l.Scene)
	}
	return nil
}

// opened returns what fills the pane in place of the page of a detail.
func (l *List[R]) opened() Inside {
	if l.open {
		return l.inside
	}
	return nil
}

// Ready tells that the rows are known, be it that there is none.
func (l *List[R]) Ready() bool { return l.filled }

// ready tells that the rows can be made again. A State may have lost the snapshot that the one before had.
func (l *List[R]) ready() bool { return l.filled && l.Scene.Known() }

// Fill gives the table, and the groups where they are shown, the rows of the scene that pass the filter.
func (l *List[R]) Fill() []Effect {
	l.DescribeAgain()
	rows := l.spec.Rows(&l.Scene) // which may choose other columns
	if l.spec.Names != nil {
		l.named = make([]R, rows.Len)
		for i := range l.named {
			l.named[i] = rows.At(i)
		}
	}
	effects := Background(l.Table.Set(rows, l.Match(), l.spec.Incremental && l.same && !l.volatile()))
	l.same, l.filled = true, true
	return append(effects, l.gather()...)
}

// volatile tells that the filter names a volatile column.
func (l *List[R]) volatile() bool {
	for _, t := range l.terms {
		for _, c := range l.Table.Columns() {
			if t.Field == c.Name && c.Volatile {
				return true
			}
		}
	}
	return false
}

// Arrange implements [Screen].
func (l *List[R]) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	l.listAt, l.barAt, l.detailAt = body, layout.Rect{}, layout.Rect{}
	switch {
	case l.opened() != nil:
		l.inside.Arrange(width, height, ascii)
		return
	case l.open:
		l.listAt, l.detailAt = layout.Rect{}, body
		l.describe(Detail{l.openID, width - 2, ascii, true}, height)
		return
	case l.spec.Describe != nil && l.by == "":
		l.listAt, l.barAt, l.detailAt = layout.ListAndDetail(body, l.Table.Len())
	}
	l.Shown().Arrange(l.listAt.W, l.listAt.H, ascii)
	if l.detailAt.Empty() {
		return
	}
	if r, ok := l.Table.Current(); ok {
		l.describe(Detail{l.Table.ID(r), l.detailAt.W - 2, ascii, false}, l.detailAt.H)
	} else {
		l.Page = Page{}
	}
}

// describe writes the detail of a row. The window stays at its place in it.
func (l *List[R]) describe(of Detail, height int) {
	now := described{of, l.Scene}
	if l.described == now && !l.Page.Empty() {
		l.Page.place(height)
		return
	}
	l.described = now
	l.Page.Reset()
	l.spec.Describe(&l.Page, l.Scene, of)
	l.Page.Arrange(of.Width, height, of.ASCII)
}

// DescribeAgain has the detail written again, because what it says has changed though the scene is the same.
func (l *List[R]) DescribeAgain() { l.described = described{} }

// Draw implements [Screen].
func (l *List[R]) Draw(a cell.Area) {
	switch in := l.opened(); {
	case !l.filled:
		DrawWaiting(a, l.Scene)
		return
	case in != nil:
		in.Draw(a)
		return
	}
	if !l.listAt.Empty() {
		l.Shown().Draw(a.In(l.listAt), true, l.Empty())
	}
	if l.barAt.W > 1 {
		a.In(l.barAt).Rule(cell.Frame)
	} else {
		a.In(l.barAt).Bar(cell.Frame)
	}
	if !l.detailAt.Empty() {
		l.Page.Draw(a.In(l.detailAt.Inset()))
	}
}

// Lists implements [Screen].
func (l *List[R]) Lists() []Placed {
	switch in := l.opened(); {
	case !l.filled:
		return nil
	case in != nil:
		return in.Lists()
	case l.listAt.Empty():
		return nil
	}
	return []Placed{{Table: l.Shown(), At: l.listAt}}
}

// Empty says why there is no row.
func (l *List[R]) Empty() string {
	switch {
	case l.filter != "":
		return "no " + l.spec.Row + " passes the filter " + l.filter + " (esc clears it)"
	case l.spec.Empty != nil:
		return l.spec.Empty(l.Scene)
	}
	return "no " + l.spec.Row + " in this cluster"
}

// Status implements [Screen].
func (l *List[R]) Status() string {
	switch {
	case !l.filled:
		return ""
	case l.opened() != nil:
		return l.inside.Status()
	case l.by != "":
		return l.groupStatus()
	}
	return ListStatus(l.Table, l.spec.Row)
}

// Trail implements [Screen].
func (l *List[R]) Trail() []string {
	if !l.open {
		return nil
	}
	return []string{l.spec.RowName(l.openID)}
}

// Bindings implements [Screen].
func (l *List[R]) Bindings() []Binding {
	switch {
	case l.opened() != nil:
		return l.inside.Bindings()
	case l.open:
		return append(l.Page.Bindings(), CopyText(l.Page.Text, "the detail"))
	case l.by != "":
		return append(l.groupBindings(), l.GroupKey())
	}
	var keys []Binding
	if l.spec.Describe != nil && l.spec.RowName != nil {
		r, ok := l.Table.Current()
		none := ""
		if !ok {
			none = "there is no " + l.spec.Row + " to open"
		}
		keys = append(keys, Binding{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail", Group: Going, Label: "open", Disabled: none,
			Do: func() []Effect { return l.OpenRow(l.Table.ID(r)) }})
	}
	if l.spec.Keys != nil {
		keys = append(keys, l.spec.Keys()...)
	}
	if l.spec.Groups != nil {
		keys = append(keys, l.GroupKey())
	}
	return append(keys, l.ListKeys()...)
}

// ListKeys returns the keys that the pane has as every list has them.
func (l *List[R]) ListKeys() []Binding { return ListBindings(l.Table, l.spec.Row, l.document) }

// closeDetail closes the detail where one fills the pane.
func (l *List[R]) closeDetail() {
	if !l.open {
		return
	}
	l.open, l.Page = false, Page{}
	if l.spec.Closed != nil {
		l.spec.Closed()
	}
}

// Back implements [Screen]: it closes the detail, or leads back to the groups.
func (l *List[R]) Back() ([]Effect, bool) {
	if l.open {
		l.Table.Seek(l.openID) // it may not have been there yet when it was opened
		l.closeDetail()
		return nil, true
	}
	return l.leaveGroup()
}

// Command implements [Screen].
func (l *List[R]) Command() []string {
	switch {
	case l.spec.Verb == "":
		return nil
	case l.filter == "":
		return []string{l.spec.Verb}
	}
	return []string{l.spec.Verb, "--filter", l.filter}
}

// Take implements [Screen].
func (l *List[R]) Take(words []string) ([]Effect, Taken) {
	if slices.Contains(l.spec.Below, words[0]) {
		return nil, AsCommand
	}
	return nil, AsFilter
}

// Print implements [Screen].
func (l *List[R]) Print(w io.Writer, ascii bool) error { return l.Shown().Print(w, ascii) }

// Opened returns the row whose detail fills the pane.
func (l *List[R]) Opened() (id table.ID, open bool) { return l.openID, l.open }
