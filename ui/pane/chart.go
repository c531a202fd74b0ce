package pane

import (
	"math"
	"time"

	"kdeck/ops/history"
	"kdeck/ui/cell"
)

// Chart is a history that is several rows high, the newest at the right. It is drawn in blocks: many fonts of terminals lack Braille patterns.
type Chart struct {
	rows  []Cells // from the top
	marks Cells   // under it: when something changed
	// Full is what its full height stands for, and Span the time of its width; 0 where there is no sample.
	Full float64
	Span time.Duration
}

// ChartOf is what a chart shows.
type ChartOf struct {
	Samples []history.Sample
	// Full is what the full height stands for; 0: the largest value, but no less than Least.
	Full, Least float64
	Worst       func(a, b float64) float64 // which of two values must be seen: [Lowest] or [Highest]
	Style       func(v float64) cell.Style // nil: not judged
	Changes     []history.Change           // whose moments are marked
}

// NewChart draws a chart of so many cells that ends now.
func NewChart(of ChartOf, now time.Time, width, height int, ascii bool) Chart {
	line := SparklineOf(of.Samples, now, width, of.Worst)
	c := Chart{Full: of.Full, rows: make([]Cells, max(height, 0))}
	if len(line.Points) == 0 {
		return c
	}
	c.Span = line.Span()
	if c.Full == 0 {
		c.Full = max(of.Least, math.SmallestNonzeroFloat64)
		for _, p := range line.Points {
			c.Full = max(c.Full, p.Value)
		}
	}
	glyphs := Heights(ascii)
	steps := len(glyphs) - 1 // of one row
	for _, p := range line.Points {
		style, tall := cell.Info, 0
		if p.Known {
			tall = max(int(math.Round(min(p.Value/c.Full, 1)*float64(height*steps))), 1) // a measured 0 must be seen
			if of.Style != nil && (of.Style(p.Value) == cell.Critical || of.Style(p.Value) == cell.Warning) {
				style = of.Style(p.Value)
			}
		}
		for y := range c.rows {
			c.rows[y].Add(glyphs[min(max(tall-(height-1-y)*steps, 0), steps)], style)
		}
	}
	c.mark(of.Changes, now, width, ascii)
	return c
}

// mark marks the moments of changes: the gravest of those that fall into one cell.
func (c *Chart) mark(changes []history.Change, now time.Time, width int, ascii bool) {
	g := cell.GlyphsFor(ascii)
	marks := make([]*history.Change, width)
	for i := range changes {
		of := &changes[i]
		x := width - 1 - int(float64(width)*float64(now.Sub(of.At))/float64(c.Span))
		if x >= 0 && x < width && (marks[x] == nil || of.Severity.Rank() < marks[x].Severity.Rank()) {
			marks[x] = of
		}
	}
	for _, m := range marks {
		if m == nil {
			c.marks.Add(g.Horizontal, cell.Frame)
			continue
		}
		c.marks.Add(g.Up, SeverityStyle(m.Severity))
	}
}

// Draw draws the chart from the top left of an area on, and the marks below it.
func (c *Chart) Draw(a cell.Area) {
	for y, row := range c.rows {
		row.Draw(a, 0, y)
	}
	c.marks.Draw(a, 0, len(c.rows))
}
