package health

import (
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestAChangeThatWasNotTakenBackLeavesNoClusterHealthy(t *testing.T) {
	f := Overdue("users/alice", noon.Add(-time.Minute), noon, "kdeck quota remove --user alice")
	if f.Since.Value != noon.Add(-time.Minute) || f.Next == "" {
		t.Errorf("%+v", f)
	}
	for _, tt := range []struct {
		name  string
		parts []one
		more  []state.Finding
		want  state.Verdict
		codes []string
	}{
		{"nothing was left", []one{well}, nil, state.VerdictHealthy, []string{Well}},
		{"a warning", []one{well}, []state.Finding{f}, state.VerdictDegraded, []string{ChangeOverdue}},
		{"a note", []one{well}, []state.Finding{{Code: Moving, Severity: state.SeverityInfo}}, state.VerdictHealthy, []string{Moving, Well}},
		{"beside worse", []one{{leader: -1, replicas: []int32{1}, isr: []int32{1}}}, []state.Finding{f}, state.VerdictCritical, []string{Leaderless, ChangeOverdue}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			verdict, findings := Judge(cluster(t, tt.parts...), nil, noon)
			verdict, findings = Add(verdict, findings, tt.more)
			at := 0
			for _, f := range findings {
				if at < len(tt.codes) && f.Code == tt.codes[at] {
					at++
				} else if f.Code == Well {
					t.Errorf("all is well beside %v", tt.codes)
				}
			}
			if verdict != tt.want || at != len(tt.codes) {
				t.Errorf("%s with %v, want %s with %v", verdict, findings, tt.want, tt.codes)
			}
		})
	}
}
