package table

import (
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ui/cell"
)

// gutter is the width of what stands before the first column: the mark or the sign of a change, the cursor, a blank.
const gutter = 3

const gap = 2 // between columns

// A column that grows has at least this share of the window's width, and at least this width, before other columns are shown.
const (
	growShare = 0.4
	growMin   = 14
)

// window is what is on the screen. Arrange works it out, so that Draw only draws it.
type window struct {
	width, height int // of the rows, without the heading
	ascii         bool
	widths        []int // by column; they only grow while the window's width stays
	shown         []int // columns, in order
	fitted        []int // their widths as drawn
	beyond        int   // columns that can still be scrolled into
	lines         []line
}

type line struct {
	id     ID
	row    int32
	cells  []string
	styles []cell.Style
	spans  [][]cell.Span // of cells that have several styles
	flags  cell.Style
	mark   bool
}

// Arrange works out what a window of that size shows. It must be called after all other methods and before Draw.
func (t *Table[R]) Arrange(width, height int, ascii bool) {
	w := &t.window
	height = max(height-1, 0) // the heading
	if w.width != width || w.ascii != ascii || w.widths == nil {
		w.widths = make([]int, len(t.columns))
		for i := range t.columns {
			w.widths[i] = cell.Width(t.columns[i].Head, ascii) // the sign of the order stands in the gap
		}
	}
	w.width, w.height, w.ascii = width, height, ascii
	t.top = max(min(t.top, len(t.index)-height), 0)
	if t.hasCursor && height > 0 {
		t.top = max(min(t.top, t.pos), t.pos-height+1)
	}
	t.fill()
	t.fit()
}

// fill reads the cells of the rows in the window, and widens columns that they don't fit into.
func (t *Table[R]) fill() {
	w := &t.window
	n := max(min(w.height, len(t.index)-t.top), 0)
	if cap(w.lines) < n {
		w.lines = append(w.lines[:cap(w.lines)], make([]line, n-cap(w.lines))...)
	}
	w.lines = w.lines[:n]
	for i := range w.lines {
		l := &w.lines[i]
		r := t.Row(t.top + i)
		l.id, l.row, l.flags = t.rows.ID(r), t.index[t.top+i].row, 0
		if t.rows.Style != nil {
			l.flags = t.rows.Style(r)
		}
		if _, changed := slices.BinarySearch(t.rows.Changed, l.row); changed {
			l.flags |= cell.Changed
		}
		_, l.mark = t.marks[l.id]
		if len(l.cells) != len(t.columns) {
			l.cells, l.styles = make([]string, len(t.columns)), make([]cell.Style, len(t.columns))
		}
		for c := range t.columns {
			col := &t.columns[c]
			if col.Wide && !t.wide && w.width < wideFrom {
				continue
			}
			l.cells[c], l.styles[c] = col.Cell(r), cell.Plain
			switch {
			case strings.HasPrefix(l.cells[c], format.Unknown):
				l.styles[c] = cell.Unknown
			case col.Style != nil && l.cells[c] != "":
				l.styles[c] = col.Style(r)
			}
			if col.Spans != nil {
				if len(l.spans) != len(t.columns) {
					l.spans = make([][]cell.Span, len(t.columns))
				}
				l.spans[c] = col.Spans(r, w.ascii)
			}
			if n := cell.Width(l.cells[c], w.ascii); n > w.widths[c] {
				w.widths[c] = n
				if col.Max > 0 {
					w.widths[c] = min(n, col.Max)
				}
			}
		}
	}
}

// wideFrom is the width from which the columns for wide tables are shown without being asked for.
const wideFrom = 110

// fit chooses the columns that are shown: the first one, then those that are not scrolled off, as many as there is room for.
func (t *Table[R]) fit() {
	w := &t.window
	w.shown, w.fitted = w.shown[:0], w.fitted[:0]
	var candidates []int
	for c := range t.columns {
		if !t.columns[c].Wide || t.wide || w.width >= wideFrom {
			candidates = append(candidates, c)
		}
	}
	if len(candidates) == 0 {
		return
	}
	room := w.width - gutter
	grow := -1
	squeezed := t.squeezed(candidates)
	for i, c := range candidates {
		if i > 0 && i <= t.scroll {
			continue
		}
		n := t.wanted(c)
		if i == 0 {
			n -= squeezed
		}
		if t.columns[c].Grow {
			grow = len(w.shown)
		}
		if len(w.shown) > 0 {
			n += gap
		}
		if n > room && len(w.shown) > 0 {
			break
		}
		room -= n
		w.shown = append(w.shown, c)
		if len(w.shown) > 1 {
			n -= gap
		}
		w.fitted = append(w.fitted, n)
	}
	w.beyond = len(candidates) - 1
	if len(w.shown) == len(candidates) {
		w.beyond = 0
	}
	if grow >= 0 && grow < len(w.shown) { // it may be the first that there is no room for
		c := w.shown[grow]
		w.fitted[grow] = max(min(w.fitted[grow]+room, max(w.widths[c], w.fitted[grow])), 1)
	}
}

// wanted is the width of a column before one that grows takes what is left.
func (t *Table[R]) wanted(c int) int {
	w := &t.window
	if !t.columns[c].Grow {
		return w.widths[c]
	}
	least := max(growMin, int(growShare*float64(w.width)))
	if l := t.columns[c].Least; l > 0 && w.width < wideFrom {
		least = l
	}
	return min(w.widths[c], least)
}

// firstLeast is the width to which the first column makes room for one that grows.
const firstLeast = 20

// squeezed is how much narrower the first column gets so that a column that grows, which stands behind it, has room: long names must not hide the reason
// of a row. It is 0 where that would not do.
func (t *Table[R]) squeezed(candidates []int) int {
	over := -gap
	for i, c := range candidates {
		if i > 0 && i <= t.scroll {
			continue
		}
		over += gap + t.wanted(c)
		if t.columns[c].Grow && i > 0 {
			over -= t.window.width - gutter
			if over > 0 && t.window.widths[candidates[0]]-over >= firstLeast {
				return over
			}
			return 0
		}
	}
	return 0
}
