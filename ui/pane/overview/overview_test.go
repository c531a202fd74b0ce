package overview

import (
	"testing"

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
	if len(o.tenants) != overviewTenants {
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
	work[0].Run()()
	if &o.tenants[0] == before || len(o.tenants) != overviewTenants || o.adding {
		t.Errorf("%d tenants, still adding: %v", len(o.tenants), o.adding)
	}
}
