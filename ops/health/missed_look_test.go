package health

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestABrokerThatMissesOneLookMakesNoVerdictAndIsSaid(t *testing.T) {
	silent := func(ids ...int32) *state.Snapshot {
		s := cluster(t, well)
		for _, id := range ids {
			s.Broker(id).Answered = state.Missing[time.Duration]("no answer in time", noon, "")
		}
		return s
	}
	other := silent()
	other.ClusterID = "another"
	for _, c := range []struct {
		name        string
		before, now *state.Snapshot
		verdict     state.Verdict
	}{
		{"one look missed", silent(), silent(3), state.VerdictHealthy},
		{"the second look missed", silent(3), silent(3), state.VerdictUnknown},
		{"the first look of all", nil, silent(3), state.VerdictUnknown},
		{"the look before was at another cluster", other, silent(3), state.VerdictUnknown},
		{"two brokers at once", silent(), silent(2, 3), state.VerdictUnknown},
		{"another broker than before", silent(2), silent(3), state.VerdictUnknown},
		{"it answers again", silent(3), silent(), state.VerdictHealthy},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := &state.State{Snapshot: c.now, Now: noon}
			st.Verdict, st.Findings = Judge(Input{State: st, Before: c.before})
			if st.Verdict != c.verdict {
				t.Fatalf("%s, want %s%s", st.Verdict, c.verdict, sentences(st.Findings))
			}
			unseen := slices.ContainsFunc(st.Snapshot.Brokers, func(b state.Broker) bool { return !b.Answered.Known })
			const words = "broker 3 not looked at: no answer to the last look"
			if said := strings.Contains(Headline(st), words); said != (unseen && c.verdict == state.VerdictHealthy) {
				t.Errorf("headline %q", Headline(st))
			}
			if found(st.Findings, Well) != nil && unseen {
				t.Errorf("all is well, and a broker is silent%s", sentences(st.Findings))
			}
		})
	}
}
