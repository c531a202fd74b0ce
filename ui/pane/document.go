package pane

import (
	"bytes"
	"strconv"
	"strings"

	"kdeck/ops/view"
	"kdeck/protocol/document"
	"kdeck/protocol/printable"
	"kdeck/ui/table"
)

// showYAML returns the key that shows the row under the cursor as YAML. document returns what "-o yaml" of the command has of
// that row; nil: there is no row.
func showYAML(row string, doc func() any) Binding {
	return Binding{Keys: []string{"y"}, Help: "show the row as YAML, as -o yaml has it", Group: OnRows, Do: func() []Effect {
		d := doc()
		if d == nil {
			return Fail(errNoRow)
		}
		if command, ok := d.(Run); ok {
			return []Effect{command}
		}
		var b strings.Builder
		if err := document.YAML(&b, d); err != nil {
			return Fail(err)
		}
		return []Effect{Show{row + " as YAML", b.String()}}
	}}
}

// document returns what the command has of the row under the cursor.
func (l *List[R]) document() any {
	r, ok := l.Table.Current()
	switch {
	case !ok:
		return nil
	case l.spec.Document != nil:
		return l.spec.Document(l.Scene, r)
	}
	return CellsOf(plainColumns(l.Table), r)
}

// Fields are named values, in order.
type Fields []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes the fields as one object.
func (f Fields) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range f {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := printable.Marshal(f[i].name)
		if err != nil {
			return nil, err
		}
		value, err := printable.Marshal(f[i].value)
		if err != nil {
			return nil, err
		}
		b.Write(append(append(name, ':'), value...))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// CellsOf returns the cells of a row that no command has as a document, by the names of their columns. A cell without a value,
// or whose value isn't known, is null.
func CellsOf[R any](columns []view.Column[R], r R) Fields {
	f := make(Fields, len(columns))
	for i := range columns {
		c := &columns[i]
		cell := c.Cell
		if c.CSV != nil {
			cell = c.CSV
		}
		f[i] = field{c.Name, nil}
		text := cell(r)
		if view.NoText(text) {
			continue
		}
		f[i].value = text
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && c.Right {
			f[i].value = n
		}
	}
	return f
}

// currentCells returns the cells of the row under a table's cursor; nil where there is none.
func currentCells[R any](t *table.Table[R]) any {
	r, ok := t.Current()
	if !ok {
		return nil
	}
	return CellsOf(plainColumns(t), r)
}
