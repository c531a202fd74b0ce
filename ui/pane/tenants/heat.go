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

// heat draws buckets by brokers: a cell for each broker of the cluster, as high as the bucket is full there.
type heat struct {
	brokers []heatBroker
	each    int // columns of a broker
	left    int // brokers that there is no room for
}

type heatBroker struct {
	id   int32
	dead bool
	has  bool // its metrics are known
	old  bool
}

// heatOf takes the brokers of a scene in.
func heatOf(s pane.Scene) heat {
	var h heat
	digits := 1
	for _, b := range s.Snapshot().Brokers {
		_, has := s.MetricsAge(b.ID)
		h.brokers = append(h.brokers, heatBroker{id: b.ID, dead: !b.Alive, has: has, old: s.MetricsStale(b.ID)})
		digits = max(digits, len(strconv.Itoa(int(b.ID))))
	}
	h.each = digits + 1
	return h
}

// width is how many columns there would be use for.
func (h *heat) width() int { return max(len(h.brokers)*h.each+1, 12) }

// fit makes the heat as wide as there is room, first with narrower cells, then with fewer brokers: those on which some
// bucket is fullest.
func (h *heat) fit(width int, b *board) {
	room := max(width-1, 1)
	if len(h.brokers)*h.each <= room {
		return
	}
	if h.each = 1; len(h.brokers) <= room {
		return
	}
	fullest := map[int32]float64{}
	for i := range b.rows {
		for n := range b.rows[i].series {
			x := &b.rows[i].series[n]
			if of, _, known := share(x); known {
				fullest[x.Broker] = max(fullest[x.Broker], of)
			}
		}
	}
	all := slices.Clone(h.brokers)
	slices.SortStableFunc(all, func(x, y heatBroker) int { return cmp.Compare(fullest[y.id], fullest[x.id]) })
	h.left = len(all) - room
	h.brokers = all[:room]
	slices.SortFunc(h.brokers, func(x, y heatBroker) int { return cmp.Compare(x.id, y.id) })
}

const (
	uncounted      = '·' // the broker counts nothing for the bucket
	uncountedASCII = '.'
)

// cellOf is how one bucket stands on one broker: a height, or in ASCII a digit, tenths of what is full. most is the
// bucket's largest use on a broker, which stands for full where there is neither limit nor share.
func (h *heatBroker) cellOf(r *tenantRow, most float64, g *cell.Glyphs, ascii bool) (rune, cell.Style) {
	x := r.on(h.id)
	var flags cell.Style
	if h.old {
		flags = cell.Stale
	}
	switch {
	case h.dead:
		return g.Horizontal, cell.Critical
	case !h.has, x != nil && math.IsNaN(x.Rate) && !x.Throttled():
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
	case !known && most > 0:
		of, style = x.Rate/most, cell.Faint
	case health.OfTenant(x.Standing()) == state.SeverityWarning:
		style = cell.Warning
	}
	if ascii {
		return rune('0' + min(int(of*10), 9)), style | flags
	}
	return pane.Height(of, false), style | flags
}

// most is the bucket's largest use on a broker.
func (r *tenantRow) most() float64 {
	most := 0.0
	for i := range r.series {
		if v := r.series[i].Rate; v > most {
			most = v
		}
	}
	return most
}

// head writes the brokers' ids over their columns; in narrow ones, as many as there is room for.
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
	if h.left > 0 {
		a.Text(free, 0, cell.Faint, "+"+strconv.Itoa(h.left))
	}
}

// line draws one bucket.
func (h *heat) line(a cell.Area, r *tenantRow) {
	g, ascii, most := &a.Theme().Glyphs, a.Theme().ASCII, r.most()
	for i := range h.brokers {
		glyph, style := h.brokers[i].cellOf(r, most, g, ascii)
		a.Glyph(i*h.each+max(h.each-1, 1), 0, style, glyph)
	}
}

// draw draws the head and so many rows from the one at top on.
func (h *heat) draw(a cell.Area, rows func(i int) *tenantRow, top, n int) {
	h.head(a.Rows(0, 1))
	for y := range n {
		h.line(a.Rows(y+1, 1), rows(top+y))
	}
}

// heatLegend says what the cells mean.
func heatLegend(g *cell.Glyphs, ascii bool) pane.Cells {
	var out pane.Cells
	say := func(style cell.Style, s string) {
		for _, r := range s {
			out.Add(r, style)
		}
	}
	say(cell.Frame, " ")
	if ascii {
		say(cell.Info, "0 5 9")
	} else {
		say(cell.Info, "▁▄█")
	}
	say(cell.Faint, " of its limit, or of the threads; ")
	if ascii {
		say(cell.Faint, "0 5 9")
	} else {
		say(cell.Faint, "▁▄█")
	}
	say(cell.Faint, " of its most  ")
	out.Add(g.Bad, cell.Critical)
	say(cell.Faint, " throttled  ")
	out.Add(pane.Unmeasured, cell.Unknown)
	say(cell.Faint, " unknown  ")
	if ascii {
		out.Add(uncountedASCII, cell.Faint)
	} else {
		out.Add(uncounted, cell.Faint)
	}
	say(cell.Faint, " not counted  ")
	out.Add(g.Horizontal, cell.Critical)
	say(cell.Faint, " dead ")
	return out
}

// describe adds the heat of one bucket to a page, as many brokers in a line as fit.
func (h *heat) describe(to *pane.Page, r *tenantRow, g *cell.Glyphs, width int, ascii bool) {
	per := max((width-2)/h.each, 1)
	most := r.most()
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
			glyph, how := b.cellOf(r, most, g, ascii)
			line.Add(glyph, how)
		}
		to.Say(ids.Spans()...)
		to.Say(line.Spans()...)
	}
}
