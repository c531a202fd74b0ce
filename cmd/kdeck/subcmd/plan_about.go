package subcmd

import (
	"kdeck/ops/format"
	"kdeck/ops/plan"
)

// aboutPlan is what the console's question says of a plan: how much it moves, how long that takes, what stays, and what is to be known
// before the phrase is typed. takes is how long it takes, "" where nothing is copied.
func aboutPlan(p *plan.Proposal, takes string) []string {
	moves := format.Count(p.Header.Moves, "move")
	switch bytes, known := p.Traffic.Bytes(); {
	case !known:
		moves += ", " + format.Unknown + " bytes: a broker doesn't tell sizes"
	case bytes > 0:
		moves += ", " + format.Bytes(bytes)
	}
	about := []string{moves}
	if takes != "" {
		about = append(about, takes)
	}
	if n := len(p.Header.Stuck); n > 0 {
		about = append(about, format.Count(n, "partition")+" can't be moved, and stay: without --execute the command names them")
	}
	if n := len(p.Header.LeftAlone); n > 0 {
		about = append(about, format.Count(n, "partition")+" will be left alone: without --execute the command names them")
	}
	return append(about, p.Header.Notes...)
}
