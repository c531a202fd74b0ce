package reassign

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/plan"
)

// another is another operator's machine on the same cluster.
func (w *simulation) another() *simulation {
	w.Helper()
	other := *w
	other.dir, other.events = stateDir(w.T), nil
	other.network = &network{dial: w.sim.DialContext, before: map[int16]func(){}}
	other.network.sent = other.guard
	other.session = other.open()
	return &other
}

// part is a plan of some of the partitions of another: every second one.
func (w *simulation) part(p *plan.Plan, odd int) *plan.Plan {
	w.Helper()
	part := &plan.Plan{}
	for i, a := range p.Partitions {
		if i%2 == odd {
			part.Partitions = append(part.Partitions, a)
		}
	}
	w.must(part.Complete(w.snapshot()))
	return part
}

// leave runs a plan until all that fits is in flight, and leaves it there.
func (w *simulation) leave(p *plan.Plan, arm func(*Options)) {
	w.Helper()
	o := w.options(p)
	if arm != nil {
		arm(&o)
	}
	e := w.executor(o)
	n, sink := 0, o.Sink
	e.o.Sink = func(ev Event) {
		if sink(ev); ev.Kind() == "submitted" {
			if n++; n == min(o.Moves, len(p.Partitions)) {
				e.Abandon()
			}
		}
	}
	_, err := e.Run(w.Context())
	w.must(err)
}

// unthrottled are the brokers that copy for a reassignment in flight without a rate.
func (w *simulation) unthrottled() (brokers []string) {
	w.Helper()
	set := w.throttles()
	for _, m := range w.sim.Reassignments() {
		for _, b := range m.Replicas {
			for _, config := range rates {
				if key := fmt.Sprintf("broker %d %s", b, config); set[key] == "" {
					brokers = append(brokers, key)
				}
			}
		}
	}
	return brokers
}

func TestRatesStayAsLongAsMovesOfOthersRunUnderThem(t *testing.T) {
	for name, theirRate := range map[string]int64{"at the same rate": testRate, "at a lower rate": testRate / 10, "at a higher rate": 5 * testRate} {
		for _, how := range []string{"cancel", "finish"} {
			t.Run(how+" "+name, func(t *testing.T) {
				simulate(t, small, func(w *simulation) {
					ourRates = append(slices.Clone(ourRates), fmt.Sprint(testRate/10))
					defer func() { ourRates = ourRates[:len(ourRates)-1] }()
					w.set(change.Resource{Broker: 1}, change.LeaderRate, "70000000")
					before := w.throttles()
					whole := w.plan("drain 2")
					mine, theirs := w.part(whole, 0), w.part(whole, 1)
					other := w.another()
					w.leave(mine, nil)
					other.leave(theirs, func(o *Options) { o.Rate = theirRate })
					if how == "cancel" {
						for _, a := range theirs.Partitions {
							w.foreign[at(&a)] = true
						}
						end, err := w.cancel()
						w.must(err)
						w.want(end, Partial, "moves of others run under them")
					} else {
						end := w.run(w.options(mine))
						if n := len(w.sim.Reassignments()); n > 0 {
							w.want(end, Partial, "of others run under them")
						}
					}
					if bare := w.unthrottled(); len(bare) > 0 {
						w.Errorf("without a rate: %v\n%s", bare, w.log())
					}
					for range 3 { // whoever comes first
						other.run(func() Options { o := other.options(theirs); o.Rate = theirRate; return o }())
						if bare := w.unthrottled(); len(bare) > 0 {
							w.Errorf("without a rate: %v\n%s", bare, w.log())
						}
						_, err := w.cancel()
						w.must(err)
					}
					end := other.run(func() Options { o := other.options(theirs); o.Rate = theirRate; return o }())
					other.want(end, Done, "")
					last, err := w.cancel()
					w.must(err)
					w.want(last, Done, "")
					w.sameThrottles(before)
					w.ledgerIsGone()
					other.ledgerIsGone()
				})
			})
		}
	}
}

// The brokers of a move of ours are told at each look what is set on them.
func TestWhatOthersDoToTheThrottleOfARunIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		value string // "": removed
		kind  string
		words string
		again bool
	}{
		"removed":  {"", "throttle-changed", "others removed leader.replication.throttled.rate of broker", true},
		"lowered":  {"5000000", "throttle-changed", "from 10.0MB/s to 5.00MB/s: it is left to them", false},
		"raised":   {"33000000", "throttle-changed", "from 10.0MB/s to 33.0MB/s: it is left to them", false},
		"no limit": {"9223372036854775807", "throttle-changed", "it is left to them", false},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, small, func(w *simulation) {
				o := w.options(w.plan("drain 2"))
				looked := 0
				o.when("progress", func() {
					m := w.sim.Reassignments()[0]
					b := m.Replicas[0]
					w.set(change.Resource{Broker: b}, change.LeaderRate, c.value)
					go func() {
						time.Sleep(20 * time.Second)
						looked++
						set := w.throttles()[fmt.Sprintf("broker %d %s", b, change.LeaderRate)]
						if want := map[bool]string{true: fmt.Sprint(testRate), false: c.value}[c.again]; set != want {
							w.Errorf("the rate is %q, want %q\n%s", set, want, w.log())
						}
					}()
				})
				end := w.run(o)
				w.want(end, Done, "")
				if looked != 1 {
					t.Fatal("nobody looked")
				}
				if !w.saidOf(c.kind, c.words) || w.said("throttle-changed") != 1 {
					w.Errorf("said %d times:\n%s", w.said("throttle-changed"), w.log())
				}
				if c.again {
					w.sameThrottles(nil)
				} else if left := w.throttles(); len(left) != 1 || !strings.Contains(fmt.Sprint(left), c.value) {
					w.Errorf("what others set isn't there alone: %v", left)
				}
			})
		})
	}
}

func TestReplicasThatOthersTakeOffTheListsAreListedAgain(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		looked := false
		o.when("progress", func() {
			topic := w.sim.Reassignments()[0].Topic
			w.set(change.Resource{Topic: topic}, change.FollowerReplicas, "")
			go func() {
				time.Sleep(20 * time.Second)
				looked = true
				list := w.throttles()["topic "+topic+" "+change.FollowerReplicas]
				for _, m := range w.sim.Reassignments() {
					if entry := fmt.Sprintf("%d:%d", m.Partition, m.Adding[0]); m.Topic == topic && !slices.Contains(strings.Split(list, ","), entry) {
						w.Errorf("%s is not on %q\n%s", entry, list, w.log())
					}
				}
			}()
		})
		w.want(w.run(o), Done, "")
		if !looked || w.said("throttle-changed") != 1 || !w.saidOf("throttle-changed", "1 topic") {
			w.Errorf("%s", w.log())
		}
		w.sameThrottles(nil)
	})
}

// The lists name replicas, not moves: an entry of ours may limit a later move of others.
func TestEntriesOnListsStayForAPartitionThatOthersMoveNow(t *testing.T) {
	for name, c := range map[string]struct {
		theirs bool // the rates that our moves ran under
		why    string
	}{
		"under our rates":   {false, "because 1 move of others run under them"},
		"under their rates": {true, "entries of ours stay on the lists of throttled replicas, because others move"},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, small, func(w *simulation) {
				for b := int32(1); b <= 5 && c.theirs; b++ {
					for _, config := range rates {
						w.set(change.Resource{Broker: b}, config, fmt.Sprint(testRate))
					}
				}
				before := w.throttles()
				w.leave(w.part(w.plan("drain 2"), 0), nil)
				time.Sleep(10 * time.Minute) // the moves end, and the process is gone
				l, err := openLedger(w.dir, w.sim.ClusterID())
				w.must(err)
				tp := l.Moves[0].TopicPartition
				w.foreign[tp] = true
				w.reassign(tp, l.Moves[0].Before)
				end, err := w.cancel()
				w.must(err)
				w.want(end, Partial, c.why)
				lists := w.throttles()["topic "+tp.Topic+" "+change.LeaderReplicas]
				if !strings.Contains(","+lists, fmt.Sprintf(",%d:", tp.Partition)) {
					w.Errorf("%v is not on the list %q", tp, lists)
				}
				time.Sleep(10 * time.Minute)
				end, err = w.cancel()
				w.must(err)
				w.want(end, Done, "")
				w.sameThrottles(before)
				w.ledgerIsGone()
			})
		})
	}
}

const listReassignments, alterReassignments = 46, 45

// A look reads the metadata first and the controller's list later.
func TestAMoveThatEndsBetweenTwoReadsIsMoved(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		w.leave(p, nil)
		w.network.before[listReassignments] = func() { time.Sleep(5 * time.Minute) }
		end := w.run(w.options(p))
		w.want(end, Done, "")
		if w.said("skipped") > 0 || end.Moved != len(p.Partitions) {
			w.Errorf("%+v\n%s", end, w.log())
		}
		w.sameThrottles(nil)
	})
}

func TestTheSameMoveBegunByOthersIsWaitedFor(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		p := w.plan("drain 2")
		o := w.options(p)
		o.Moves = 1
		o.when("moved", func() {
			first := w.events[len(w.events)-1].(Moved).TopicPartition
			for _, a := range p.Partitions {
				if at(&a) != first {
					w.foreign[at(&a)] = true
					w.reassign(at(&a), a.Replicas)
				}
			}
		})
		end := w.run(o)
		w.want(end, Done, "")
		if w.said("skipped") > 0 || end.Moved != len(p.Partitions) {
			w.Errorf("%+v\n%s", end, w.log())
		}
	})
}

// hurry lets what is in flight end within seconds.
func (w *simulation) hurry() {
	for b := int32(1); b <= 5; b++ {
		for _, config := range rates {
			w.set(change.Resource{Broker: b}, config, "")
		}
	}
	time.Sleep(3 * time.Second)
}

func TestACancelTellsWhatBecameOfAMoveThatEndedBeforeIt(t *testing.T) {
	short := small
	short.PartitionBytes = 30_000_000
	simulate(t, short, func(w *simulation) {
		w.leave(w.part(w.plan("drain 2"), 0), nil)
		n := len(w.sim.Reassignments())
		w.network.before[alterReassignments] = w.hurry
		end, err := w.cancel()
		w.must(err)
		w.want(end, Done, "")
		if w.said("cancelled") > 0 || w.said("moved") != n {
			w.Errorf("%+v\n%s", end, w.log())
		}
		w.sameThrottles(nil)
	})
	simulate(t, short, func(w *simulation) {
		w.leave(w.part(w.plan("drain 2"), 0), nil)
		m := w.sim.Reassignments()[0]
		w.network.before[alterReassignments] = w.hurry
		end, err := w.cancel(change.TopicPartition{Topic: m.Topic, Partition: m.Partition})
		w.must(err)
		w.want(end, Partial, "")
		if w.said("cancelled") > 0 || !w.saidOf("skipped", "before it could be cancelled") {
			w.Errorf("%+v\n%s", end, w.log())
		}
	})
}

func TestACancelOfSeveralGoesOnWhereOneHasEnded(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.leave(w.part(w.plan("drain 2"), 0), nil)
		m := w.sim.Reassignments()[0]
		gone := change.TopicPartition{Topic: m.Topic, Partition: m.Partition + 100}
		end, err := w.cancel(change.TopicPartition{Topic: m.Topic, Partition: m.Partition}, gone)
		w.must(err)
		if end.Result != Partial || *end.Cancelled != 1 || !w.saidOf("skipped", gone.String()+": its reassignment has ended") {
			w.Errorf("%+v\n%s", end, w.log())
		}
	})
}

func TestAPlanMadeWhileAMoveEndsIsCarriedOut(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		factors := w.factors()
		w.leave(w.plan("drain 2"), nil)
		w.network.before[listReassignments] = func() { time.Sleep(5 * time.Minute) }
		end := w.run(w.options(w.plan("drain 2")))
		w.want(end, Done, "")
		w.drained(2, factors)
	})
}

func TestARateThatOthersRemoveRightBeforeOursIsSetDoesNotComeBack(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.set(change.Resource{Broker: 1}, change.LeaderRate, "90000000")
		const describeConfigs = 32
		reads := 0
		var next func()
		next = func() {
			if reads++; reads == 4 { // a look, the lists, the rates of broker 1, and these once more
				w.set(change.Resource{Broker: 1}, change.LeaderRate, "")
				return
			}
			w.network.mu.Lock()
			defer w.network.mu.Unlock()
			w.network.before[describeConfigs] = next
		}
		o := w.options(w.plan("drain 2"))
		w.network.before[describeConfigs] = next
		w.want(w.run(o), Done, "")
		w.sameThrottles(nil)
	})
}
