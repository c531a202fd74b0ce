package sim_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// openTransaction is the producer that has held a transaction open the longest on a partition, nil for none for longer than a minute.
func openTransaction(t *testing.T, c *sim.Cluster, adm *kadm.Client, topic string, partition int32) *kadm.DescribedProducer {
	t.Helper()
	var set kadm.TopicsSet
	set.Add(topic, partition)
	described, err := adm.DescribeProducers(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range described.SortedProducers() {
		if p.CurrentTxnStartOffset >= 0 && c.Now().UnixMilli()-p.LastTimestamp > 60_000 {
			return &p
		}
	}
	return nil
}

// stableOffset is the last stable offset of a partition.
func stableOffset(t *testing.T, adm *kadm.Client, topic string, partition int32) int64 {
	t.Helper()
	listed, err := adm.ListCommittedOffsets(t.Context(), topic)
	if err != nil || listed.Error() != nil {
		t.Fatal(err, listed.Error())
	}
	o, _ := listed.Lookup(topic, partition)
	return o.Offset
}

func TestAHangingTransactionHoldsReadersUpUntilItIsAborted(t *testing.T) {
	c, adm := grouped(t, sim.Options{Scenario: "hanging-transaction"})
	hanging := openTransaction(t, c, adm, "ledger", 4)
	if hanging == nil {
		t.Fatal("no transaction hangs")
	}
	if age := c.Now().UnixMilli() - hanging.LastTimestamp; age < 3*3600_000 {
		t.Errorf("it was last written to %d ms ago", age)
	}
	listed, err := adm.ListTransactions(t.Context(), []int64{hanging.ProducerID}, nil)
	if err != nil || len(listed) > 0 {
		t.Errorf("its coordinator knows it: %v, %v", listed, err)
	}
	committed := func() int64 { return lagOf(t, adm, "invoicing-ledger").Lag["ledger"][4].Commit.At }
	before := stableOffset(t, adm, "ledger", 4)
	c.Advance(time.Hour)
	if after := stableOffset(t, adm, "ledger", 4); after != before || after != hanging.CurrentTxnStartOffset || committed() != after {
		t.Errorf("an hour later the last stable offset went from %d to %d, the group has %d, the transaction began at %d", before, after, committed(), hanging.CurrentTxnStartOffset)
	}
	abort := func(epoch int16, coordinatorEpoch int32) int16 {
		req := kmsg.NewPtrWriteTxnMarkersRequest()
		marker := kmsg.NewWriteTxnMarkersRequestMarker()
		marker.ProducerID, marker.ProducerEpoch, marker.CoordinatorEpoch = hanging.ProducerID, epoch, coordinatorEpoch
		marker.Topics = []kmsg.WriteTxnMarkersRequestMarkerTopic{{Topic: "ledger", Partitions: []int32{4}}}
		req.Markers = append(req.Markers, marker)
		resp, err := req.RequestWith(t.Context(), client(t, c))
		if err != nil {
			t.Fatal(err)
		}
		return resp.Markers[0].Topics[0].Partitions[0].ErrorCode
	}
	if code := abort(hanging.ProducerEpoch-1, hanging.CoordinatorEpoch); code != kerr.InvalidProducerEpoch.Code {
		t.Errorf("aborted with an older epoch: %v", kerr.ErrorForCode(code))
	}
	if code := abort(hanging.ProducerEpoch, hanging.CoordinatorEpoch-1); code != kerr.TransactionCoordinatorFenced.Code {
		t.Errorf("aborted with an older epoch of the coordinator: %v", kerr.ErrorForCode(code))
	}
	if code := abort(hanging.ProducerEpoch, hanging.CoordinatorEpoch); code != 0 {
		t.Fatalf("aborted: %v", kerr.ErrorForCode(code))
	}
	if still := openTransaction(t, c, adm, "ledger", 4); still != nil {
		t.Errorf("it is still open: %+v", still)
	}
	c.Advance(time.Minute)
	if after := stableOffset(t, adm, "ledger", 4); after <= before || committed() <= before {
		t.Errorf("the last stable offset is %d, the group has %d, after the transaction at %d was aborted", after, committed(), before)
	}
	end := stableOffset(t, adm, "ledger", 4)
	if consumed := consume(t, c, "ledger", 4, hanging.CurrentTxnStartOffset, end, kgo.FetchIsolationLevel(kgo.ReadCommitted())); consumed[hanging.CurrentTxnStartOffset] {
		t.Error("a read_committed consumer read an aborted record")
	}
}

// consume reads the records of a partition from an offset until the end, and returns their offsets.
func consume(t *testing.T, c *sim.Cluster, topic string, partition int32, from, end int64, opts ...kgo.Opt) map[int64]bool {
	t.Helper()
	cl := client(t, c, append(opts, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(from)}}))...)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	seen := map[int64]bool{}
	for last := from - 1; last < end-5; { // the last offsets may be control records
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("at offset %d of %d: %v", last, end, err)
		}
		fetches.EachRecord(func(r *kgo.Record) { seen[r.Offset], last = true, r.Offset })
	}
	return seen
}

func TestAFrozenProducersTransactionIsAbortedByItsCoordinator(t *testing.T) {
	c, adm := grouped(t, sim.Options{Scenario: "frozen-producer"})
	if openTransaction(t, c, adm, "payments.settlements", 2) == nil {
		t.Fatal("no transaction is open")
	}
	state := func() string {
		described, err := adm.DescribeTransactions(t.Context(), "checkout-settlements-2")
		if err != nil {
			t.Fatal(err)
		}
		return described["checkout-settlements-2"].State
	}
	if s := state(); s != "Ongoing" {
		t.Errorf("its coordinator says %s", s)
	}
	before := stableOffset(t, adm, "payments.settlements", 2)
	c.Advance(30 * time.Minute)
	if s := state(); s != "CompleteAbort" {
		t.Errorf("after its timeout its coordinator says %s", s)
	}
	if after := stableOffset(t, adm, "payments.settlements", 2); after <= before {
		t.Errorf("the last stable offset is %d after %d", after, before)
	}
}

func TestTransactionsOfTenantsBeginAndEnd(t *testing.T) {
	c, adm := grouped(t, sim.Options{})
	states := map[string]int{}
	for range 20 {
		c.Advance(time.Second)
		listed, err := adm.ListTransactions(t.Context(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, tx := range listed {
			states[tx.State]++
		}
		if len(listed) != 18 {
			t.Fatalf("%d transactional ids", len(listed))
		}
	}
	if states["Ongoing"] == 0 || states["CompleteCommit"] == 0 {
		t.Errorf("states %v", states)
	}
}

func TestRecordsOfTenantsAreReadAsTheyWereWritten(t *testing.T) {
	c, adm := grouped(t, sim.Options{})
	for _, topic := range []string{"orders", "clickstream", "ledger", "logs.apps", "audit-log"} { // compressed, transactional, plain
		ends, err := adm.ListEndOffsets(t.Context(), topic)
		if err != nil || ends.Error() != nil {
			t.Fatal(err, ends.Error())
		}
		end, _ := ends.Lookup(topic, 1)
		from := end.Offset - 400
		once := consume(t, c, topic, 1, from, end.Offset)
		if len(once) < 250 {
			t.Errorf("%s: %d of 400 records", topic, len(once))
		}
	}
}

func TestTimesOfRecordsAreThoseThatOffsetsAreFoundBy(t *testing.T) {
	c, adm := grouped(t, sim.Options{})
	ends, err := adm.ListEndOffsets(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup("orders", 1)
	cl := client(t, c, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"orders": {1: kgo.NewOffset().At(end.Offset - 100)}}))
	fetches := cl.PollFetches(t.Context())
	if err := fetches.Err(); err != nil {
		t.Fatal(err)
	}
	for i, r := range fetches.Records() {
		if i%17 != 0 {
			continue
		}
		listed, err := adm.ListOffsetsAfterMilli(t.Context(), r.Timestamp.UnixMilli(), "orders")
		if err != nil {
			t.Fatal(err)
		}
		o, _ := listed.Lookup("orders", 1)
		if o.Offset > r.Offset || o.Offset < r.Offset-10 || o.Timestamp < r.Timestamp.UnixMilli() {
			t.Errorf("record %d is of %d; by that time offset %d of %d is found", r.Offset, r.Timestamp.UnixMilli(), o.Offset, o.Timestamp)
		}
	}
}

func TestARealClientWritesBetweenTheRecordsOfATenant(t *testing.T) {
	c, adm := grouped(t, sim.Options{})
	producer := client(t, c, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	var at []int64
	for range 3 {
		r := producer.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Partition: 1, Value: []byte("mine")})
		if err := r.FirstErr(); err != nil {
			t.Fatal(err)
		}
		record, _ := r.First()
		at = append(at, record.Offset)
		c.Advance(10 * time.Second)
	}
	ends, err := adm.ListEndOffsets(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup("orders", 1)
	if at[1] <= at[0]+1 || at[2] <= at[1]+1 || end.Offset <= at[2]+1 {
		t.Errorf("written at %v, the log ends at %d", at, end.Offset)
	}
	cl := client(t, c, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"orders": {1: kgo.NewOffset().At(at[0] - 10)}}))
	mine, next := 0, at[0]-10
	for next < end.Offset {
		fetches := cl.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset != next {
				t.Fatalf("record %d follows %d", r.Offset, next-1)
			}
			next++
			if string(r.Value) == "mine" {
				mine++
			}
		})
	}
	if mine != 3 {
		t.Errorf("%d of the three records were read", mine)
	}
}
