package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/health"
	"kdeck/ops/sim"
	"kdeck/ops/state"
	"kdeck/ops/watch"
)

// drawCluster starts a simulated cluster with something wrong in it, the same for the same seed. Time passes only when it is told to.
func drawCluster(t *testing.T, seed uint64) *sim.Cluster {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	c, err := sim.New(sim.Options{Virtual: true, Seed: seed, Brokers: 3 + r.IntN(4), Racks: 1 + r.IntN(3), Topics: 4 + r.IntN(8), WithoutELR: seed%2 == 0,
		Clock: sim.FrozenClock(time.Unix(1_800_000_000, 0)), SessionTimeout: time.Second})
	must(t, err)
	t.Cleanup(c.Close)
	for range r.IntN(3) { // brokers that were down before, of which one may have come back
		id := int32(1 + r.IntN(len(c.Bootstrap())))
		must(t, c.Kill(id))
		c.Advance(time.Minute)
		if r.IntN(2) == 0 {
			must(t, c.Start(id))
			c.Advance(time.Hour) // it has caught up: else it goes on while the others are stopped
		}
	}
	if r.IntN(4) == 0 {
		must(t, c.FailLogDir(int32(1+r.IntN(len(c.Bootstrap()))), 0))
		c.Advance(time.Minute)
	}
	return c
}

// predicted is what safe-to-stop says of stopping nodes, and the snapshot that it went by.
func predicted(t *testing.T, c *sim.Cluster, nodes []int32) (health.StopAnswer, *state.Snapshot) {
	t.Helper()
	s := sessionTo(t, c, config.Flags{Bootstrap: strings.Join(c.Bootstrap(), ",")})
	defer s.Close()
	snapshot, err := watch.Look(t.Context(), s, watch.Options{Now: c.Now})
	must(t, err)
	st := health.NewStopping(snapshot, nodes)
	_, err = EachView(t.Context(), s, func(by int32, alive func(int32) bool, each func(func(string, PartitionView))) {
		take := st.View(by, alive)
		each(func(topic string, p PartitionView) { take(topic, p.ID, p.Leader, p.Replicas, p.ISR, p.Offline) })
	})
	must(t, err)
	return st.Answer(), snapshot
}

// Every broker of random clusters, and some pairs, are really stopped: the partitions that then go offline or under min ISR are those
// that were predicted.
func TestWhatStopsIsWhatWasPredicted(t *testing.T) {
	yes, no := 0, 0
	for seed := range uint64(30) {
		brokers := len(drawCluster(t, seed).Bootstrap())
		var sets [][]int32
		for id := range int32(brokers) {
			sets = append(sets, []int32{id + 1}, []int32{id + 1, (id+1)%int32(brokers) + 1})
		}
		for _, nodes := range sets {
			c := drawCluster(t, seed)
			a, snapshot := predicted(t, c, nodes)
			before := c.Partitions()
			for _, id := range nodes {
				must(t, c.Kill(id))
			}
			c.Advance(10 * time.Second)
			happened := map[string][]string{}
			for i, p := range c.Partitions() {
				topic, _ := snapshot.FindTopic(p.Topic)
				least, _ := topic.MinISR()
				was, name := before[i], fmt.Sprintf("%s/%d", p.Topic, p.Partition)
				switch live := func(p sim.PartitionState) int {
					if p.Leader < 0 {
						return 0
					}
					return len(p.ISR)
				}; {
				case was.Leader >= 0 && p.Leader < 0:
					happened[health.StopOffline] = append(happened[health.StopOffline], name)
				case live(was) >= least && live(p) < least && was.Leader >= 0:
					happened[health.StopUnderMinISR] = append(happened[health.StopUnderMinISR], name)
				case live(was) < least && live(p) < live(was):
					happened[health.StopFewer] = append(happened[health.StopFewer], name)
				}
			}
			said := map[string][]string{}
			for _, r := range a.Reasons {
				said[r.Kind] = r.Partitions
			}
			for _, kind := range []string{health.StopOffline, health.StopUnderMinISR, health.StopFewer} {
				if !slices.Equal(said[kind], happened[kind]) {
					t.Errorf("seed %d, stop %v: %s said %v, happened %v", seed, nodes, kind, said[kind], happened[kind])
				}
				if len(happened[kind]) > 0 {
					no++
				}
			}
			if a.Safe {
				yes++
				if len(happened) > 0 {
					t.Errorf("seed %d, stop %v: it was said to be safe, and %v", seed, nodes, happened)
				}
			}
			c.Close()
		}
	}
	t.Logf("%d times safe; %d times partitions went offline, under min ISR or further under it", yes, no)
	if yes < 10 || no < 50 {
		t.Errorf("%d times safe, %d times not: the clusters show too little", yes, no)
	}
}
