package pane

import (
	"encoding/csv"
	"errors"
	"io"

	"kdeck/ops/format"
	"kdeck/ops/view"
	"kdeck/protocol/printable"
	"kdeck/ui/table"
)

// ErrNothingYet says that there is no snapshot to export.
var ErrNothingYet = errors.New("there is nothing to export yet: the first answer has not come")

var errNoRow = errors.New("there is no row")

// Export implements [Rows].
func (l *List[R]) Export(as string) (func(io.Writer) error, error) {
	switch {
	case !l.filled:
		return nil, ErrNothingYet
	case as != "csv":
		return l.spec.JSON(l.Scene, AllRows(l.Table))
	case l.spec.CSV != nil:
		return CSV(AllRows(l.Table), l.spec.CSV()), nil
	}
	return CSV(AllRows(l.Table), plainColumns(l.Table)), nil
}

// AllRows returns the rows of a table that pass its filter, in the order shown.
func AllRows[R any](t *table.Table[R]) []R {
	rows := make([]R, t.Len())
	for i := range rows {
		rows[i] = t.Row(i)
	}
	return rows
}

// plainColumns returns the columns of a table without what only a screen needs to know.
func plainColumns[R any](t *table.Table[R]) []view.Column[R] {
	of := t.Columns()
	columns := make([]view.Column[R], len(of))
	for i := range of {
		columns[i] = of[i].Column
	}
	return columns
}

// CSV returns a function that writes all columns of rows, with names as the broker sent them, as far as they are printable.
func CSV[R any](rows []R, columns []view.Column[R]) func(io.Writer) error {
	return func(w io.Writer) error {
		out := csv.NewWriter(w)
		record := make([]string, len(columns))
		for i := range columns {
			record[i] = columns[i].Name
		}
		out.Write(record)
		for _, r := range rows {
			for i := range columns {
				cell := columns[i].Cell
				if columns[i].CSV != nil {
					cell = columns[i].CSV
				}
				record[i] = printable.Escape(cell(r))
			}
			out.Write(record)
		}
		out.Flush()
		return out.Error()
	}
}

// JSON returns a function that writes a document as the command line does.
func JSON(document any) func(io.Writer) error {
	return func(w io.Writer) error { return format.WriteJSON(w, document) }
}
