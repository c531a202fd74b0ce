package tenants

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// heat is the heat map: a line for each usage, with a cell for each broker that is the higher the nearer the usage is to its
// limit there.
type heat struct {
	brokers []heatBroker
	each    int // columns of a broker
	omitted int // brokers for which there is no room
}

type heatBroker struct {
	id    int32
	dead  bool
	known bool // its metrics are
	old   bool // its metrics are
}

// heatOf makes a heat map of the brokers of a scene.
func heatOf(s pane.Scene) heat {
	var h heat
	digits := 1
	for _, b := range s.Snapshot().Brokers {
		_, known := s.MetricsAge(b.ID)
		h.brokers = append(h.brokers, heatBroker{id: b.ID, dead: !b.Alive, known: known, old: s.MetricsStale(b.ID)})
		digits = max(digits, len(strconv.Itoa(int(b.ID))))
	}
	h.each = digits + 1
	return h
}

// width returns the columns of a heat map with all brokers.
func (h *heat) width() int { return max(len(h.brokers)*h.each+1, 12) }

// fit makes the heat map narrower if there is no room: first with narrower cells, then with only those brokers on which a
// usage is nearest to its limit.
func (h *heat) fit(width int, u *usage) {
	room := max(width-1, 1)
	if len(h.brokers)*h.each <= room {
		return
	}
	if h.each = 1; len(h.brokers) <= room {
		return
	}
	highest := map[int32]float64{}
	for i := range u.rows {
		for n := range u.rows[i].series {
			x := &u.rows[i].series[n]
			if of, _, known := share(x); known {
				highest[x.Broker] = max(highest[x.Broker], of)
			}
		}
	}
	all := slices.Clone(h.brokers)
	slices.SortStableFunc(all, func(x, y heatBroker) int { return cmp.Compare(highest[y.id], highest[x.id]) })
	h.omitted = len(all) - room
	h.brokers = all[:room]
	slices.SortFunc(h.brokers, func(x, y heatBroker) int { return cmp.Compare(x.id, y.id) })
}

const (
	uncounted      = '·' // the broker doesn't count the usage
	uncountedASCII = '.'
)

// cellOf returns the cell of a usage on a broker: a height or, in ASCII, a digit that counts tenths. highest is the highest
// rate of the usage on a broker: the full height if there is neither a limit nor a share of threads.
func (h *heatBroker) cellOf(r *tenantRow, highest float64, g *cell.Glyphs, ascii bool) (rune, cell.Style) {
	x := r.on(h.id)
	var flags cell.Style
	if h.old {
		flags = cell.Stale
	}
	switch {
	case h.dead:
		return g.Horizontal, cell.Critical
	case !h.known, x != nil && math.IsNaN(x.Rate) && !x.Throttled():
		return pane.Unmeasured, cell.Unknown
	case x == nil && ascii:
		return uncountedASCII, cell.Faint
	case x == nil:
		return uncounted, cell.Faint
	case x.Throttled():
		return g.Bad, cell.Critical | flags
	}
	of, _, known := share(x)
	style := cell.Info
	switch {
	case !known && highest > 0:
		of, style = x.Rate/highest, cell.Faint
	case health.OfTenant(x.Standing()) == state.SeverityWarning:
		style = cell.Warning
	}
	if ascii {
		return rune('0' + min(int(of*10), 9)), style | flags
	}
	return pane.Height(of, false), style | flags
}

// highest returns the highest rate on a broker.
func (r *tenantRow) highest() float64 {
	highest := 0.0
	for i := range r.series {
		if v := r.series[i].Rate; v > highest { // it may be NaN
			highest = v
		}
	}
	return highest
}

// head draws the brokers' ids over their columns, as many as there is room for.
func (h *heat) head(a cell.Area) {
	free := 0
	for i := range h.brokers {
		b := &h.brokers[i]
		id := strconv.Itoa(int(b.id))
		style := cell.Heading
		if b.dead {
			style = cell.Critical
		}
		x := 1 + i*h.each
		if h.each > 1 {
			x += h.each - 1 - len(id)
		}
		if x < free || h.each == 1 && i > 0 && b.id%5 != 0 {
			continue
		}
		free = a.Text(x, 0, style, id) + 1
	}
	if h.omitted > 0 {
		a.Text(free, 0, cell.Faint, "+"+strconv.Itoa(h.omitted))
	}
}

// line draws the cells of one usage.
func (h *heat) line(a cell.Area, r *tenantRow) {
	g, ascii, highest := &a.Theme().Glyphs, a.Theme().ASCII, r.highest()
	for i := range h.brokers {
		glyph, style := h.brokers[i].cellOf(r, highest, g, ascii)
		a.Glyph(i*h.each+max(h.each-1, 1), 0, style, glyph)
	}
}

// draw draws the head and n rows, from the one at top on.
func (h *heat) draw(a cell.Area, rows func(i int) *tenantRow, top, n int) {
	h.head(a.Rows(0, 1))
	for y := range n {
		h.line(a.Rows(y+1, 1), rows(top+y))
	}
}

// heatLegend explains the cells.
func heatLegend(g *cell.Glyphs, ascii bool) pane.Cells {
	heights, dot := "▁▄█", uncounted
	if ascii {
		heights, dot = "0 5 9", uncountedASCII
	}
	var out pane.Cells
	say := func(style cell.Style, s string) {
		for _, r := range s {
			out.Add(r, style)
		}
	}
	say(cell.Frame, " ")
	say(cell.Info, heights)
	say(cell.Faint, " of its limit or of the threads, else ")
	say(cell.Faint, heights+" of its highest rate  ")
	out.Add(g.Bad, cell.Critical)
	say(cell.Faint, " throttled  ")
	out.Add(pane.Unmeasured, cell.Unknown)
	say(cell.Faint, " unknown  "+string(dot)+" not counted  ")
	out.Add(g.Horizontal, cell.Critical)
	say(cell.Faint, " dead ")
	return out
}

// describe adds the cells of one usage to a page, as many brokers in a line as fit.
func (h *heat) describe(to *pane.Page, r *tenantRow, g *cell.Glyphs, width int, ascii bool) {
	per := max((width-2)/h.each, 1)
	highest := r.highest()
	for from := 0; from < len(h.brokers); from += per {
		ids, line := make(pane.Cells, 0, per*h.each+1), make(pane.Cells, 0, per*h.each+1)
		ids.Add(' ', cell.Plain)
		line.Add(' ', cell.Plain)
		for i := from; i < min(from+per, len(h.brokers)); i++ {
			b := &h.brokers[i]
			style := cell.Faint
			if b.dead {
				style = cell.Critical
			}
			id := strconv.Itoa(int(b.id))
			for range h.each - len(id) {
				ids.Add(' ', cell.Plain)
			}
			for _, d := range id {
				ids.Add(d, style)
			}
			for range h.each - 1 {
				line.Add(' ', cell.Plain)
			}
			glyph, how := b.cellOf(r, highest, g, ascii)
			line.Add(glyph, how)
		}
		to.Say(ids.Spans()...)
		to.Say(line.Spans()...)
	}
}
