package watch

import (
	"context"
	"testing"

	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

func TestAnOverdueChangeIsAFindingOfEveryLook(t *testing.T) {
	inCluster(t, sim.Options{Brokers: 3, Topics: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		ctx, stop := context.WithCancel(t.Context())
		var asked string
		w := New(s, Options{Overdue: func(_ context.Context, clusterID string) []health.Overdue {
			asked = clusterID
			return []health.Overdue{{What: "users/alice"}}
		}})
		done := make(chan struct{})
		go func() { w.Run(ctx); close(done) }()
		st := until(t, w, func(s *state.State) bool { return s.Snapshot != nil && s.Verdict == state.VerdictDegraded })
		stop()
		<-done
		if asked != st.Snapshot.ClusterID || st.Findings[0].Code != health.ChangeOverdue {
			t.Errorf("asked of %q: %v", asked, st.Findings)
		}
	})
}
