package reassign

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/plan"
	"kdeck/ops/sim"
	"kdeck/protocol/race"
)

// drained checks what must hold when a drain is done.
func (w *simulation) drained(broker int32, factors map[string]int) {
	w.Helper()
	if n := w.holds(broker); n != 0 {
		w.Errorf("broker %d still holds %d partitions", broker, n)
	}
	if got := w.factors(); !maps.Equal(got, factors) {
		w.Errorf("replication factors are %v, and were %v", got, factors)
	}
	w.ledgerIsGone()
}

func TestALiveBrokerIsDrained(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		factors, p := w.factors(), w.plan("drain 2")
		traffic := plan.TrafficOf(w.snapshot(), p.Partitions)
		began := time.Now()
		end := w.run(w.options(p))
		if end.Result != Done || len(end.Proofs) != 1 || !end.Proofs[0].Empty() || end.Proofs[0].LogDirs == nil {
			w.Errorf("%+v\n%s", end, w.log())
		}
		w.drained(2, factors)
		w.sameThrottles(nil)
		if took, least := time.Since(began), traffic.Time(testRate); took < least {
			w.Errorf("it took %v, and under the throttle it can't take less than %v", took, least)
		}
		w.progressMakesSense(5 * testRate)
		if n := len(p.Partitions); w.said("submitted") != n || w.said("moved") != n || w.said("progress") == 0 {
			w.Errorf("%d partitions:\n%s", n, w.log())
		}
	})
}

// progressMakesSense checks that progress goes forward, and not faster than most bytes a second.
func (w *simulation) progressMakesSense(most float64) {
	w.Helper()
	var last Progress
	for _, e := range w.events {
		p, ok := e.(Progress)
		if !ok {
			continue
		}
		switch {
		case p.BytesDone == nil || p.BytesTotal == nil:
			w.Errorf("no bytes: %v", p)
			return
		case *p.BytesDone > *p.BytesTotal || last.BytesDone != nil && *p.BytesDone < *last.BytesDone || p.Done < last.Done:
			w.Errorf("%v after %v", p, last)
		case p.Rate != nil && (*p.Rate <= 0 || *p.Rate > most || p.Left == nil):
			w.Errorf("rate or time left is off: %v", p)
		}
		last = p
	}
}

func TestADeadBrokerIsDrainedWithoutBeingAsked(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		factors := w.factors()
		w.must(w.sim.Kill(2))
		time.Sleep(15 * time.Second) // until it is fenced
		asked := w.sim.Requests()[2]
		began := time.Now()
		p := w.plan("drain 2")
		end := w.run(w.options(p))
		if end.Result != Done || len(end.Proofs) != 1 || end.Proofs[0].LogDirs != nil {
			w.Errorf("%+v\n%s", end, w.log())
		}
		w.drained(2, factors)
		w.sameThrottles(nil)
		if now := w.sim.Requests()[2]; !maps.Equal(now, asked) {
			w.Errorf("the dead broker was asked: %v, before %v", now, asked)
		}
		if took := time.Since(began); took > 3*time.Minute {
			w.Errorf("it took %v", took)
		}
	})
}

func TestThrottlesOfOthersAreThereAfterwardsAsBefore(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.set(change.Resource{Broker: 1}, change.LeaderRate, "7000000")
		w.set(change.Resource{Broker: 3}, change.FollowerRate, "10000000") // what we want as well
		p := w.plan("drain 2")
		a := p.Partitions[0]
		w.set(change.Resource{Topic: a.Topic}, change.LeaderReplicas, "99:1,0:2")
		w.set(change.Resource{Topic: p.Partitions[len(p.Partitions)-1].Topic}, change.FollowerReplicas, "*")
		before := w.throttles()
		end := w.run(w.options(p))
		if end.Result != Done {
			w.Errorf("%+v\n%s", end, w.log())
		}
		w.sameThrottles(before)
		w.ledgerIsGone()
	})
}

func TestWithoutAThrottleNoThrottleConfigIsTouched(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Rate = 0
		if end := w.run(o); end.Result != Done {
			w.Errorf("%+v\n%s", end, w.log())
		}
		for _, m := range w.sim.Mutations() {
			if req, ok := m.Request.(*kmsg.IncrementalAlterConfigsRequest); ok && req.Resources[0].Configs[0].Name != change.CordonedLogDirs {
				w.Errorf("a config was changed: %+v", m.Request)
			}
		}
	})
}

func TestAnotherRunAfterwardsHasNothingToDo(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		w.run(w.options(p))
		changes := len(w.sim.Mutations())
		if end := w.run(w.options(p)); end.Result != Done || end.Moved != len(p.Partitions) {
			w.Errorf("%+v\n%s", end, w.log())
		}
		if n := len(w.sim.Mutations()); n != changes {
			w.Errorf("%d more changes", n-changes)
		}
	})
}

func TestOnlyADeadAndEmptyBrokerIsUnregistered(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		no := func(word string) {
			w.Helper()
			if err := Unregister(w.Context(), w.door(), w.look, []int32{2}); err == nil || !strings.Contains(err.Error(), word) {
				w.Errorf("error %v, want one with %q", err, word)
			}
		}
		no("alive")
		w.must(w.sim.Kill(2))
		time.Sleep(15 * time.Second)
		no("still holds")
		w.want(w.run(w.options(w.plan("drain 2"))), Done, "")
		w.must(Unregister(w.Context(), w.door(), w.look, []int32{2}))
		if s := w.snapshot(); s.Broker(2) != nil && s.Broker(2).Fenced.Or(false) {
			w.Errorf("broker 2 is still registered: %+v", s.Broker(2))
		}
		no("no broker 2")
	})
}

func TestAPlanOfKafkasToolIsCarriedOutAndLeadersElected(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		var parts []sim.PartitionState
		for _, s := range w.sim.Partitions() {
			if len(s.Replicas) == 3 {
				parts = append(parts, s)
			}
		}
		r := parts[0].Replicas
		reordered, more := plan.Assignment{Topic: parts[0].Topic, Partition: parts[0].Partition, Replicas: []int32{r[2], r[0], r[1]}},
			plan.Assignment{Topic: parts[1].Topic, Partition: parts[1].Partition, Replicas: append(without([]int32{1, 2, 3, 4, 5}, parts[1].Replicas)[:1], parts[1].Replicas...)}
		p := &plan.Plan{Partitions: []plan.Assignment{reordered, more}}
		w.must(p.Complete(w.snapshot()))
		w.want(w.run(w.options(p)), Done, "")
		for _, s := range w.sim.Partitions() {
			for _, a := range []plan.Assignment{reordered, more} {
				if s.Topic == a.Topic && s.Partition == a.Partition && (!slices.Equal(s.Replicas, a.Replicas) || s.Leader != a.Replicas[0]) {
					w.Errorf("%v has %v, led by %d; want %v", &a, s.Replicas, s.Leader, a.Replicas)
				}
			}
		}
		if w.said("elected") != 1 {
			w.Errorf("%s", w.log())
		}
		w.sameThrottles(nil)
	})
}

func TestTheUndoFileGoesBack(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		replicas := func() (all []string) {
			for _, s := range w.sim.Partitions() {
				all = append(all, fmt.Sprintf("%s-%d %v", s.Topic, s.Partition, s.Replicas))
			}
			return all
		}
		before := replicas()
		end := w.run(w.options(w.plan("drain 2")))
		f, err := os.Open(end.Undo)
		w.must(err)
		defer f.Close()
		p, err := plan.Read(f)
		w.must(err)
		w.want(w.run(w.options(p)), Done, "")
		if diff := cmp.Diff(before, replicas()); diff != "" {
			w.Error(diff)
		}
	})
}

// The fluid bound is what the busiest port alone needs; this is in the cluster's time, which takes no time of ours.
func TestGridADrainIsNearTheFluidBound(t *testing.T) {
	partitions := 1000
	if race.Enabled {
		partitions = 200
	}
	simulate(t, sim.Options{Brokers: 12, Topics: 30, Partitions: partitions, Seed: 3}, func(w *simulation) {
		p := w.plan("drain 2")
		least := plan.TrafficOf(w.snapshot(), p.Partitions).Time(5 * testRate)
		o := w.options(p)
		o.Rate, o.Moves = 5*testRate, 0
		began := time.Now()
		w.want(w.run(o), Done, "")
		if took := time.Since(began); took > least*11/10 {
			w.Errorf("it took %v; the busiest port needs %v", took, least)
		}
	})
}

func TestHundredsOfSmallPartitionsTakeNoLongerThanOne(t *testing.T) {
	simulate(t, sim.Options{Brokers: 6, Topics: 4, Partitions: 400, PartitionBytes: 100_000, Seed: 3}, func(w *simulation) {
		p := w.plan("drain 2")
		if len(p.Partitions) < 190 {
			w.Fatalf("%d partitions only", len(p.Partitions))
		}
		o := w.options(p)
		o.Moves, o.Rate = 0, 0
		began := time.Now()
		w.want(w.run(o), Done, "")
		if took := time.Since(began); took > time.Second {
			w.Errorf("%d partitions took %v\n%s", len(p.Partitions), took, w.log())
		}
	})
}
