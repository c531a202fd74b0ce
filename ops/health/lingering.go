package health

import (
	"slices"

	"kdeck/ops/state"
)

// lingering keeps findings that are gone, until they were gone for [state.Calm.Well] looks running: what comes and goes makes one verdict and not many. What
// could not be seen is known as soon as it is seen.
func (j *judge) lingering() {
	if j.Last == nil || j.Last.Snapshot == nil || j.Last.Snapshot.ClusterID != j.s.ClusterID {
		return
	}
	for _, f := range j.Last.Findings {
		if f.Severity.Rank() > state.SeverityWarning.Rank() || f.Code == Unreachable || slices.Contains(unseen, f.Code) ||
			slices.ContainsFunc(j.findings, func(now state.Finding) bool { return now.ID() == f.ID() }) {
			continue
		}
		if f.Gone.Looks == 0 {
			f.Sentence = "Not seen any more: " + f.Sentence
		}
		if !f.Gone.At.Equal(j.s.Taken) {
			f.Gone.At, f.Gone.Looks = j.s.Taken, f.Gone.Looks+1
		}
		if f.Gone.Looks < j.calm.Well {
			j.findings = append(j.findings, f)
		}
	}
}
