package reassign

import (
	"slices"
	"testing"
	"time"
)

// The controller never ends a reassignment that replaces one in flight and adds nothing: of the two lists that it keeps, an empty one
// doesn't replace the one that was there (ReplicationControlManager.changePartitionReassignment).
func TestAnUndoOfMovesInFlightEnds(t *testing.T) {
	for _, c := range []struct{ words, at string }{
		{"drain 2", "submitted"}, {"drain 2", "moved"}, {"drain 2 + balance count", "submitted"}, {"drain 2 + balance count", "moved"},
	} {
		t.Run(c.words+", "+c.at, func(t *testing.T) {
			simulate(t, small, func(w *simulation) {
				undo := w.plan(c.words).Reverse()
				w.abandonedAt(c.words, c.at)
				flying := w.sim.Reassignments()
				o, p := w.options(undo), undo.Clone()
				o.Stall = 2 * time.Minute
				end := w.run(o)
				if left := w.sim.Reassignments(); len(left) > 0 {
					t.Errorf("%v were in flight, %v are still\n%s", flying, left, w.log())
				}
				w.want(end, Done, "")
				now := w.replicas()
				for i := range p.Partitions {
					if tp := at(&p.Partitions[i]); !slices.Equal(now[tp], p.Partitions[i].Replicas) {
						t.Errorf("%v has %v, and is to have %v", tp, now[tp], p.Partitions[i].Replicas)
					}
				}
				w.sameThrottles(nil)
			})
		})
	}
}
