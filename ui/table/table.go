package table

import (
	"slices"
	"strings"
)

// OffLoop is the number of rows above which sorting and filtering are not done at once but handed back to be run
// elsewhere.
const OffLoop = 20_000

// Table shows Rows in Columns. The zero Table is not ready: use New.
type Table[R any] struct {
	columns []Column[R]
	rows    Rows[R]
	match   func(R) bool
	order   Order
	initial Order
	index   []entry
	fresh   bool // index is that of match and order

	generation uint64 // counts the calls of Set and changes of order; the work of an older one is dropped
	cursor     ID
	hasCursor  bool // a row is under the cursor
	untouched  bool // nobody has moved the cursor yet: it stays on the first row
	pos        int  // of the cursor in the index
	top        int  // of the window's first row in the index
	marks      map[ID]struct{}
	anchor     ID // the last row marked by hand, where a range starts

	wide   bool
	scroll int // columns scrolled off at the left, after the first

	kept       string   // letters that no column gets
	letters    []byte   // by column; 0: it has none
	letterKeys []string // those that there are

	window window
}

// New makes a table without rows. It is sorted by initial until the user chooses another order. The cursor stays on the first
// row, whichever that is, until the user moves it.
func New[R any](columns []Column[R], initial Order) *Table[R] {
	t := &Table[R]{columns: columns, order: initial, initial: initial, untouched: true, marks: map[ID]struct{}{}}
	t.setLetters()
	return t
}

// Columns returns the table's columns, which must not be changed.
func (t *Table[R]) Columns() []Column[R] { return t.columns }

// SetColumns gives the table other columns for the same kind of rows, of which the next Set makes use. Rows that were sorted
// by a column that is gone are in the initial order again.
func (t *Table[R]) SetColumns(columns []Column[R]) {
	t.columns, t.window.widths, t.window.shown, t.scroll, t.fresh = columns, nil, nil, 0, false
	t.setLetters()
	if t.column(t.order.Column) == nil {
		t.order = t.initial
	}
}

// Set gives the table new rows and a test that they must pass, nil for none. same says that the test is that of the Set before.
// With more than OffLoop rows it returns work, which may be run anywhere. What the work returns must be called where Set was
// called; until then the table shows its old rows.
func (t *Table[R]) Set(rows Rows[R], match func(R) bool, same bool) (work func() (apply func())) {
	t.generation++
	gen, col, order := t.generation, t.column(t.order.Column), t.order
	var prev []entry
	if same && t.fresh {
		prev = t.index
	}
	run := func() func() {
		index := build(rows, match, col, order.Reverse, prev)
		return func() {
			if gen != t.generation {
				return
			}
			neighbours := t.neighbours()
			t.rows, t.match, t.index, t.fresh = rows, match, index, true
			t.refind(neighbours)
		}
	}
	t.fresh = false
	if rows.Len <= OffLoop {
		run()()
		return nil
	}
	return run
}

// Sort changes the order; without a column, to the one that the table began with. An unknown column changes nothing and
// returns false. For the work see Set.
func (t *Table[R]) Sort(o Order) (work func() (apply func()), ok bool) {
	switch c := t.column(o.Column); {
	case o.Column == "":
		t.order = t.initial
	case c == nil:
		return nil, false
	default:
		t.order = Order{c.Name, o.Reverse}
	}
	return t.resort(), true
}

func (t *Table[R]) resort() (work func() (apply func())) {
	t.fresh = false
	return t.Set(t.rows, t.match, false)
}

// SortNext sorts by the next of the columns that are shown, or by the one before. After the last one comes the order that
// the table began with.
func (t *Table[R]) SortNext(by int) (work func() (apply func())) {
	names := []string{""}
	for _, c := range t.window.shown {
		if name := t.columns[c].Name; (Order{Column: name}) != t.initial {
			names = append(names, name)
		}
	}
	at := max(slices.Index(names, t.order.Column), 0)
	if t.order == t.initial {
		at = 0
	}
	name := names[((at+by)%len(names)+len(names))%len(names)]
	t.order = Order{Column: name}
	if name == "" {
		t.order = t.initial
	}
	return t.resort()
}

// Reverse reverses the order.
func (t *Table[R]) Reverse() (work func() (apply func())) {
	t.order.Reverse = !t.order.Reverse
	return t.resort()
}

// Order returns how the rows are sorted.
func (t *Table[R]) Order() Order { return t.order }

// SortedBy returns the heading of the column that the rows are sorted by, with "desc" where the order is reversed; "" while
// they are in the order that the table began with.
func (t *Table[R]) SortedBy() string {
	c := t.column(t.order.Column)
	switch {
	case t.order == t.initial:
		return ""
	case c == nil:
		return "rank desc"
	case t.order.Reverse:
		return c.Head + " desc"
	}
	return c.Head
}

func (t *Table[R]) column(name string) *Column[R] {
	for i := range t.columns {
		if c := &t.columns[i]; c.Name == name || strings.EqualFold(c.Head, name) {
			return c
		}
	}
	return nil
}

// Len returns the number of rows that match.
func (t *Table[R]) Len() int { return len(t.index) }

// Total returns the number of all rows.
func (t *Table[R]) Total() int { return t.rows.Len }

// Row returns the i-th row in the order shown.
func (t *Table[R]) Row(i int) R { return t.rows.At(int(t.index[i].row)) }

// Window returns which rows are in the window: n of them, from the one at top on.
func (t *Table[R]) Window() (top, n int) { return t.top, len(t.window.lines) }

// Current returns the row under the cursor.
func (t *Table[R]) Current() (r R, ok bool) {
	if !t.hasCursor || t.pos >= len(t.index) {
		return r, false
	}
	return t.Row(t.pos), true
}

// Marked returns the marked rows that match, in the order shown; without any, the row under the cursor.
func (t *Table[R]) Marked() []R {
	var out []R
	if len(t.marks) > 0 {
		for i := range t.index {
			r := t.Row(i)
			if _, ok := t.marks[t.rows.ID(r)]; ok {
				out = append(out, r)
			}
		}
	}
	if r, ok := t.Current(); ok && out == nil {
		out = append(out, r)
	}
	return out
}

// Marks returns the number of marked rows, also of those that don't match.
func (t *Table[R]) Marks() int { return len(t.marks) }

// SetWide shows or hides the wide columns.
func (t *Table[R]) SetWide(wide bool) {
	t.wide = wide
	t.window.widths = nil
}

// Wide tells whether the wide columns are shown also where the window is narrow.
func (t *Table[R]) Wide() bool { return t.wide }

// ID returns the identity of a row.
func (t *Table[R]) ID(r R) ID { return t.rows.ID(r) }
