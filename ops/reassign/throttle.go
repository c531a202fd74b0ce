package reassign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
)

// throttledReplicas are a partition's entries in the lists of throttled replicas. On the leader's side these are all replicas
// that it has, for any of them may become the leader; on the follower's side they are the new ones
// (ReassignPartitionsCommand.calculateLeaderThrottles and calculateFollowerThrottles).
func throttledReplicas(partition int32, sources, target []int32) (leader, follower []string) {
	added := without(target, sources)
	if len(added) == 0 {
		return nil, nil // only another order: nothing is copied
	}
	entry := func(b int32) string { return fmt.Sprintf("%d:%d", partition, b) }
	for _, b := range slices.Sorted(slices.Values(sources)) {
		leader = append(leader, entry(b))
	}
	for _, b := range slices.Sorted(slices.Values(added)) {
		follower = append(follower, entry(b))
	}
	return leader, follower
}

func splitList(value *string) []string {
	if value == nil || *value == "" {
		return nil
	}
	parts := strings.Split(*value, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func configValue(set map[string]string, name string) *string {
	if v, ok := set[name]; ok {
		return &v
	}
	return nil
}

// throttle limits the replication that the moves will cause, before they are submitted. silent are the brokers that did not
// take the throttle, and why: moves that need them must not be submitted now. Brokers that are not live are not asked. They
// copy nothing, and Kafka's own tool fails because it waits for them.
func (e *Executor) throttle(ctx context.Context, moves []*move, live func(int32) bool) (silent map[int32]error, err error) {
	brokers := map[int32]bool{}
	for _, m := range moves {
		if len(m.adds) == 0 {
			continue
		}
		for _, b := range slices.Concat(m.sources, m.target) {
			if live(b) {
				brokers[b] = true
			}
		}
	}
	var old []int32 // brokers whose rates others may have lifted since they were read
	for b := range brokers {
		if e.throttled[b] && time.Since(e.ratesReadAt[b]) >= keepInterval {
			old = append(old, b)
		}
	}
	if err := e.keepRates(ctx, e.readRates(ctx, old)); err != nil {
		return nil, err
	}
	// The lists come first, and are put back last: by them others see that a rate is for moves and passes.
	if _, err := e.addToLists(ctx, moves); err != nil {
		return nil, err
	}
	return e.setRates(ctx, slices.Sorted(maps.Keys(brokers)))
}

// setRates sets both rates on the brokers that don't have them yet from this run.
func (e *Executor) setRates(ctx context.Context, brokers []int32) (silent map[int32]error, err error) {
	silent = map[int32]error{}
	var told []int32
	defer func() {
		if len(told) > 0 {
			e.emit(Throttled{Rate: e.o.Rate, Brokers: told})
		}
	}()
	for _, b := range brokers {
		if e.throttled[b] {
			continue
		}
		switch err := e.setRate(ctx, b); {
		case err == nil:
			e.throttled[b] = true
			told = append(told, b)
		case brokerUnavailable(err) && !permanent(err) && ctx.Err() == nil:
			silent[b] = err
		default:
			return nil, &changeError{err}
		}
	}
	return silent, nil
}

// brokerUnavailable tells whether an error means that one broker could not be reached, and not that it refused.
func brokerUnavailable(err error) bool {
	var dead *change.DeadError
	var failed *change.FailedError
	var unread *unreadError
	return !unwritten(err) && (errors.As(err, &dead) || errors.As(err, &failed) || errors.As(err, &unread))
}

// unreadError says that a broker's configs could not be read.
type unreadError struct{ error }

func (e *unreadError) Unwrap() error { return e.error }

var (
	rates = []string{change.LeaderRate, change.FollowerRate}
	lists = []string{change.LeaderReplicas, change.FollowerReplicas}
)

// setRate sets a broker's rates, but for those of others that moves of ours run under.
func (e *Executor) setRate(ctx context.Context, broker int32) error {
	now, err := e.c.brokerConfigs(ctx, broker, rates...)
	if err != nil {
		return &unreadError{err}
	}
	e.ratesReadAt[broker] = time.Now()
	value := strconv.FormatInt(e.o.Rate, 10)
	c := change.ConfigChange{Resource: change.Resource{Broker: broker}}
	for _, name := range rates {
		prior, key := configValue(now, name), rateOf{broker, name}
		if e.runsUnderTheirs(ctx, broker, name, prior) {
			if last := e.inForce[key]; last == nil || last.value != *prior {
				e.emit(ThrottleChanged{Brokers: []int32{broker}, Config: name, Now: prior})
			}
			e.inForce[key] = &rateInForce{value: *prior, seen: true}
			continue
		}
		tries := 0
		if last := e.inForce[key]; last != nil {
			tries = last.tries
		}
		e.inForce[key] = &rateInForce{value: value, seen: prior != nil && *prior == value, setAt: time.Now(), tries: tries}
		if e.ledger.setRate(broker, name, prior, value) {
			c.Ops = append(c.Ops, change.ConfigOp{Name: name, Op: kmsg.IncrementalAlterConfigOpSet, Value: value, Before: prior})
		}
	}
	if len(c.Ops) == 0 {
		return nil
	}
	if err := e.ledger.save(); err != nil {
		return err
	}
	if slices.ContainsFunc(c.Ops, func(op change.ConfigOp) bool { return op.Before != nil }) {
		// Others may have put back their own rate meanwhile, and ours would bring it back in the end.
		again, err := e.c.brokerConfigs(ctx, broker, rates...)
		if err != nil {
			return &unreadError{err}
		}
		if !maps.Equal(again, now) {
			return e.setRate(ctx, broker)
		}
	}
	return e.door.AlterBrokerConfigs(ctx, c)
}

// addToLists puts the moves' replicas on the lists of their topics. The controller appends them itself, so that what
// others write meanwhile isn't lost. It returns the topics whose lists lacked some.
func (e *Executor) addToLists(ctx context.Context, moves []*move) (lacked []string, err error) {
	wanted := map[string]map[string][]string{} // by topic and config
	for _, m := range moves {
		leader, follower := throttledReplicas(m.tp.Partition, m.sources, m.target)
		if len(follower) == 0 {
			continue
		}
		w := wanted[m.tp.Topic]
		if w == nil {
			w = map[string][]string{}
			wanted[m.tp.Topic] = w
		}
		w[change.LeaderReplicas] = append(w[change.LeaderReplicas], leader...)
		w[change.FollowerReplicas] = append(w[change.FollowerReplicas], follower...)
	}
	topics := slices.Sorted(maps.Keys(wanted))
	if len(topics) == 0 {
		return nil, nil
	}
	now, err := e.c.topicConfigs(ctx, topics, lists...)
	if err != nil {
		return nil, err
	}
	var changes []change.ConfigChange
	for _, t := range topics {
		c := change.ConfigChange{Resource: change.Resource{Topic: t}}
		for _, name := range lists {
			prior := configValue(now[t], name)
			if missing := e.ledger.addToList(t, name, prior, wanted[t][name]); len(missing) > 0 {
				c.Ops = append(c.Ops, change.ConfigOp{
					Name: name, Op: kmsg.IncrementalAlterConfigOpAppend, Value: strings.Join(missing, ","), Before: prior,
				})
			}
		}
		if len(c.Ops) > 0 {
			changes, lacked = append(changes, c), append(lacked, t)
		}
	}
	if len(changes) == 0 {
		return nil, nil
	}
	if err := e.ledger.save(); err != nil {
		return nil, &changeError{err}
	}
	errs, err := e.door.AlterTopicConfigs(ctx, changes)
	if err == nil {
		err = errors.Join(errs...)
	}
	if err != nil {
		return nil, &changeError{err}
	}
	return lacked, nil
}
