package table

// Move moves the cursor by n rows, up where n is negative; it stops at the ends.
func (t *Table[R]) Move(n int) {
	if len(t.index) == 0 {
		return
	}
	t.untouched = false
	if t.hasCursor {
		n += t.pos
	}
	t.put(n)
}

// Page moves the cursor by n windows, up where n is negative.
func (t *Table[R]) Page(n float64) {
	t.Move(int(n * float64(max(t.window.height-1, 1))))
}

// Home moves the cursor to the first row.
func (t *Table[R]) Home() {
	t.untouched = false
	t.put(0)
}

// End moves the cursor to the last row.
func (t *Table[R]) End() {
	t.untouched = false
	t.put(len(t.index) - 1)
}

// Seek moves the cursor to the row with that identity; it returns false where that row is not shown.
func (t *Table[R]) Seek(id ID) bool {
	pos, ok := t.find(id)
	if ok {
		t.untouched = false
		t.put(pos)
	}
	return ok
}

func (t *Table[R]) put(pos int) {
	t.pos = max(min(pos, len(t.index)-1), 0)
	if t.hasCursor = len(t.index) > 0; t.hasCursor {
		t.cursor = t.rows.ID(t.Row(t.pos))
	}
}

func (t *Table[R]) find(id ID) (pos int, ok bool) {
	if t.rows.Find == nil {
		return 0, false
	}
	row, ok := t.rows.Find(id)
	if !ok {
		return 0, false
	}
	for i := range t.index {
		if t.index[i].row == int32(row) {
			return i, true
		}
	}
	return 0, false
}

// near is the number of rows below and above the cursor that are tried when its own row is gone.
const near = 100

// neighbours returns the rows that the cursor may go to after a change: its own, those below, then those above, the nearest
// first.
func (t *Table[R]) neighbours() []ID {
	if !t.hasCursor || len(t.index) == 0 {
		return nil
	}
	ids := make([]ID, 0, near)
	for i := t.pos; i < min(t.pos+near, len(t.index)); i++ {
		ids = append(ids, t.rows.ID(t.Row(i)))
	}
	for i := t.pos - 1; i >= max(t.pos-near, 0); i-- {
		ids = append(ids, t.rows.ID(t.Row(i)))
	}
	return ids
}

// refind puts the cursor on the first of the neighbours that is still there. The cursor stays on its line of the screen. But a
// window that began at the first row still begins there while the cursor is in it: what comes up there is worse than what is
// seen.
func (t *Table[R]) refind(neighbours []ID) {
	line := t.pos - t.top
	if t.untouched {
		t.put(0)
		return
	}
	for _, id := range neighbours {
		pos, ok := t.find(id)
		if !ok {
			continue
		}
		t.put(pos)
		if t.top > 0 || pos >= t.window.height {
			t.top = max(pos-line, 0)
		}
		return
	}
	t.put(t.pos)
}

// Mark marks the row under the cursor, or removes its mark, and moves to the next row.
func (t *Table[R]) Mark() {
	if !t.hasCursor {
		return
	}
	if _, ok := t.marks[t.cursor]; ok {
		delete(t.marks, t.cursor)
	} else {
		t.marks[t.cursor] = struct{}{}
	}
	t.anchor = t.cursor
	t.Move(1)
}

// MarkRange marks all rows from the one that was marked last to the cursor.
func (t *Table[R]) MarkRange() {
	from, ok := t.find(t.anchor)
	if !ok || !t.hasCursor {
		t.Mark()
		return
	}
	for i := min(from, t.pos); i <= max(from, t.pos); i++ {
		t.marks[t.rows.ID(t.Row(i))] = struct{}{}
	}
}

// Unmark removes all marks.
func (t *Table[R]) Unmark() { clear(t.marks) }

// Scroll moves the columns after the first one to the left or, where n is negative, to the right.
func (t *Table[R]) Scroll(n int) {
	t.scroll = max(min(t.scroll+n, t.window.beyond), 0)
}
