package reassign

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/plan"
	"kdeck/ops/sim"
)

// killTarget kills the target of the first move that is submitted.
func (w *simulation) killTarget(o *Options, dead *int32) {
	o.when("submitted", func() {
		m := w.events[len(w.events)-1].(Submitted)
		*dead = without(m.To, m.From)[0]
		w.must(w.sim.Kill(*dead))
	})
}

// replicas are those of every partition, without what is only being added.
func (w *simulation) replicas() map[change.TopicPartition][]int32 {
	all := map[change.TopicPartition][]int32{}
	for _, p := range w.sim.Partitions() {
		all[change.TopicPartition{Topic: p.Topic, Partition: p.Partition}] = without(p.Replicas, p.Adding)
	}
	return all
}

// inRacks tells in how many racks each partition is.
func (w *simulation) inRacks() map[string]int {
	s, all := w.snapshot(), map[string]int{}
	for i := range s.NumPartitions() {
		p, racks := s.Partition(i), map[string]bool{}
		for _, b := range p.AppendLasting(nil) {
			racks[s.Broker(b).Rack] = true
		}
		all[fmt.Sprintf("%s-%d", p.Topic().Name(), p.ID())] = len(racks)
	}
	return all
}

// onlyDeadBrokersKeepAThrottle looks at all that can be asked, and at what is left in the ledger.
func (w *simulation) onlyDeadBrokersKeepAThrottle(dead int32) {
	w.Helper()
	w.sameThrottles(nil)
	l, err := openLedger(w.dir, w.sim.ClusterID())
	w.must(err)
	for _, r := range l.Rates {
		if r.Broker != dead {
			w.Errorf("the ledger still has %s of broker %d", r.Config, r.Broker)
		}
	}
	if len(l.Lists)+len(l.Moves) > 0 {
		w.Errorf("the ledger still has %v, %v", l.Lists, l.Moves)
	}
}

func TestATargetThatDiesForGoodIsReplaced(t *testing.T) {
	for _, words := range []string{"drain 2", "drain 2 9", "replace 2 --with 5 + racks"} {
		t.Run(words, func(t *testing.T) {
			simulate(t, large, func(w *simulation) {
				p := w.plan(words)
				o := w.options(p)
				o.Stall = 2 * time.Minute
				var dead int32
				w.killTarget(&o, &dead)
				factors, racks := w.factors(), w.inRacks()
				began := time.Now()
				end := w.run(o)
				if strings.HasPrefix(words, "replace") {
					w.want(end, Partial, "")
					if !w.saidOf("skipped", "stayed dead, and no other target was found") {
						t.Errorf("%s", w.log())
					}
				} else {
					w.want(end, Partial, fmt.Sprintf("the replication throttle of broker %d stays: it is dead", dead))
					kept := 0 // partitions that would keep a replica on it: they can't be moved while it is dead
					for i, a := range p.Partitions {
						if slices.Contains(a.Replicas, dead) && slices.Contains(p.Header.Before[i].Replicas, dead) {
							kept++
						}
					}
					if end.Moved != len(p.Partitions)-end.Skipped || end.Skipped > kept || end.Left > 0 || w.said("replanned") == 0 {
						t.Errorf("%+v\n%s", end, w.log())
					}
					if end.Skipped == 0 {
						w.drainedBut(2, factors)
					}
				}
				if took := time.Since(began); took > o.Stall+5*time.Minute {
					t.Errorf("it took %v\n%s", took, w.log())
				}
				if n := len(w.sim.Reassignments()); n > 0 {
					t.Errorf("%d moves are still in flight\n%s", n, w.log())
				}
				if now := w.inRacks(); !maps.Equal(now, racks) {
					t.Errorf("partitions are in other numbers of racks: %v, were %v", now, racks)
				}
				if w.said("cancelled") == 0 {
					t.Errorf("%s", w.log())
				}
				w.onlyDeadBrokersKeepAThrottle(dead)
			})
		})
	}
}

// drainedBut checks what must hold after a drain, but for the ledger.
func (w *simulation) drainedBut(broker int32, factors map[string]int) {
	w.Helper()
	if n := w.holds(broker); n != 0 {
		w.Errorf("broker %d still holds %d partitions\n%s", broker, n, w.log())
	}
	if got := w.factors(); !maps.Equal(got, factors) {
		w.Errorf("replication factors are %v, and were %v", got, factors)
	}
}

func TestTheListAfterToBindsWhatIsPlannedAnew(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		o := w.options(w.plan("drain 2 --to 3,4,5,6"))
		o.Stall = time.Minute
		var dead int32
		w.killTarget(&o, &dead)
		w.run(o)
		if w.said("replanned") == 0 {
			t.Errorf("%s", w.log())
		}
		for _, e := range w.events {
			if r, ok := e.(Replanned); ok {
				for _, b := range without(r.To, r.From) {
					if b == dead || b < 3 || b > 6 {
						t.Errorf("%v", r)
					}
				}
			}
		}
	})
}

func TestAPartitionThatNoOtherBrokerMayTakeIsLeftAsItWas(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		o := w.options(w.plan("drain 2 --to 4"))
		o.Stall = time.Minute
		var dead int32
		was := w.replicas()
		w.killTarget(&o, &dead)
		end := w.run(o)
		w.want(end, Partial, "")
		if end.Skipped == 0 || end.Left > 0 || len(w.sim.Reassignments()) > 0 {
			t.Errorf("%+v\n%s", end, w.log())
		}
		for _, e := range w.events {
			s, ok := e.(Skipped)
			if !ok {
				continue
			}
			for _, now := range w.sim.Partitions() {
				if now.Topic == s.Topic && now.Partition == s.Partition && !slices.Equal(now.Replicas, was[s.TopicPartition]) {
					t.Errorf("%v was left with %v instead of %v", s, now.Replicas, was[s.TopicPartition])
				}
			}
		}
		w.onlyDeadBrokersKeepAThrottle(dead)
	})
}

// The controller ends no reassignment while a replica that stays is out of sync, so moves in flight are cancelled, and a cancel
// changes the order of replicas.
func TestPartitionsThatKeepAReplicaOnALostBrokerAreLeftAsTheyWereAndMovedLater(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		p := w.plan("drain 2")
		o := w.options(p)
		o.Stall, o.Moves = time.Minute, 0
		var dead int32
		o.when("submitted", func() {
			m := w.events[len(w.events)-1].(Submitted)
			dead = without(m.To, without(m.To, m.From))[0]
			w.must(w.sim.Kill(dead))
		})
		was, factors := w.replicas(), w.factors()
		end := w.run(o)
		w.want(end, Partial, "which is dead, and the move would hang")
		if w.said("cancelled") == 0 || end.Skipped == 0 || end.Left > 0 {
			t.Fatalf("%+v\n%s", end, w.log())
		}
		for tp, now := range w.replicas() {
			if slices.Contains(now, 2) && !slices.Equal(now, was[tp]) {
				t.Errorf("%v was left with %v instead of %v", tp, now, was[tp])
			}
		}
		w.must(w.sim.Start(dead))
		time.Sleep(30 * time.Second)
		w.want(w.run(w.options(p)), Done, "")
		w.drained(2, factors)
		w.sameThrottles(nil)
	})
}

func TestAPartitionWhoseMoveWasCancelledIsMovedByTheNextRun(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		changed := 0
		for i, a := range p.Partitions { // as a process that was killed after it had cancelled a move leaves it
			before := p.Header.Before[i].Replicas
			withdrawn := slices.Concat(without(a.Replicas, without(a.Replicas, before)), without(before, a.Replicas))
			if !slices.Equal(withdrawn, before) {
				changed++
				w.reassign(at(&a), withdrawn)
			}
		}
		if changed == 0 {
			t.Fatal("every partition has the drained broker last: the test shows nothing")
		}
		time.Sleep(10 * time.Second)
		factors := w.factors()
		w.want(w.run(w.options(p)), Done, "")
		w.drained(2, factors)
	})
}

func TestTheUndoFileAndTheRecordFollowWhatIsPlannedAnew(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Stall = time.Minute
		var dead int32
		w.killTarget(&o, &dead)
		replicas := func() map[string][]int32 {
			all := map[string][]int32{}
			for _, s := range w.sim.Partitions() {
				all[fmt.Sprintf("%s-%d", s.Topic, s.Partition)] = s.Replicas
			}
			return all
		}
		before := replicas()
		end := w.run(o)
		w.must(w.sim.Start(dead))
		time.Sleep(time.Minute)
		f, err := os.Open(end.Undo)
		w.must(err)
		defer f.Close()
		p, err := plan.Read(f)
		w.must(err)
		w.want(w.run(w.options(p)), Done, "")
		if now := replicas(); !maps.EqualFunc(now, before, slices.Equal[[]int32]) {
			t.Errorf("undone: %v\nbefore: %v", now, before)
		}
	})
}

// Killed at any event from the cancels on, and carried out again from the same file or planned again.
func TestAProcessKilledWhileItPlansAnewIsFollowedByOneThatEndsRight(t *testing.T) {
	o := sim.Options{Brokers: 6, Topics: 3, Partitions: 9, PartitionBytes: 100_000_000, Seed: 5}
	for n := 1; n < 40; n += 2 {
		for _, again := range []string{"the same plan", "a new one"} {
			t.Run(fmt.Sprintf("%s/%d", again, n), func(t *testing.T) {
				t.Parallel()
				simulate(t, o, func(w *simulation) {
					c := &campaign{simulation: w, factorsBefore: w.factors()}
					p := w.plan("drain 2")
					var dead int32
					_, ended := c.attemptPlan(p, func(o *Options) {
						o.Stall = time.Minute
						left, sink := n, o.Sink
						o.Sink = func(ev Event) {
							if sink(ev); w.said("cancelled") > 0 {
								if left--; left == 0 {
									runtime.Goexit()
								}
							}
						}
						w.killTarget(o, &dead)
					})
					if ended { // fewer events
						return
					}
					if again == "a new one" {
						p = w.plan("drain 2")
					}
					end, _ := c.attemptPlan(p, func(o *Options) { o.Stall = time.Minute })
					if again == "a new one" {
						w.drainedBut(2, c.factorsBefore)
					} else if end.Left > 0 {
						t.Errorf("%+v", end)
					}
					if len(w.sim.Reassignments()) > 0 {
						t.Errorf("in flight: %v", w.sim.Reassignments())
					}
					w.onlyDeadBrokersKeepAThrottle(dead)
					if t.Failed() {
						t.Log("\n" + w.log())
					}
				})
			})
		}
	}
}

// The new replica may be all that a partition has: then the move stays, and is named.
func TestAMoveIsNotCancelledThatWouldLeaveTooFewReplicas(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		o := w.options(p)
		o.Stall, o.Moves = time.Minute, 1
		o.when("submitted", func() {
			m := w.events[len(w.events)-1].(Submitted)
			for _, b := range append(without(m.To, m.From), m.From[1:]...) { // of three, one is left: too few for min.insync.replicas
				w.must(w.sim.Kill(b))
			}
		})
		w.want(w.run(o), Partial, "the throttle stays")
		if w.said("cancelled") > 0 || !w.saidOf("paused", "the move can't be cancelled") {
			t.Errorf("%s", w.log())
		}
	})
}
