package behaviour

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// move asks for a partition's replicas to become these (nil: cancel) and returns the error.
func (l *lab) move(topic string, partition int32, replicas []int32) int16 {
	l.Helper()
	req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	t := kmsg.NewAlterPartitionAssignmentsRequestTopic()
	t.Topic = topic
	p := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
	p.Partition, p.Replicas = partition, replicas
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	req.TimeoutMillis = 10_000
	resp := ask[*kmsg.AlterPartitionAssignmentsResponse](l, req)
	l.wantCode("AlterPartitionReassignments", resp.ErrorCode, nil)
	return resp.Topics[0].Partitions[0].ErrorCode
}

// moves lists the moves of a topic, or with no name all of them.
func (l *lab) moves(topic string, partitions ...int32) []kmsg.ListPartitionReassignmentsResponseTopicPartition {
	l.Helper()
	req := kmsg.NewPtrListPartitionReassignmentsRequest()
	req.TimeoutMillis = 10_000
	if topic != "" {
		t := kmsg.NewListPartitionReassignmentsRequestTopic()
		t.Topic, t.Partitions = topic, partitions
		req.Topics = append(req.Topics, t)
	}
	var all []kmsg.ListPartitionReassignmentsResponseTopicPartition
	for _, t := range ask[*kmsg.ListPartitionReassignmentsResponse](l, req).Topics {
		all = append(all, t.Partitions...)
	}
	return all
}

func (l *lab) awaitMoved(topic string, partition int32, replicas ...int32) *kmsg.MetadataResponseTopicPartition {
	l.Helper()
	return l.awaitPartition(1, topic, partition, "has moved", func(p *kmsg.MetadataResponseTopicPartition) bool {
		return slices.Equal(p.Replicas, replicas) && sameSet(p.ISR, replicas) && slices.Contains(replicas, p.Leader)
	})
}

var reassigning = []Behaviour{
	{"a move to new brokers completes, and the old replicas are gone", body(func(l *lab) {
		l.create("b-move", nil, []int32{1, 2})
		l.produce("b-move", 0, 300_000)
		before := l.partitionAt(1, "b-move", 0)
		l.wantCode("moving", l.move("b-move", 0, []int32{3, 4}), nil)
		after := l.awaitMoved("b-move", 0, 3, 4)
		if after.LeaderEpoch <= before.LeaderEpoch {
			l.Errorf("leader epoch %d, was %d", after.LeaderEpoch, before.LeaderEpoch)
		}
		l.await("no move is listed", func() bool { return len(l.moves("b-move", 0)) == 0 })
		l.await("the new replica has the bytes", func() bool { return l.logBytes(4, "b-move") >= 300_000 })
		l.await("the old replicas are gone", func() bool { return l.logBytes(1, "b-move") < 0 && l.logBytes(2, "b-move") < 0 })
	})},
	{"a change of the order moves nothing and elects no leader", body(func(l *lab) {
		l.create("b-order", nil, []int32{1, 2, 3})
		l.wantCode("reordering", l.move("b-order", 0, []int32{3, 2, 1}), nil)
		p := l.awaitMoved("b-order", 0, 3, 2, 1)
		if p.Leader != 1 {
			l.Errorf("leader %d, want 1 as before", p.Leader)
		}
	})},
	{"the replication factor grows and shrinks", body(func(l *lab) {
		l.create("b-factor", nil, []int32{1, 2})
		l.wantCode("growing", l.move("b-factor", 0, []int32{1, 2, 3}), nil)
		l.awaitMoved("b-factor", 0, 1, 2, 3)
		l.wantCode("shrinking", l.move("b-factor", 0, []int32{2}), nil)
		if p := l.awaitMoved("b-factor", 0, 2); p.Leader != 2 {
			l.Errorf("leader %d, want 2", p.Leader)
		}
	})},
	{"an impossible move is refused with Kafka's error codes", body(func(l *lab) {
		l.create("b-refused", nil, []int32{1, 2})
		l.wantCode("an unknown topic", l.move("b-nowhere", 0, []int32{1}), kerr.UnknownTopicOrPartition)
		l.wantCode("an unknown partition", l.move("b-refused", 7, []int32{1}), kerr.UnknownTopicOrPartition)
		l.wantCode("no replicas", l.move("b-refused", 0, []int32{}), kerr.InvalidReplicaAssignment)
		l.wantCode("a replica twice", l.move("b-refused", 0, []int32{3, 3}), kerr.InvalidReplicaAssignment)
		l.wantCode("a broker that isn't registered", l.move("b-refused", 0, []int32{1, 99}), kerr.InvalidReplicaAssignment)
		l.wantCode("a negative broker", l.move("b-refused", 0, []int32{1, -2}), kerr.InvalidReplicaAssignment)
		l.wantCode("cancelling nothing", l.move("b-refused", 0, nil), kerr.NoReassignmentInProgress)
		l.wantCode("cancelling in an unknown topic", l.move("b-nowhere", 0, nil), kerr.UnknownTopicOrPartition)
	})},
	{"a move that would change the replication factor is refused if it must not", body(func(l *lab) {
		l.create("b-kept", nil, []int32{1, 2})
		req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
		req.AllowReplicationFactorChange = false
		t := kmsg.NewAlterPartitionAssignmentsRequestTopic()
		t.Topic = "b-kept"
		p := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
		p.Replicas = []int32{1, 2, 3}
		t.Partitions = append(t.Partitions, p)
		req.Topics = append(req.Topics, t)
		req.TimeoutMillis = 10_000
		resp := ask[*kmsg.AlterPartitionAssignmentsResponse](l, req)
		if resp.Version < 1 {
			return // it can't be asked of this version
		}
		l.wantCode("a third replica", resp.Topics[0].Partitions[0].ErrorCode, kerr.InvalidReplicationFactor)
	})},
	{"a move to a dead broker is accepted, hangs, and can be cancelled", body(func(l *lab) {
		l.create("b-stuck", nil, []int32{1, 2})
		l.produce("b-stuck", 0, 1000)
		l.kill(4)
		l.awaitGone(4)
		l.wantCode("moving", l.move("b-stuck", 0, []int32{4, 1}), nil)
		l.await("the move is listed", func() bool { return len(l.moves("b-stuck", 0)) == 1 })
		l.stays("the move hangs", func() bool { return len(l.moves("b-stuck", 0)) == 1 })
		m := l.moves("b-stuck", 0)[0]
		l.wantIDs("replicas", m.Replicas, 4, 1, 2)
		l.wantIDs("adding", m.AddingReplicas, 4)
		l.wantIDs("removing", m.RemovingReplicas, 2)
		if all := l.moves(""); len(all) != 1 {
			l.Errorf("%d moves listed in all, want 1", len(all))
		}
		l.wantCode("moving it elsewhere", l.move("b-stuck", 0, []int32{4, 3}), nil)
		l.await("the replicas are merged", func() bool {
			all := l.moves("b-stuck", 0)
			return len(all) == 1 && slices.Equal(all[0].Replicas, []int32{4, 3, 1, 2})
		})
		l.wantCode("cancelling", l.move("b-stuck", 0, nil), nil)
		p := l.awaitPartition(1, "b-stuck", 0, "is as before", func(p *kmsg.MetadataResponseTopicPartition) bool {
			return !slices.Contains(p.Replicas, 3)
		})
		if len(l.moves("b-stuck", 0)) != 0 {
			l.Errorf("a move is listed after the cancel: %v", l.moves("b-stuck", 0))
		}
		// The second move took broker 4 for a replica that had been there before: it stays.
		l.wantIDs("replicas after the cancel", p.Replicas, 4, 1, 2)
	})},
	{"a move of the only replica off a dead broker hangs until the broker returns", body(func(l *lab) {
		l.create("b-lonely", nil, []int32{4})
		l.produce("b-lonely", 0, 1000)
		l.kill(4)
		l.awaitGone(4)
		l.wantCode("moving", l.move("b-lonely", 0, []int32{1}), nil)
		l.await("the move is listed", func() bool { return len(l.moves("b-lonely", 0)) == 1 })
		l.stays("the move hangs", func() bool { return len(l.moves("b-lonely", 0)) == 1 })
		l.restore(4)
		l.awaitMoved("b-lonely", 0, 1)
	})},
}

// awaitGone waits until the other brokers no longer list a broker.
func (l *lab) awaitGone(id int32) {
	l.Helper()
	for witness := range int32(Brokers) {
		if witness+1 == id {
			continue
		}
		l.await("a dead broker is no longer listed", func() bool {
			m := l.metadataAt(witness + 1)
			return m != nil && !slices.ContainsFunc(m.Brokers, func(b kmsg.MetadataResponseBroker) bool { return b.NodeID == id })
		})
	}
}
