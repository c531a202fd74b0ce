package health

import (
	"strings"
	"testing"

	"kdeck/ops/state"
)

func TestASavedVerdictIsSaidAgainAndWhatTheFileDoesNotShowIsMarked(t *testing.T) {
	s := &state.State{Now: noon, Snapshot: cluster(t, well, partition{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2}})}
	if verdict, findings := Recall(s); verdict != state.VerdictDegraded || found(findings, UnderReplicated) == nil {
		t.Fatalf("a file without a verdict: %s%s", verdict, sentences(findings))
	}
	s.Verdict = state.VerdictDegraded
	s.Findings = []state.Finding{
		{Code: StaleBroker, Severity: state.SeverityWarning, Subject: ofBroker(2), Sentence: "Broker 2 is stale", Evidence: []string{"two looks"}},
		{Code: UnderReplicated, Severity: state.SeverityWarning, Sentence: "1 partition is under-replicated"},
	}
	verdict, findings := Recall(s)
	if verdict != state.VerdictDegraded || len(findings) != 2 {
		t.Fatalf("%s%s", verdict, sentences(findings))
	}
	for _, f := range findings {
		if marked := strings.Contains(strings.Join(f.Evidence, "\n"), "the file alone doesn't show it again"); marked != (f.Code == StaleBroker) {
			t.Errorf("%s marked: %v", f.Sentence, marked)
		}
	}
	if len(s.Findings[0].Evidence) != 1 {
		t.Error("what was saved is changed")
	}
	s.Verdict, s.Findings = state.VerdictHealthy, nil // a moment that was over when the second look was had
	if verdict, findings = Recall(s); verdict != state.VerdictHealthy || len(findings) != 0 {
		t.Errorf("%s%s", verdict, sentences(findings))
	}
}
