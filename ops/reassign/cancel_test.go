package reassign

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/change"
)

// cancel cancels the named reassignments, or of all that are in flight those that are ours.
func (w *simulation) cancel(named ...change.TopicPartition) (End, error) {
	w.Helper()
	ours := len(named) == 0
	if ours {
		for _, r := range w.sim.Reassignments() {
			named = append(named, change.TopicPartition{Topic: r.Topic, Partition: r.Partition})
		}
	}
	return Cancel(w.Context(), CancelOptions{
		Session: w.session, Door: w.door(), Look: w.look, StateDir: w.dir, Partitions: named, Ours: ours,
		Sink: func(e Event) { w.events = append(w.events, e) },
	})
}

// abandoned leaves a drain behind with moves in flight.
func (w *simulation) abandoned(words string) {
	w.Helper()
	w.abandonedAt(words, "submitted")
}

// abandonedAt does so when as many events of a kind were told as moves are in flight at once.
func (w *simulation) abandonedAt(words, kind string) {
	w.Helper()
	o := w.options(w.plan(words))
	e := w.executor(o)
	n := 0
	e.o.Sink = func(ev Event) {
		if w.events = append(w.events, ev); ev.Kind() == kind {
			if n++; n == o.Moves {
				e.Abandon()
			}
		}
	}
	end, err := e.Run(w.Context())
	w.must(err)
	if end.Result != Partial || kind == "submitted" && len(w.sim.Reassignments()) == 0 || len(w.throttles()) == 0 {
		w.Fatalf("abandoned with %v in flight: %+v", w.sim.Reassignments(), end)
	}
}

func TestCancelTakesBackWhatWasLeftInFlight(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.set(change.Resource{Broker: 1}, change.LeaderRate, "7000000")
		before, held := w.throttles(), w.holds(2)
		w.abandoned("drain 2")
		theirs := change.TopicPartition{}
		for _, p := range w.sim.Partitions() {
			if len(p.Adding) == 0 {
				theirs = change.TopicPartition{Topic: p.Topic, Partition: p.Partition}
				w.foreign[theirs] = true
				w.reassign(theirs, append([]int32{without([]int32{1, 3, 4, 5}, p.Replicas)[0]}, p.Replicas[1:]...))
				break
			}
		}
		end, err := w.cancel()
		w.must(err)
		w.want(end, Partial, "because 1 move of others run under them")
		if n := w.said("cancelled"); n != 3 || *end.Cancelled != 3 {
			w.Errorf("%d cancelled: %+v", n, end)
		}
		moving := w.sim.Reassignments()
		if len(moving) != 1 || moving[0].Topic != theirs.Topic || moving[0].Partition != theirs.Partition {
			w.Errorf("in flight: %v, want %v of others alone", moving, theirs)
		}
		time.Sleep(10 * time.Minute) // theirs ends
		end, err = w.cancel()
		w.must(err)
		w.want(end, Done, "")
		w.sameThrottles(before)
		w.ledgerIsGone()
		if n := w.holds(2); n < held-1 {
			w.Errorf("broker 2 holds %d of %d", n, held)
		}
	})
}

func TestCancelOfSomeKeepsTheThrottleOfTheRest(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.abandoned("drain 2")
		m := w.sim.Reassignments()[0]
		end, err := w.cancel(change.TopicPartition{Topic: m.Topic, Partition: m.Partition})
		w.must(err)
		w.want(end, Partial, "the throttle stays")
		if len(w.sim.Reassignments()) != 2 || len(w.throttles()) == 0 {
			w.Errorf("in flight: %v, throttles: %v", w.sim.Reassignments(), w.throttles())
		}
		end, err = w.cancel()
		w.must(err)
		w.want(end, Done, "")
		w.sameThrottles(nil)
	})
}

func TestCancelOfWhatIsNotMovingIsRefused(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		if _, err := w.cancel(change.TopicPartition{Topic: "orders", Partition: 0}); err == nil {
			w.Error("no error")
		}
		if n := len(w.sim.Mutations()); n > 0 {
			w.Errorf("%d changes were sent", n)
		}
	})
}

// The new replica may be the only one that a partition has left.
func TestCancelLeavesAPartitionAloneWhoseOldReplicasAreDead(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		e := w.executor(o)
		e.o.Sink = func(ev Event) {
			if ev.Kind() == "submitted" {
				e.Abandon()
			}
		}
		_, err := e.Run(w.Context())
		w.must(err)
		m := w.sim.Reassignments()[0]
		old := without(m.Replicas, m.Adding)
		for _, b := range old[1:] {
			w.must(w.sim.Kill(b))
		}
		time.Sleep(15 * time.Second)
		w.session.Cluster().Bootstrap = w.sim.Bootstrap()
		tp := change.TopicPartition{Topic: m.Topic, Partition: m.Partition}
		end, err := w.cancel(tp)
		w.must(err)
		w.want(end, Partial, "the throttle stays")
		if !w.saidOf("skipped", tp.String()+": of the replicas that it would go back to") {
			w.Errorf("%s", w.log())
		}
	})
}

func TestLeftoversOfAKilledRunArePutBackByCancel(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.abandoned("drain 2")
		time.Sleep(10 * time.Minute) // the moves end, and nobody is there
		if len(w.throttles()) == 0 {
			w.Fatal("no throttle is left to be put back")
		}
		end, err := w.cancel()
		w.must(err)
		w.want(end, Done, "")
		w.sameThrottles(nil)
		w.ledgerIsGone()
	})
}

func TestOursAreKnownByTheJournalAlso(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.abandoned("drain 2")
		m := w.sim.Reassignments()[0]
		tp, target := change.TopicPartition{Topic: m.Topic, Partition: m.Partition}, without(m.Replicas, m.Removing)
		for _, place := range []string{"ledger", "journal"} {
			whose, err := Whose(w.dir, w.sim.ClusterID())
			w.must(err)
			run, ours := whose(tp, target)
			_, elsewhere := whose(tp, []int32{1, 2})
			_, other := whose(change.TopicPartition{Topic: "x"}, target)
			if !ours || elsewhere || other || !strings.HasSuffix(run, "-drain-2") {
				w.Errorf("by the %s: ours %v, of the run %q; to other replicas %v, another topic's %v", place, ours, run, elsewhere, other)
			}
			l, err := openLedger(w.dir, w.sim.ClusterID())
			w.must(err)
			l.Moves = nil
			w.must(l.save())
		}
	})
}

func TestCancelGivesBackTheOrderOfReplicas(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		before := map[change.TopicPartition][]int32{}
		for _, p := range w.sim.Partitions() {
			before[change.TopicPartition{Topic: p.Topic, Partition: p.Partition}] = p.Replicas
		}
		w.abandoned("drain 2")
		moving := len(w.sim.Reassignments())
		end, err := w.cancel()
		w.must(err)
		w.want(end, Done, "")
		if *end.Cancelled != moving || end.Moved != 0 {
			w.Errorf("%v, want %d cancelled and none moved", end, moving)
		}
		for _, p := range w.sim.Partitions() {
			if tp := (change.TopicPartition{Topic: p.Topic, Partition: p.Partition}); !slices.Equal(p.Replicas, before[tp]) {
				w.Errorf("%v has the replicas %v, want %v", tp, p.Replicas, before[tp])
			}
		}
	})
}
