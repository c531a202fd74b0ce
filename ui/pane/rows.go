package pane

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/view"
	"kdeck/ui/table"
)

// ErrNothingYet says that there is no snapshot to export.
var ErrNothingYet = errors.New("there is nothing to export yet: the first answer has not come")

// Match is the filter as a test of rows; nil where every row passes.
func (l *List[R]) Match() func(R) bool {
	if len(l.terms) == 0 && l.spec.Match == nil {
		return nil
	}
	match, err := l.parse(l.terms)
	if err != nil { // SetFilter has tried it, but maybe on other columns, or before what it names was known
		return func(R) bool { return false }
	}
	return match
}

func (l *List[R]) parse(terms view.Filter) (func(R) bool, error) {
	if l.spec.Match != nil {
		return l.spec.Match(&l.Scene, terms)
	}
	return view.MatchRow(PlainColumns(l.Table), terms)
}

// Filter implements Rows.
func (l *List[R]) Filter() string { return l.filter }

// Terms are those of the filter.
func (l *List[R]) Terms() view.Filter { return l.terms }

// SetFilter implements Rows. It closes the detail.
func (l *List[R]) SetFilter(s string) ([]Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	if _, err := l.parse(terms); err != nil {
		return nil, err
	}
	l.filter, l.terms, l.same, l.open = strings.TrimSpace(s), terms, false, false
	if !l.ready() {
		return nil, nil
	}
	return l.Fill(), nil
}

// ToggleWord puts a word into the filter, or takes it out.
func (l *List[R]) ToggleWord(word string) []Effect {
	words := strings.Fields(l.filter)
	if i := slices.Index(words, word); i >= 0 {
		words = slices.Delete(words, i, i+1)
	} else {
		words = append(words, word)
	}
	effects, err := l.SetFilter(strings.Join(words, " "))
	return append(effects, Fail(err)...)
}

// FilterWords implements Rows.
func (l *List[R]) FilterWords() []string {
	var words []string
	if l.spec.Words != nil {
		words = l.spec.Words()
	}
	if l.spec.Match == nil {
		words = append(words, FieldWords(l.Table)...)
	}
	return words
}

// FieldWords are the columns of a table as a filter names them.
func FieldWords(t table.Any) []string {
	words := t.Names()
	for i := range words {
		words[i] += ":"
	}
	return words
}

// Columns implements Rows.
func (l *List[R]) Columns() []string { return l.Shown().Names() }

// SortBy implements Rows.
func (l *List[R]) SortBy(column string, reverse bool) ([]Effect, error) {
	return SortBy(l.Shown(), column, reverse)
}

// SortBy sorts a table by a column, "" for its own order; an error names the columns there are.
func SortBy(t table.Any, column string, reverse bool) ([]Effect, error) {
	run, ok := t.Sort(table.Order{Column: column, Reverse: reverse})
	if !ok {
		return nil, fmt.Errorf("no column %q to sort by: there are %s", column, strings.Join(t.Names(), ", "))
	}
	return Background(run), nil
}

// OpenRow implements Rows.
func (l *List[R]) OpenRow(id table.ID) []Effect {
	l.by = ""
	l.Table.Seek(id)
	if l.spec.RowName != nil {
		l.open, l.openID, l.Page = true, id, Page{}
	}
	return nil
}

// Layout implements Rows.
func (l *List[R]) Layout() Layout {
	o := l.Table.Order()
	return Layout{Sort: o.Column, Reverse: o.Reverse, Wide: l.Table.Wide(), Group: l.by}
}

// SetLayout implements Rows. A column or a group that no longer exists is passed over.
func (l *List[R]) SetLayout(layout Layout) []Effect {
	effects := l.setGroup(layout.Group)
	return append(effects, SetLayout(l.Table, layout)...)
}

// SetLayout sets a table up as it was kept.
func SetLayout(t table.Any, l Layout) []Effect {
	t.SetWide(l.Wide)
	if l.Sort == "" {
		return nil
	}
	run, _ := t.Sort(table.Order{Column: l.Sort, Reverse: l.Reverse})
	return Background(run)
}

// Export implements Rows.
func (l *List[R]) Export(format string) (func(io.Writer) error, error) {
	switch {
	case !l.filled:
		return nil, ErrNothingYet
	case format != "csv":
		return l.spec.JSON(l.Scene, AllRows(l.Table))
	case l.spec.CSV != nil:
		return CSV(AllRows(l.Table), l.spec.CSV()), nil
	}
	return CSV(AllRows(l.Table), PlainColumns(l.Table)), nil
}

// AllRows returns the rows that pass the filter, in the order shown.
func AllRows[R any](t *table.Table[R]) []R {
	rows := make([]R, t.Len())
	for i := range rows {
		rows[i] = t.Row(i)
	}
	return rows
}

// PlainColumns are the columns of a table without what only a screen needs.
func PlainColumns[R any](t *table.Table[R]) []view.Column[R] {
	of := t.Columns()
	columns := make([]view.Column[R], len(of))
	for i := range of {
		columns[i] = of[i].Column
	}
	return columns
}

// CSV writes every column of rows, names as the broker sent them.
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
				record[i] = columns[i].Cell(r)
			}
			out.Write(record)
		}
		out.Flush()
		return out.Error()
	}
}

// JSON writes a document as the command line does.
func JSON(document any) func(io.Writer) error {
	return func(w io.Writer) error { return format.WriteJSON(w, document) }
}
