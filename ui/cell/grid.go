package cell

import (
	"strings"
	"unicode/utf8"

	"kdeck/ui/layout"
)

// half stands in the right cell of a rune that is two columns wide.
const half rune = -1

type cell struct {
	r rune
	s Style
}

// A Grid is a screen of cells. It is drawn into by Areas only, so that nothing can be torn or leave its place.
type Grid struct {
	w, h  int
	cells []cell
	theme *Theme
}

// NewGrid makes a blank grid; sizes under 0 count as 0.
func NewGrid(w, h int, theme *Theme) *Grid {
	g := &Grid{}
	g.Reset(w, h, theme)
	return g
}

// Reset makes the grid blank and of that size, using its memory again.
func (g *Grid) Reset(w, h int, theme *Theme) {
	g.w, g.h, g.theme = max(w, 0), max(h, 0), theme
	if n := g.w * g.h; cap(g.cells) < n {
		g.cells = make([]cell, n)
	} else {
		g.cells = g.cells[:n]
	}
	for i := range g.cells {
		g.cells[i] = cell{' ', Plain}
	}
}

// Size is the grid's width and height in cells.
func (g *Grid) Size() (w, h int) { return g.w, g.h }

// Theme is the theme that the grid is drawn for.
func (g *Grid) Theme() *Theme { return g.theme }

// In is the part of the grid inside r.
func (g *Grid) In(r layout.Rect) Area {
	x0, y0 := max(r.X, 0), max(r.Y, 0)
	x1, y1 := min(r.X+r.W, g.w), min(r.Y+r.H, g.h)
	return Area{g, x0, y0, max(x1-x0, 0), max(y1-y0, 0)}
}

// All is the whole grid.
func (g *Grid) All() Area { return g.In(layout.Rect{W: g.w, H: g.h}) }

// Hide writes an asterisk in each cell that hide is called with; find is called with each row. The right half of a wide character
// is 0.
func (g *Grid) Hide(find func(row []rune, hide func(x int))) {
	text := make([]rune, g.w)
	var row []cell
	hide := func(x int) { row[x].r = '*' }
	for y := range g.h {
		row = g.cells[y*g.w : (y+1)*g.w]
		for x, c := range row {
			if text[x] = c.r; c.r == half {
				text[x] = 0
			}
		}
		find(text, hide)
	}
}

// AppendANSI appends the grid as lines with escape sequences for its theme, without a newline at the end.
func (g *Grid) AppendANSI(dst []byte) []byte {
	for y := range g.h {
		if y > 0 {
			dst = append(dst, '\n')
		}
		row := g.cells[y*g.w : (y+1)*g.w]
		for len(row) > 0 && row[len(row)-1] == (cell{' ', Plain}) {
			row = row[:len(row)-1]
		}
		style := Plain
		for _, c := range row {
			if c.r == half {
				continue
			}
			if c.s != style {
				dst = append(dst, g.theme.Sequence(c.s)...)
				style = c.s
			}
			dst = utf8.AppendRune(dst, c.r)
		}
		if style != Plain {
			dst = append(dst, "\x1b[0m"...)
		}
	}
	return dst
}

// Text is the grid as plain lines, without blanks at their ends and with a newline at the end.
func (g *Grid) Text() string {
	var b strings.Builder
	for y := range g.h {
		var line strings.Builder
		for _, c := range g.cells[y*g.w : (y+1)*g.w] {
			if c.r != half {
				line.WriteRune(c.r)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}
