package reassign

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// noRate is what Kafka takes for no throttle (Long.MAX_VALUE, the default of all three rates).
const noRate = "9223372036854775807"

// limits are the rates of a broker that limit copies.
var limits = []string{change.LeaderRate, change.FollowerRate, change.LogDirRate}

// Throttles lists what limits replication anywhere in the cluster, the rates of brokers first. unknown is what could not be
// read. snap must be of a look right before.
func Throttles(ctx context.Context, session *kafka.Session, stateDir string, snap *state.Snapshot) (list []state.Throttle, unknown []state.Unknown, err error) {
	l, err := openLedger(stateDir, snap.ClusterID)
	if err != nil {
		return nil, nil, err
	}
	s := &survey{c: &cluster{session: session, snap: snap}, ledger: l}
	if s.running, _, err = locked(stateDir, snap.ClusterID); err != nil {
		return nil, nil, err
	}
	s.look(ctx)
	return s.throttles, s.unknown, nil
}

// survey finds the throttles of a cluster and judges each.
type survey struct {
	c      *cluster
	ledger *ledger

	ongoing  map[change.TopicPartition]reassignment
	unlisted string // why the controller's reassignments aren't known; "": they are
	running  bool   // a run is on, or left moves in flight
	standing bool   // a topic's list names all its replicas: somebody limits them for good

	throttles []state.Throttle
	unknown   []state.Unknown
}

func (s *survey) look(ctx context.Context) {
	var err error
	if s.ongoing, err = s.c.ongoing(ctx); err != nil {
		s.unlisted = err.Error()
		s.unknown = append(s.unknown, state.Unknown{Node: -1, What: state.WhatMoves, Why: s.unlisted})
	}
	for _, m := range s.ledger.Moves {
		if f, found := s.ongoing[m.TopicPartition]; found && slices.Equal(f.target(), m.Target) {
			s.running = true
		}
	}
	for _, u := range s.c.snap.Unknown {
		if u.What == state.WhatTopicConfigs {
			s.unknown = append(s.unknown, u)
		}
	}
	topics := s.topics()
	s.brokers(ctx)
	s.throttles = append(s.throttles, topics...)
}

// topics judges the lists of topics, entry by entry. A list is several rows where its entries differ in whose they are.
func (s *survey) topics() (rows []state.Throttle) {
	for i := range s.c.snap.NumTopics() {
		t := s.c.snap.Topic(i)
		for _, key := range lists {
			value, _ := t.Config(key)
			rows = append(rows, s.list(t.Name(), key, value)...)
		}
	}
	return rows
}

func (s *survey) list(topic, key, value string) (rows []state.Throttle) {
	at := map[string]int{}
	for _, entry := range splitList(&value) {
		row := s.entry(topic, key, entry)
		kind := fmt.Sprint(row.Whose, row.Why, row.Moving.Known, row.Moving.Value)
		if i, found := at[kind]; found {
			rows[i].Value += "," + entry
			continue
		}
		at[kind] = len(rows)
		rows = append(rows, row)
	}
	return rows
}

// entry judges one entry of a topic's list: "partition:broker", or "*" for all.
func (s *survey) entry(topic, key, entry string) state.Throttle {
	row := state.Throttle{Broker: -1, Topic: topic, Key: key, Value: entry, Moving: s.moving(func() bool {
		if entry == "*" {
			for tp := range s.ongoing {
				if tp.Topic == topic {
					return true
				}
			}
			return false
		}
		n, err := strconv.ParseInt(partitionOf(entry), 10, 32)
		_, found := s.ongoing[change.TopicPartition{Topic: topic, Partition: int32(n)}]
		return err == nil && found
	})}
	ours := slices.ContainsFunc(s.ledger.Lists, func(e listEntry) bool {
		return e.Topic == topic && e.Config == key && slices.Contains(e.Added, entry)
	})
	switch {
	case entry == "*":
		s.standing = true
		row.Whose, row.Why = state.Unclear, "it names every replica, so it isn't of a move"
	default:
		s.judge(&row, ours)
	}
	return row
}

// judge decides whose a throttle is that doesn't limit for good.
func (s *survey) judge(row *state.Throttle, ours bool) {
	switch {
	case !row.Moving.Known:
		row.Whose, row.Why = state.Unclear, row.Moving.Why
	case ours && s.running:
		row.Whose = state.OfRun
	case row.Moving.Value:
		row.Whose, row.Why = state.Unclear, "moves of others run under it"
	default:
		row.Whose = state.LeftOver
	}
}

// moving is whether the controller's list says that something moves.
func (s *survey) moving(look func() bool) state.Reading[bool] {
	if s.unlisted != "" {
		return state.Missing[bool](s.unlisted, s.c.snap.Taken, "the controller")
	}
	return state.Read(look(), s.c.snap.Taken, "the controller")
}

// brokers judges the rates of brokers. Only a broker itself tells its own, so of dead ones those are shown that are in the ledger.
func (s *survey) brokers(ctx context.Context) {
	var live []int32
	for i := range s.c.snap.Brokers {
		if b := &s.c.snap.Brokers[i]; b.Alive {
			live = append(live, b.ID)
		}
	}
	told, silent := s.c.limitsOf(ctx, live)
	for i := range s.c.snap.Brokers {
		id := s.c.snap.Brokers[i].ID
		if why, is := silent[id]; is {
			s.unknown = append(s.unknown, state.Unknown{Node: id, What: state.WhatConfigs, Why: why.Error()})
		}
		for _, key := range limits {
			if limit, set := told[id][key]; set && limit.value != noRate {
				s.rate(id, key, limit)
			} else if e := s.ledger.rate(id, key); e != nil && !slices.Contains(live, id) {
				s.rate(id, key, brokerLimit{value: e.Ours[len(e.Ours)-1]})
			}
		}
	}
}

func (s *survey) rate(broker int32, key string, limit brokerLimit) {
	row := state.Throttle{Broker: broker, Key: key, Value: limit.value}
	if key == change.LogDirRate {
		row.Moving = s.copiesWithin(broker)
	} else {
		row.Moving = s.moving(func() bool { return touching(s.ongoing, broker) > 0 })
	}
	e := s.ledger.rate(broker, key)
	switch {
	case limit.ofAll:
		row.Whose, row.Why = state.Unclear, "it is the default of all brokers, so it isn't of a move"
	case s.standing && key != change.LogDirRate && e == nil && !row.Moving.Or(true):
		row.Whose, row.Why = state.Unclear, "a topic names every replica to be throttled, so it may be meant for good"
	default:
		s.judge(&row, e != nil && slices.Contains(e.Ours, limit.value))
	}
	s.throttles = append(s.throttles, row)
}

// copiesWithin tells whether a broker copies replicas from one of its log dirs to another.
func (s *survey) copiesWithin(broker int32) state.Reading[bool] {
	dirs := s.c.snap.Broker(broker).LogDirs
	if !dirs.Known {
		return state.Missing[bool](dirs.Why, dirs.At, dirs.From)
	}
	return state.Read(slices.ContainsFunc(dirs.Value, func(d state.LogDir) bool { return d.Future > 0 }), dirs.At, dirs.From)
}

// brokerLimit is a rate that a broker told.
type brokerLimit struct {
	value string
	ofAll bool // it is set for all brokers at once
}

// limitsOf asks brokers for the rates that are set on them, all at once.
func (c *cluster) limitsOf(ctx context.Context, brokers []int32) (told map[int32]map[string]brokerLimit, silent map[int32]error) {
	told, silent = map[int32]map[string]brokerLimit{}, map[int32]error{}
	var (
		mu sync.Mutex
		wg sync.WaitGroup
	)
	for _, b := range brokers {
		wg.Go(func() {
			configs, err := c.describeBroker(ctx, b, limits...)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				silent[b] = err
				return
			}
			told[b] = map[string]brokerLimit{}
			for _, entry := range configs {
				of := entry.Source
				if entry.Value != nil && (of == kmsg.ConfigSourceDynamicBrokerConfig || of == kmsg.ConfigSourceDynamicDefaultBrokerConfig) {
					told[b][entry.Name] = brokerLimit{strings.TrimSpace(*entry.Value), of == kmsg.ConfigSourceDynamicDefaultBrokerConfig}
				}
			}
		})
	}
	wg.Wait()
	return told, silent
}
