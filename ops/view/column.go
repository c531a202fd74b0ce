package view

import (
	"cmp"
	"strconv"

	"kdeck/ops/format"
)

// A Column is one column of rows of type R.
type Column[R any] struct {
	Head  string // on screen: "UNDER-REPL"
	Name  string // in filters, --sort and CSV: "under_replicated", as in JSON
	Help  string // one line: what it is, its unit
	Right bool   // numbers are aligned to the right
	Wide  bool   // only in wide tables and on wide screens
	Cell  func(R) string
	// Compare orders two rows by what the cell stands for, unknown after everything known.
	Compare func(a, b R) int
}

// Find returns the column of that name or heading, nil if there is none.
func Find[R any](columns []Column[R], name string) *Column[R] {
	for i := range columns {
		if columns[i].Name == name || columns[i].Head == name {
			return &columns[i]
		}
	}
	return nil
}

// text makes a column of strings.
func text[R any](head, name, help string, get func(R) string) Column[R] {
	return Column[R]{Head: head, Name: name, Help: help, Cell: get,
		Compare: func(a, b R) int { return cmp.Compare(get(a), get(b)) }}
}

// count makes a column of whole numbers that are always known.
func count[R any](head, name, help string, get func(R) int) Column[R] {
	return Column[R]{Head: head, Name: name, Help: help, Right: true,
		Cell:    func(r R) string { return strconv.Itoa(get(r)) },
		Compare: func(a, b R) int { return cmp.Compare(get(a), get(b)) }}
}

// measured makes a column of numbers that may be unknown.
func measured[R any](head, name, help string, get func(R) (int64, bool), show func(int64) string) Column[R] {
	return Column[R]{Head: head, Name: name, Help: help, Right: true,
		Cell: func(r R) string {
			if v, known := get(r); known {
				return show(v)
			}
			return format.Unknown
		},
		Compare: func(a, b R) int {
			x, xKnown := get(a)
			y, yKnown := get(b)
			if xKnown && yKnown {
				return cmp.Compare(x, y)
			}
			return compareBool(!xKnown, !yKnown)
		}}
}

func wide[R any](c Column[R]) Column[R] {
	c.Wide = true
	return c
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// IDs writes broker ids with blanks between them: "4 2 3"; "-" for none.
func IDs(ids []int32) string {
	if len(ids) == 0 {
		return "-"
	}
	b := make([]byte, 0, 4*len(ids))
	for i, id := range ids {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	return string(b)
}
