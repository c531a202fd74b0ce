package table

// SelectAt moves the cursor to a row by its line in the window, 0 for the first, and returns the row's identity; ok is false where
// there is no row.
func (t *Table[R]) SelectAt(line int) (id ID, ok bool) {
	if line < 0 || line >= len(t.window.lines) || t.top+line >= len(t.index) {
		return ID{}, false
	}
	t.untouched = false
	t.put(t.top + line)
	return t.cursor, true
}

// SortAt sorts by the column whose heading is at x, a column of the window; where the rows are sorted by it already, it reverses
// the order.
func (t *Table[R]) SortAt(x int) (work func() (apply func())) {
	from := gutter
	for i, c := range t.window.shown {
		to := from + t.window.fitted[i] + gap
		if x >= from && x < to {
			return t.sortOrReverse(c)
		}
		from = to
	}
	return nil
}
