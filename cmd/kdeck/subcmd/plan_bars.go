package subcmd

import (
	"fmt"
	"strings"

	"kdeck/assigner"
	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/view"
)

// barWidth is the width of the fullest broker's bar.
const barWidth = 16

// barColumns draw the load of each broker before and after the plan, on one scale: bytes where all are known, otherwise
// replicas, or preferred leaders where no data moves.
func barColumns(p *plan.Proposal, ascii bool) []view.Column[assigner.Load] {
	of, name := func(h assigner.Holding) int64 { return h.Bytes.Known }, "BYTES"
	sized := true
	for _, l := range p.Loads {
		sized = sized && l.Before.Bytes.Unknown+l.After.Bytes.Unknown == 0
	}
	switch {
	case p.Header.Moves == 0:
		of, name = func(h assigner.Holding) int64 { return int64(h.Leaders) }, "LEADERS"
	case !sized:
		of, name = func(h assigner.Holding) int64 { return int64(h.Replicas) }, "REPLICAS"
	}
	most := int64(1)
	for _, l := range p.Loads {
		most = max(most, of(l.Before), of(l.After))
	}
	return []view.Column[assigner.Load]{
		{Head: name + " NOW", Cell: func(l assigner.Load) string { return bar(of(l.Before), most, ascii) }},
		{Head: name + " NEXT", Cell: func(l assigner.Load) string { return bar(of(l.After), most, ascii) }},
	}
}

// bar draws n as a part of most, in half characters; anything above 0 shows.
func bar(n, most int64, ascii bool) string {
	full, half := "█", "▌"
	if ascii {
		full, half = "#", "-"
	}
	halves := int((float64(n)/float64(most))*2*barWidth + 0.5)
	if n > 0 {
		halves = max(halves, 1)
	}
	return strings.Repeat(full, halves/2) + strings.Repeat(half, halves%2)
}

// writeTimeline shows how a plan would go.
func writeTimeline(b *strings.Builder, t *plan.Timeline) {
	if t == nil {
		return
	}
	fmt.Fprintf(b, "\nat %s/s into and out of each broker, %s in flight, and nothing else to do:\n", format.Bytes(t.Rate), format.Count(t.InFlight, "partition"))
	for _, s := range t.Steps {
		fmt.Fprintf(b, "  %8s  %6d partitions  %7s\n", seconds(s.At), s.Partitions, format.Bytes(s.Bytes))
	}
	fmt.Fprintf(b, "done after %s; no order of moves takes less than %s\n", seconds(t.Seconds), seconds(t.Least))
	if t.Unknown > 0 {
		fmt.Fprintf(b, "%s whose size no broker told come on top\n", format.Count(t.Unknown, "partition"))
	}
}

func seconds(n float64) string { return format.Seconds(n) }
