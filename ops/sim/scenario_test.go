package sim_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/sim"
)

// count counts what is wrong with a cluster's partitions.
type count struct{ underReplicated, underMinISR, leaderless, moves int }

func counted(c *sim.Cluster) count {
	var n count
	for _, p := range c.Partitions() {
		missing := false
		for _, r := range p.Replicas {
			missing = missing || !slices.Contains(p.ISR, r) && !slices.Contains(p.Adding, r)
		}
		if missing {
			n.underReplicated++
		}
		if len(p.ISR) < min(2, len(p.Replicas)) {
			n.underMinISR++
		}
		if p.Leader < 0 {
			n.leaderless++
		}
	}
	n.moves = len(c.Reassignments())
	return n
}

func TestScenariosAreTheirStories(t *testing.T) {
	for _, tc := range []struct {
		scenario string
		ok       func(count) bool
	}{
		{"healthy", func(n count) bool { return n == count{} }},
		{"broker-down", func(n count) bool {
			return n.underReplicated > 100 && n.underMinISR >= 3 && n.underMinISR < n.underReplicated/2 && n.moves == 0
		}},
		{"stuck-move", func(n count) bool { return n.moves == 3 && n.underReplicated > 100 }},
		{"stale-broker", func(n count) bool { return n == count{} }},
		{"slow-broker", func(n count) bool { return n == count{} }},
		{"bad-disk", func(n count) bool { return n.underReplicated > 20 && n.moves == 0 }},
	} {
		t.Run(tc.scenario, func(t *testing.T) {
			c := start(t, sim.Options{Scenario: tc.scenario, Virtual: true})
			if n := counted(c); !tc.ok(n) {
				t.Errorf("partitions: %+v", n)
			}
		})
	}
}

func TestAnUnknownScenarioIsRefusedWithTheListOfThoseThereAre(t *testing.T) {
	_, err := sim.New(sim.Options{Scenario: "helthy"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, s := range sim.Scenarios() {
		if !strings.Contains(err.Error(), s.Name) {
			t.Errorf("%q doesn't name %s", err, s.Name)
		}
	}
}

func TestTheSameSeedWritesTheSameEvents(t *testing.T) {
	for _, s := range sim.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			tell := func(seed uint64, steps int) string {
				var log bytes.Buffer
				c := start(t, sim.Options{
					Scenario: s.Name, Virtual: true, Live: true, Seed: seed, Events: &log,
					Clock: sim.FrozenClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
				})
				for range steps {
					c.Advance(time.Hour / time.Duration(steps))
				}
				if err := c.Kill(3); err != nil {
					t.Fatal(err)
				}
				c.Advance(time.Minute)
				if err := c.Start(3); err != nil {
					t.Fatal(err)
				}
				c.Advance(time.Hour)
				c.Close()
				return log.String()
			}
			once := tell(1, 1)
			if once == "" {
				t.Fatal("nothing happened in two hours")
			}
			if again := tell(1, 1); again != once {
				t.Error("the same seed wrote other events")
			}
			if inSteps := tell(1, 1800); inSteps != once {
				t.Error("the events depend on how often the cluster is asked")
			}
			if other := tell(2, 1); other == once {
				t.Error("another seed wrote the same events")
			}
		})
	}
}
