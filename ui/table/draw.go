package table

import (
	"strings"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
)

// Draw draws what Arrange has worked out; where there is no row, the text empty. focused tells that the keys go to the table.
func (t *Table[R]) Draw(a cell.Area, focused bool, empty string) {
	w := &t.window
	glyphs := a.Theme().Glyphs
	x := gutter
	for i, c := range w.shown {
		col := &t.columns[c]
		head := col.Head
		if col.Name == t.order.Column {
			sign := glyphs.Up
			if t.order.Reverse {
				sign = glyphs.Down
			}
			if col.Right {
				a.Glyph(x+w.fitted[i]-1-cell.Width(head, w.ascii), 0, cell.Heading, sign)
			} else {
				a.Glyph(x+cell.Width(head, w.ascii), 0, cell.Heading, sign)
			}
		}
		in := a.In(layout.Rect{X: x, W: w.fitted[i], H: 1})
		at := 0
		if col.Right {
			at = w.fitted[i] - cell.Width(head, w.ascii)
		}
		in.Text(at, 0, cell.Heading, head)
		if letter := t.letters[c]; letter != 0 {
			n := strings.IndexByte(head, letter)
			in.Text(at+cell.Width(head[:n], w.ascii), 0, cell.SortLetter, head[n:n+1])
		}
		x += w.fitted[i] + gap
	}
	if len(w.lines) == 0 {
		width, height := a.Size()
		for y, line := range cell.Wrap(empty, width-2*gutter, w.ascii) {
			if y+1 < height {
				a.Rows(y+1, 1).Text(gutter, 0, cell.Faint, line)
			}
		}
		return
	}
	for y := range w.lines {
		t.drawLine(a.Rows(y+1, 1), &w.lines[y], focused && t.hasCursor && t.top+y == t.pos)
	}
}

func (t *Table[R]) drawLine(a cell.Area, l *line, current bool) {
	w := &t.window
	glyphs := a.Theme().Glyphs
	switch {
	case l.mark:
		a.Glyph(0, 0, cell.Warning, glyphs.Mark)
	case l.flags&cell.Changed != 0:
		a.Glyph(0, 0, cell.Info, glyphs.Changed)
	}
	if current {
		a.Glyph(1, 0, cell.Strong, glyphs.Cursor)
	}
	x := gutter
	for i, c := range w.shown {
		if t.columns[c].Spans != nil {
			in, at := a.In(layout.Rect{X: x, W: w.fitted[i], H: 1}), 0
			for _, s := range l.spans[c] {
				at = in.Text(at, 0, s.Style, s.Text)
			}
		} else {
			a.Fit(x, 0, w.fitted[i], l.styles[c], l.cells[c], t.columns[c].Right)
		}
		x += w.fitted[i] + gap
	}
	flags := l.flags &^ cell.Changed
	if current {
		flags |= cell.Selected
	}
	if flags != 0 {
		a.Flag(0, flags)
	}
}
