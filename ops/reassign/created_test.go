package reassign

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
)

// newTopic asks for a topic with one partition on these brokers.
func newTopic(topic string, replicas ...int32) *kmsg.CreateTopicsRequest {
	req := kmsg.NewPtrCreateTopicsRequest()
	rt := kmsg.NewCreateTopicsRequestTopic()
	rt.Topic, rt.NumPartitions, rt.ReplicationFactor = topic, -1, -1
	ra := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
	ra.Replicas = replicas
	rt.ReplicaAssignment = append(rt.ReplicaAssignment, ra)
	req.Topics = append(req.Topics, rt)
	return req
}

// create creates such a topic.
func (w *simulation) create(topic string, replicas ...int32) {
	w.Helper()
	if code := w.ask(1, newTopic(topic, replicas...)).(*kmsg.CreateTopicsResponse).Topics[0].ErrorCode; code != 0 {
		w.Fatalf("creating %s: error %d", topic, code)
	}
}

// extend adds a partition to a topic, on these brokers.
func (w *simulation) extend(topic string, replicas ...int32) {
	w.Helper()
	n := int32(0)
	for _, p := range w.sim.Partitions() {
		if p.Topic == topic {
			n++
		}
	}
	req := kmsg.NewPtrCreatePartitionsRequest()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = topic, n+1
	ra := kmsg.NewCreatePartitionsRequestTopicAssignment()
	ra.Replicas = replicas
	rt.Assignment = append(rt.Assignment, ra)
	req.Topics = append(req.Topics, rt)
	if code := w.ask(1, req).(*kmsg.CreatePartitionsResponse).Topics[0].ErrorCode; code != 0 {
		w.Fatalf("extending %s: error %d", topic, code)
	}
}

func TestWhatIsCreatedOnADrainedBrokerMeanwhileIsMovedAsWell(t *testing.T) {
	for _, c := range []struct {
		name   string
		at     string // event
		create func(*simulation)
		tp     string
	}{
		{"a topic", "submitted", func(w *simulation) { w.create("late", 2, 3, 4) }, "late-0"},
		{"a partition of a topic", "submitted", func(w *simulation) { w.extend("orders", 3, 2, 4) }, "orders-2"},
		{"a topic, when the last one has moved", "last", func(w *simulation) { w.create("late", 2, 3, 4) }, "late-0"},
		{"a topic that nobody can take", "submitted", func(w *simulation) { w.create("wide", 1, 2, 3, 4, 5) }, ""},
		{"a topic elsewhere", "submitted", func(w *simulation) { w.create("late", 1, 3, 4) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulate(t, small, func(w *simulation) {
				p := w.plan("drain 2")
				o := w.options(p)
				moved, sink, done := 0, o.Sink, false
				o.Sink = func(e Event) {
					sink(e)
					if e.Kind() == "moved" {
						moved++
					}
					if !done && (c.at == e.Kind() || c.at == "last" && moved == len(p.Partitions)) {
						done = true
						c.create(w)
					}
				}
				end := w.run(o)
				if c.name == "a topic that nobody can take" {
					w.want(end, Partial, "not proven to be empty: broker 2")
					if !w.saidOf("skipped", "it was created meanwhile on 1 2 3 4 5, and can't be moved") {
						t.Errorf("%s", w.log())
					}
					return
				}
				w.want(end, Done, "")
				if said := w.saidOf("added", c.tp); said != (c.tp != "") || w.said("added") > 1 || w.holds(2) > 0 {
					t.Errorf("broker 2 holds %d\n%s", w.holds(2), w.log())
				}
				w.sameThrottles(nil)
				w.ledgerIsGone()
			})
		})
	}
}

func TestADrainedBrokerIsCordonedMeanwhileAndPutBackAsItWas(t *testing.T) {
	for _, prior := range []string{"", "/somewhere", "*"} {
		t.Run("was "+prior, func(t *testing.T) {
			simulate(t, small, func(w *simulation) {
				if prior != "" {
					w.set(change.Resource{Broker: 2}, change.CordonedLogDirs, prior)
				}
				w.cordonsBefore = w.cordons()
				p := w.plan("drain 2")
				o := w.options(p)
				o.when("moved", func() {
					if now := w.cordons()[2]; now != "*" {
						t.Errorf("while it drains, it has cordoned.log.dirs %q", now)
					}
				})
				w.want(w.run(o), Done, "")
				if sent := w.said("cordoned"); sent == 1 == (prior == "*") {
					t.Errorf("%s", w.log())
				}
				w.sameThrottles(nil)
				w.ledgerIsGone()
			})
		})
	}
}

func TestACordonThatOthersChangeIsLeftToThem(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.when("moved", func() { w.set(change.Resource{Broker: 2}, change.CordonedLogDirs, "/theirs") })
		w.want(w.run(o), Done, "")
		if now := w.cordons()[2]; now != "/theirs" {
			t.Errorf("it has %q\n%s", now, w.log())
		}
	})
}

func TestABrokerThatCanNotBeCordonedIsDrainedAllTheSame(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		w.network.at, w.network.times, w.network.harm = 1, 4, lost // the cordon is the first change
		began := time.Now()
		end := w.run(o)
		if end.Moved != len(o.Plan.Partitions) || time.Since(began) > 10*time.Minute {
			t.Errorf("%+v\n%s", end, w.log())
		}
		w.sameThrottles(nil)
		w.ledgerIsGone()
	})
}
