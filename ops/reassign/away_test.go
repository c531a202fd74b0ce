package reassign

import (
	"testing"
	"time"

	"kdeck/ops/change"
)

// whenAllAreMoved calls do before the settings are put back.
func (o *Options) whenAllAreMoved(do func()) {
	sink, left := o.Sink, len(o.Plan.Partitions)
	o.Sink = func(e Event) {
		sink(e)
		if e.Kind() == "moved" {
			if left--; left == 0 {
				do()
			}
		}
	}
}

func TestABrokerThatComesBackAtTheEndGetsItsSettingsBack(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.set(change.Resource{Broker: 2}, change.LeaderRate, "7000000")
		before := w.throttles()
		o := w.options(w.plan("drain 2"))
		o.whenAllAreMoved(func() {
			w.must(w.sim.Kill(2))
			time.Sleep(15 * time.Second) // until it counts as dead
			time.AfterFunc(3*time.Minute, func() { w.must(w.sim.Start(2)) })
		})
		w.want(w.run(o), Done, "")
		if !w.saidOf("paused", "the settings of broker 2, which died meanwhile") || w.said("resumed") == 0 {
			w.Errorf("%s", w.log())
		}
		time.Sleep(10 * time.Second)
		w.ledgerIsGone()
		w.sameThrottles(before)
	})
}

func TestNobodyWaitsForADeadBrokersSettingsAfterAStop(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.whenAllAreMoved(func() {
			w.must(w.sim.Kill(2))
			time.Sleep(15 * time.Second)
		})
		var e *Executor
		began := time.Now()
		o.when("paused", func() { began = time.Now(); e.Stop() })
		e = w.executor(o)
		end, err := e.Run(w.Context())
		w.must(err)
		w.want(end, Partial, "the replication throttle of broker 2 stays: it is dead")
		if took := time.Since(began); took > time.Minute || len(end.Next) != 2 {
			w.Errorf("it took %v after the stop: %+v\n%s", took, end, w.log())
		}
	})
}
