package plan

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ui/cell"
)

// planFact is what the user has to know about a plan: its cost, its time, its risks, or which rules the cluster breaks after
// it. It has at least one line, the worst first.
type planFact struct {
	name  string
	lines []cell.Span
}

func (f *planFact) say(style cell.Style, text string) { f.lines = append(f.lines, style.Span(text)) }

// throttles are those for which the time of a plan is shown, in bytes a second per broker; multiples of 1 MB.
var throttles = []int64{20e6, 50e6, 100e6, 200e6}

func (o *outcome) cost() planFact {
	f := planFact{name: "COST"}
	h := o.plan.Header
	if o.empty() {
		f.say(cell.OK, "nothing to move")
		return f
	}
	least := fmt.Sprintf(" (no plan needs fewer than %s)", format.Thousands(h.MovesBound))
	switch {
	case o.dropped > 0:
		least = ""
	case h.Moves == h.MovesBound:
		least = " (no plan needs fewer)"
	}
	bytes, known := o.traffic.Bytes()
	size := format.Bytes(bytes)
	if !known {
		size = fmt.Sprintf("more than %s (%s of unknown size)", size, format.Count(o.traffic.Unknown, "partition"))
	}
	f.say(cell.Plain, fmt.Sprintf("%s%s, %s, %s", format.Count(h.Moves, "move"), least, size, format.Count(h.LeaderChanges, "leader change")))
	return f
}

func (o *outcome) time() planFact {
	f := planFact{name: "TIME"}
	port, bytes, _ := o.traffic.Busiest()
	if bytes == 0 {
		text := "no data is copied"
		if o.traffic.Unknown > 0 {
			text = format.Unknown + ": the sizes are not known"
		}
		f.say(cell.Plain, text)
		return f
	}
	text := "at least "
	for i, rate := range throttles {
		if i == 0 {
			text += fmt.Sprintf("%s at %dMB/s", format.Duration(o.traffic.Time(rate)), rate/1e6)
			continue
		}
		text += fmt.Sprintf(", %s at %d", format.Duration(o.traffic.Time(rate)), rate/1e6)
	}
	f.say(cell.Plain, text)
	f.say(cell.Plain, fmt.Sprintf("busiest: %[2]s %[1]v", port, format.Bytes(bytes)))
	return f
}

func (o *outcome) risk() planFact {
	f := planFact{name: "RISK"}
	for _, r := range o.plan.Header.Risks {
		f.say(cell.Warning, r)
	}
	if len(f.lines) == 0 {
		f.say(cell.Plain, "none known")
	}
	return f
}

func (o *outcome) checks() planFact {
	f := planFact{name: "CHECKS"}
	for _, line := range o.plan.Header.StuckByReason() {
		f.say(cell.Critical, "CAN'T MOVE "+line)
	}
	for _, way := range o.plan.Header.WaysOut {
		f.say(cell.Info, "way out: "+way)
	}
	for _, b := range o.broken {
		f.say(cell.Critical, b)
	}
	for _, r := range o.plan.Header.Relaxed {
		f.say(cell.Warning, "relaxed: "+r)
	}
	if n := o.snap.Moves.Or(0); n > 0 {
		f.say(cell.Info, format.Count(n, "reassignment")+" in flight: the plan counts them as finished")
	}
	if o.resized > 0 {
		f.say(cell.Info, format.Count(o.resized, "partition")+" with another replication factor than now")
	}
	if len(f.lines) == 0 {
		f.say(cell.OK, "no rule is broken or relaxed; no replication factor changes; nothing else is in flight")
	}
	return f
}
