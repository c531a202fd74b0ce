package behaviour

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

var death = []Behaviour{
	{"the partitions of a killed broker get other leaders and smaller ISRs, and it is in sync again after its return", body(func(l *lab) {
		l.create("b-death", nil, []int32{3, 1, 2}, []int32{1, 3, 2})
		l.produce("b-death", 0, 100_000)
		before := l.partitionAt(1, "b-death", 0)
		l.kill(3)
		after := l.awaitPartition(1, "b-death", 0, "has another leader", func(p *kmsg.MetadataResponseTopicPartition) bool { return p.Leader > 0 && p.Leader != 3 })
		if after.LeaderEpoch <= before.LeaderEpoch {
			l.Errorf("leader epoch %d, was %d", after.LeaderEpoch, before.LeaderEpoch)
		}
		if after.Leader != 1 {
			l.Errorf("leader %d, want 1, the next in sync in the order of replicas", after.Leader)
		}
		l.wantIDs("replicas", after.Replicas, 3, 1, 2)
		l.wantIDs("offline", after.OfflineReplicas, 3)
		if slices.Contains(after.ISR, 3) {
			l.Errorf("isr %v holds the dead broker", after.ISR)
		}
		follower := l.awaitPartition(1, "b-death", 1, "shrinks", func(p *kmsg.MetadataResponseTopicPartition) bool { return !slices.Contains(p.ISR, 3) })
		if follower.Leader != 1 {
			l.Errorf("leader %d of the partition that it only followed, want 1", follower.Leader)
		}
		l.produce("b-death", 0, 100_000)
		l.restore(3)
		back := l.awaitPartition(1, "b-death", 0, "is in sync", func(p *kmsg.MetadataResponseTopicPartition) bool {
			return sameSet(p.ISR, p.Replicas) && len(p.OfflineReplicas) == 0
		})
		if back.Leader != 1 {
			l.Errorf("leader %d after the return, want 1 until an election", back.Leader)
		}
	})},
	{"a dead broker is fenced, and listed only if fenced brokers are asked for", body(func(l *lab) {
		l.kill(3)
		l.awaitGone(3)
		req := kmsg.NewPtrDescribeClusterRequest()
		req.EndpointType = 1
		req.IncludeFencedBrokers = true
		resp := askBroker[*kmsg.DescribeClusterResponse](l, 1, req)
		if resp.Version < 2 {
			return // it can't be asked of this version
		}
		fenced := func(b kmsg.DescribeClusterResponseBroker) bool { return b.NodeID == 3 && b.IsFenced }
		if !slices.ContainsFunc(resp.Brokers, fenced) {
			l.Errorf("brokers %+v, want broker 3 among them, fenced", resp.Brokers)
		}
	})},
	{"a partition whose only replica is dead has no leader until the replica returns", body(func(l *lab) {
		l.create("b-only", nil, []int32{3})
		l.produce("b-only", 0, 1000)
		l.kill(3)
		p := l.awaitPartition(1, "b-only", 0, "is leaderless", func(p *kmsg.MetadataResponseTopicPartition) bool { return p.Leader == -1 })
		if p.ErrorCode != 5 {
			l.Errorf("error %v, want LEADER_NOT_AVAILABLE", errorName(p.ErrorCode))
		}
		l.wantIDs("offline", p.OfflineReplicas, 3)
		req := kmsg.NewPtrDescribeTopicPartitionsRequest()
		t := kmsg.NewDescribeTopicPartitionsRequestTopic()
		t.Topic = "b-only"
		req.Topics = append(req.Topics, t)
		d := askBroker[*kmsg.DescribeTopicPartitionsResponse](l, 1, req).Topics[0].Partitions[0]
		if l.HasELR() {
			l.wantIDs("isr", d.ISR)
			l.wantIDs("elr", d.EligibleLeaderReplicas, 3)
		} else {
			l.wantIDs("isr", d.ISR, 3)
			l.wantIDs("elr", d.EligibleLeaderReplicas)
		}
		l.restore(3)
		l.awaitPartition(1, "b-only", 0, "has its leader back", func(p *kmsg.MetadataResponseTopicPartition) bool { return p.Leader == 3 && sameSet(p.ISR, []int32{3}) })
	})},
	{"an unclean election gives a partition to a replica that is not in sync", body(func(l *lab) {
		l.create("b-unclean", nil, []int32{3, 4})
		l.produce("b-unclean", 0, 1000)
		l.kill(4)
		l.awaitPartition(1, "b-unclean", 0, "shrinks", func(p *kmsg.MetadataResponseTopicPartition) bool { return sameSet(p.ISR, []int32{3}) })
		l.produce("b-unclean", 0, 1000)
		l.kill(3)
		l.awaitPartition(1, "b-unclean", 0, "is leaderless", func(p *kmsg.MetadataResponseTopicPartition) bool { return p.Leader == -1 })
		l.restore(4)
		l.awaitPartition(1, "b-unclean", 0, "has a live replica", func(p *kmsg.MetadataResponseTopicPartition) bool { return !slices.Contains(p.OfflineReplicas, 4) })
		if p := l.partitionAt(1, "b-unclean", 0); p.Leader != -1 {
			l.Fatalf("leader %d without an election", p.Leader)
		}
		l.wantCode("electing", l.elect(1, "b-unclean", 0), nil)
		l.awaitPartition(1, "b-unclean", 0, "is led by the replica that lagged", func(p *kmsg.MetadataResponseTopicPartition) bool {
			return p.Leader == 4 && sameSet(p.ISR, []int32{4})
		})
		l.restore(3)
		l.awaitPartition(1, "b-unclean", 0, "is whole again", func(p *kmsg.MetadataResponseTopicPartition) bool { return sameSet(p.ISR, []int32{3, 4}) })
	})},
}

var disks = []Behaviour{
	{"a failed log dir answers with a storage error, and its replicas leave the ISR", body(func(l *lab) {
		assignment := make([][]int32, 8)
		for i := range assignment {
			assignment[i] = []int32{4, 1, 2}
		}
		l.create("b-disk", nil, assignment...)
		for i := range assignment {
			l.produce("b-disk", int32(i), 1000)
		}
		l.must(l.FailLogDir(4, 0))
		l.Cleanup(func() { l.restore(4) })
		l.await("the dir is offline", func() bool {
			for i := range assignment { // a broker finds out when it writes
				l.produceOnce("b-disk", int32(i), 1)
			}
			for _, d := range askBroker[*kmsg.DescribeLogDirsResponse](l, 4, allLogDirs()).Dirs {
				if d.ErrorCode == 56 {
					return true
				}
			}
			return false
		})
		l.await("partitions of that dir have other leaders, those of the other dir don't", func() bool {
			var left, stayed int
			m := l.metadataAt(1, "b-disk")
			for _, p := range m.Topics[0].Partitions {
				switch {
				case slices.Contains(p.OfflineReplicas, 4) && !slices.Contains(p.ISR, 4) && p.Leader != 4:
					left++
				case slices.Contains(p.ISR, 4):
					stayed++
				}
			}
			return left > 0 && stayed > 0 && left+stayed == len(assignment)
		})
	})},
}

var leaving = []Behaviour{
	{"a dead broker that is unregistered is forgotten", body(func(l *lab) {
		l.kill(4)
		l.awaitGone(4)
		req := kmsg.NewPtrUnregisterBrokerRequest()
		req.BrokerID = 4
		l.wantCode("unregistering", askBroker[*kmsg.UnregisterBrokerResponse](l, 1, req).ErrorCode, nil)
		cluster := kmsg.NewPtrDescribeClusterRequest()
		cluster.EndpointType = 1
		cluster.IncludeFencedBrokers = true
		l.await("it isn't even listed as fenced", func() bool {
			resp := askBroker[*kmsg.DescribeClusterResponse](l, 1, cluster)
			return !slices.ContainsFunc(resp.Brokers, func(b kmsg.DescribeClusterResponseBroker) bool { return b.NodeID == 4 })
		})
	})},
}
