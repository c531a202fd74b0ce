package overview

import (
	"fmt"
	"testing"
	"time"

	"kdeck/ops/state"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

func TestTheOverviewAddsVeryManyClientsUpOffTheUpdateLoop(t *testing.T) {
	o := New()
	see := func(seq uint64, clients int) []pane.Effect {
		s := fixture.Small().State(seq)
		fixture.Tenants{Random: clients}.AddTo(s)
		return o.See(pane.Scene{State: s, Now: fixture.Noon})
	}
	see(1, 10)
	if len(o.tenants) < 10 {
		t.Fatalf("%d tenants of a few", len(o.tenants))
	}
	before := &o.tenants[0]
	var work []pane.Work
	for _, e := range see(2, 2000) {
		if w, ok := e.(pane.Work); ok {
			work = append(work, w)
		}
	}
	if len(work) != 1 || &o.tenants[0] != before || len(see(3, 2000)) != 0 {
		t.Fatalf("%d times work is handed over; the tenants before are kept: %v", len(work), &o.tenants[0] == before)
	}
	work[0]()()
	if &o.tenants[0] == before || len(o.tenants) < 10 || o.adding {
		t.Errorf("%d tenants, still adding: %v", len(o.tenants), o.adding)
	}
}

func TestAFindingWhoseNumbersChangeKeepsTheCursorAndDoesNotFlash(t *testing.T) {
	o := New()
	see := func(seq uint64, leaderless, missing int) {
		s := fixture.Small().State(seq)
		s.Now = s.Now.Add(time.Duration(seq) * 2 * newFor)
		s.Findings = []state.Finding{{Code: "leaderless-partitions", Severity: state.SeverityCritical,
			Scope: fmt.Sprintf("%d partitions", leaderless), Sentence: fmt.Sprintf("%d partitions have no leader", leaderless)}}
		for id := range int32(3) {
			s.Findings = append(s.Findings, state.Finding{Code: "broker-down", Severity: state.SeverityWarning, Subject: state.Subject{Kind: state.OfBroker, ID: id},
				Scope: fmt.Sprintf("broker %d", id), Sentence: fmt.Sprintf("Broker %d is down; holds %d replicas", id, missing)})
		}
		s.Findings = append(s.Findings, state.Finding{Code: "under-replicated", Severity: state.SeverityWarning,
			Scope: fmt.Sprintf("%d partitions", missing), Sentence: fmt.Sprintf("%d partitions are under-replicated", missing)})
		o.See(pane.Scene{State: s, Now: s.Now})
		o.Arrange(120, 40, false)
	}
	see(1, 3, 41)
	o.Table.Move(10)
	for seq := range uint64(100) {
		see(seq+2, 4+int(seq), 42+int(seq))
		f, ok := o.Table.Current()
		if !ok || f.Code != "under-replicated" {
			t.Fatalf("after %d looks the cursor is on %q", seq+2, f.Sentence)
		}
		if first := o.seen[findingID(f)]; !first.IsZero() {
			t.Fatalf("%q counts as new", f.Sentence)
		}
	}
	if len(o.seen) != 5 {
		t.Errorf("%d findings are remembered, 5 were ever seen", len(o.seen))
	}
}
