package watch

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// A consumer that stopped a minute ago is named by a single status, which looks on until what the consumer has to read is old enough. One that stopped a moment ago isn't
// waited for.
func TestAConsumerThatStoppedAMinuteAgoIsNamedByOneStatus(t *testing.T) {
	for _, tc := range []struct {
		after    time.Duration
		named    bool
		atMost   time.Duration // what the look takes
		mentions string
	}{
		{30 * time.Second, false, time.Second, ""},
		{62 * time.Second, true, 16 * time.Second, "has 2 members and does not get on"},
		{3 * time.Minute, true, 6 * time.Second, "has 2 members and does not get on"},
	} {
		t.Run(tc.after.String(), func(t *testing.T) {
			inCluster(t, sim.Options{Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
				if err := c.AddGroup("reports", true, "orders"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(tc.after)
				began := time.Now()
				st, said := looked(t, s, lookAt(t, s, nil))
				i := slices.IndexFunc(st.Findings, func(f state.Finding) bool {
					return f.Code == health.GroupStuck && strings.Contains(f.Sentence, "reports")
				})
				if i >= 0 != tc.named || i >= 0 && !strings.Contains(st.Findings[i].Sentence, tc.mentions) {
					t.Errorf("named: %v, want %v:%s", i >= 0, tc.named, said)
				}
				if took := time.Since(began); took > tc.atMost {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}
