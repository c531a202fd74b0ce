package transactions

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// Asker asks nodes by their addresses: a [kdeck/ops/kafka.Session].
type Asker interface {
	Ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error)
	Addr(id int32) (string, bool)
}

// What one request may hold, and how many brokers are asked at once.
const (
	partitionsAtOnce = 2000
	idsAtOnce        = 500
	brokersAtOnce    = 16
)

// Holds finds out how far the partitions that want is true of are held back, and which groups read them.
type Holds func(ctx context.Context, want func(state.Partition) bool) (held []state.HeldPartition, unknown []state.Unknown)

// Read asks the leaders of the partitions that chosen is true of, and all coordinators; and holds, what open transactions hold back. What can't be read is
// named in the answer.
func Read(ctx context.Context, asker Asker, s *state.Snapshot, chosen func(state.Partition) bool, holds Holds, now func() time.Time) *state.Transactions {
	r := &reader{asker: asker, snapshot: s, into: &state.Transactions{ClusterID: s.ClusterID}, leaders: map[int32][]place{}, turns: make(chan struct{}, brokersAtOnce), unknown: map[state.Unknown][]string{}}
	leaderless := 0
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		switch {
		case !chosen(p):
		case p.Leader() < 0:
			leaderless++
		default:
			r.leaders[p.Leader()] = append(r.leaders[p.Leader()], place{p.Topic().Name(), p.ID()})
		}
	}
	if leaderless > 0 {
		r.miss(-1, state.WhatProducers, fmt.Sprintf("%d partitions have no leader", leaderless))
	}
	r.producers(ctx)
	r.coordinators(ctx)
	r.lookAgain(ctx)
	r.held(ctx, holds)
	r.finish()
	r.into.Taken = now()
	return r.into
}

// place is a partition.
type place struct {
	topic     string
	partition int32
}

type reader struct {
	asker    Asker
	snapshot *state.Snapshot
	into     *state.Transactions
	leaders  map[int32][]place
	turns    chan struct{}

	mu      sync.Mutex // guards into and what follows: brokers are asked at the same time
	unknown map[state.Unknown][]string
	silent  int // brokers that didn't list their transactions
}

func (r *reader) miss(node int32, what, why string) { r.missOf(node, what, why, "") }

// missOf notes what could not be read of a topic; the topics are told together.
func (r *reader) missOf(node int32, what, why, topic string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := state.Unknown{Node: node, What: what, Why: why}
	if list := r.unknown[u]; topic == "" || !slices.Contains(list, topic) {
		r.unknown[u] = append(list, topic)
	}
}

// eachBroker calls do for brokers, several at the same time.
func eachBroker[V any](r *reader, of map[int32]V, do func(broker int32, addr string, v V)) {
	var all sync.WaitGroup
	for _, id := range slices.Sorted(maps.Keys(of)) {
		r.turns <- struct{}{}
		all.Go(func() {
			defer func() { <-r.turns }()
			if addr, ok := r.asker.Addr(id); ok {
				do(id, addr, of[id])
			} else {
				do(id, "", of[id])
			}
		})
	}
	all.Wait()
}

// ask asks one broker, and notes what is missing where that fails.
func (r *reader) ask(ctx context.Context, broker int32, addr, what string, req kmsg.Request) kmsg.Response {
	if addr == "" {
		r.miss(broker, what, "the broker isn't alive")
		return nil
	}
	resp, err := r.asker.Ask(ctx, addr, req)
	if err != nil {
		r.miss(broker, what, err.Error())
		return nil
	}
	return resp
}

func codeName(code int16) string {
	if e := kerr.TypedErrorForCode(code); e != nil {
		return e.Message
	}
	return fmt.Sprintf("error %d", code)
}

// needs says which permission an error is about.
var needs = map[int16]string{
	kerr.TopicAuthorizationFailed.Code:           ": it needs READ on the topic",
	kerr.TransactionalIDAuthorizationFailed.Code: ": it needs DESCRIBE on the transactional id",
}

func why(code int16) string { return codeName(code) + needs[code] }

// producers asks every leader for the producers of its partitions.
func (r *reader) producers(ctx context.Context) {
	eachBroker(r, r.leaders, func(leader int32, addr string, places []place) {
		found := r.describeProducers(ctx, leader, addr, places)
		r.mu.Lock()
		r.into.Producers = append(r.into.Producers, found...)
		r.mu.Unlock()
	})
	slices.SortFunc(r.into.Producers, func(a, b state.Producer) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.ID, b.ID))
	})
}

func (r *reader) describeProducers(ctx context.Context, leader int32, addr string, places []place) (found []state.Producer) {
	for chunk := range slices.Chunk(places, partitionsAtOnce) {
		req := kmsg.NewPtrDescribeProducersRequest()
		for topic, partitions := range byTopic(chunk) {
			t := kmsg.NewDescribeProducersRequestTopic()
			t.Topic, t.Partitions = topic, partitions
			req.Topics = append(req.Topics, t)
		}
		slices.SortFunc(req.Topics, func(a, b kmsg.DescribeProducersRequestTopic) int { return cmp.Compare(a.Topic, b.Topic) })
		answer := r.ask(ctx, leader, addr, state.WhatProducers, req)
		if answer == nil {
			return found
		}
		resp, ok := answer.(*kmsg.DescribeProducersResponse)
		if !ok {
			r.miss(leader, state.WhatProducers, "it answers with something else")
			return found
		}
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				if p.ErrorCode != 0 {
					r.missOf(leader, state.WhatProducers, why(p.ErrorCode), t.Topic)
					continue
				}
				for _, a := range p.ActiveProducers {
					found = append(found, state.Producer{
						Topic: t.Topic, Partition: p.Partition, Leader: leader, ID: a.ProducerID, Epoch: a.ProducerEpoch, LastSequence: a.LastSequence,
						LastWrite: timeOf(a.LastTimestamp), CoordinatorEpoch: a.CoordinatorEpoch, OpenFrom: a.CurrentTxnStartOffset,
					})
				}
			}
		}
	}
	return found
}

func byTopic(places []place) map[string][]int32 {
	topics := map[string][]int32{}
	for _, p := range places {
		topics[p.topic] = append(topics[p.topic], p.partition)
	}
	return topics
}

// maxMillis is the last millisecond that a date has room for, of the year 9999.
const maxMillis = 253402300799999

func timeOf(millis int64) time.Time {
	if millis <= 0 || millis > maxMillis {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}

// coordinators asks every broker for the transactions that it coordinates, and then for those of open producers in full.
func (r *reader) coordinators(ctx context.Context) {
	open := map[int64]bool{}
	for _, p := range r.into.Producers {
		if p.IsOpen() {
			open[p.ID] = true
		}
	}
	brokers := map[int32]struct{}{}
	for i := range r.snapshot.Brokers {
		if b := &r.snapshot.Brokers[i]; b.Alive {
			brokers[b.ID] = struct{}{}
		} else {
			r.silent++
			r.miss(b.ID, state.WhatTransactions, "the broker isn't alive: others take over what it coordinated")
		}
	}
	eachBroker(r, brokers, func(broker int32, addr string, _ struct{}) {
		answer := r.ask(ctx, broker, addr, state.WhatTransactions, kmsg.NewPtrListTransactionsRequest())
		resp, ok := answer.(*kmsg.ListTransactionsResponse)
		if ok && resp.ErrorCode != 0 {
			r.miss(broker, state.WhatTransactions, why(resp.ErrorCode))
		}
		if !ok || resp.ErrorCode != 0 {
			r.mu.Lock()
			r.silent++
			r.mu.Unlock()
			return
		}
		list := make([]state.Transaction, len(resp.TransactionStates))
		for i, t := range resp.TransactionStates {
			list[i] = state.Transaction{ID: t.TransactionalID, Coordinator: broker, State: t.TransactionState, ProducerID: t.ProducerID}
		}
		r.describe(ctx, broker, addr, list, open)
		r.mu.Lock()
		r.into.Transactions = append(r.into.Transactions, list...)
		r.mu.Unlock()
	})
	slices.SortFunc(r.into.Transactions, func(a, b state.Transaction) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Coordinator, b.Coordinator))
	})
	r.into.AllListed = r.silent == 0
}

// describe asks a coordinator for those of its transactions that are open, or whose producers have one open.
func (r *reader) describe(ctx context.Context, broker int32, addr string, list []state.Transaction, open map[int64]bool) {
	at := map[string]*state.Transaction{}
	var ids []string
	for i := range list {
		if t := &list[i]; open[t.ProducerID] || t.State == "Ongoing" || t.State == "PrepareCommit" || t.State == "PrepareAbort" || t.State == "PrepareEpochFence" {
			at[t.ID], ids = t, append(ids, t.ID)
		}
	}
	for chunk := range slices.Chunk(ids, idsAtOnce) {
		req := kmsg.NewPtrDescribeTransactionsRequest()
		req.TransactionalIDs = chunk
		answer := r.ask(ctx, broker, addr, state.WhatTransactions, req)
		resp, ok := answer.(*kmsg.DescribeTransactionsResponse)
		if !ok {
			return
		}
		for _, d := range resp.TransactionStates {
			t := at[d.TransactionalID]
			switch {
			case t == nil:
			case d.ErrorCode != 0:
				r.missOf(broker, state.WhatTransactions, why(d.ErrorCode), d.TransactionalID)
			default:
				t.Described, t.State, t.ProducerID, t.Epoch = true, d.State, d.ProducerID, d.ProducerEpoch
				t.Timeout, t.Started = time.Duration(d.TimeoutMillis)*time.Millisecond, timeOf(d.StartTimestamp)
				t.Holds = map[string][]int32{}
				for _, topic := range d.Topics {
					t.Holds[topic.Topic] = append(t.Holds[topic.Topic], topic.Partitions...)
				}
			}
		}
	}
}

// lookAgain asks the leaders once more where a transaction is open that its coordinator doesn't count the partition to.
func (r *reader) lookAgain(ctx context.Context) {
	again := map[int32][]place{}
	for i := range r.into.Producers {
		p := &r.into.Producers[i]
		if t := r.into.Of(p.ID); p.IsOpen() && (t == nil || t.Described && !t.Has(p.Topic, p.Partition)) {
			again[p.Leader] = append(again[p.Leader], place{p.Topic, p.Partition})
		}
	}
	for leader, places := range again {
		again[leader] = slices.CompactFunc(places, func(a, b place) bool { return a == b }) // producers are sorted by partition
	}
	type open struct {
		place
		id, from int64
	}
	still := map[open]bool{}
	eachBroker(r, again, func(leader int32, addr string, places []place) {
		for _, p := range r.describeProducers(ctx, leader, addr, places) {
			r.mu.Lock()
			still[open{place{p.Topic, p.Partition}, p.ID, p.OpenFrom}] = true
			r.mu.Unlock()
		}
	})
	for i := range r.into.Producers {
		p := &r.into.Producers[i]
		p.StillOpen = p.IsOpen() && still[open{place{p.Topic, p.Partition}, p.ID, p.OpenFrom}]
	}
}

// held looks up how far open transactions hold back the partitions that they are in, and who reads these.
func (r *reader) held(ctx context.Context, holds Holds) {
	open := map[place]bool{}
	for i := range r.into.Producers {
		if p := &r.into.Producers[i]; p.IsOpen() {
			open[place{p.Topic, p.Partition}] = true
		}
	}
	if len(open) > 0 {
		r.into.Held, r.into.Unknown = holds(ctx, func(p state.Partition) bool { return open[place{p.Topic().Name(), p.ID()}] })
	}
}

// finish writes down what is unknown.
func (r *reader) finish() {
	for u, topics := range r.unknown {
		if names := slices.DeleteFunc(slices.Sorted(slices.Values(topics)), func(t string) bool { return t == "" }); len(names) > 0 {
			u.Why = fmt.Sprintf("%s (%s)", u.Why, some(names))
		}
		r.into.Unknown = append(r.into.Unknown, u)
	}
	slices.SortFunc(r.into.Unknown, func(a, b state.Unknown) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Why, b.Why))
	})
}

// some names one of many.
func some(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}
