package health

import (
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestAnOverdueChangeDegradesTheCluster(t *testing.T) {
	left := []Overdue{{"users/alice", noon.Add(-time.Minute), "kdeck quota remove --user alice"}}
	if f := left[0].Finding(noon); f.Since.Value != noon.Add(-time.Minute) || f.Next == "" {
		t.Errorf("%+v", f)
	}
	for _, tt := range []struct {
		name  string
		parts []partition
		left  []Overdue
		want  state.Verdict
		codes []string
	}{
		{"nothing was left", []partition{well}, nil, state.VerdictHealthy, []string{Well}},
		{"a warning", []partition{well}, left, state.VerdictDegraded, []string{ChangeOverdue}},
		{"beside worse", []partition{{leader: -1, replicas: []int32{1}, isr: []int32{1}}}, left, state.VerdictCritical, []string{Leaderless, ChangeOverdue}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			verdict, findings := Judge(Input{State: &state.State{Snapshot: cluster(t, tt.parts...), Now: noon}, Overdue: tt.left})
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
