package reassign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// ClearOptions are what throttles that were left over are taken away with.
type ClearOptions struct {
	Session  *kafka.Session
	Door     *change.Door
	Look     func(context.Context) (*state.Snapshot, error)
	StateDir string
	Sink     func(Event) // nil: nobody

	// Throttles are those to take away. Each is looked at again first: one under which something moves now, or that others
	// changed, is left and reported.
	Throttles []state.Throttle

	Again config.CommandLine // the command that clears, for the last event
}

// Clear takes left-over throttles away, entry by entry, and never one under which anything moves. A rate that a run of kdeck
// set over another gets that other value back. An error means that nothing was changed.
func Clear(ctx context.Context, o ClearOptions) (End, error) {
	r, unlock, err := openRestorer(ctx, o.Session, o.Door, o.Look, o.StateDir, o.Sink)
	if err != nil {
		return End{}, err
	}
	defer unlock()
	c := &clearer{restorer: r, now: survey{c: r.c, ledger: r.ledger}, o: o, left: map[string]int{}}
	c.now.look(ctx)
	if c.now.unlisted != "" {
		return End{}, fmt.Errorf("nothing is cleared, because what moves isn't known: %s", c.now.unlisted)
	}
	r.ledger.Moves = slices.DeleteFunc(r.ledger.Moves, func(m moveEntry) bool {
		f, found := c.now.ongoing[m.TopicPartition]
		return !found || !slices.Equal(f.target(), m.Target)
	})
	end := c.run(ctx)
	c.emit(end)
	return end, nil
}

type clearer struct {
	*restorer
	now survey
	o   ClearOptions

	cleared int
	left    map[string]int // why throttles are left, and how many
}

func (c *clearer) run(ctx context.Context) End {
	err := c.clear(ctx)
	end := End{Result: Done, Cleared: &c.cleared}
	if err == nil && len(c.ledger.Moves) == 0 { // the drain that cordoned a broker is over as well
		end.Why, err = c.uncordon(ctx, everyBroker)
	}
	for _, why := range slices.Sorted(maps.Keys(c.left)) {
		end.Why = append(end.Why, format.Count(c.left[why], "throttle")+" left: "+why)
	}
	switch {
	case err != nil:
		end.Result, end.Error = Failed, err.Error()
	case len(end.Why) > 0:
		end.Result = Partial
	}
	if end.Result != Done && c.o.Again != "" {
		end.Next = []config.CommandLine{c.o.Again}
	}
	return end
}

func (c *clearer) leave(t state.Throttle, why string) {
	c.left[why]++
	c.emit(Left{Resource: resourceOf(t).String(), Config: t.Key, Why: why})
}

func resourceOf(t state.Throttle) change.Resource {
	return change.Resource{Topic: t.Topic, Broker: t.Broker}
}

// clear takes the rates first: with its list a topic still shows what they were for.
func (c *clearer) clear(ctx context.Context) error {
	now := map[state.Throttle]bool{} // the entries of lists one by one
	for _, t := range entriesOf(c.now.throttles) {
		now[bare(t)] = t.Whose == state.LeftOver
	}
	byBroker, byTopic := map[int32][]state.Throttle{}, map[string][]state.Throttle{}
	for _, t := range entriesOf(c.o.Throttles) {
		switch leftOver, found := now[bare(t)]; {
		case !found:
			c.leave(t, "it isn't set any more, or others changed it")
		case !leftOver:
			c.leave(t, "something moves under it now")
		case t.Topic == "":
			byBroker[t.Broker] = append(byBroker[t.Broker], t)
		default:
			byTopic[t.Topic] = append(byTopic[t.Topic], t)
		}
	}
	for _, b := range slices.Sorted(maps.Keys(byBroker)) {
		if err := c.clearBroker(ctx, b, byBroker[b]); err != nil {
			return err
		}
	}
	return c.clearTopics(ctx, byTopic)
}

// bare is what makes a throttle the same throttle.
func bare(t state.Throttle) state.Throttle {
	return state.Throttle{Broker: t.Broker, Topic: t.Topic, Key: t.Key, Value: t.Value}
}

// entriesOf makes each entry of a topic's list a throttle of its own.
func entriesOf(list []state.Throttle) (single []state.Throttle) {
	for _, t := range list {
		if t.Topic == "" {
			single = append(single, t)
			continue
		}
		for _, entry := range splitList(&t.Value) {
			t.Value = entry
			single = append(single, t)
		}
	}
	return single
}

// clearBroker takes the rates of one broker away, unless moves began meanwhile.
func (c *clearer) clearBroker(ctx context.Context, broker int32, throttles []state.Throttle) error {
	ongoing, err := c.c.ongoing(ctx)
	if err != nil {
		return err
	}
	at := change.ConfigChange{Resource: change.Resource{Broker: broker}}
	var said []Restored
	for _, t := range throttles {
		if t.Key != change.LogDirRate && touching(ongoing, broker) > 0 {
			c.leave(t, "something moves under it now")
			continue
		}
		value := t.Value
		op, ev := change.ConfigOp{Name: t.Key, Op: kmsg.IncrementalAlterConfigOpDelete, Before: &value}, Restored{Resource: at.Resource.String(), Config: t.Key, How: "removed; it was " + rateText(&value)}
		if e := c.ledger.rate(broker, t.Key); e != nil && slices.Contains(e.Ours, value) && e.Prior != nil {
			op.Op, op.Value, ev.How = kmsg.IncrementalAlterConfigOpSet, *e.Prior, "set to "+*e.Prior+" again"
		}
		at.Ops, said = append(at.Ops, op), append(said, ev)
	}
	if len(at.Ops) == 0 {
		return nil
	}
	why, err := c.alterBroker(ctx, at, "its broker is dead, and no other takes configs for it: clear it when the broker lives, or with --bootstrap-controller")
	if why != "" {
		for _, t := range throttles {
			c.leave(t, why)
		}
	}
	if why != "" || err != nil {
		return err
	}
	for _, ev := range said {
		c.emit(ev)
		c.cleared++
		c.ledger.Rates = slices.DeleteFunc(c.ledger.Rates, func(e rateEntry) bool { return e.Broker == broker && e.Config == ev.Config })
	}
	return c.ledger.save()
}

// clearTopics takes entries off the lists of topics. A config that would be empty is removed. From any other the controller itself
// takes the entries, so that what others write at the same time isn't lost.
func (c *clearer) clearTopics(ctx context.Context, byTopic map[string][]state.Throttle) error {
	if len(byTopic) == 0 {
		return nil
	}
	topics := slices.Sorted(maps.Keys(byTopic))
	now, err := c.c.topicConfigs(ctx, topics, lists...)
	if err != nil {
		return err
	}
	ongoing, err := c.c.ongoing(ctx)
	if err != nil {
		return err
	}
	var changes []change.ConfigChange
	taken := map[string]map[string][]string{} // by topic and config
	for _, topic := range topics {
		drop := map[string][]string{}
		for _, t := range byTopic[topic] {
			if n, err := strconv.ParseInt(partitionOf(t.Value), 10, 32); err == nil {
				if _, moving := ongoing[change.TopicPartition{Topic: topic, Partition: int32(n)}]; moving {
					c.leave(t, "something moves under it now")
					continue
				}
			}
			drop[t.Key] = append(drop[t.Key], t.Value)
		}
		at := change.ConfigChange{Resource: change.Resource{Topic: topic}}
		for _, key := range lists {
			if len(drop[key]) == 0 {
				continue
			}
			value := configValue(now[topic], key)
			others := slices.DeleteFunc(splitList(value), func(s string) bool { return slices.Contains(drop[key], s) })
			op := change.ConfigOp{Name: key, Op: kmsg.IncrementalAlterConfigOpSubtract, Value: strings.Join(drop[key], ","), Before: value}
			if len(others) == 0 {
				op.Op, op.Value = kmsg.IncrementalAlterConfigOpDelete, ""
			}
			at.Ops = append(at.Ops, op)
		}
		if len(at.Ops) > 0 {
			changes, taken[topic] = append(changes, at), drop
		}
	}
	errs, failed := c.door.AlterTopicConfigs(ctx, changes)
	for i, at := range changes {
		for _, op := range at.Ops {
			entries := taken[at.Resource.Topic][op.Name]
			if errs[i] != nil {
				c.left[errs[i].Error()] += len(entries)
				c.emit(Left{at.Resource.String(), op.Name, errs[i].Error()})
				continue
			}
			c.cleared += len(entries)
			c.emit(Restored{Resource: at.Resource.String(), Config: op.Name, How: format.Count(len(entries), "replica") + " taken off it"})
			c.ledger.takeOff(at.Resource.Topic, op.Name, entries)
		}
	}
	return errors.Join(failed, c.ledger.save())
}
