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

// Rows is what a table shows: a fixed number of rows, all of one moment.
type Rows[R any] struct {
	Len int
	At  func(i int) R
	ID  func(R) ID
	// Find returns the row with that identity. It must be fast: it is asked on every refresh.
	Find func(ID) (int, bool)
	// Style flags the whole row: cell.Stale, cell.Changed. nil for none.
	Style func(R) cell.Style
	// Changed are the rows, in order, that differ from those of the Rows that the table was given before; nil when that
	// isn't known, or when rows have come, gone or changed places. They are marked as just changed.
	Changed []int32
}

// Column is a column of rows of type R, with what only a screen needs to know.
type Column[R any] struct {
	view.Column[R]
	Style func(R) cell.Style // of one cell; nil: plain
	Max   int                // columns that it may grow to; 0: any
	// Grow gives the column what is left of the window's width.
	Grow bool
	// Volatile columns change without Rows.Changed telling: sizes, ages.
	Volatile bool
}

// Columns dresses columns without any of what only a screen needs to know.
func Columns[R any](of []view.Column[R]) []Column[R] {
	c := make([]Column[R], len(of))
	for i := range of {
		c[i].Column = of[i]
	}
	return c
}

// RowsOf makes Rows of a list.
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

// Dress makes table columns of a view's, with settings for some of them by name.
func Dress[R any](of []view.Column[R], settings map[string]func(*Column[R])) []Column[R] {
	columns := Columns(of)
	for i := range columns {
		if set := settings[columns[i].Name]; set != nil {
			set(&columns[i])
		}
	}
	return columns
}
