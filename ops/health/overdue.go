package health

import (
	"time"

	"kdeck/ops/state"
)

// Overdue is a temporary change that is still in force after its time is over.
type Overdue struct {
	What  string    // the quota entity or the logger that was changed: "users/alice"
	Until time.Time // when it was to be undone
	Undo  string    // the command that undoes it
}

// overdue says which temporary changes were not undone in time.
func (j *judge) overdue() {
	for _, o := range j.Overdue {
		j.find(o.Finding(j.now))
	}
}

// Finding says that the change is overdue at that time.
func (o Overdue) Finding(now time.Time) state.Finding {
	return state.Finding{
		Code: ChangeOverdue, Severity: state.SeverityWarning, Subject: state.Subject{Kind: state.OfEntity, Name: o.What}, Scope: o.What,
		Sentence: "The temporary change of " + line(o.What) + " is still in force: it was to be undone at " + o.Until.Format("2006-01-02 15:04:05"),
		Since:    state.Read(o.Until, now, "the journal"),
		Evidence: []string{"the journal of this machine records the change, and no undo of it"},
		Next:     o.Undo,
	}
}
