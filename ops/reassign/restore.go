package reassign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// whyDeadConfig says why a config of a dead broker can't be put back.
const whyDeadConfig = "it is dead, and no broker takes configs for another; it is put back by the next run once the broker lives, " +
	"or now with the address of a controller (--bootstrap-controller)"

// restorer puts back the settings in the ledger, entry by entry.
type restorer struct {
	c      *cluster
	door   *change.Door
	ledger *ledger
	emit   func(Event)
	// under lists the moves in flight that need what is in the ledger. nil: all that the controller lists.
	under func(context.Context) (map[change.TopicPartition]reassignment, error)
}

// openRestorer takes the cluster's lock for a command that puts back what runs left, reads the ledger, and looks at the cluster.
func openRestorer(ctx context.Context, session *kafka.Session, door *change.Door, look func(context.Context) (*state.Snapshot, error), stateDir string, sink func(Event)) (r *restorer, unlock func(), err error) {
	held, err := lock(stateDir, door.ClusterID())
	if err != nil {
		return nil, nil, err
	}
	r = &restorer{c: &cluster{session: session, look: look}, door: door, emit: func(ev Event) {
		door.Journal().Note(Line(time.Now(), ev))
		if sink != nil {
			sink(ev)
		}
	}}
	if r.ledger, err = openLedger(stateDir, door.ClusterID()); err == nil {
		err = r.c.refresh(ctx)
	}
	if err != nil {
		held.Close()
		return nil, nil, err
	}
	return r, held.Close, nil
}

// alterBroker changes configs of a broker, also of a dead one where the address of a controller is known. why says what keeps them from
// being changed now.
func (r *restorer) alterBroker(ctx context.Context, c change.ConfigChange, whyDead string) (why string, err error) {
	send := r.door.AlterBrokerConfigs
	if at := r.c.snap.Broker(c.Resource.Broker); at == nil || !at.Alive {
		send = r.door.AlterDeadBrokerConfigs
	}
	err = send(ctx, c)
	if _, dead := errors.AsType[*change.DeadError](err); dead {
		return whyDead, nil
	}
	if err != nil && brokerUnavailable(err) && ctx.Err() == nil {
		return err.Error(), nil
	}
	return "", err
}

// moving lists the moves in flight under which nothing may be put back.
func (r *restorer) moving(ctx context.Context) (map[change.TopicPartition]reassignment, error) {
	if r.under != nil {
		return r.under(ctx)
	}
	return r.c.ongoing(ctx)
}

// putBack restores the settings if the controller lists none of our moves. Otherwise why says what keeps them.
func (r *restorer) putBack(ctx context.Context) (why []string, err error) {
	ongoing, err := r.c.ongoing(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range slices.Clone(r.ledger.Moves) {
		if f, found := ongoing[m.TopicPartition]; found && slices.Equal(f.target(), m.Target) {
			why = append(why, fmt.Sprintf("the throttle stays: %v is still being moved to %v", m.TopicPartition, m.Target))
		} else {
			r.ledger.dropMove(m.TopicPartition, m.Target)
		}
	}
	if len(why) > 0 {
		return why, r.ledger.save()
	}
	if err := r.c.refresh(ctx); err != nil { // which brokers live
		return nil, err
	}
	return r.restore(ctx)
}

// restore must be called only while none of our moves is in flight, or where they are to go on without. What can't be put back now stays in the ledger, and left
// says why. err is what stopped it.
//
// A broker's rate limits all moves that touch it, so it stays as long as the controller lists any, whoever's they are.
func (r *restorer) restore(ctx context.Context) (left []string, err error) {
	var busy []int32 // brokers that moves of others touch
	passing := false // others set a rate over ours
	var under map[change.TopicPartition]reassignment
	byBroker := map[int32][]rateEntry{}
	for _, e := range r.ledger.Rates {
		byBroker[e.Broker] = append(byBroker[e.Broker], e)
	}
	for _, b := range slices.Sorted(maps.Keys(byBroker)) {
		ongoing, err := r.moving(ctx) // again for each broker: others may begin at any time
		if err != nil {
			return left, err
		}
		if touching(ongoing, b) > 0 {
			busy, under = append(busy, b), ongoing
			continue
		}
		why, theirs, err := r.restoreRates(ctx, b, byBroker[b])
		passing = passing || theirs
		if err != nil {
			return left, err
		}
		if why != "" {
			resource := change.Resource{Broker: b}.String()
			for _, e := range byBroker[b] {
				r.emit(Left{resource, e.Config, why})
			}
			left = append(left, fmt.Sprintf("the replication throttle of %s stays: %s", resource, why))
			continue
		}
		r.ledger.Rates = slices.DeleteFunc(r.ledger.Rates, func(e rateEntry) bool { return e.Broker == b })
		if err := r.ledger.save(); err != nil {
			return left, err
		}
	}
	if len(busy) > 0 {
		why := format.Count(touching(under, busy...), "move") + " of others run under them"
		for _, config := range rates {
			r.emit(Left{brokersOf(busy), config, why})
		}
		left = append(left, fmt.Sprintf("the rates of %s stay, because %s: the same command puts them back when those are done", brokersOf(busy), why))
	}
	if len(busy) > 0 || passing {
		return left, nil // by our entries on the lists others see that our rates pass
	}
	topics, err := r.restoreLists(ctx)
	return append(left, topics...), err
}

// restoreRates puts back those of a broker's rates that are still ours. Where that isn't possible now, why says so: others may
// have set a rate over ours for their moves (passing), and when they are done they may put ours back.
func (r *restorer) restoreRates(ctx context.Context, broker int32, entries []rateEntry) (why string, passing bool, err error) {
	at := r.c.snap.Broker(broker)
	alive := at != nil && at.Alive
	var now map[string]string
	if alive {
		if now, err = r.c.brokerConfigs(ctx, broker, rates...); err != nil {
			return "the broker doesn't tell its configs: " + err.Error(), false, ctx.Err()
		}
	}
	for _, e := range entries {
		if v := configValue(now, e.Config); e.overOurs(v) && r.c.othersLimit(ctx, r.ledger) {
			return fmt.Sprintf("others limit their moves by it, to %s: the same command looks again when those are done", rateText(v)), true, ctx.Err()
		}
	}
	c := change.ConfigChange{Resource: change.Resource{Broker: broker}}
	said := make([]Restored, len(entries))
	for i, e := range entries {
		said[i] = Restored{Resource: c.Resource.String(), Config: e.Config}
		v := configValue(now, e.Config)
		// A value that equals the prior one is set once more: the broker may not know yet what we set.
		if alive && !equal(v, e.Prior) && (v == nil || !slices.Contains(e.Ours, *v)) {
			said[i].How = "others changed it meanwhile, and it is left to them"
			continue
		}
		op := change.ConfigOp{Name: e.Config, Op: kmsg.IncrementalAlterConfigOpDelete, Before: v}
		said[i].How, said[i].Removed = "removed", true
		if e.Prior != nil {
			op.Op, op.Value = kmsg.IncrementalAlterConfigOpSet, *e.Prior
			said[i].How, said[i].Removed = "set to "+*e.Prior+" again", false
		}
		c.Ops = append(c.Ops, op)
	}
	if len(c.Ops) > 0 {
		if why, err := r.alterBroker(ctx, c, whyDeadConfig); why != "" || err != nil {
			return why, false, err
		}
	}
	for _, ev := range said {
		r.emit(ev)
	}
	return "", false, nil
}

// restoreLists takes our entries off the topics' lists, but for those of partitions that others move now, which need them as
// well. A config that would be empty now is removed, unless it was set to nothing before. From any other the controller itself
// takes the entries, so that what others write at the same time isn't lost.
func (r *restorer) restoreLists(ctx context.Context) (left []string, err error) {
	byTopic := map[string][]listEntry{}
	for _, e := range r.ledger.Lists {
		byTopic[e.Topic] = append(byTopic[e.Topic], e)
	}
	topics, err := r.existing(ctx, slices.Sorted(maps.Keys(byTopic)))
	if err != nil {
		return nil, err
	}
	now, err := r.c.topicConfigs(ctx, topics, lists...)
	if err != nil {
		return nil, err
	}
	ongoing, err := r.moving(ctx)
	if err != nil {
		return nil, err
	}
	var kept []listEntry // what stays in the ledger
	moving := map[string]bool{}
	for _, t := range topics {
		free := byTopic[t][:0]
		for _, e := range byTopic[t] {
			needed := e
			e.Added, needed.Added = e.split(ongoing)
			if len(e.Added) > 0 {
				free = append(free, e)
			}
			if len(needed.Added) > 0 {
				kept = append(kept, needed)
			}
			for _, s := range needed.Added {
				moving[t+"-"+partitionOf(s)] = true
			}
		}
		byTopic[t] = free
	}
	topics = slices.DeleteFunc(topics, func(t string) bool { return len(byTopic[t]) == 0 })
	if partitions := sortedKeys(moving); len(partitions) > 0 {
		left = append(left, fmt.Sprintf("entries of ours stay on the lists of throttled replicas, because others move %s now: the same command takes them off when that is done", examples(partitions)))
	}
	changes := make([]change.ConfigChange, len(topics))
	for i, t := range topics {
		changes[i].Resource.Topic = t
		for _, e := range byTopic[t] {
			value := configValue(now[t], e.Config)
			op := change.ConfigOp{Name: e.Config, Op: kmsg.IncrementalAlterConfigOpSubtract, Value: strings.Join(e.Added, ","), Before: value}
			others := slices.DeleteFunc(splitList(value), func(s string) bool { return slices.Contains(e.Added, s) })
			if len(others) == 0 && (!e.WasSet || e.Shared) {
				op.Op, op.Value = kmsg.IncrementalAlterConfigOpDelete, ""
			}
			changes[i].Ops = append(changes[i].Ops, op)
		}
	}
	errs, failed := r.door.AlterTopicConfigs(ctx, changes)
	for i, t := range topics {
		if errs[i] != nil {
			kept = append(kept, byTopic[t]...)
		}
		if err := errs[i]; errors.Is(err, change.ErrNotTaken) || failed != nil && change.Uncertain(err) {
			continue
		}
		for _, e := range byTopic[t] {
			resource := change.Resource{Topic: t}.String()
			if err := errs[i]; err != nil {
				r.emit(Left{resource, e.Config, err.Error()})
				left = append(left, fmt.Sprintf("%s of %s: %v", e.Config, resource, err))
				continue
			}
			r.emit(Restored{resource, e.Config, "our entries removed", !e.WasSet})
		}
	}
	r.ledger.setLists(kept) // the configs of a deleted topic are gone with it
	return left, errors.Join(failed, r.ledger.save())
}

// existing returns the topics that haven't been deleted.
func (r *restorer) existing(ctx context.Context, topics []string) ([]string, error) {
	if len(topics) == 0 {
		return nil, nil
	}
	partitions, _, err := r.c.partitions(ctx, topics)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for tp := range partitions {
		there[tp.Topic] = true
	}
	return slices.DeleteFunc(topics, func(t string) bool { return !there[t] }), nil
}
