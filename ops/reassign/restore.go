package reassign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
)

// restorer puts back what the ledger tells of, entry by entry.
type restorer struct {
	c      *cluster
	door   *change.Door
	ledger *ledger
	emit   func(Event)
}

// restore must be called only while none of our moves is in flight. What can't be put back now stays in the ledger and is
// said. err is what kept it from going on.
func (r *restorer) restore(ctx context.Context) (left []string, err error) {
	if r.ledger.empty() {
		return nil, r.ledger.save()
	}
	for _, e := range slices.Clone(r.ledger.Rates) {
		how, why, err := r.restoreRate(ctx, &e)
		if err != nil {
			return left, err
		}
		resource := change.Resource{Broker: e.Broker}.String()
		if why != "" {
			r.emit(Left{resource, e.Config, why})
			left = append(left, fmt.Sprintf("%s of %s: %s", e.Config, resource, why))
			continue
		}
		r.ledger.Rates = slices.DeleteFunc(r.ledger.Rates, func(o rateEntry) bool { return o.Broker == e.Broker && o.Config == e.Config })
		if err := r.ledger.save(); err != nil {
			return left, err
		}
		r.emit(Restored{resource, e.Config, how})
	}
	lists, err := r.restoreLists(ctx)
	return append(left, lists...), err
}

// restoreRate puts one rate back if it is still ours. why says that it couldn't be for now.
func (r *restorer) restoreRate(ctx context.Context, e *rateEntry) (how, why string, err error) {
	op := change.ConfigOp{Name: e.Config, Op: kmsg.IncrementalAlterConfigOpDelete, Before: &e.Ours[len(e.Ours)-1]}
	how = "removed"
	if e.Prior != nil {
		op.Op, op.Value, how = kmsg.IncrementalAlterConfigOpSet, *e.Prior, "set to "+*e.Prior+" again"
	}
	c := change.ConfigChange{Resource: change.Resource{Broker: e.Broker}, Ops: []change.ConfigOp{op}}
	if b := r.c.snap.Broker(e.Broker); b == nil || !b.Alive {
		err := r.door.AlterDeadBrokerConfigs(ctx, c)
		var dead *change.DeadError
		switch {
		case err == nil:
			return how + " by way of the controller", "", nil
		case errors.As(err, &dead):
			return "", "the broker is dead, and no broker takes configs for another: it is put back when the broker lives again, " +
				"or when the address of a controller is given (--bootstrap-controller)", nil
		case isPassing(err):
			return "", "the broker is dead, and the controllers don't answer: " + err.Error(), nil
		}
		return "", "", err
	}
	now, err := r.c.brokerConfigs(ctx, e.Broker, e.Config)
	if err != nil {
		return "", "the broker doesn't tell its configs: " + err.Error(), ctx.Err()
	}
	// What equals the prior value is set once more: the broker may not have heard yet of what we set.
	if v := lookup(now, e.Config); !equal(v, e.Prior) && (v == nil || !slices.Contains(e.Ours, *v)) {
		return "others changed it meanwhile: left to them", "", nil
	}
	switch err := r.door.AlterBrokerConfigs(ctx, c); {
	case err == nil:
		return how, "", nil
	case isPassing(err) && ctx.Err() == nil:
		return "", err.Error(), nil
	default:
		return "", "", err
	}
}

// restoreLists takes our entries off the topics' lists. A config that nobody else had set and that would hold nothing any
// more is removed; else the controller takes the entries out itself, so that what others write meanwhile isn't lost.
func (r *restorer) restoreLists(ctx context.Context) (left []string, err error) {
	byTopic := map[string][]listEntry{}
	for _, e := range r.ledger.Lists {
		byTopic[e.Topic] = append(byTopic[e.Topic], e)
	}
	topics, err := r.existing(ctx, slices.Sorted(maps.Keys(byTopic)))
	if err != nil {
		return nil, err
	}
	now, err := r.c.topicConfigs(ctx, topics, change.LeaderReplicas, change.FollowerReplicas)
	if err != nil {
		return nil, err
	}
	changes := make([]change.ConfigChange, len(topics))
	for i, t := range topics {
		changes[i].Resource.Topic = t
		for _, e := range byTopic[t] {
			value := lookup(now[t], e.Config)
			op := change.ConfigOp{Name: e.Config, Op: kmsg.IncrementalAlterConfigOpSubtract, Value: strings.Join(e.Added, ","), Before: value}
			others := slices.DeleteFunc(splitList(value), func(s string) bool { return slices.Contains(e.Added, s) })
			if len(others) == 0 && !e.WasSet {
				op.Op, op.Value = kmsg.IncrementalAlterConfigOpDelete, ""
			}
			changes[i].Ops = append(changes[i].Ops, op)
		}
	}
	errs, err := r.door.AlterTopicConfigs(ctx, changes)
	if err != nil {
		return nil, err
	}
	for i, t := range topics {
		for _, e := range byTopic[t] {
			resource := change.Resource{Topic: t}.String()
			if err := errs[i]; err != nil {
				r.emit(Left{resource, e.Config, err.Error()})
				left = append(left, fmt.Sprintf("%s of %s: %v", e.Config, resource, err))
				continue
			}
			r.emit(Restored{resource, e.Config, "our entries removed"})
		}
		if errs[i] == nil {
			delete(byTopic, t)
		}
	}
	r.ledger.Lists = slices.DeleteFunc(r.ledger.Lists, func(e listEntry) bool {
		return byTopic[e.Topic] == nil || !slices.Contains(topics, e.Topic) // what a topic had goes with it
	})
	return left, r.ledger.save()
}

// existing are those of the topics that haven't been deleted.
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
