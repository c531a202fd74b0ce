package view

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/format"
)

// A Column is one column of rows of type R. Rows are ordered by Key or, where no number orders them, by Compare.
type Column[R any] struct {
	Head  string // on screen: "UNDER-REPL"
	Name  string // in filters, --sort and CSV: "under_replicated", as in JSON
	Help  string // a sentence: what it is, its unit, per what, where it comes from, what ?? means
	Right bool   // numbers are aligned to the right
	Wide  bool   // only in wide tables and on wide screens
	Cell  func(R) string
	// CSV is what a CSV file has in place of the cell; nil: the cell.
	CSV func(R) string
	// Key is a number that orders rows. Rows without a value have the key [NoValue].
	Key     func(R) int64
	Compare func(a, b R) int
}

// NoValue is the key of a row that has no value in a column, or none that is known. It comes last, whichever way the rows
// are sorted.
const NoValue = math.MaxInt64

// NoText tells of a cell that holds no value, or none that is known.
func NoText(cell string) bool {
	return cell == "" || cell == "-" || strings.HasPrefix(cell, format.Unknown)
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

// CompareKeys orders two keys; reverse puts the larger one first. NoValue comes last in either case.
func CompareKeys(a, b int64, reverse bool) int {
	if reverse && a != NoValue && b != NoValue {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// Key is the key of a figure: keys are in the order of the figures, and that of NaN is [NoValue].
func Key(v float64) int64 {
	if math.IsNaN(v) {
		return NoValue
	}
	k := int64(math.Float64bits(v))
	if k < 0 {
		k ^= math.MaxInt64 // of negative figures, the bits of the larger one are the smaller number
	}
	return k
}

// Map makes columns of rows of type R columns of rows of type S, of which each has or is one of R.
func Map[R, S any](columns []Column[R], of func(S) R) []Column[S] {
	out := make([]Column[S], len(columns))
	for i, c := range columns {
		out[i] = Column[S]{Head: c.Head, Name: c.Name, Help: c.Help, Right: c.Right, Wide: c.Wide,
			Cell: func(s S) string { return c.Cell(of(s)) }}
		if c.CSV != nil {
			out[i].CSV = func(s S) string { return c.CSV(of(s)) }
		}
		if c.Key != nil {
			out[i].Key = func(s S) int64 { return c.Key(of(s)) }
		} else {
			out[i].Compare = func(a, b S) int { return c.Compare(of(a), of(b)) }
		}
	}
	return out
}

// Text makes a column of strings.
func Text[R any](head, name, help string, get func(R) string) Column[R] {
	return Column[R]{Head: head, Name: name, Help: help, Cell: get,
		Compare: func(a, b R) int { return cmp.Compare(get(a), get(b)) }}
}

// Count makes a column of whole numbers that are always known.
func Count[R any](head, name, help string, get func(R) int) Column[R] {
	return Column[R]{Head: head, Name: name, Help: help, Right: true,
		Cell: func(r R) string { return strconv.Itoa(get(r)) },
		Key:  func(r R) int64 { return int64(get(r)) }}
}

// Measured makes a column of whole numbers that may be unknown.
func Measured[R any](head, name, help string, get func(R) (int64, bool), show func(int64) string) Column[R] {
	return Column[R]{Head: head, Name: name, Help: help, Right: true,
		Cell: func(r R) string {
			if v, known := get(r); known {
				return show(v)
			}
			return format.Unknown
		},
		Key: func(r R) int64 {
			if v, known := get(r); known {
				return v
			}
			return NoValue
		}}
}

// Number makes a column of figures, of which NaN is unknown.
func Number[R any](head, name, help string, get func(R) float64, show func(R, float64) string) Column[R] {
	return Figure(head, name, help, get, func(r R) string {
		if v := get(r); !math.IsNaN(v) {
			return show(r, v)
		}
		return format.Unknown
	})
}

// Figure makes a column of figures that is written by show, also where the figure is NaN.
func Figure[R any](head, name, help string, get func(R) float64, show func(R) string) Column[R] {
	return Column[R]{Head: head, Name: name, Help: help, Right: true, Cell: show, Key: func(r R) int64 { return Key(get(r)) }}
}

// Wide makes a column one of wide tables and wide screens only.
func Wide[R any](c Column[R]) Column[R] {
	c.Wide = true
	return c
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

// IDRanges writes broker ids in ascending order, with those that follow each other as a range: "1-4 7"; "-" for none.
func IDRanges(ids []int32) string {
	ids = slices.Sorted(slices.Values(ids))
	var words []string
	for first := 0; first < len(ids); {
		last := first
		for last+1 < len(ids) && ids[last+1] == ids[last]+1 {
			last++
		}
		word := strconv.Itoa(int(ids[first]))
		if last > first {
			word += "-" + strconv.Itoa(int(ids[last]))
		}
		words, first = append(words, word), last+1
	}
	return cmp.Or(strings.Join(words, " "), "-")
}
