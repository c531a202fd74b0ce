package health

import (
	"slices"

	"kdeck/ops/state"
)

// Recall is what was said of a saved cluster when it was saved, or what it shows by itself where that wasn't saved. A verdict rests on more than a file can
// hold, such as two looks; a finding that the file alone doesn't show again says so.
func Recall(s *state.State) (state.Verdict, []state.Finding) {
	verdict, again := Judge(Input{State: s})
	if s.Verdict == "" {
		return verdict, again
	}
	said := slices.Clone(s.Findings)
	for i := range said {
		f := &said[i]
		if !slices.ContainsFunc(again, func(a state.Finding) bool { return a.ID() == f.ID() }) {
			f.Evidence = append(slices.Clone(f.Evidence), "said when the cluster was saved; the file alone doesn't show it again")
		}
	}
	return s.Verdict, said
}
