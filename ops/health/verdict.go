package health

import (
	"slices"

	"kdeck/ops/state"
)

// unseen are the codes of findings that say what could not be seen. As warnings they make a verdict unknown, not degraded: nothing is known to be wrong.
var unseen = []string{NotRead, MetricsNotRead, BrokerNotAnswering, MaybeStale, AllSlowToAnswer}

// VerdictOf sums findings up. This is the one rule: critical makes critical, a warning makes degraded, and what only informs leaves healthy. A warning about
// what could not be seen makes unknown; what is known to be wrong outweighs that. Where no broker answers, or nothing was found at all, not even that all is
// well, the verdict is unknown.
func VerdictOf(findings []state.Finding) state.Verdict {
	verdict := state.VerdictUnknown
	if len(findings) > 0 {
		verdict = state.VerdictHealthy
	}
	for i := range findings {
		if findings[i].Code == Unreachable {
			return state.VerdictUnknown
		}
		if v := verdictOf(&findings[i]); verdicts[v] > verdicts[verdict] {
			verdict = v
		}
	}
	return verdict
}

// verdictOf is the verdict that one finding alone makes.
func verdictOf(f *state.Finding) state.Verdict {
	switch {
	case f.Severity == state.SeverityCritical:
		return state.VerdictCritical
	case f.Severity != state.SeverityWarning:
		return state.VerdictHealthy
	case slices.Contains(unseen, f.Code):
		return state.VerdictUnknown
	}
	return state.VerdictDegraded
}

// verdicts ranks them, the worst highest.
var verdicts = map[state.Verdict]int{
	state.VerdictHealthy: 1, state.VerdictUnknown: 2, state.VerdictDegraded: 3, state.VerdictCritical: 4,
}
