package transactions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
	"kdeck/protocol"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// fake is a cluster of three brokers. Of orders, broker 1 leads partitions 0 and 2, and broker 2 leads 1; payments has no leader.
type fake struct {
	mu        sync.Mutex
	asked     []string
	producers map[string][]kmsg.DescribeProducersResponseTopicPartitionActiveProducer // by "orders/0"
	later     func(*fake)                                                             // is called when producers were asked for by two brokers
	list      map[string][]kmsg.ListTransactionsResponseTransactionState              // by broker
	describe  map[string]kmsg.DescribeTransactionsResponseTransactionState            // by transactional id
	fails     map[string]error                                                        // by "b1:9092 ListTransactions"
	code      map[string]int16                                                        // of a topic's producers
}

func (f *fake) Addr(id int32) (string, bool) { return fmt.Sprintf("b%d:9092", id), id < 4 }

func (f *fake) Ask(_ context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if class, why := protocol.Classify(req); !class.Reads() {
		return nil, fmt.Errorf("it doesn't only read: %v %s", class, why)
	}
	asked := addr + " " + kmsg.NameForKey(req.Key())
	f.asked = append(f.asked, asked)
	if err := f.fails[asked]; err != nil {
		return nil, err
	}
	switch req := req.(type) {
	case *kmsg.DescribeProducersRequest:
		resp := kmsg.NewPtrDescribeProducersResponse()
		for _, t := range req.Topics {
			topic := kmsg.DescribeProducersResponseTopic{Topic: t.Topic}
			for _, id := range t.Partitions {
				topic.Partitions = append(topic.Partitions, kmsg.DescribeProducersResponseTopicPartition{Partition: id, ErrorCode: f.code[t.Topic], ActiveProducers: f.producers[fmt.Sprintf("%s/%d", t.Topic, id)]})
			}
			resp.Topics = append(resp.Topics, topic)
		}
		return resp, nil
	case *kmsg.ListTransactionsRequest:
		if f.later != nil {
			f.later(f)
		}
		resp := kmsg.NewPtrListTransactionsResponse()
		resp.TransactionStates = f.list[addr]
		return resp, nil
	case *kmsg.DescribeTransactionsRequest:
		resp := kmsg.NewPtrDescribeTransactionsResponse()
		for _, id := range req.TransactionalIDs {
			d := f.describe[id]
			d.TransactionalID = id
			resp.TransactionStates = append(resp.TransactionStates, d)
		}
		return resp, nil
	}
	return nil, errors.New("unexpected")
}

func active(id, openFrom int64) kmsg.DescribeProducersResponseTopicPartitionActiveProducer {
	return kmsg.DescribeProducersResponseTopicPartitionActiveProducer{ProducerID: id, ProducerEpoch: 3, LastSequence: 9, LastTimestamp: noon.Add(-time.Hour).UnixMilli(), CoordinatorEpoch: -1, CurrentTxnStartOffset: openFrom}
}

// frozen is a cluster in which producer 7 has a transaction open that its coordinator knows, and producer 8 one that none knows.
func frozen() *fake {
	return &fake{
		producers: map[string][]kmsg.DescribeProducersResponseTopicPartitionActiveProducer{
			"orders/0": {active(7, 100), active(5, -1)}, "orders/1": {active(8, 40)},
		},
		list: map[string][]kmsg.ListTransactionsResponseTransactionState{
			"b3:9092": {{TransactionalID: "pay", ProducerID: 7, TransactionState: "Ongoing"}, {TransactionalID: "idle", ProducerID: 5, TransactionState: "CompleteCommit"}},
		},
		describe: map[string]kmsg.DescribeTransactionsResponseTransactionState{
			"pay": {State: "Ongoing", ProducerID: 7, ProducerEpoch: 3, TimeoutMillis: 60_000, StartTimestamp: noon.Add(-time.Minute / 2).UnixMilli(),
				Topics: []kmsg.DescribeTransactionsResponseTransactionStateTopic{{Topic: "orders", Partitions: []int32{0}}}},
		},
	}
}

func read(t *testing.T, f *fake) *state.Transactions {
	t.Helper()
	snap := build(t)
	holds := func(_ context.Context, want func(state.Partition) bool) (held []state.HeldPartition, unknown []state.Unknown) {
		for i := range snap.NumPartitions() {
			if p := snap.Partition(i); want(p) {
				held = append(held, state.HeldPartition{Topic: p.Topic().Name(), Partition: p.ID(), LastStable: 40, End: 250})
			}
		}
		return held, []state.Unknown{{Node: 2, What: state.WhatHeldGroups, Why: "no answer"}}
	}
	return Read(t.Context(), f, snap, func(state.Partition) bool { return true }, holds, func() time.Time { return noon })
}

func TestProducersTransactionsAndWhatTheyHoldAreRead(t *testing.T) {
	f := frozen()
	got := read(t, f)
	want := []state.Producer{
		{Topic: "orders", Partition: 0, Leader: 1, ID: 5, Epoch: 3, LastSequence: 9, LastWrite: noon.Add(-time.Hour), CoordinatorEpoch: -1, OpenFrom: -1},
		{Topic: "orders", Partition: 0, Leader: 1, ID: 7, Epoch: 3, LastSequence: 9, LastWrite: noon.Add(-time.Hour), CoordinatorEpoch: -1, OpenFrom: 100},
		{Topic: "orders", Partition: 1, Leader: 2, ID: 8, Epoch: 3, LastSequence: 9, LastWrite: noon.Add(-time.Hour), CoordinatorEpoch: -1, OpenFrom: 40, StillOpen: true},
	}
	if diff := cmp.Diff(want, got.Producers); diff != "" {
		t.Error(diff)
	}
	if of := got.Of(7); of == nil || of.ID != "pay" || of.Coordinator != 3 || !of.Has("orders", 0) || of.Has("orders", 1) || of.Timeout != time.Minute || got.Of(8) != nil {
		t.Errorf("%+v", of)
	}
	if !got.AllListed || len(got.Held) != 2 || got.In("orders", 0) == nil || got.In("orders", 1) == nil {
		t.Errorf("%+v", got)
	}
	if len(got.Unknown) != 2 || got.Unknown[0].What != state.WhatHeldGroups || !strings.Contains(got.Unknown[1].Why, "1 partitions have no leader") {
		t.Errorf("%+v", got.Unknown)
	}
	slices.Sort(f.asked)
	asked := []string{
		"b1:9092 DescribeProducers", "b1:9092 ListTransactions",
		"b2:9092 DescribeProducers", "b2:9092 DescribeProducers", "b2:9092 ListTransactions",
		"b3:9092 DescribeTransactions", "b3:9092 ListTransactions",
	}
	if diff := cmp.Diff(asked, f.asked); diff != "" {
		t.Error(diff)
	}
}

func TestATransactionThatEndsBetweenTheLooksIsNotTakenForLost(t *testing.T) {
	f := frozen()
	f.later = func(f *fake) {
		f.producers["orders/1"] = []kmsg.DescribeProducersResponseTopicPartitionActiveProducer{active(8, -1)}
	}
	if p := read(t, f).Producers[2]; p.ID != 8 || p.StillOpen {
		t.Errorf("%+v", p)
	}
	f = frozen()
	f.later = func(f *fake) {
		f.producers["orders/1"] = []kmsg.DescribeProducersResponseTopicPartitionActiveProducer{active(8, 44)}
	} // the next one
	if p := read(t, f).Producers[2]; p.ID != 8 || p.StillOpen {
		t.Errorf("%+v", p)
	}
}

func TestWhatCantBeReadIsNamed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*fake)
		says   string
		listed bool
	}{
		{"no permission to read a topic", func(f *fake) { f.code = map[string]int16{"orders": 29} }, "producers 1 TOPIC_AUTHORIZATION_FAILED: it needs READ on the topic (orders)", true},
		{"an old broker", func(f *fake) {
			f.fails = map[string]error{"b2:9092 DescribeProducers": errors.New("it doesn't serve DescribeProducers")}
		}, "producers 2 it doesn't serve DescribeProducers", true},
		{"a coordinator that is silent", func(f *fake) {
			f.fails = map[string]error{"b3:9092 ListTransactions": errors.New("no answer")}
		}, "transactions 3 no answer", false},
		{"a transaction that may not be described", func(f *fake) {
			f.describe["pay"] = kmsg.DescribeTransactionsResponseTransactionState{ErrorCode: 53}
		}, "transactions 3 TRANSACTIONAL_ID_AUTHORIZATION_FAILED: it needs DESCRIBE on the transactional id (pay)", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := frozen()
			tt.change(f)
			got := read(t, f)
			var said []string
			for _, u := range got.Unknown {
				said = append(said, fmt.Sprintf("%s %d %s", u.What, u.Node, u.Why))
			}
			if !slices.Contains(said, tt.says) || got.AllListed != tt.listed {
				t.Errorf("%q, all listed: %v", said, got.AllListed)
			}
		})
	}
}

// build is three live brokers; of orders, broker 1 leads partitions 0 and 2, and broker 2 leads 1; payments has no leader.
func build(t *testing.T) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("sFz1", noon, 0, 0)
	for id := range int32(3) {
		b.Broker(state.Broker{ID: id + 1, Host: fmt.Sprintf("b%d", id+1), Port: 9092, Alive: true})
	}
	for _, topic := range []struct {
		name    string
		leaders []int32
	}{{"orders", []int32{1, 2, 1}}, {"payments", []int32{-1}}} {
		if err := b.Topic(topic.name, [16]byte{topic.name[0]}, false); err != nil {
			t.Fatal(err)
		}
		for id, leader := range topic.leaders {
			if err := b.Partition(int32(id), leader, 0, []int32{1, 2, 3}, []int32{1, 2, 3}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.Done()
}
