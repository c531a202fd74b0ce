package behaviour

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var transactions = []Behaviour{
	{"an open transaction holds the last stable offset until a marker ends it", body(func(l *lab) {
		l.create("b-open", nil, []int32{1, 2})
		l.produce("b-open", 0, 1000)
		producer := l.client(kgo.TransactionalID("b-frozen"), kgo.DefaultProduceTopic("b-open"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		defer producer.Close()
		l.must(producer.BeginTransaction())
		l.must(producer.ProduceSync(l.ctx, &kgo.Record{Value: []byte("open")}).FirstErr())
		l.produce("b-open", 0, 1000) // somebody else goes on

		adm := kadm.NewClient(l.cl)
		stable := func() int64 {
			listed, err := adm.ListCommittedOffsets(l.ctx, "b-open")
			l.must(err)
			l.must(listed.Error())
			o, _ := listed.Lookup("b-open", 0)
			return o.Offset
		}
		l.await("the last stable offset is that of the transaction", func() bool { return stable() == 1 })
		open := func() *kadm.DescribedProducer {
			var set kadm.TopicsSet
			set.Add("b-open", 0)
			described, err := adm.DescribeProducers(l.ctx, set)
			l.must(err)
			all := described.SortedProducers()
			if i := slices.IndexFunc(all, func(p kadm.DescribedProducer) bool { return p.CurrentTxnStartOffset >= 0 }); i >= 0 {
				return &all[i]
			}
			return nil
		}
		found := open()
		if found == nil || found.CurrentTxnStartOffset != 1 {
			l.Fatalf("the leader knows the open transaction as %+v", found)
		}
		described, err := adm.DescribeTransactions(l.ctx, "b-frozen")
		l.must(err)
		if d := described["b-frozen"]; d.Err != nil || d.State != "Ongoing" || d.ProducerID != found.ProducerID {
			l.Errorf("its coordinator knows it as %+v", d)
		}
		asked := func(id int32) kmsg.DescribeProducersResponseTopicPartition {
			req := kmsg.NewPtrDescribeProducersRequest()
			req.Topics = []kmsg.DescribeProducersRequestTopic{{Topic: "b-open", Partitions: []int32{0}}}
			return askBroker[*kmsg.DescribeProducersResponse](l, id, req).Topics[0].Partitions[0]
		}
		l.await("a follower describes the producer too", func() bool {
			p := asked(2)
			return p.ErrorCode == 0 && slices.ContainsFunc(p.ActiveProducers, func(p kmsg.DescribeProducersResponseTopicPartitionActiveProducer) bool {
				return p.ProducerID == found.ProducerID && p.CurrentTxnStartOffset == 1
			})
		})
		l.wantCode("a broker without a replica", asked(3).ErrorCode, kerr.NotLeaderForPartition)
		write := func(id int32, epoch int16) int16 {
			req := kmsg.NewPtrWriteTxnMarkersRequest()
			marker := kmsg.NewWriteTxnMarkersRequestMarker()
			marker.ProducerID, marker.ProducerEpoch, marker.CoordinatorEpoch = found.ProducerID, epoch, max(found.CoordinatorEpoch, 0)
			marker.Topics = []kmsg.WriteTxnMarkersRequestMarkerTopic{{Topic: "b-open", Partitions: []int32{0}}}
			req.Markers = append(req.Markers, marker)
			return askBroker[*kmsg.WriteTxnMarkersResponse](l, id, req).Markers[0].Topics[0].Partitions[0].ErrorCode
		}
		l.wantCode("a broker that doesn't lead the partition", write(2, found.ProducerEpoch), kerr.NotLeaderForPartition)
		if before := stable(); before != 1 {
			l.Errorf("the last stable offset is %d before it is aborted", before)
		}
		l.wantCode("aborting it", write(1, found.ProducerEpoch), nil)
		l.await("the last stable offset moved on", func() bool { return stable() == 4 }) // two records, the open one and the marker
		if still := open(); still != nil {
			l.Errorf("it is still open: %+v", still)
		}
	})},
	{"offsets are found by time, and none where no record is as new", body(func(l *lab) {
		l.create("b-times", nil, []int32{1})
		producer := l.client(kgo.DefaultProduceTopic("b-times"))
		defer producer.Close()
		const first = 1_700_000_000_000
		for i := range 3 {
			r := &kgo.Record{Value: []byte("x")}
			r.Timestamp = time.UnixMilli(first + 1000*int64(i))
			l.must(producer.ProduceSync(l.ctx, r).FirstErr())
		}
		list := func(timestamp int64) (int64, int64) {
			req := kmsg.NewPtrListOffsetsRequest()
			req.ReplicaID = -1
			t := kmsg.NewListOffsetsRequestTopic()
			t.Topic = "b-times"
			p := kmsg.NewListOffsetsRequestTopicPartition()
			p.Timestamp = timestamp
			t.Partitions = append(t.Partitions, p)
			req.Topics = append(req.Topics, t)
			found := askBroker[*kmsg.ListOffsetsResponse](l, 1, req).Topics[0].Partitions[0]
			l.wantCode("listing", found.ErrorCode, nil)
			return found.Offset, found.Timestamp
		}
		for _, want := range []struct {
			what                       string
			asked, offset, ofTimestamp int64
		}{
			{"before all", first - 5, 0, first},
			{"between two", first + 1, 1, first + 1000},
			{"exactly", first + 2000, 2, first + 2000},
			{"after all", first + 2001, -1, -1},
			{"the newest", -3, 2, first + 2000},
			{"the start", -2, 0, -1},
			{"the end", -1, 3, -1},
		} {
			if offset, timestamp := list(want.asked); offset != want.offset || timestamp != want.ofTimestamp {
				l.Errorf("%s: offset %d of %d, want %d of %d", want.what, offset, timestamp, want.offset, want.ofTimestamp)
			}
		}
	})},
}
