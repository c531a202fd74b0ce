package reassign

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/plan"
	"kdeck/protocol"
)

// newReassignment asks for other replicas; nil cancels.
func newReassignment(tp change.TopicPartition, replicas []int32) *kmsg.AlterPartitionAssignmentsRequest {
	req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	rt := kmsg.NewAlterPartitionAssignmentsRequestTopic()
	rt.Topic = tp.Topic
	rp := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
	rp.Partition, rp.Replicas = tp.Partition, replicas
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	return req
}

// reassign starts a move as another tool would; nil replicas cancel it.
func (w *simulation) reassign(tp change.TopicPartition, replicas []int32) {
	w.Helper()
	resp := w.ask(1, newReassignment(tp, replicas)).(*kmsg.AlterPartitionAssignmentsResponse)
	if code := resp.Topics[0].Partitions[0].ErrorCode; code != 0 {
		w.Fatalf("reassigning %v to %v: error %d", tp, replicas, code)
	}
}

func at(a *plan.Assignment) change.TopicPartition {
	return change.TopicPartition{Topic: a.Topic, Partition: a.Partition}
}

// when calls do once, at the first event of a kind.
func (o *Options) when(kind string, do func()) {
	sink, done := o.Sink, false
	o.Sink = func(e Event) {
		sink(e)
		if !done && e.Kind() == kind {
			done = true
			do()
		}
	}
}

func (w *simulation) saidOf(kind, words string) bool {
	return slices.ContainsFunc(w.events, func(e Event) bool { return e.Kind() == kind && strings.Contains(e.String(), words) })
}

func (w *simulation) want(end End, r Result, why string) {
	w.Helper()
	if end.Result != r || !strings.Contains(strings.Join(end.Why, "\n"), why) {
		w.Errorf("it ended with %+v, want %s with %q\n%s", end, r, why, w.log())
	}
}

func TestABrokerThatDiesHoldsUpOnlyTheMovesThatNeedIt(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		p := w.plan("drain 2")
		o := w.options(p)
		o.Stall = 2 * time.Minute
		var dead int32
		o.when("submitted", func() {
			dead = w.events[len(w.events)-1].(Submitted).To[0]
			w.must(w.sim.Kill(dead))
		})
		factors := w.factors()
		end := w.run(o)
		w.want(end, Partial, "")
		if !w.saidOf("paused", fmt.Sprintf("broker %d is dead", dead)) {
			w.Errorf("that the target died isn't said:\n%s", w.log())
		}
		for _, e := range w.events { // those that keep a replica on it: nobody asked to take it off
			if s, ok := e.(Skipped); ok && !strings.Contains(s.Why, "drain it as well") {
				w.Errorf("%v", s)
			}
		}
		if end.Moved == 0 || end.Left > 0 || len(end.Next) != 2 || len(w.sim.Reassignments()) > 0 {
			w.Errorf("%+v, in flight: %v\n%s", end, w.sim.Reassignments(), w.log())
		}
		w.onlyDeadBrokersKeepAThrottle(dead)
		w.must(w.sim.Start(dead))
		time.Sleep(10 * time.Second)
		w.want(w.run(w.options(w.plan("drain 2"))), Done, "")
		w.drained(2, factors)
		w.sameThrottles(nil)
	})
}

func TestMovesToABrokerThatDiedAreLedElsewhereWhenItIsDrained(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Stall = time.Minute
		o.when("submitted", func() { w.must(w.sim.Kill(3)) })
		factors := w.factors()
		w.want(w.run(o), Partial, "")
		w.want(w.run(w.options(w.plan("drain 2 3"))), Partial, "the replication throttle of broker 3 stays: it is dead")
		if n := w.holds(2) + w.holds(3); n != 0 {
			w.Errorf("%d replicas are left:\n%s", n, w.log())
		}
		w.must(w.sim.Start(3))
		time.Sleep(10 * time.Second)
		w.want(w.run(w.options(w.plan("drain 2 3"))), Done, "")
		w.drained(3, factors)
		w.sameThrottles(nil)
	})
}

func TestThrottleOfABrokerThatDiedIsPutBackThroughTheController(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.set(change.Resource{Broker: 2}, change.LeaderRate, "7000000")
		before := w.throttles()
		p := w.plan("drain 2")
		o := w.options(p)
		n := 0
		sink := o.Sink
		o.Sink = func(e Event) {
			sink(e)
			if e.Kind() == "moved" {
				if n++; n == len(p.Partitions) {
					w.must(w.sim.Kill(2))
					time.Sleep(15 * time.Second)
				}
			}
		}
		w.want(w.run(o), Partial, "the replication throttle of broker 2 stays")
		w.session.Cluster().Controllers = w.sim.BootstrapControllers()
		w.want(w.run(w.options(w.plan("drain 2"))), Done, "")
		w.ledgerIsGone()
		w.must(w.sim.Start(2))
		time.Sleep(10 * time.Second)
		w.sameThrottles(before)
	})
}

func TestMovesOfOthersAreNamedAndNotTouched(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		theirs := at(&p.Partitions[0])
		w.foreign[theirs] = true
		target := append([]int32{2}, without([]int32{1, 3, 4, 5}, p.Header.Before[0].Replicas)...)
		target = append(target, without(p.Header.Before[0].Replicas, []int32{2})...)[:3]
		w.reassign(theirs, target)
		sent := len(w.sim.Mutations())
		end := w.run(w.options(p))
		w.want(end, Partial, "not proven to be empty: broker 2")
		if end.Skipped != 1 || !w.saidOf("skipped", "others are moving it") || !w.saidOf("foreign", theirs.String()) {
			w.Errorf("%+v\n%s", end, w.log())
		}
		for _, m := range w.sim.Mutations()[sent:] {
			if req, ok := m.Request.(*kmsg.AlterPartitionAssignmentsRequest); ok {
				for _, rt := range req.Topics {
					for _, rp := range rt.Partitions {
						if theirs == (change.TopicPartition{Topic: rt.Topic, Partition: rp.Partition}) {
							w.Errorf("%v was touched: %v", theirs, rp.Replicas)
						}
					}
				}
			}
		}
	})
}

func TestAPartitionThatChangedSinceThePlanIsSkipped(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		first := p.Partitions[0]
		was := p.Header.Before[0].Replicas
		w.reassign(at(&first), []int32{was[2], was[0], was[1]})
		time.Sleep(2 * time.Minute)
		end := w.run(w.options(p))
		w.want(end, Partial, "")
		if end.Skipped != 1 || !w.saidOf("skipped", "it changed since the plan was made") || end.Moved != len(p.Partitions)-1 {
			w.Errorf("%+v\n%s", end, w.log())
		}
		w.sameThrottles(nil)
	})
}

func TestAMoveThatOthersCancelIsSkipped(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		o := w.options(p)
		var first change.TopicPartition
		o.when("submitted", func() {
			first = w.events[len(w.events)-1].(Submitted).TopicPartition
			w.reassign(first, nil)
		})
		end := w.run(o)
		w.want(end, Partial, "not proven to be empty: broker 2")
		if end.Skipped != 1 || !w.saidOf("skipped", first.String()+": its reassignment ended") {
			w.Errorf("%+v\n%s", end, w.log())
		}
		w.sameThrottles(nil)
		w.ledgerIsGone()
	})
}

func TestTheOnlyCopyOnADeadBrokerIsNamedAndLeftAlone(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.create("single", 2)
		w.must(w.sim.Kill(2))
		time.Sleep(15 * time.Second)
		p := w.plan("drain 2")
		if len(p.Header.Stuck) != 1 || p.Header.Stuck[0].Topic != "single" {
			w.Fatalf("can't be moved: %+v", p.Header.Stuck)
		}
		end := w.run(w.options(p))
		w.want(end, Partial, "can't be moved: single-0 on 2: ")
		if end.Moved != len(p.Partitions) || end.Stuck != 1 || w.holds(2) != 1 {
			w.Errorf("%+v, broker 2 holds %d\n%s", end, w.holds(2), w.log())
		}
		w.sameThrottles(nil)
		w.ledgerIsGone()
	})
}

func TestNothingIsSubmittedWhilePartitionsElsewhereAreUnderMinISR(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		p := w.plan("drain 1")
		ex := w.options(p)
		ex.Moves = 1
		victims := w.partners(p)
		ex.when("submitted", func() {
			for _, b := range victims {
				w.must(w.sim.Kill(b))
			}
		})
		ex.when("paused", func() {
			for _, b := range victims {
				w.must(w.sim.Start(b))
			}
		})
		end := w.run(ex)
		w.want(end, Done, "")
		if !w.saidOf("paused", "not in the plan came under min.insync.replicas") || w.said("resumed") == 0 {
			w.Errorf("no pause, or no end of it:\n%s", w.log())
		}
		for _, e := range w.submittedWhilePaused() {
			w.Errorf("submitted in the pause: %v", e)
		}
	})
}

// partners are two brokers, neither targets nor drained, that have a partition together which the plan doesn't name.
func (w *simulation) partners(p *plan.Plan) []int32 {
	w.Helper()
	targets := map[int32]bool{1: true}
	for i := range p.Partitions {
		for _, b := range without(p.Partitions[i].Replicas, p.Header.Before[i].Replicas) {
			targets[b] = true
		}
	}
	for _, s := range w.sim.Partitions() {
		if slices.Contains(s.Replicas, 1) || s.Topic[0] == '_' {
			continue
		}
		var both []int32
		for _, b := range s.Replicas {
			if !targets[b] {
				both = append(both, b)
			}
		}
		if len(both) >= 2 {
			return both[:2]
		}
	}
	w.Skip("every broker is a target")
	return nil
}

func TestABrokerWithOldMetadataDoesNotMislead(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		factors := w.factors()
		o := w.options(w.plan("drain 2"))
		o.when("submitted", func() { w.must(w.sim.Stale(1)) })
		w.want(w.run(o), Done, "")
		w.drained(2, factors)
	})
}

func TestABrokerThatFallsSilentIsNotWaitedFor(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		factors := w.factors()
		w.must(w.sim.Silence(2))
		began := time.Now()
		p := w.plan("drain 2")
		end := w.run(w.options(p))
		w.want(end, Done, "")
		w.drained(2, factors)
		if took := time.Since(began); took > 5*time.Minute {
			w.Errorf("it took %v\n%s", took, w.log())
		}
	})
}

func TestAClusterThatCanNotBeReadIsWaitedForAndThenLeft(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Stall = time.Minute
		o.when("submitted", func() {
			for b := range int32(5) {
				w.must(w.sim.Silence(b + 1))
			}
		})
		end := w.run(o)
		if end.Result != Failed || end.Error == "" || len(end.Next) == 0 || end.Left == 0 {
			w.Errorf("%+v\n%s", end, w.log())
		}
		for b := range int32(5) {
			w.must(w.sim.Start(b + 1))
		}
		time.Sleep(time.Minute)
		w.want(w.run(w.options(w.plan("drain 2"))), Done, "")
		w.sameThrottles(nil)
	})
}

func TestACordonedTargetIsSkipped(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		var to int32
		for i := range p.Partitions {
			to = without(p.Partitions[i].Replicas, p.Header.Before[i].Replicas)[0]
		}
		w.must(w.sim.Cordon(to))
		end := w.run(w.options(p))
		w.want(end, Partial, "not proven to be empty: broker 2")
		if end.Skipped == 0 || !w.saidOf("skipped", "is cordoned") {
			w.Errorf("%+v\n%s", end, w.log())
		}
	})
}

func TestAPlanOfAnotherClusterIsRefused(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		p.Header.ClusterID = "another"
		e := w.executor(w.options(p))
		if _, err := e.Run(w.Context()); err == nil || !strings.Contains(err.Error(), `"another"`) {
			w.Errorf("error %v", err)
		}
		if n := len(w.sim.Mutations()); n != 0 {
			w.Errorf("%d changes were sent", n)
		}
	})
}

func TestAMissingPermissionEndsTheRunAtOnce(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		w.session.Cluster().MaxClass = protocol.ClassRO
		began := time.Now()
		end := w.run(o)
		if end.Result != Failed || !strings.Contains(end.Error, "max_class") || end.Left != len(o.Plan.Partitions) {
			w.Errorf("%+v\n%s", end, w.log())
		}
		if took := time.Since(began); took > time.Minute {
			w.Errorf("it took %v", took)
		}
		if n := len(w.sim.Mutations()); n > 0 {
			w.Errorf("%d changes were sent", n)
		}
		for name, c := range map[string]struct {
			err  error
			want bool
		}{
			"no permission":   {fmt.Errorf("b1: %w", errorOf(kerr.ClusterAuthorizationFailed.Code, nil)), true},
			"no controller":   {errorOf(kerr.NotController.Code, nil), false},
			"no answer":       {&protocol.Error{Cause: protocol.Timeout}, false},
			"joined with one": {errors.Join(errors.New("x"), errorOf(kerr.TopicAuthorizationFailed.Code, nil)), true},
		} {
			if got := permanent(c.err); got != c.want {
				w.Errorf("%s: lasting %v, want %v", name, got, c.want)
			}
		}
	})
}

func TestAPausedRunCanBeStopped(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		p := w.plan("drain 1")
		o := w.options(p)
		o.Moves = 1
		victims := w.partners(p)
		o.when("submitted", func() {
			for _, b := range victims {
				w.must(w.sim.Kill(b))
			}
		})
		var e *Executor
		o.when("paused", func() { e.Stop() })
		e = w.executor(o)
		began := time.Now()
		end, err := e.Run(w.Context())
		w.must(err)
		if end.Result != Partial || end.Left == 0 || len(w.sim.Reassignments()) > 0 {
			w.Errorf("%+v, in flight %v\n%s", end, w.sim.Reassignments(), w.log())
		}
		if took := time.Since(began); took > 5*time.Minute {
			w.Errorf("it took %v", took)
		}
		for _, b := range victims {
			w.must(w.sim.Start(b))
		}
		time.Sleep(15 * time.Second)
		w.want(w.run(w.options(w.plan("drain 1"))), Done, "")
		w.sameThrottles(nil)
	})
}
