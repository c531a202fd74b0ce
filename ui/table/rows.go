package table

import (
	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// ID is the identity of a row: what stays the same when everything else about it changes.
type ID struct {
	Name string
	N    int32
}

// Rows is what a table shows: rows that were read at one time and don't change.
type Rows[R any] struct {
	Len int
	At  func(i int) R
	ID  func(R) ID
	// Find returns the row with that identity. It must be fast: it is asked on every refresh.
	Find func(ID) (int, bool)
	// Style returns flags for the whole row, such as cell.Stale; nil for none.
	Style func(R) cell.Style
	// Changed are the indexes, in order, of the rows that differ from those of the Set before. They are marked as just changed.
	// It is nil where that isn't known, or where rows have come, gone or changed places.
	Changed []int32
}

// Column is a column of rows of type R, with what only a screen needs to know.
type Column[R any] struct {
	view.Column[R]
	Style func(R) cell.Style // of one cell; nil: plain
	// Spans returns a cell in pieces that have styles of their own, as wide together as Cell's text; nil: the cell has one style.
	Spans func(r R, ascii bool) []cell.Span
	Max   int  // the largest width; 0: any
	Grow  bool // it takes what is left of the window's width
	Least int  // the width with which one that grows makes room for others in a narrow window; 0: much of the window's
	// Volatile tells that cells change also in rows that Rows.Changed doesn't name: sizes, ages.
	Volatile bool
}

// RowsOf makes Rows of a list, whose rows id tells apart.
func RowsOf[R any](list []R, id func(R) ID) Rows[R] {
	at := make(map[ID]int, len(list))
	for i := range list {
		at[id(list[i])] = i
	}
	return Rows[R]{
		Len: len(list),
		At:  func(i int) R { return list[i] },
		ID:  id,
		Find: func(id ID) (int, bool) {
			i, ok := at[id]
			return i, ok
		},
	}
}

// Pick returns the columns of those names, in the order of the names.
func Pick[R any](columns []Column[R], names ...string) []Column[R] {
	var picked []Column[R]
	for _, name := range names {
		for _, c := range columns {
			if c.Name == name {
				picked = append(picked, c)
			}
		}
	}
	return picked
}

// Dress makes table columns of a view's columns. settings, by the column's name, add what only a screen needs to know.
func Dress[R any](of []view.Column[R], settings map[string]func(*Column[R])) []Column[R] {
	columns := make([]Column[R], len(of))
	for i := range columns {
		columns[i].Column = of[i]
		if set := settings[columns[i].Name]; set != nil {
			set(&columns[i])
		}
	}
	return columns
}
