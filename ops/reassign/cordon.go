package reassign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/state"
)

// allDirs is the value of cordoned.log.dirs under which no log dir of a broker gets new replicas.
const allDirs = "*"

// Cordoned: a broker that is drained gets no new replicas from now on.
type Cordoned struct {
	Broker int32  `json:"broker"`
	Failed string `json:"failed,omitempty"` // why it isn't; the drain goes on without
}

// Kind is "cordoned".
func (Cordoned) Kind() string { return "cordoned" }

func (e Cordoned) String() string {
	if e.Failed != "" {
		return fmt.Sprintf("broker %d can't be cordoned, and new topics may land on it: %s", e.Broker, e.Failed)
	}
	return fmt.Sprintf("broker %d is cordoned: new topics land elsewhere", e.Broker)
}

// CordonNote says, before a plan is carried out, which brokers are cordoned meanwhile; "" where none is.
func CordonNote(s *state.Snapshot, drained []int32) string {
	var open []int32
	for _, id := range drained {
		if b := s.Broker(id); b != nil && b.Alive && !b.Cordoned.Or(false) {
			open = append(open, id)
		}
	}
	if len(open) == 0 {
		return ""
	}
	return fmt.Sprintf("while it drains, %s is cordoned where it can be (%s, Kafka 4.3+), and put back as it was", brokersOf(open), change.CordonedLogDirs)
}

// cordon keeps new replicas off the drained brokers that live and know how to. It is no error where that fails: topics that are
// created meanwhile are seen and added.
func (e *Executor) cordon(ctx context.Context) {
	if !slices.ContainsFunc(e.moves, func(m *move) bool { return m.state < moved }) {
		return
	}
	for _, b := range e.o.Plan.Header.Drained {
		if !e.alive(b) {
			continue
		}
		if err := e.cordonBroker(ctx, b); err != nil && ctx.Err() == nil {
			e.emit(Cordoned{Broker: b, Failed: err.Error()})
		}
	}
}

func (e *Executor) cordonBroker(ctx context.Context, broker int32) error {
	configs, err := e.c.describeBroker(ctx, broker, change.CordonedLogDirs)
	if err != nil || !slices.ContainsFunc(configs, func(c kmsg.DescribeConfigsResponseResourceConfig) bool { return c.Name == change.CordonedLogDirs }) {
		return err // before Kafka 4.3 there is no such config
	}
	now := configValue(setOnItself(configs, kmsg.ConfigSourceDynamicBrokerConfig), change.CordonedLogDirs)
	if now != nil && *now == allDirs {
		return nil
	}
	if i := e.ledger.cordoned(broker); i < 0 {
		e.ledger.Cordons = append(e.ledger.Cordons, rateEntry{Broker: broker, Config: change.CordonedLogDirs, Prior: now, Ours: []string{allDirs}})
	} else {
		e.ledger.Cordons[i].Prior = now
	}
	if err := e.ledger.save(); err != nil {
		return err
	}
	err = e.door.AlterBrokerConfigs(ctx, change.ConfigChange{
		Resource: change.Resource{Broker: broker},
		Ops:      []change.ConfigOp{{Name: change.CordonedLogDirs, Op: kmsg.IncrementalAlterConfigOpSet, Value: allDirs, Before: now}},
	})
	if err == nil {
		e.emit(Cordoned{Broker: broker})
	}
	return err
}

// everyBroker is the set of all brokers.
func everyBroker(int32) bool { return true }

func (l *ledger) cordoned(broker int32) int {
	return slices.IndexFunc(l.Cordons, func(c rateEntry) bool { return c.Broker == broker })
}

// uncordonTargets puts back what an earlier run left cordoned, where this one brings replicas: an undo moves them back there.
func (e *Executor) uncordonTargets(ctx context.Context) error {
	var lifted []int32
	for _, c := range e.ledger.Cordons {
		if e.leftCordoned(c.Broker) && slices.ContainsFunc(e.moves, func(m *move) bool { return m.state < moved && slices.Contains(m.target, c.Broker) }) {
			lifted = append(lifted, c.Broker)
		}
	}
	if lifted == nil {
		return nil
	}
	if _, err := e.restorer().uncordon(ctx, func(broker int32) bool { return slices.Contains(lifted, broker) }); err != nil {
		return &changeError{err}
	}
	for deadline := time.Now().Add(metadataLag); time.Now().Before(deadline) && ctx.Err() == nil; e.wait(ctx, pollInterval) {
		if err := e.c.refresh(ctx); err != nil {
			return err
		}
		if !slices.ContainsFunc(lifted, e.toldCordoned) {
			break
		}
	}
	return nil
}

// leftCordoned tells whether an earlier run cordoned a broker that this one doesn't drain, and was killed before it put that back.
func (e *Executor) leftCordoned(broker int32) bool {
	return e.ledger.cordoned(broker) >= 0 && !e.drains([]int32{broker})
}

func (e *Executor) toldCordoned(broker int32) bool {
	b := e.c.snap.Broker(broker)
	return b != nil && b.Cordoned.Or(false)
}

// LeftCordoned returns the brokers that runs of this machine cordoned and left so.
func LeftCordoned(stateDir, clusterID string) (brokers []int32, err error) {
	l, err := openLedger(stateDir, clusterID)
	if err != nil {
		return nil, err
	}
	for _, c := range l.Cordons {
		brokers = append(brokers, c.Broker)
	}
	return brokers, nil
}

// uncordon puts back the cordons of the ledger of those brokers, where nobody changed them meanwhile. What can't be put back now stays
// in the ledger, and left says why.
func (r *restorer) uncordon(ctx context.Context, of func(broker int32) bool) (left []string, err error) {
	for _, e := range slices.Clone(r.ledger.Cordons) {
		if !of(e.Broker) {
			continue
		}
		resource := change.Resource{Broker: e.Broker}
		why, err := r.uncordonBroker(ctx, e)
		if err != nil {
			return left, err
		}
		if why != "" {
			r.emit(Left{resource.String(), e.Config, why})
			left = append(left, fmt.Sprintf("%v stays cordoned: %s", resource, why))
			continue
		}
		i := r.ledger.cordoned(e.Broker)
		r.ledger.Cordons = slices.Delete(r.ledger.Cordons, i, i+1)
		if err := r.ledger.save(); err != nil {
			return left, err
		}
	}
	return left, nil
}

func (r *restorer) uncordonBroker(ctx context.Context, e rateEntry) (why string, err error) {
	c := change.ConfigChange{Resource: change.Resource{Broker: e.Broker}}
	said := Restored{Resource: c.Resource.String(), Config: e.Config, How: "removed", Removed: true}
	op := change.ConfigOp{Name: e.Config, Op: kmsg.IncrementalAlterConfigOpDelete}
	if e.Prior != nil {
		op.Op, op.Value = kmsg.IncrementalAlterConfigOpSet, *e.Prior
		said.How, said.Removed = fmt.Sprintf("set to %q again", *e.Prior), false
	}
	if at := r.c.snap.Broker(e.Broker); at != nil && at.Alive {
		now, err := r.c.brokerConfigs(ctx, e.Broker, e.Config)
		if err != nil {
			return "the broker doesn't tell its configs: " + err.Error(), ctx.Err()
		}
		v := configValue(now, e.Config)
		// A value that equals the prior one is set once more: the broker may not know yet what we set.
		if !equal(v, e.Prior) && (v == nil || *v != allDirs) {
			said.How, said.Removed = "others changed it meanwhile, and it is left to them", false
			r.emit(said)
			return "", nil
		}
		op.Before = v
	}
	c.Ops = []change.ConfigOp{op}
	if why, err = r.alterBroker(ctx, c, whyDeadConfig); why == "" && err == nil {
		r.emit(said)
	}
	return why, err
}
