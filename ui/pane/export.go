package pane

import (
	"encoding/csv"
	"errors"
	"io"

	"kdeck/ops/view"
	"kdeck/ui/table"
)

var ErrNothingYet = errors.New("there is nothing to export yet: the first answer has not come")

// allRows returns the rows that pass the filter, in the order shown.
func AllRows[R any](t *table.Table[R]) []R {
	rows := make([]R, t.Len())
	for i := range rows {
		rows[i] = t.Row(i)
	}
	return rows
}

// exportCSV writes every column of the rows that pass the filter, names as the broker sent them.
func ExportCSV[R any](t *table.Table[R]) func(io.Writer) error {
	return CSVOf(AllRows(t), PlainColumns(t))
}

func CSVOf[R any](rows []R, columns []view.Column[R]) func(io.Writer) error {
	return func(w io.Writer) error {
		out := csv.NewWriter(w)
		record := make([]string, len(columns))
		for i := range columns {
			record[i] = columns[i].Name
		}
		out.Write(record)
		for _, r := range rows {
			for i := range columns {
				record[i] = columns[i].Cell(r)
			}
			out.Write(record)
		}
		out.Flush()
		return out.Error()
	}
}
