package health

import (
	"slices"
	"time"

	"kdeck/ops/state"
)

// Overdue is the finding of a change that was made for a time, and is still there when that time is over. what is whose
// limits or logger it is, undo the command that takes it back.
func Overdue(what string, until, now time.Time, undo string) state.Finding {
	return state.Finding{
		Code: ChangeOverdue, Severity: state.SeverityWarning, Scope: what,
		Sentence: "What was changed of " + line(what) + " for a time is still in force: it was to be taken back at " + until.Format("2006-01-02 15:04:05"),
		Since:    state.Read(until, now, "the journal"),
		Evidence: []string{"the journal of this machine has it, and nothing that took it back"},
		Next:     undo,
	}
}

// Add lays findings that a snapshot doesn't show beside those that [Judge] made of it. A warning among them leaves no
// cluster healthy.
func Add(v state.Verdict, findings, more []state.Finding) (state.Verdict, []state.Finding) {
	if len(more) == 0 {
		return v, findings
	}
	all := slices.Concat(findings, more)
	if slices.ContainsFunc(more, func(f state.Finding) bool { return f.Severity.Rank() <= state.SeverityWarning.Rank() }) {
		if verdicts[v] < verdicts[state.VerdictDegraded] {
			v = state.VerdictDegraded
		}
		all = slices.DeleteFunc(all, func(f state.Finding) bool { return f.Code == Well })
	}
	slices.SortStableFunc(all, compare)
	return v, all
}
