package reassign

import (
	"testing"
	"time"
)

// The metadata calls such a replica online, so only the log dirs tell.
func TestABrokerThatDoesNotMakeItsNewReplicasIsNotWaitedFor(t *testing.T) {
	for _, words := range []string{"drain 2", "drain 2 + balance count"} {
		t.Run(words, func(t *testing.T) {
			simulate(t, large, func(w *simulation) {
				o := w.options(w.plan(words))
				o.Stall = 2 * time.Minute
				var hurt int32
				o.when("submitted", func() {
					m := w.events[len(w.events)-1].(Submitted)
					hurt = without(m.To, m.From)[0]
					w.must(w.sim.MakeNone(hurt))
				})
				began := time.Now()
				end := w.run(o)
				if took := time.Since(began); took > o.Stall+5*time.Minute {
					t.Errorf("it took %v\n%s", took, w.log())
				}
				if n := len(w.sim.Reassignments()); n > 0 || end.Left > 0 {
					t.Errorf("%d moves are still in flight, %d are left\n%s", n, end.Left, w.log())
				}
				if end.Moved+end.Skipped != len(o.Plan.Partitions) || w.said("cancelled") == 0 {
					t.Errorf("%+v\n%s", end, w.log())
				}
				for _, e := range w.events {
					if r, ok := e.(Replanned); ok && r.Why == "" {
						t.Errorf("it doesn't say why: %v", r)
					}
				}
				if w.said("replanned") > 0 && !w.saidOf("replanned", "didn't make its replica in any log dir") ||
					w.said("replanned") == 0 && !w.saidOf("skipped", "didn't make its replica in any log dir") {
					t.Errorf("it doesn't say what it waited for\n%s", w.log())
				}
				w.sameThrottles(nil)
				w.ledgerIsGone()
			})
		})
	}
}
