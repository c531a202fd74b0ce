package pane

import (
	"math"

	"kdeck/ui/cell"
)

// The glyphs of figures that are one cell high, the lowest first. The first glyph is for nothing at all.
var (
	unicodeHeights = []rune(" ▁▂▃▄▅▆▇█")
	asciiHeights   = []rune(" .:-=+*%#")
)

// Heights returns the glyphs that figures are drawn with in one cell, the lowest first. The first one is a blank.
func Heights(ascii bool) []rune {
	if ascii {
		return asciiHeights
	}
	return unicodeHeights
}

// Height returns the glyph for a share, from 0 to 1. It is never the blank: a measured 0 must be seen.
func Height(share float64, ascii bool) rune {
	h := Heights(ascii)
	steps := len(h) - 2
	return h[1+int(math.Round(min(max(share, 0), 1)*float64(steps)))]
}

// Unmeasured is the glyph of a figure that isn't known.
const Unmeasured = '?'

// Cells are glyphs in a row, each in its style.
type Cells []struct {
	glyph rune
	style cell.Style
}

// Add adds a glyph at the right.
func (c *Cells) Add(glyph rune, style cell.Style) {
	*c = append(*c, struct {
		glyph rune
		style cell.Style
	}{glyph, style})
}

// Text returns the glyphs without their styles.
func (c Cells) Text() string {
	r := make([]rune, len(c))
	for i := range c {
		r[i] = c[i].glyph
	}
	return string(r)
}

// Draw draws the glyphs from column x of row y on and returns the column behind them.
func (c Cells) Draw(a cell.Area, x, y int) int {
	for i := range c {
		a.Glyph(x+i, y, c[i].style, c[i].glyph)
	}
	return x + len(c)
}

// Spans returns the cells as [Page.Say] takes them.
func (c Cells) Spans() []cell.Span {
	var out []cell.Span
	for i := 0; i < len(c); {
		n := i + 1
		for n < len(c) && c[n].style == c[i].style {
			n++
		}
		out = append(out, c[i].style.Span(c[i:n].Text()))
		i = n
	}
	return out
}
