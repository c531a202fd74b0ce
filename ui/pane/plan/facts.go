package plan

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ui/cell"
)

// planFact is one thing to be known of a plan before it is agreed to: what it costs, how long it takes, what can go wrong,
// what it leaves as it should not be. It has a line at the least, the worst first.
type planFact struct {
	name  string
	lines []cell.Span
}

func (f *planFact) say(style cell.Style, text string) { f.lines = append(f.lines, style.Span(text)) }

// throttles are those that a plan's time is told for, in bytes a second for each broker; whole megabytes.
var throttles = []int64{20e6, 50e6, 100e6, 200e6}

func (o *outcome) cost() planFact {
	f := planFact{name: "COST"}
	h := o.plan.Header
	if o.empty() {
		f.say(cell.OK, "nothing has to move")
		return f
	}
	least := fmt.Sprintf(" (no plan does it with fewer than %s)", format.Thousands(h.MovesBound))
	switch {
	case o.dropped > 0:
		least = ""
	case h.Moves == h.MovesBound:
		least = " (no plan does it with fewer)"
	}
	bytes, known := o.traffic.Bytes()
	size := format.Bytes(bytes)
	if !known {
		size = fmt.Sprintf("more than %s (%s of unknown size)", size, format.Count(o.traffic.Unknown, "partition"))
	}
	f.say(cell.Plain, fmt.Sprintf("%s%s, %s, %s", format.Count(h.Moves, "move"), least, size, format.Count(h.LeaderChanges, "other leader")))
	return f
}

func (o *outcome) time() planFact {
	f := planFact{name: "TIME"}
	port, bytes, _ := o.traffic.Busiest()
	if bytes == 0 {
		text := "no data is copied"
		if o.traffic.Unknown > 0 {
			text = format.Unknown + ": no size is known"
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
	f.say(cell.Plain, fmt.Sprintf("most goes %v: %s", port, format.Bytes(bytes)))
	return f
}

func (o *outcome) risk() planFact {
	f := planFact{name: "RISK"}
	for _, r := range o.plan.Header.Risks {
		f.say(cell.Warning, r)
	}
	if len(f.lines) == 0 {
		f.say(cell.Plain, "none that is known")
	}
	return f
}

func (o *outcome) checks() planFact {
	f := planFact{name: "CHECKS"}
	for _, s := range o.plan.Header.Stuck {
		f.say(cell.Critical, fmt.Sprintf("CAN'T MOVE %s-%d: %s", s.Topic, s.Partition, s.Why))
	}
	for _, b := range o.broken {
		f.say(cell.Critical, b)
	}
	for _, r := range o.plan.Header.Relaxed {
		f.say(cell.Warning, "relaxed: "+r)
	}
	if n := o.snap.Moves.Or(0); n > 0 {
		f.say(cell.Info, format.Count(n, "reassignment")+" in flight: what they bring counts as done")
	}
	if o.resized > 0 {
		f.say(cell.Info, format.Count(o.resized, "partition")+" with more or fewer replicas than now")
	}
	if len(f.lines) == 0 {
		f.say(cell.OK, "nothing is left broken, nothing relaxed; no replication factor changes; nothing else is in flight")
	}
	return f
}
