package reassign

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"kdeck/ops/change"
	"kdeck/ops/state"
)

var nan = math.NaN()

// calm is what brokers show that have time for more.
func calm(copies float64) signs {
	return signs{handlerIdle: 0.9, networkIdle: 0.9, produce: 5, tail: 20, request: 1, copies: copies}
}

func TestTheThrottleFollowsWhatTheBrokersBear(t *testing.T) {
	const rate = 100_000_000
	full := calm(rate)
	with := func(change func(*signs)) signs {
		s := full
		change(&s)
		return s
	}
	unmeasured := func(request float64) signs {
		return signs{handlerIdle: nan, networkIdle: nan, produce: nan, tail: nan, request: request, copies: rate}
	}
	for _, c := range []struct {
		name   string
		before signs
		now    signs
		want   float64 // times the rate
		why    string
	}{
		{"it is used, and borne", full, full, 1.2, "bear it"},
		{"it isn't used", full, calm(rate / 2), 1, ""},
		{"nothing tells how fast the copies are", full, calm(nan), 1, ""},
		{"replicas that don't move fall out of sync", full, with(func(s *signs) { s.shrunk = 2 }), 0.6, "2 partitions that don't move lost"},
		{"handlers are busy", full, with(func(s *signs) { s.handlerIdle = 0.2 }), 0.6, "request handlers are idle for 20%"},
		{"handlers were as busy before", with(func(s *signs) { s.handlerIdle = 0.22 }), with(func(s *signs) { s.handlerIdle = 0.2 }), 1.2, "bear it"},
		{"network threads are busy", full, with(func(s *signs) { s.networkIdle = 0.1 }), 0.6, "network threads are idle for 10%"},
		{"Produce takes twice as long", full, with(func(s *signs) { s.produce = 10 }), 0.6, "Produce takes 10.0 ms, and took 5.0 before"},
		{"Produce takes half as long again", full, with(func(s *signs) { s.produce = 8.1 }), 1, ""},
		{"a hundredth of Produce takes twice as long", full, with(func(s *signs) { s.tail = 40 }), 1, ""},
		{"a hundredth of Produce takes a little longer", full, with(func(s *signs) { s.tail = 29 }), 1.2, "bear it"},
		{"Produce takes longer by what nobody notices", calmProduce(full, 0.5), calmProduce(full, 2), 1.2, "bear it"},
		{"without metrics, requests take longer", unmeasured(2), unmeasured(20), 0.6, "a request of kdeck takes 20.0 ms, and took 2.0 before"},
		{"without metrics, requests take as long", unmeasured(2), unmeasured(2.5), 1.2, "bear it"},
		{"with metrics, requests of kdeck don't count", full, with(func(s *signs) { s.request = 50 }), 1.2, "bear it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPilot(Pilot{})
			p.learn(c.before)
			p.rate = rate
			got, why := p.next(time.Unix(1000, 0), c.now)
			if got != int64(c.want*rate) || (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
				t.Errorf("%d because %q, want %.0f because %q", got, why, c.want*rate, c.why)
			}
		})
	}
}

func TestWhatWasUsualBeforeARunIsNotItsQuickestLook(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []float64 // how long Produce took, in milliseconds
		usual  float64
	}{
		{"all alike", []float64{20, 20, 20, 20, 20}, 20},
		{"they differ", []float64{12, 31, 20, 25, 18}, 31},
		{"one was very slow", []float64{20, 400, 19, 21, 20}, 40},
		{"one was very quick", []float64{20, 1, 19, 21, 20}, 21},
		{"some are unknown", []float64{nan, 20, nan, 24}, 24},
		{"one is known", []float64{nan, 20}, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPilot(Pilot{})
			for _, ms := range c.before {
				p.learn(calmProduce(calm(0), ms))
			}
			if p.before.produce != c.usual {
				t.Errorf("%v ms, want %v", p.before.produce, c.usual)
			}
		})
	}
}

func calmProduce(s signs, ms float64) signs {
	s.produce = ms
	return s
}

func TestAThrottleThatWasLoweredStaysForAWhile(t *testing.T) {
	p := newPilot(Pilot{})
	p.learn(calm(0))
	p.rate = 100_000_000
	now := time.Unix(1000, 0)
	if rate, _ := p.next(now, signs{shrunk: 1}); rate != 60_000_000 {
		t.Fatal(rate)
	}
	for at := pilotInterval; at < backOffPause; at += pilotInterval {
		if rate, why := p.next(now.Add(at), calm(60_000_000)); rate != 60_000_000 || why != "" {
			t.Errorf("after %v it is %d because %q", at, rate, why)
		}
	}
	if rate, _ := p.next(now.Add(backOffPause), calm(60_000_000)); rate != 66_000_000 {
		t.Errorf("after %v it is %d", backOffPause, rate)
	}
}

func TestAThrottleClimbsFastUntilSomethingHoldsItBack(t *testing.T) {
	const rate = 100_000_000
	slow := calm(rate)
	slow.produce = 8.1 // no strain, but no reason for a raise either
	for _, c := range []struct {
		name string
		seen []signs
		want int64
	}{
		{"nothing did", []signs{calm(rate)}, 120_000_000},
		{"requests took longer once", []signs{slow, calm(rate)}, 110_000_000},
		{"requests took longer while the copies were slow", []signs{calm(rate / 2), slow, calm(rate / 2), calm(rate)}, 110_000_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPilot(Pilot{})
			p.learn(calm(0))
			p.rate = rate
			now := time.Unix(1000, 0)
			for _, s := range c.seen {
				now = now.Add(pilotInterval)
				p.next(now, s)
			}
			if p.rate != c.want {
				t.Errorf("%d, want %d", p.rate, c.want)
			}
		})
	}
}

func TestAThrottleNeverLeavesItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		floor := rapid.Int64Range(1, 1e9).Draw(t, "floor")
		bounds := Pilot{Floor: floor, Ceiling: rapid.Int64Range(floor, 2e9).Draw(t, "ceiling")}
		p := newPilot(bounds)
		figure := func(name string) float64 {
			if rapid.Bool().Draw(t, "unknown "+name) {
				return nan
			}
			return rapid.Float64Range(0, 1e3).Draw(t, name)
		}
		now := time.Unix(0, 0)
		for range rapid.IntRange(1, 50).Draw(t, "looks") {
			s := signs{shrunk: rapid.IntRange(0, 1).Draw(t, "shrunk"), handlerIdle: figure("handlers"), networkIdle: figure("network"),
				produce: figure("produce"), tail: figure("tail"), request: figure("request"), copies: rapid.Float64Range(0, 3e9).Draw(t, "copies")}
			if rapid.Bool().Draw(t, "learn") {
				p.learn(s)
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "seconds")) * time.Second)
			if rate, _ := p.next(now, s); rate < bounds.Floor || rate > bounds.Ceiling {
				t.Fatalf("%d is not between %d and %d", rate, bounds.Floor, bounds.Ceiling)
			}
		}
	})
}

// steered runs a plan whose throttle is chosen by the run, on brokers that show what strain tells.
func (w *simulation) piloted(o Options, produce func(at time.Duration) float64) []ThrottleChosen {
	w.Helper()
	w.network.sent = func(kmsg.Request) {} // the guard knows the rates of other tests only
	began := time.Now()
	o.Metrics = func(_ context.Context, s *state.Snapshot) map[int32]state.Reading[*state.BrokerMetrics] {
		all := map[int32]state.Reading[*state.BrokerMetrics]{}
		for _, b := range s.Brokers {
			m := &state.BrokerMetrics{Requests: []state.RequestKind{{Name: "Produce"}}}
			m.Requests[0].Total.Mean = state.Read(produce(time.Since(began)), s.Taken, "test")
			all[b.ID] = state.Read(m, s.Taken, "test")
		}
		return all
	}
	w.want(w.run(o), Done, "")
	var chosen []ThrottleChosen
	for _, ev := range w.events {
		if c, is := ev.(ThrottleChosen); is {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

func TestARunChoosesItsThrottleAndLeavesNoneBehind(t *testing.T) {
	big := small
	big.PartitionBytes *= 40
	simulate(t, big, func(w *simulation) {
		w.set(change.Resource{Broker: 1}, change.LeaderRate, "7000000000")
		before := w.throttles()
		o := w.options(w.plan("drain 2"))
		o.Rate, o.Moves, o.Pilot = 0, 20, &Pilot{Floor: 10_000_000, Ceiling: 60_000_000}
		chosen := w.piloted(o, func(at time.Duration) float64 {
			if 4*time.Minute < at && at < 5*time.Minute {
				return 50
			}
			return 4
		})
		up, down := 0, 0
		for _, c := range chosen {
			if c.Rate > c.Was {
				up++
			} else {
				down++
			}
		}
		if up < 4 || down < 2 || chosen[0].Was != 10_000_000 {
			w.Errorf("%d times raised and %d lowered: %v", up, down, chosen)
		}
		w.sameThrottles(before)
		w.ledgerIsGone()
	})
}

func TestAThrottleIsHandedToTheRunAndTakenBackAgain(t *testing.T) {
	big := small
	big.PartitionBytes *= 40
	simulate(t, big, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		e := w.executor(o)
		chosen := 0
		e.o.Sink = func(ev Event) {
			w.events = append(w.events, ev)
			switch ev := ev.(type) {
			case ThrottleChosen:
				if chosen++; chosen == 2 {
					w.must(e.SetRate(testRate, "me"))
				}
			case Progress:
				if ev.Done == 0 && !e.Status().Auto && chosen == 0 {
					w.must(e.SetPilot(Pilot{}, "me"))
				}
			}
		}
		w.network.sent = func(kmsg.Request) {} // the guard knows the rates of other tests only
		end, err := e.Run(w.Context())
		w.must(err)
		w.want(end, Done, "")
		if chosen != 2 || e.Status().Auto || !w.saidOf("steered", "me lets the run choose its throttle") {
			w.Errorf("chosen %d times:\n%s", chosen, w.log())
		}
		w.sameThrottles(nil)
	})
}

func TestBoundsThatAreNotGivenStayAsTheyWere(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.network.sent = func(kmsg.Request) {} // the guard knows no rates that a run chooses
		o := w.options(w.plan("drain 2"))
		o.Pilot = &Pilot{Floor: 7e6, Ceiling: 90e6}
		e := w.executor(o)
		w.must(e.SetRate(20e6, "alice"))
		w.must(e.SetPilot(Pilot{Ceiling: 50e6}, "alice"))
		if err := e.SetPilot(Pilot{Floor: 60e6}, "alice"); err == nil || !strings.Contains(err.Error(), "between 60.0MB/s and 50.0MB/s") {
			t.Errorf("a floor above the ceiling: %v", err)
		}
		if _, err := e.Run(w.Context()); err != nil {
			t.Fatal(err)
		}
		last, err := newest(w.dir, w.sim.ClusterID())
		w.must(err)
		if want := (Pilot{Floor: 7e6, Ceiling: 50e6}); e.pilot.Pilot != want || last.Pilot == nil || *last.Pilot != want {
			t.Errorf("the run has %+v, its record %+v", e.pilot.Pilot, last.Pilot)
		}
	})
}
