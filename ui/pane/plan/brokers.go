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

// measure is what of a broker is laid side by side before and after.
type measure int

const (
	inBytes measure = iota
	inReplicas
	inLeaders
	measures
)

func (m measure) String() string {
	return [...]string{"bytes", "replicas", "preferred leaders"}[m]
}

// of is what a broker holds; known is false where a part of it isn't.
func (m measure) of(h assigner.Holding) (n int64, known bool) {
	switch m {
	case inReplicas:
		return int64(h.Replicas), true
	case inLeaders:
		return int64(h.Leaders), true
	}
	return h.Bytes.Known, h.Bytes.Unknown == 0
}

func (m measure) change(l assigner.Load) int64 {
	before, _ := m.of(l.Before)
	after, _ := m.of(l.After)
	return after - before
}

// write is a number with its unit.
func (m measure) write(h assigner.Holding) string {
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

// most is the largest there is, before or after; at least 1.
func (m measure) most(loads []assigner.Load) int64 {
	most := int64(1)
	for _, l := range loads {
		before, _ := m.of(l.Before)
		after, _ := m.of(l.After)
		most = max(most, before, after)
	}
	return most
}

// changedMost are so many brokers, those that change most, by id.
func (m measure) changedMost(loads []assigner.Load, n int) []assigner.Load {
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

// bars are the pieces of a bar: what stays, what comes and what leaves.
type bars struct{ stays, comes, leaves string }

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

// bar draws a broker before and after in so many columns.
func (b bars) bar(before, after, most int64, width int) []cell.Span {
	cells := func(n int64) int { return int((float64(n)*float64(width))/float64(most) + 0.5) }
	stays, whole := cells(min(before, after)), cells(max(before, after))
	style, piece := cell.Info, b.comes
	if after < before {
		style, piece = cell.Faint, b.leaves
	}
	return []cell.Span{
		cell.Plain.Span(strings.Repeat(b.stays, stays)),
		style.Span(strings.Repeat(piece, whole-stays)),
		cell.Plain.Span(pane.Blanks(width - whole)),
	}
}

// barsOf is what the bars of the summary are made from.
type barsOf struct {
	outcome *outcome
	measure measure
	width   int
	most    int // brokers
	ascii   bool
}

// describeBrokers adds a bar for each broker and each rack.
func (p *Pane) describeBrokers(to *pane.Page, of barsOf) {
	const numbers, label = 20, 9
	loads, b := of.outcome.loads, barsFor(of.ascii)
	arrow := "→"
	if of.ascii {
		arrow = "->"
	}
	line := func(name string, before, after assigner.Holding, most int64) {
		x, _ := p.measure.of(before)
		y, _ := p.measure.of(after)
		spans := []cell.Span{cell.Plain.Span(fmt.Sprintf("%-*.*s", label, label-1, name))}
		spans = append(spans, b.bar(x, y, most, max(of.width-label-numbers, 4))...)
		text := p.measure.write(before)
		if x != y {
			text += " " + arrow + " " + p.measure.write(after)
		}
		to.Say(append(spans, cell.Plain.Span(" "+text))...)
	}
	to.Head(fmt.Sprintf("BROKERS in %v: %s stays %s comes %s leaves", p.measure, b.stays, b.comes, b.leaves))
	racks := racksOf(loads)
	shown := p.measure.changedMost(loads, of.most)
	most := p.measure.most(loads)
	for _, l := range shown {
		line(strings.TrimSpace(fmt.Sprintf("%4d %s", l.Broker, l.Rack)), l.Before, l.After, most)
	}
	if n := len(loads) - len(shown); n > 0 {
		to.Say(cell.Faint.Span(fmt.Sprintf("and %s that change less", format.Count(n, "broker"))))
	}
	if len(racks) > 1 {
		to.Head(fmt.Sprintf("RACKS in %v", p.measure))
		most := p.measure.most(racks)
		for _, r := range racks {
			name := r.Rack
			if name == "" {
				name = "no rack"
			}
			line(name, r.Before, r.After, most)
		}
	}
}

// racksOf are the sums of the brokers of each rack.
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
	slices.SortFunc(racks, func(a, b assigner.Load) int { return pane.CompareNames(a.Rack, b.Rack) })
	return racks
}

// drawBrokers lays the brokers side by side, those that change most where there is no room for all.
func (p *Pane) drawBrokers(a cell.Area) {
	const label, each = 14, 8
	w, h := a.Size()
	if h < 3 {
		return
	}
	heights := pane.Heights(a.Theme().ASCII)
	loads := p.outcome.loads
	shown := p.measure.changedMost(loads, (w-label)/each)
	most := p.measure.most(loads)
	unit, scale := unitOf(p.measure, most)
	a.Text(1, 0, cell.Heading, "BROKER")
	a.Text(1, 1, cell.Faint, unit+" now")
	a.Text(1, 2, cell.Faint, unit+" next")
	for i, l := range shown {
		x := label + i*each
		a.Fit(x, 0, each-2, cell.Heading, strconv.Itoa(int(l.Broker)), true)
		for y, holding := range []assigner.Holding{l.Before, l.After} {
			n, known := p.measure.of(holding)
			style := cell.Plain
			if change := p.measure.change(l); y == 1 && change > 0 {
				style = cell.Info
			} else if y == 1 && change == 0 {
				style = cell.Faint
			}
			if !known && n == 0 {
				a.Fit(x+1, y+1, each-3, cell.Unknown, format.Unknown, true)
				continue
			}
			step := int((n*int64(len(heights)-1) + most - 1) / most)
			a.Glyph(x, y+1, style, heights[step])
			a.Fit(x+1, y+1, each-3, style, digits(float64(n)/scale, p.measure == inBytes), true)
		}
	}
	if n := len(loads) - len(shown); n > 0 && w > label {
		a.Text(1+len("BROKER"), 0, cell.Faint, fmt.Sprintf(" +%d", n))
	}
}

// unitOf is the unit that figures up to most are written in.
func unitOf(m measure, most int64) (name string, scale float64) {
	if m != inBytes {
		return [...]string{"", "repl", "lead"}[m], 1
	}
	scale = 1
	for _, name = range []string{"B", "kB", "MB", "GB", "TB"} {
		if float64(most)/scale < 1000 {
			break
		}
		if name != "TB" {
			scale *= 1000
		}
	}
	return name, scale
}

// digits writes three digits of a part, and a whole number whole.
func digits(f float64, part bool) string {
	switch {
	case !part || f == 0 || f >= 99.95:
		return strconv.FormatFloat(f, 'f', 0, 64)
	case f >= 9.995:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}
