package cell

import "kdeck/ui/layout"

// An Area is a part of a Grid. Places in it count from 0 at its own top left; what is written outside is dropped.
type Area struct {
	g          *Grid
	x, y, w, h int
}

// Size is the area's width and height in cells.
func (a Area) Size() (w, h int) { return a.w, a.h }

// Theme is the theme that the area is drawn for.
func (a Area) Theme() *Theme { return a.g.theme }

// In is the part of the area inside r, whose place counts from the area's top left.
func (a Area) In(r layout.Rect) Area {
	x0, y0 := max(r.X, 0), max(r.Y, 0)
	x1, y1 := min(r.X+r.W, a.w), min(r.Y+r.H, a.h)
	return Area{a.g, a.x + x0, a.y + y0, max(x1-x0, 0), max(y1-y0, 0)}
}

// Rows is the area from row y on, n rows high.
func (a Area) Rows(y, n int) Area { return a.In(layout.Rect{Y: y, W: a.w, H: n}) }

// set writes one rune that is w columns wide. What it overwrites half of is blanked.
func (a Area) set(x, y int, r rune, w int, s Style) {
	row := a.g.cells[(a.y+y)*a.g.w:][:a.g.w]
	at := a.x + x
	if row[at].r == half {
		row[at-1].r = ' '
	}
	if last := at + w; last < len(row) && row[last].r == half {
		row[last].r = ' '
	}
	row[at] = cell{r, s}
	if w == 2 {
		row[at+1] = cell{half, s}
	}
}

// Text writes s from column x of row y on, made safe, and returns the column behind it. What does not fit is cut
// off at the area's edge.
func (a Area) Text(x, y int, s Style, text string) int {
	if y < 0 || y >= a.h {
		return x + Width(text, a.g.theme.ASCII)
	}
	for len(text) > 0 {
		r, escape, w, n := next(text, a.g.theme.ASCII)
		text = text[n:]
		if escape != "" {
			for i := range len(escape) {
				if x+i >= 0 && x+i < a.w {
					a.set(x+i, y, rune(escape[i]), 1, s)
				}
			}
		} else if x >= 0 && x+w <= a.w {
			a.set(x, y, r, w, s)
		} else if at := max(x, 0); at < a.w && x+w > 0 { // a wide one across the edge
			a.set(at, y, ' ', 1, s)
		}
		x += w
	}
	return x
}

// Fit writes s into exactly w columns from column x of row y on: padded with blanks, at the left of it where right
// is set, or cut with an ellipsis.
func (a Area) Fit(x, y, w int, s Style, text string, right bool) {
	if w <= 0 {
		return
	}
	n := Width(text, a.g.theme.ASCII)
	in := a.In(layout.Rect{X: x, Y: y, W: w, H: 1})
	switch {
	case n > w:
		in.Text(0, 0, s, text)
		in.Glyph(w-1, 0, s, a.g.theme.Ellipsis)
	case right:
		in.Fill(0, 0, w-n, s, ' ')
		in.Text(w-n, 0, s, text)
	default:
		in.Fill(in.Text(0, 0, s, text), 0, w-n, s, ' ')
	}
}

// Glyph writes one of the theme's glyphs: a rune that is one column wide and known to be safe.
func (a Area) Glyph(x, y int, s Style, r rune) {
	if x >= 0 && x < a.w && y >= 0 && y < a.h {
		a.set(x, y, r, 1, s)
	}
}

// Fill writes n times the same glyph.
func (a Area) Fill(x, y, n int, s Style, r rune) {
	for i := range n {
		a.Glyph(x+i, y, s, r)
	}
}

// Clear makes the area blank.
func (a Area) Clear(s Style) {
	for y := range a.h {
		a.Fill(0, y, a.w, s, ' ')
	}
}

// Rule fills the first row with a horizontal line.
func (a Area) Rule(s Style) { a.Fill(0, 0, a.w, s, a.g.theme.Horizontal) }

// Bar fills the first column with a vertical line.
func (a Area) Bar(s Style) {
	for y := range a.h {
		a.Glyph(0, y, s, a.g.theme.Vertical)
	}
}

// Flag sets flags on all cells of row y.
func (a Area) Flag(y int, flags Style) {
	if y < 0 || y >= a.h {
		return
	}
	row := a.g.cells[(a.y+y)*a.g.w+a.x:][:a.w]
	for i := range row {
		row[i].s |= flags &^ roleMask
	}
}
