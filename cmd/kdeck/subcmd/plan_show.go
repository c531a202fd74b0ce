package subcmd

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/assigner"
	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/view"
	"kdeck/protocol/document"
)

// showPlan writes a plan: as a file for programs, or for people with what they need to know before they agree to it. time is
// how long it takes; "" for a plan that nobody has given a throttle for, of which the timeline is shown if it has one.
func showPlan(env *Env, g *globals, src *source, p *plan.Proposal, execute bool, time string) error {
	switch g.output {
	case outJSON:
		return p.Write(env.Out)
	case outYAML:
		var doc bytes.Buffer
		if err := p.Write(&doc); err != nil {
			return err
		}
		return document.YAMLOf(env.Out, doc.Bytes())
	}
	h := p.Header
	if len(p.Partitions) > 0 {
		if err := table(env, g, moveColumns(), changesOf(p)); err != nil {
			return err
		}
		fmt.Fprintln(env.Out)
	}
	var b strings.Builder
	if len(p.Loads) > 0 { // a plan from a file comes without
		columns := loadColumns()
		if len(p.Partitions) > 0 {
			columns = slices.Insert(columns, len(columns)-1, barColumns(p, env.ascii())...)
		}
		if err := table(env, g, columns, p.Loads); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	timeline := h.Simulation
	if time != "" {
		timeline = nil
	}
	writeCost(&b, p, time)
	for _, list := range []struct {
		name  string
		lines []string
	}{{"note    ", h.Notes}, {"relaxed ", h.Relaxed}, {"broken  ", h.Violations}, {"risk    ", h.Risks}} {
		for _, line := range list.lines {
			fmt.Fprintf(&b, "%s %s\n", list.name, env.safe(line))
		}
	}
	for _, line := range h.StuckByReason() {
		fmt.Fprintf(&b, "CAN'T MOVE  %s\n", env.safe(line))
	}
	for _, way := range h.WaysOut {
		fmt.Fprintf(&b, "way out  %s\n", env.safe(way))
	}
	for _, line := range h.LeftAloneByReason() {
		fmt.Fprintf(&b, "will be left alone  %s\n", env.safe(line))
	}
	writeTimeline(&b, timeline)
	if n := src.snapshot.Moves.Or(0); n > 0 {
		fmt.Fprintf(&b, "in flight %s: the plan counts them as done\n", format.Count(n, "reassignment"))
	}
	if !execute && h.Confirm != nil && len(p.Partitions)+src.snapshot.Moves.Or(0) > 0 {
		fmt.Fprintf(&b, "\nnothing is changed yet; the phrase that carries it out: %s\n", *h.Confirm)
	}
	_, err := env.Out.Write([]byte(b.String()))
	return err
}

// throttles are the rates, in bytes a second for each broker, for which the duration of a plan is shown.
var throttles = []int64{20e6, 50e6, 100e6, 200e6}

func writeCost(b *strings.Builder, p *plan.Proposal, time string) {
	h := p.Header
	if h.InPlace > 0 {
		fmt.Fprintf(b, "in place %s\n", format.Count(h.InPlace, "partition"))
	}
	if len(p.Partitions) == 0 {
		switch {
		case len(h.Stuck) > 0:
			b.WriteString("nothing can be moved\n")
		case len(h.LeftAlone) > 0:
			b.WriteString("nothing is left to do\n")
		case h.InPlace > 0:
			b.WriteString("nothing to do: the cluster is already as the plan wants it\n")
		case len(h.Stages) == 0:
			b.WriteString("nothing to do: the plan names no partition\n")
		case len(h.Violations) > 0:
			b.WriteString("nothing to change\n")
		default:
			fmt.Fprintf(b, "nothing to move: the cluster is already as %q asks for\n", strings.Join(h.Stages, " + "))
		}
		return
	}
	fmt.Fprintf(b, "moves    %d (no plan can do with fewer than %d)\n", h.Moves, h.MovesBound)
	bytes, known := p.Traffic.Bytes()
	more := ""
	if !known {
		more = fmt.Sprintf(" and %s whose size no broker told", format.Count(p.Traffic.Unknown, "partition"))
	}
	fmt.Fprintf(b, "bytes    %s%s\n", format.Bytes(bytes), more)
	if n := p.Elections(); n == len(p.Partitions) {
		fmt.Fprintf(b, "leaders  %s elect the preferred leader, which doesn't lead\n", format.Count(n, "partition"))
	} else {
		fmt.Fprintf(b, "leaders  %s get another preferred leader%s\n", format.Count(h.LeaderChanges, "partition"), atLeast(h.LeaderChanges, h.LeaderChangesBound))
	}
	if bytes > 0 {
		if time == "" {
			time = atThrottles(p)
		}
		fmt.Fprintf(b, "time     %s\n", time)
	}
}

// atThrottles says how long a plan takes at the usual throttles, at least.
func atThrottles(p *plan.Proposal) string {
	times := make([]string, len(throttles))
	for i, rate := range throttles {
		times[i] = fmt.Sprintf("%s at %s/s", format.Duration(p.Traffic.Time(rate)), format.Bytes(rate))
	}
	line := "at least " + strings.Join(times, ", ")
	if port, _, ok := p.Traffic.Busiest(); ok {
		line += fmt.Sprintf(" (most goes %v)", port)
	}
	return line
}

// atLeast compares a number of changes with the bound that no equally good plan can beat.
func atLeast(n, bound int) string {
	switch {
	case n == 0:
		return ""
	case n == bound:
		return " (no plan as good has fewer)"
	}
	return fmt.Sprintf(" (at least %d have to)", bound)
}

// planRow is one partition of a plan.
type planRow struct {
	plan.Assignment
	before []int32
	size   int64
}

func changesOf(p *plan.Proposal) []planRow {
	rows := make([]planRow, len(p.Partitions))
	for i := range rows {
		rows[i] = planRow{p.Partitions[i], p.Header.Before[i].Replicas, p.Traffic.Copies[i].Size}
	}
	return rows
}

func moveColumns() []view.Column[planRow] {
	return []view.Column[planRow]{
		{Head: "TOPIC", Cell: func(c planRow) string { return c.Topic }},
		{Head: "PART", Right: true, Cell: func(c planRow) string { return strconv.Itoa(int(c.Partition)) }},
		{Head: "NOW", Cell: func(c planRow) string { return view.IDs(c.before) }},
		{Head: "NEXT", Cell: func(c planRow) string { return view.IDs(c.Replicas) }},
		{Head: "SIZE", Right: true, Cell: func(c planRow) string {
			if c.size < 0 {
				return format.Unknown
			}
			return format.Bytes(c.size)
		}},
	}
}

func loadColumns() []view.Column[assigner.Load] {
	holding := func(head string, get func(assigner.Load) (before, after int)) view.Column[assigner.Load] {
		return view.Column[assigner.Load]{Head: head, Right: true, Cell: func(l assigner.Load) string {
			before, after := get(l)
			if before == after {
				return strconv.Itoa(before)
			}
			return fmt.Sprintf("%d -> %d", before, after)
		}}
	}
	size := func(b assigner.Bytes) string {
		if b.Unknown > 0 && b.Known == 0 {
			return format.Unknown
		}
		if b.Unknown > 0 {
			return ">" + format.Bytes(b.Known)
		}
		return format.Bytes(b.Known)
	}
	return []view.Column[assigner.Load]{
		{Head: "BROKER", Right: true, Cell: func(l assigner.Load) string { return strconv.Itoa(int(l.Broker)) }},
		{Head: "RACK", Cell: func(l assigner.Load) string { return l.Rack }},
		holding("REPLICAS", func(l assigner.Load) (int, int) { return l.Before.Replicas, l.After.Replicas }),
		holding("LEADERS", func(l assigner.Load) (int, int) { return l.Before.Leaders, l.After.Leaders }),
		{Head: "BYTES", Right: true, Cell: func(l assigner.Load) string {
			before, after := size(l.Before.Bytes), size(l.After.Bytes)
			if before == after {
				return before
			}
			return before + " -> " + after
		}},
		{Head: "NOTE", Cell: func(l assigner.Load) string { return l.Why }},
	}
}
