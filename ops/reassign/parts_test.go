package reassign

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/plan"
	"kdeck/ops/sim"
	"kdeck/ops/state"
	"kdeck/protocol"
)

// many is a cluster on which a drain that submits all at once needs two requests for it.
var many = sim.Options{Brokers: 4, Topics: 3, Partitions: 1500, PartitionBytes: 100_000, Seed: 3}

// after does harm once the first request of which that is true was let through. The look that it returns undoes it.
func (w *simulation) after(that func(kmsg.Request) bool, harm, undo func()) (look func(context.Context) (*state.Snapshot, error)) {
	done := false
	w.network.sent = func(req kmsg.Request) {
		w.guard(req)
		if !done && that(req) {
			done = true
			harm()
		}
	}
	return func(ctx context.Context) (*state.Snapshot, error) {
		undo()
		return w.look(ctx)
	}
}

func (w *simulation) forbid() { w.session.Cluster().MaxClass = protocol.ClassRO }
func (w *simulation) allow()  { w.session.Cluster().MaxClass = 0 }

func reassigns(req kmsg.Request) bool { return req.Key() == 45 }

func TestMovesOfAnEarlierRequestStayUnderTheThrottleWhenALaterOneIsRefused(t *testing.T) {
	simulate(t, many, func(w *simulation) {
		p := w.plan("drain 2")
		if len(p.Partitions) <= 1000 {
			w.Fatalf("%d partitions go into one request", len(p.Partitions))
		}
		o := w.options(p)
		o.Moves = len(p.Partitions)
		o.Look = w.after(reassigns, w.forbid, w.allow)
		end := w.run(o)
		if end.Result != Failed || !strings.Contains(end.Error, "max_class") || end.Moved != 1000 || w.said("submitted") != 1000 {
			w.Errorf("%d were submitted: %.300v", w.said("submitted"), end)
		}
		w.sameThrottles(nil)
		w.ledgerIsGone()
	})
}

func TestCancelsOfAnEarlierRequestAreKnownWhenALaterOneIsRefused(t *testing.T) {
	simulate(t, many, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Moves = len(o.Plan.Partitions)
		e := w.executor(o)
		submitted := 0
		e.o.Sink = func(ev Event) {
			if ev.Kind() == "submitted" {
				if submitted++; submitted == o.Moves {
					e.Abandon()
				}
			}
		}
		_, err := e.Run(w.Context())
		w.must(err)
		w.after(reassigns, w.forbid, w.allow)
		end, err := w.cancel()
		w.must(err)
		if end.Result != Failed || *end.Cancelled != 1000 || end.Left != o.Moves-1000 || w.said("cancelled") != 1000 {
			w.Errorf("%d were cancelled: %.300v", w.said("cancelled"), end)
		}
		l, err := openLedger(w.dir, w.sim.ClusterID())
		w.must(err)
		if len(l.Moves) != len(w.sim.Reassignments()) {
			w.Errorf("the ledger has %d moves, and %d are in flight", len(l.Moves), len(w.sim.Reassignments()))
		}
	})
}

// A second run leads a move elsewhere, which the controller doesn't do: the first move goes on.
func TestAMoveThatCanNotBeLedElsewhereKeepsItsThrottle(t *testing.T) {
	for name, harm := range map[string]func(*simulation){
		"refused": (*simulation).forbid,
		"lost": func(w *simulation) {
			w.network.at, w.network.times, w.network.harm = w.network.changes+1, 1_000_000, lost
		},
	} {
		t.Run(name, func(t *testing.T) {
			slow := small
			slow.PartitionBytes *= 10 // longer than a lost request is tried
			simulate(t, slow, func(w *simulation) {
				o := w.options(w.plan("drain 2"))
				o.Moves = 1
				e := w.executor(o)
				e.o.Sink = func(ev Event) {
					if ev.Kind() == "submitted" {
						e.Abandon()
					}
				}
				_, err := e.Run(w.Context())
				w.must(err)
				m := w.sim.Reassignments()[0]
				target := without(m.Replicas, m.Removing)
				elsewhere := append(slices.Clone(target[:len(target)-1]), without([]int32{1, 2, 3, 4, 5}, m.Replicas)[0])
				p := &plan.Plan{Partitions: []plan.Assignment{{Topic: m.Topic, Partition: m.Partition, Replicas: elsewhere}}}
				w.must(p.Complete(w.snapshot()))
				o = w.options(p)
				w.after(func(req kmsg.Request) bool { // the last request before the move's own
					alter, ok := req.(*kmsg.IncrementalAlterConfigsRequest)
					return ok && alter.Resources[0].ResourceType == kmsg.ConfigResourceTypeBroker
				}, func() { harm(w) }, func() {})
				w.want(w.run(o), Failed, "the throttle stays")
				w.allow()
				w.network.at = 0
				whose, err := Whose(w.dir, w.sim.ClusterID())
				w.must(err)
				_, ours := whose(change.TopicPartition{Topic: m.Topic, Partition: m.Partition}, target)
				if now := w.sim.Reassignments(); len(now) != 1 || !ours {
					w.Errorf("in flight: %v, and ours %v", now, ours)
				}
				w.want(w.run(w.options(w.plan("drain 2"))), Done, "")
				w.sameThrottles(nil)
			})
		})
	}
}
