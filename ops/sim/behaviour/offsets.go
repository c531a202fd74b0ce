package behaviour

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var offsets = []Behaviour{
	{"records that were produced are consumed", body(func(l *lab) {
		l.create("b-records", nil, []int32{1, 2, 3}, []int32{2, 3, 4})
		producer := l.client()
		defer producer.Close()
		const n = 40
		for i := range n {
			l.must(producer.ProduceSync(l.ctx, &kgo.Record{Topic: "b-records", Key: fmt.Append(nil, i), Value: fmt.Append(nil, i)}).FirstErr())
		}
		consumer := l.client(kgo.ConsumeTopics("b-records"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		defer consumer.Close()
		seen := map[string]bool{}
		for len(seen) < n && l.ctx.Err() == nil {
			fetches := consumer.PollFetches(l.ctx)
			l.must(fetches.Err())
			fetches.EachRecord(func(r *kgo.Record) { seen[string(r.Value)] = true })
		}
		if len(seen) != n {
			l.Errorf("%d of %d records were read", len(seen), n)
		}
	})},
	{"any replica answers ListOffsets of the debugging replica id; only the leader answers a consumer", body(func(l *lab) {
		l.create("b-offsets", nil, []int32{1, 2, 3})
		l.produce("b-offsets", 0, 1000)
		list := func(at, replica int32, topic string) kmsg.ListOffsetsResponseTopicPartition {
			req := kmsg.NewPtrListOffsetsRequest()
			req.ReplicaID = replica
			t := kmsg.NewListOffsetsRequestTopic()
			t.Topic = topic
			p := kmsg.NewListOffsetsRequestTopicPartition()
			p.Timestamp = -1
			t.Partitions = append(t.Partitions, p)
			req.Topics = append(req.Topics, t)
			return askBroker[*kmsg.ListOffsetsResponse](l, at, req).Topics[0].Partitions[0]
		}
		for id := int32(1); id <= 3; id++ {
			l.await(fmt.Sprintf("replica %d has the record", id), func() bool {
				p := list(id, -2, "b-offsets")
				return p.ErrorCode == 0 && p.Offset == 1
			})
		}
		l.wantCode("a broker without a replica", list(4, -2, "b-offsets").ErrorCode, kerr.NotLeaderForPartition)
		l.wantCode("a follower, for a consumer", list(2, -1, "b-offsets").ErrorCode, kerr.NotLeaderForPartition)
		l.wantCode("an unknown topic", list(1, -1, "b-nowhere").ErrorCode, kerr.UnknownTopicOrPartition)
	})},
	{"only the leader answers OffsetForLeaderEpoch, and refuses an epoch newer than its own", body(func(l *lab) {
		l.create("b-epochs", nil, []int32{1, 2})
		l.produce("b-epochs", 0, 1000)
		end := func(at, current int32) kmsg.OffsetForLeaderEpochResponseTopicPartition {
			req := kmsg.NewPtrOffsetForLeaderEpochRequest()
			req.ReplicaID = -1
			t := kmsg.NewOffsetForLeaderEpochRequestTopic()
			t.Topic = "b-epochs"
			p := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
			p.CurrentLeaderEpoch = current
			t.Partitions = append(t.Partitions, p)
			req.Topics = append(req.Topics, t)
			return askBroker[*kmsg.OffsetForLeaderEpochResponse](l, at, req).Topics[0].Partitions[0]
		}
		p := end(1, 0)
		l.wantCode("the leader", p.ErrorCode, nil)
		if p.EndOffset != 1 {
			l.Errorf("end offset %d, want 1", p.EndOffset)
		}
		l.wantCode("a newer epoch than the leader's", end(1, 5).ErrorCode, kerr.UnknownLeaderEpoch)
		l.wantCode("a follower", end(2, 0).ErrorCode, kerr.NotLeaderForPartition)
	})},
}
