package watch

import (
	"context"
	"sync"
	"testing"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
)

// In the stories of brokers, groups read on: nothing is said of them but what couldn't be read.
func TestStoriesOfBrokersSayNothingOfGroups(t *testing.T) {
	for _, scenario := range []string{"broker-down", "stuck-move", "stale-broker", "bad-disk", "slow-broker", "abusive-tenant", "hot-processor", "small-requests"} {
		t.Run(scenario, func(t *testing.T) {
			inCluster(t, sim.Options{Scenario: scenario, Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
				st, said := looked(t, s, lookAt(t, s, nil))
				if headline := health.ClientsHeadline(st.Findings); headline != "" {
					t.Errorf("%s:%s", headline, said)
				}
			})
		})
	}
}

// A broker that answers nothing is waited for once, by the look, and not again for its groups and logs.
func TestASilentBrokerIsNotWaitedForAgain(t *testing.T) {
	inCluster(t, sim.Options{Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		must(t, c.Silence(3))
		snap := lookAt(t, s, nil)
		if b := snap.Broker(3); b.Answered.Known {
			t.Fatal("broker 3 answers")
		}
		before := time.Now()
		st, said := looked(t, s, snap)
		if took := time.Since(before); took > time.Second {
			t.Errorf("it took %s of virtual time", took)
		}
		if len(health.ClientsUnread(st)) == 0 || health.ClientsHeadline(st.Findings) == "" {
			t.Errorf("nothing is said of its groups:%s", said)
		}
	})
}

// Whoever keeps up is never named, however often and at whatever moment it is looked at: groups that commit once a minute, read bursts, or share their topics.
func TestGroupsThatKeepUpAreNeverNamed(t *testing.T) {
	inCluster(t, sim.Options{Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		snap := lookAt(t, s, nil)
		ctx, stop := context.WithCancel(t.Context())
		w := New(s, Options{})
		w.Attend("groups")
		var run sync.WaitGroup
		run.Go(func() { w.Run(ctx) })
		for range 30 {
			time.Sleep(7 * time.Second)
			if st := w.Latest(); health.ClientsHeadline(st.Findings) != "" {
				t.Errorf("watched:%s", told(st.Findings))
			}
			if st, said := looked(t, s, snap); health.ClientsHeadline(st.Findings) != "" {
				t.Errorf("looked at:%s", said)
			}
		}
		stop()
		run.Wait()
	})
}
