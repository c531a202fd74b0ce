package reassign

import (
	"maps"
	"strings"
	"testing"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/plan"
)

// drained checks what must hold when a drain is done.
func (w *world) drained(broker int32, factors map[string]int) {
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
	in(t, small, func(w *world) {
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
		if n := len(p.Partitions); w.said("submitted") != n || w.said("moved") != n || w.said("progress") == 0 {
			w.Errorf("%d partitions:\n%s", n, w.log())
		}
	})
}

func TestADeadBrokerIsDrainedWithoutBeingAsked(t *testing.T) {
	in(t, small, func(w *world) {
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
	in(t, small, func(w *world) {
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

func TestWithoutAThrottleNoConfigIsTouched(t *testing.T) {
	in(t, small, func(w *world) {
		o := w.options(w.plan("drain 2"))
		o.Rate = 0
		if end := w.run(o); end.Result != Done {
			w.Errorf("%+v\n%s", end, w.log())
		}
		for _, m := range w.sim.Mutations() {
			if m.Key.Int16() == 44 {
				w.Errorf("a config was changed: %+v", m.Request)
			}
		}
	})
}

func TestAnotherRunAfterwardsHasNothingToDo(t *testing.T) {
	in(t, small, func(w *world) {
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
	in(t, small, func(w *world) {
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
