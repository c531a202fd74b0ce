package reassign

import (
	"strings"
	"testing"
	"time"
)

// The log dir that fails may be that of a replica which a move brings, or of one which it keeps. Neither is waited for.
func TestALogDirThatFailsForGoodIsNotWaitedFor(t *testing.T) {
	dirs := large
	dirs.LogDirs = 2
	for _, words := range []string{"drain 2", "drain 2 + balance count"} {
		t.Run(words, func(t *testing.T) {
			simulate(t, dirs, func(w *simulation) {
				o := w.options(w.plan(words))
				o.Stall = 2 * time.Minute
				var hurt int32
				o.when("submitted", func() {
					m := w.events[len(w.events)-1].(Submitted)
					hurt = without(m.To, m.From)[0]
					w.must(w.sim.FailLogDir(hurt, 1))
				})
				began := time.Now()
				end := w.run(o)
				if took := time.Since(began); took > o.Stall+5*time.Minute {
					t.Errorf("it took %v\n%s", took, w.log())
				}
				if n := len(w.sim.Reassignments()); n > 0 || end.Left > 0 {
					t.Errorf("%d moves are still in flight, %d are left\n%s", n, end.Left, w.log())
				}
				if end.Moved+end.Skipped != len(o.Plan.Partitions) || end.Skipped > 0 && !w.saidOf("skipped", "is on a log dir that failed") {
					t.Errorf("%+v\n%s", end, w.log())
				}
				if w.said("cancelled") == 0 || !strings.Contains(w.log(), "the log dir of its replica on broker") {
					t.Errorf("it didn't say what it waited for\n%s", w.log())
				}
				w.sameThrottles(nil)
				w.ledgerIsGone()
				before := len(w.sim.Reassignments())
				w.must(w.sim.Start(hurt))
				again := w.options(w.plan(words))
				w.want(w.run(again), Done, "")
				if before != 0 || w.holds(2) != 0 {
					t.Errorf("broker 2 still holds %d partitions\n%s", w.holds(2), w.log())
				}
			})
		})
	}
}
