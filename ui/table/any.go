package table

import (
	"io"
	"strings"

	"kdeck/ui/cell"
)

// Any is a Table of any type of rows.
type Any interface {
	Arrange(width, height int, ascii bool)
	Draw(a cell.Area, focused bool, empty string)
	Print(w io.Writer, ascii bool) error

	Len() int
	Total() int
	Names() []string
	Explain() []Explained
	Heads() []string

	SortedBy() string
	Sort(Order) (work func() (apply func()), ok bool)
	SortNext(by int) (work func() (apply func()))
	Reverse() (work func() (apply func()))
	Letters() []string
	Letter(column string) string
	SortByLetter(letter string) (work func() (apply func()))

	Move(n int)
	Page(n float64)
	Home()
	End()
	Seek(ID) bool
	SelectAt(line int) (ID, bool)
	SortAt(x int) (work func() (apply func()))
	Mark()
	MarkRange()
	Unmark()
	Marks() int
	MarkedText() (text string, rows int)

	Wide() bool
	SetWide(bool)
	Scroll(n int)
}

// Names returns the names of the columns.
func (t *Table[R]) Names() []string {
	names := make([]string, len(t.columns))
	for i := range t.columns {
		names[i] = t.columns[i].Name
	}
	return names
}

// Explained is the heading of a column and what the column says.
type Explained struct {
	Head, Help string
	Letter     string // that sorts by it; "" for none
}

// Explain explains columns.
func Explain[R any](columns []Column[R]) []Explained {
	out := make([]Explained, len(columns))
	for i := range columns {
		out[i] = Explained{Head: columns[i].Head, Help: columns[i].Help}
	}
	return out
}

// Explain explains the table's columns, also those for which there is no room.
func (t *Table[R]) Explain() []Explained {
	out := Explain(t.columns)
	for i := range out {
		out[i].Letter = t.Letter(t.columns[i].Name)
	}
	return out
}

// Heads returns the headings of the columns.
func (t *Table[R]) Heads() []string {
	heads := make([]string, len(t.columns))
	for i := range t.columns {
		heads[i] = t.columns[i].Head
	}
	return heads
}

// MarkedText returns the marked rows, or the one under the cursor, as lines with tabs between the cells, made safe for a
// terminal.
func (t *Table[R]) MarkedText() (text string, rows int) {
	marked := t.Marked()
	var b strings.Builder
	for _, r := range marked {
		for i := range t.columns {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(cell.Safe(t.columns[i].Cell(r), false))
		}
		b.WriteByte('\n')
	}
	return b.String(), len(marked)
}
