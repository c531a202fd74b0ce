package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/assigner"
	"kdeck/ops/format"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// quantity is what is compared of the brokers before and after the plan.
type quantity int

const (
	inBytes quantity = iota
	inReplicas
	inLeaders
	quantities
)

func (m quantity) String() string {
	return [...]string{"bytes", "replicas", "preferred leaders"}[m]
}

// of returns the quantity of a broker; known is false if a part of it is unknown.
func (m quantity) of(h assigner.Holding) (n int64, known bool) {
	switch m {
	case inReplicas:
		return int64(h.Replicas), true
	case inLeaders:
		return int64(h.Leaders), true
	}
	return h.Bytes.Known, h.Bytes.Unknown == 0
}

func (m quantity) change(l assigner.Load) int64 {
	before, _ := m.of(l.Before)
	after, _ := m.of(l.After)
	return after - before
}

// write returns the quantity as text with its unit.
func (m quantity) write(h assigner.Holding) string {
	n, known := m.of(h)
	switch {
	case !known && n == 0:
		return format.Unknown
	case !known:
		return ">" + format.Bytes(n)
	case m == inBytes:
		return format.Bytes(n)
	}
	return strconv.FormatInt(n, 10)
}

// largest returns the largest quantity of a broker, before or after; at least 1.
func (m quantity) largest(loads []assigner.Load) int64 {
	largest := int64(1)
	for _, l := range loads {
		before, _ := m.of(l.Before)
		after, _ := m.of(l.After)
		largest = max(largest, before, after)
	}
	return largest
}

// mostChanged returns the n brokers that change most, by id.
func (m quantity) mostChanged(loads []assigner.Load, n int) []assigner.Load {
	if len(loads) <= n {
		return loads
	}
	chosen := slices.Clone(loads)
	slices.SortStableFunc(chosen, func(a, b assigner.Load) int { return cmp.Compare(abs(m.change(b)), abs(m.change(a))) })
	chosen = chosen[:max(n, 0)]
	slices.SortFunc(chosen, func(a, b assigner.Load) int { return cmp.Compare(a.Broker, b.Broker) })
	return chosen
}

func abs(n int64) int64 { return max(n, -n) }

// bars are the glyphs of a bar: for what stays, what is added and what is removed.
type bars struct{ stays, added, removed string }

var (
	unicodeBars = bars{"█", "▒", "░"}
	asciiBars   = bars{"#", "+", "-"}
)

func barsFor(ascii bool) bars {
	if ascii {
		return asciiBars
	}
	return unicodeBars
}

// bar draws what a broker has before and after. The largest quantity has the full width.
func (b bars) bar(before, after, largest int64, width int) []cell.Span {
	cells := func(n int64) int { return int((float64(n)*float64(width))/float64(largest) + 0.5) }
	stays, whole := cells(min(before, after)), cells(max(before, after))
	style, piece := cell.Info, b.added
	if after < before {
		style, piece = cell.Faint, b.removed
	}
	return []cell.Span{
		cell.Plain.Span(strings.Repeat(b.stays, stays)),
		style.Span(strings.Repeat(piece, whole-stays)),
		cell.Plain.Span(pane.Blanks(width - whole)),
	}
}

// barsInput is what the bars of the summary are made from.
type barsInput struct {
	outcome  *outcome
	quantity quantity
	width    int
	brokers  int // at most
	ascii    bool
}

// describeBrokers writes a bar for each broker and each rack.
func (p *Pane) describeBrokers(to *pane.Page, of barsInput) {
	const numbers, label = 20, 9
	loads, b := of.outcome.loads, barsFor(of.ascii)
	arrow := "→"
	if of.ascii {
		arrow = "->"
	}
	line := func(name string, before, after assigner.Holding, largest int64) {
		x, _ := p.quantity.of(before)
		y, _ := p.quantity.of(after)
		spans := []cell.Span{cell.Plain.Span(fmt.Sprintf("%-*.*s", label, label-1, name))}
		spans = append(spans, b.bar(x, y, largest, max(of.width-label-numbers, 4))...)
		text := p.quantity.write(before)
		if x != y {
			text += " " + arrow + " " + p.quantity.write(after)
		}
		to.Say(append(spans, cell.Plain.Span(" "+text))...)
	}
	to.Head(fmt.Sprintf("BROKERS in %v: %s stays %s added %s removed", p.quantity, b.stays, b.added, b.removed))
	racks := racksOf(loads)
	shown := p.quantity.mostChanged(loads, of.brokers)
	largest := p.quantity.largest(loads)
	for _, l := range shown {
		line(strings.TrimSpace(fmt.Sprintf("%4d %s", l.Broker, l.Rack)), l.Before, l.After, largest)
	}
	if n := len(loads) - len(shown); n > 0 {
		to.Say(cell.Faint.Span(fmt.Sprintf("and %s that change less", format.Count(n, "broker"))))
	}
	if len(racks) > 1 {
		to.Head(fmt.Sprintf("RACKS in %v", p.quantity))
		largest := p.quantity.largest(racks)
		for _, r := range racks {
			name := r.Rack
			if name == "" {
				name = "no rack"
			}
			line(name, r.Before, r.After, largest)
		}
	}
}

// racksOf sums the loads of the brokers of each rack.
func racksOf(loads []assigner.Load) []assigner.Load {
	var racks []assigner.Load
	for _, l := range loads {
		i := slices.IndexFunc(racks, func(r assigner.Load) bool { return r.Rack == l.Rack })
		if i < 0 {
			i = len(racks)
			racks = append(racks, assigner.Load{Rack: l.Rack})
		}
		for _, h := range [][2]*assigner.Holding{{&racks[i].Before, &l.Before}, {&racks[i].After, &l.After}} {
			h[0].Replicas += h[1].Replicas
			h[0].Leaders += h[1].Leaders
			h[0].Bytes.Known += h[1].Bytes.Known
			h[0].Bytes.Unknown += h[1].Bytes.Unknown
		}
	}
	slices.SortFunc(racks, func(a, b assigner.Load) int { return pane.CompareRacks(a.Rack, b.Rack) })
	return racks
}

// drawBrokers draws the brokers side by side; if there is no room for all, those that change most.
func (p *Pane) drawBrokers(a cell.Area) {
	const label, each = 14, 8
	w, h := a.Size()
	if h < 3 {
		return
	}
	heights := pane.Heights(a.Theme().ASCII)
	loads := p.outcome.loads
	shown := p.quantity.mostChanged(loads, (w-label)/each)
	largest := p.quantity.largest(loads)
	unit, scale := unitOf(p.quantity, largest)
	a.Text(1, 0, cell.Heading, "BROKER")
	a.Text(1, 1, cell.Faint, unit+" now")
	a.Text(1, 2, cell.Faint, unit+" next")
	for i, l := range shown {
		x := label + i*each
		a.Fit(x, 0, each-2, cell.Heading, strconv.Itoa(int(l.Broker)), true)
		for y, holding := range []assigner.Holding{l.Before, l.After} {
			n, known := p.quantity.of(holding)
			style := cell.Plain
			if change := p.quantity.change(l); y == 1 && change > 0 {
				style = cell.Info
			} else if y == 1 && change == 0 {
				style = cell.Faint
			}
			if !known && n == 0 {
				a.Fit(x+1, y+1, each-3, cell.Unknown, format.Unknown, true)
				continue
			}
			step := int((n*int64(len(heights)-1) + largest - 1) / largest)
			a.Glyph(x, y+1, style, heights[step])
			a.Fit(x+1, y+1, each-3, style, digits(float64(n)/scale, p.quantity == inBytes), true)
		}
	}
	if n := len(loads) - len(shown); n > 0 && w > label {
		a.Text(1+len("BROKER"), 0, cell.Faint, fmt.Sprintf(" +%d", n))
	}
}

// unitOf returns the unit in which quantities up to the largest are written, and how much one is.
func unitOf(m quantity, largest int64) (name string, scale float64) {
	if m != inBytes {
		return [...]string{"", "repl", "lead"}[m], 1
	}
	scale = 1
	for _, name = range []string{"B", "kB", "MB", "GB", "TB"} {
		if float64(largest)/scale < 1000 {
			break
		}
		if name != "TB" {
			scale *= 1000
		}
	}
	return name, scale
}

// digits writes a number with three digits, or a whole number as it is.
func digits(f float64, fraction bool) string {
	switch {
	case !fraction || f == 0 || f >= 99.95:
		return strconv.FormatFloat(f, 'f', 0, 64)
	case f >= 9.995:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}
