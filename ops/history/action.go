package history

import (
	"slices"
	"time"

	"kdeck/ops/state"
)

// Actions returns what kdeck itself did since then, the latest first. A run that has ended is told when it ended; a may be nil.
func Actions(a *state.Audit, since time.Time) (out []Change) {
	if a == nil {
		return nil
	}
	for i := range a.Actions {
		of := &a.Actions[i]
		c := Change{At: of.Began, Severity: state.SeverityInfo, Pane: "audit", Filter: "id:" + of.ID, Sentence: sentence(of)}
		if of.Result != state.ActionOpen {
			c.At = of.Ended
		}
		if of.Result.Bad() {
			c.Severity = state.SeverityWarning
		}
		if !c.At.Before(since) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int { return b.At.Compare(a.At) })
	return out
}

// sentence says what was done: "kdeck: drain 7: 205 partitions moved, by root".
func sentence(a *state.Action) string {
	s := "kdeck: " + a.What
	switch a.Result {
	case state.ActionPartial:
		s += ", not all of it"
	case state.ActionUnknown:
		s += ", whether it took effect isn't known"
	case state.ActionRefused, state.ActionFailed:
		s += ", " + string(a.Result)
	}
	if a.By != "" {
		s += ", by " + a.By
	}
	return s
}
