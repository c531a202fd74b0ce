package reassign

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/sim"
)

// Brokers die and come back, requests are lost, processes are killed, stopped and run again at other rates, in any order:
// when the dust has settled, one more run brings the cluster to where it should be.
func TestAfterAnyTroubleOneMoreRunPutsEverythingRight(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 1))
			o := sim.Options{Brokers: 5 + rng.IntN(3), Topics: 4, Partitions: 8 + rng.IntN(8), PartitionBytes: 150_000_000, Seed: seed}
			simulate(t, o, func(w *simulation) { trouble(w, rng, int32(o.Brokers)) })
		})
	}
}

func trouble(w *simulation, rng *rand.Rand, brokers int32) {
	c := &campaign{simulation: w, factorsBefore: w.factors()}
	victim := 1 + rng.Int32N(brokers)
	for b := int32(1); b <= brokers; b++ {
		if rng.IntN(3) == 0 {
			w.set(change.Resource{Broker: b}, change.LeaderRate, fmt.Sprint(1_000_000*(5+rng.IntN(9))))
		}
	}
	for _, s := range w.sim.Partitions() {
		if rng.IntN(4) == 0 {
			w.set(change.Resource{Topic: s.Topic}, change.FollowerReplicas, fmt.Sprintf("%d:%d", s.Partition, 1+rng.Int32N(brokers)))
		}
	}
	c.throttlesBefore = w.throttles()
	words := fmt.Sprintf("drain %d", victim)

	for range 1 + rng.IntN(3) {
		w.network.harm, w.network.times = harm(rng.IntN(4)), 1+rng.IntN(3)
		w.network.at = w.network.changes + 1 + rng.IntN(30)
		stop, broker, how := 1+rng.IntN(60), 1+rng.Int32N(brokers), rng.IntN(6)
		end, ended := c.attemptWords(words, func(o *Options) {
			o.Stall = 2 * time.Minute
			o.Rate = []int64{testRate, 2 * testRate}[rng.IntN(2)]
			sink, n := o.Sink, 0
			o.Sink = func(ev Event) {
				sink(ev)
				if n++; n != stop {
					return
				}
				switch how {
				case 0:
					c.current.Stop()
				case 1:
					c.current.Abandon()
				case 2:
					runtime.Goexit()
				case 3:
					w.must(w.sim.Kill(broker))
				case 4:
					w.must(w.sim.Silence(broker))
				case 5:
					w.must(w.sim.Stale(broker))
				}
			}
		})
		w.note("attempt ended %v with %+v", ended, end)
		if rng.IntN(2) == 0 {
			time.Sleep(time.Duration(rng.IntN(120)) * time.Second)
		}
		if rng.IntN(2) == 0 {
			w.must(w.sim.Start(broker))
			time.Sleep(15 * time.Second)
		}
	}
	w.network.at = 0
	for b := int32(1); b <= brokers; b++ {
		w.must(w.sim.Start(b))
	}
	time.Sleep(5 * time.Minute) // everybody is in sync again
	end, _ := c.attemptWords(words, nil)
	if end.Result != Done {
		w.Errorf("the last run ended with %+v", end)
	}
	w.drained(victim, c.factorsBefore)
	w.sameThrottles(c.throttlesBefore)
	if w.Failed() {
		w.Log("\n" + w.log())
	}
}
