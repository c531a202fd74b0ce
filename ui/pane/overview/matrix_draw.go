package overview

import (
	"cmp"
	"fmt"
	"strconv"

	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// draw draws the matrix. focused tells that the keys go to it.
func (m *matrix) draw(a cell.Area, focused bool) {
	_, h := a.Size()
	switch {
	case h == 0:
	case len(m.columns) == 0:
		m.drawRacks(a)
	case m.asNumbers:
		m.drawNumbers(a, focused)
	default:
		m.drawCells(a, focused)
	}
}

// drawRacks draws the brokers by rack.
func (m *matrix) drawRacks(a cell.Area) {
	a.Text(1, 0, cell.Heading, "BROKERS")
	a.Text(rackLabel, 0, cell.Faint, "-n: so many partitions miss it")
	y := 1
	for _, r := range m.racks {
		a.Fit(1, y, rackLabel-2, cell.Faint, cmp.Or(r.name, "no rack"), false)
		for i, b := range r.brokers {
			if i > 0 && i%m.perLine == 0 {
				y++
			}
			word, style := brokerWord(b)
			x := rackLabel + i%m.perLine*m.cellWidth
			at := a.Text(x, y, cell.Plain, strconv.Itoa(int(b.ID)))
			if b.Controller {
				a.Glyph(at, y, cell.Info, '*')
			}
			a.Text(at+1, y, style, word)
		}
		y++
	}
	if m.noMetrics != "" {
		w, _ := a.Size()
		a.Fit(1, y, w-2, cell.Faint, m.noMetrics, false)
	}
}

// flagsOf returns the flags of a column.
func (m *matrix) flagsOf(x int, focused bool) (flags cell.Style) {
	if m.columns[x].stale {
		flags |= cell.Stale
	}
	if focused && x == m.cursor {
		flags |= cell.Selected
	}
	return flags
}

// drawNumbers draws a column of numbers for each broker. A bad number has a sign behind it.
func (m *matrix) drawNumbers(a cell.Area, focused bool) {
	a.Text(1, 0, cell.Heading, "BROKER")
	for y := range m.lines {
		a.Text(1, y+1, cell.Faint, m.lines[y].label)
	}
	for x := range m.columns {
		c := &m.columns[x]
		at, flags := rackLabel+x*m.cellWidth, m.flagsOf(x, focused)
		id := strconv.Itoa(int(c.row.ID))
		a.Fit(at, 0, m.cellWidth-1, cell.Heading|flags, id, true)
		a.Glyph(at+m.cellWidth-1, 0, cell.Info|flags, ' ')
		if c.row.Controller {
			a.Glyph(at+m.cellWidth-1, 0, cell.Info|flags, '*')
		}
		for y := range c.cells {
			f := &c.cells[y]
			a.Fit(at, y+1, m.cellWidth-1, f.style|flags, f.text, true)
			sign := ' '
			if f.style == cell.Critical || f.style == cell.Warning {
				sign = '!'
			}
			a.Glyph(at+m.cellWidth-1, y+1, f.style|flags, sign)
		}
	}
}

// drawCells draws a cell for each broker, in as many rows as they need, and names the worst broker at the right.
func (m *matrix) drawCells(a cell.Area, focused bool) {
	a.Text(1, 0, cell.Heading, "BROKERS")
	text := fmt.Sprintf("%d, a cell each in order of id; the taller the worse", len(m.columns))
	if focused {
		text = fmt.Sprintf("on broker %d", m.columns[m.cursor].row.ID)
	}
	a.Text(rackLabel, 0, cell.Faint, text)
	each := (len(m.columns) + m.perLine - 1) / m.perLine // lines of a figure
	for y := range m.lines {
		top := 1 + y*each
		a.Text(1, top, cell.Faint, m.lines[y].label)
		for x := range m.columns {
			f := &m.columns[x].cells[y]
			a.Glyph(rackLabel+x%m.perLine, top+x/m.perLine, f.style|m.flagsOf(x, focused), m.glyph(f, y))
		}
		at := m.lines[y].worst
		if focused {
			at = m.cursor
		}
		if at >= 0 && at < len(m.columns) {
			c := &m.columns[at]
			x := rackLabel + m.perLine + 1
			if !focused {
				x = a.Text(x, top, cell.Faint, strconv.Itoa(int(c.row.ID))) + 1
			}
			a.Text(x, top, c.cells[y].style, c.cells[y].text)
		}
	}
}

// glyph draws a figure in one cell.
func (m *matrix) glyph(f *figure, line int) rune {
	switch {
	case f.style == cell.Unknown:
		return pane.Unmeasured
	case m.lines[line].label == "state" && f.style == cell.Critical:
		return cell.GlyphsFor(m.ascii).Bad
	case m.lines[line].label == "state" || f.style == cell.Faint:
		return '.'
	}
	return pane.Height(f.share, m.ascii)
}
