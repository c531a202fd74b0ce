package behaviour

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var metadata = []Behaviour{
	{"a new topic's first replica leads and all are in sync", body(func(l *lab) {
		l.create("b-new", nil, []int32{2, 3, 1}, []int32{4, 1, 2})
		m := l.metadataAt(3, "b-new")
		t := m.Topics[0]
		if t.TopicID == [16]byte{} || t.IsInternal || len(t.Partitions) != 2 {
			l.Fatalf("topic %+v", t)
		}
		slices.SortFunc(t.Partitions, func(a, b kmsg.MetadataResponseTopicPartition) int { return int(a.Partition - b.Partition) })
		p := t.Partitions[0]
		if p.Leader != 2 || p.LeaderEpoch != 0 {
			l.Errorf("leader %d epoch %d, want 2 and 0", p.Leader, p.LeaderEpoch)
		}
		l.wantIDs("replicas", p.Replicas, 2, 3, 1)
		l.wantIDs("isr", p.ISR, 2, 3, 1)
		l.wantIDs("offline", p.OfflineReplicas)
		if len(m.Brokers) != Brokers || m.ClusterID == nil || len(*m.ClusterID) != 22 {
			l.Errorf("%d brokers of cluster %v", len(m.Brokers), m.ClusterID)
		}
	})},
	{"an unknown topic is answered with an error, by name and by id", body(func(l *lab) {
		m := l.metadataAt(1, "b-nowhere")
		l.wantCode("by name", m.Topics[0].ErrorCode, kerr.UnknownTopicOrPartition)
		req := kmsg.NewPtrMetadataRequest()
		t := kmsg.NewMetadataRequestTopic()
		t.TopicID = [16]byte{1, 2, 3}
		req.Topics = append(req.Topics, t)
		l.wantCode("by id", askBroker[*kmsg.MetadataResponse](l, 1, req).Topics[0].ErrorCode, kerr.UnknownTopicID)
	})},
	{"a Metadata request creates an unknown topic if it allows it", body(func(l *lab) {
		req := kmsg.NewPtrMetadataRequest()
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr("b-mispelt")
		req.Topics = append(req.Topics, t)
		req.AllowAutoTopicCreation = true
		askBroker[*kmsg.MetadataResponse](l, 1, req)
		l.Cleanup(func() { l.remove("b-mispelt") })
		l.await("the misspelt topic is there", func() bool { return l.partitionAt(1, "b-mispelt", 0) != nil })
	})},
	{"topics are made and deleted by clients, and names checked", body(func(l *lab) {
		create := func(name string, partitions int32, rf int16) int16 {
			req := kmsg.NewPtrCreateTopicsRequest()
			t := kmsg.NewCreateTopicsRequestTopic()
			t.Topic, t.NumPartitions, t.ReplicationFactor = name, partitions, rf
			req.Topics = append(req.Topics, t)
			req.TimeoutMillis = 10_000
			return ask[*kmsg.CreateTopicsResponse](l, req).Topics[0].ErrorCode
		}
		l.wantCode("a topic", create("b-made", 2, 3), nil)
		l.wantCode("again", create("b-made", 2, 3), kerr.TopicAlreadyExists)
		l.wantCode("a colliding name", create("b.collides_", 1, 1), nil)
		l.wantCode("a colliding name", create("b_collides.", 1, 1), kerr.InvalidTopicException)
		l.wantCode("a wrong name", create("b/made", 1, 1), kerr.InvalidTopicException)
		l.wantCode("no partitions", create("b-none", 0, 1), kerr.InvalidPartitions)
		l.wantCode("too many replicas", create("b-many", 1, Brokers+1), kerr.InvalidReplicationFactor)
		l.await("the topic is there", func() bool { return l.partitionAt(2, "b-made", 1) != nil })
		l.remove("b-made")
		l.remove("b.collides_")
		l.await("the topic is gone", func() bool { return l.partitionAt(2, "b-made", 0) == nil })
	})},
	{"a topic grows", body(func(l *lab) {
		l.create("b-grown", nil, []int32{1, 2})
		grow := func(n int32) int16 {
			req := kmsg.NewPtrCreatePartitionsRequest()
			t := kmsg.NewCreatePartitionsRequestTopic()
			t.Topic, t.Count = "b-grown", n
			req.Topics = append(req.Topics, t)
			req.TimeoutMillis = 10_000
			return ask[*kmsg.CreatePartitionsResponse](l, req).Topics[0].ErrorCode
		}
		l.wantCode("fewer", grow(1), kerr.InvalidPartitions)
		l.wantCode("more", grow(3), nil)
		p := l.awaitPartition(1, "b-grown", 2, "is there", func(p *kmsg.MetadataResponseTopicPartition) bool { return p.Leader > 0 })
		if len(p.Replicas) != 2 {
			l.Errorf("the new partition has replicas %v, want two", p.Replicas)
		}
		l.produce("b-grown", 2, 1000)
	})},
	{"DescribeTopicPartitions comes in pages and its lists are empty, not null", body(func(l *lab) {
		l.create("b-pages", nil, []int32{1, 2}, []int32{2, 3}, []int32{3, 4})
		req := kmsg.NewPtrDescribeTopicPartitionsRequest()
		for _, name := range []string{"b-pages", "b-page-nowhere"} {
			t := kmsg.NewDescribeTopicPartitionsRequestTopic()
			t.Topic = name
			req.Topics = append(req.Topics, t)
		}
		req.ResponsePartitionLimit = 2
		first := askBroker[*kmsg.DescribeTopicPartitionsResponse](l, 1, req)
		if len(first.Topics) != 2 || first.NextCursor == nil || first.NextCursor.Topic != "b-pages" || first.NextCursor.Partition != 2 {
			l.Fatalf("first page: %d topics, cursor %+v", len(first.Topics), first.NextCursor)
		}
		l.wantCode("the topic that isn't there", first.Topics[0].ErrorCode, kerr.UnknownTopicOrPartition)
		p := first.Topics[1].Partitions[0]
		if p.EligibleLeaderReplicas == nil || p.LastKnownELR == nil {
			l.Errorf("null lists: %+v", p)
		}
		c := kmsg.NewDescribeTopicPartitionsRequestCursor()
		c.Topic, c.Partition = first.NextCursor.Topic, first.NextCursor.Partition
		req.Cursor = &c
		second := askBroker[*kmsg.DescribeTopicPartitionsResponse](l, 1, req)
		if len(second.Topics) != 1 || len(second.Topics[0].Partitions) != 1 || second.Topics[0].Partitions[0].Partition != 2 || second.NextCursor != nil {
			l.Errorf("second page: %+v", second)
		}
	})},
}
