package health

import (
	"time"

	"kdeck/ops/state"
)

// Overdue is a change that was made for a time, and is still in force when that time is over.
type Overdue struct {
	What  string    // the quota entity or the logger that was changed: "users/alice"
	Until time.Time // when it was to be taken back
	Undo  string    // the command that takes it back
}

// overdue says which changes were not taken back in time.
func (j *judge) overdue() {
	for _, o := range j.Overdue {
		j.find(state.VerdictDegraded, o.Finding(j.now))
	}
}

// Finding says that the change is overdue at that time.
func (o Overdue) Finding(now time.Time) state.Finding {
	return state.Finding{
		Code: ChangeOverdue, Severity: state.SeverityWarning, Subject: state.Subject{Kind: state.OfEntity, Name: o.What}, Scope: o.What,
		Sentence: "What was changed of " + line(o.What) + " for a time is still in force: it was to be taken back at " + o.Until.Format("2006-01-02 15:04:05"),
		Since:    state.Read(o.Until, now, "the journal"),
		Evidence: []string{"the journal of this machine has it, and nothing that took it back"},
		Next:     o.Undo,
	}
}
