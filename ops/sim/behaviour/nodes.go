package behaviour

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var nodes = []Behaviour{
	{"a broker lists brokers and refuses to list controllers", body(func(l *lab) {
		req := kmsg.NewPtrDescribeClusterRequest()
		req.EndpointType = 1
		resp := askBroker[*kmsg.DescribeClusterResponse](l, 2, req)
		l.wantCode("brokers", resp.ErrorCode, nil)
		if len(resp.Brokers) != Brokers || len(resp.ClusterID) != 22 {
			l.Errorf("%d brokers of cluster %q", len(resp.Brokers), resp.ClusterID)
		}
		req = kmsg.NewPtrDescribeClusterRequest()
		req.EndpointType = 2
		l.wantCode("controllers", askBroker[*kmsg.DescribeClusterResponse](l, 2, req).ErrorCode, kerr.MismatchedEndpointType)
	})},
	{"a broker's metadata offset goes on growing", body(func(l *lab) {
		epoch := func() int64 {
			return askBroker[*kmsg.ApiVersionsResponse](l, 3, apiVersions()).FinalizedFeaturesEpoch
		}
		before := epoch()
		l.await("it has grown", func() bool { return epoch() > before+2 })
	})},
	{"the quorum's leader is one of its voters, and all nodes have fetched recently", body(func(l *lab) {
		q := l.quorum(1)
		voters := []int32{}
		for _, v := range q.CurrentVoters {
			voters = append(voters, v.ReplicaID)
		}
		if !slices.Contains(voters, q.LeaderID) {
			l.Errorf("leader %d of voters %v", q.LeaderID, voters)
		}
		newest := newestFetch(q)
		for id := range int32(Brokers) {
			if s := replicaOf(q, id+1); s == nil || newest-s.LastFetchTimestamp > 5000 {
				l.Errorf("broker %d: %+v, and the newest fetch is at %d", id+1, s, newest)
			}
		}
	})},
	{"a silent broker's last fetch stands still", body(func(l *lab) {
		l.must(l.Silence(4))
		l.Cleanup(func() { l.restore(4) })
		l.await("its last fetch is old", func() bool {
			q := l.quorum(1)
			s := replicaOf(q, 4)
			return s != nil && newestFetch(q)-s.LastFetchTimestamp > 4000
		})
		at := replicaOf(l.quorum(1), 4).LastFetchTimestamp
		l.Pass(time.Second)
		if again := replicaOf(l.quorum(1), 4).LastFetchTimestamp; again != at {
			l.Errorf("its last fetch moved from %d to %d", at, again)
		}
		l.await("it is fenced", func() bool {
			m := l.metadataAt(1)
			return !slices.ContainsFunc(m.Brokers, func(b kmsg.MetadataResponseBroker) bool { return b.NodeID == 4 })
		})
	})},
	{"log dirs show a replica on its brokers alone, with its size and the disk's", body(func(l *lab) {
		l.create("b-dirs", nil, []int32{1, 2})
		l.produce("b-dirs", 0, 300_000)
		for id := int32(1); id <= 2; id++ {
			l.await("the replica has its bytes", func() bool { return l.logBytes(id, "b-dirs") >= 300_000 })
		}
		if n := l.logBytes(3, "b-dirs"); n != -1 {
			l.Errorf("broker 3 has %d bytes of a partition that it doesn't hold", n)
		}
		resp := askBroker[*kmsg.DescribeLogDirsResponse](l, 1, allLogDirs())
		if len(resp.Dirs) != 2 {
			l.Errorf("%d log dirs, want 2", len(resp.Dirs))
		}
		for _, d := range resp.Dirs {
			if d.ErrorCode != 0 || d.TotalBytes <= 0 || d.UsableBytes <= 0 || d.UsableBytes > d.TotalBytes {
				l.Errorf("dir %s: error %d, %d of %d bytes usable", d.Dir, d.ErrorCode, d.UsableBytes, d.TotalBytes)
			}
		}
	})},
	{"an unknown broker can't be unregistered", body(func(l *lab) {
		req := kmsg.NewPtrUnregisterBrokerRequest()
		req.BrokerID = 99
		l.wantCode("broker 99", askBroker[*kmsg.UnregisterBrokerResponse](l, 1, req).ErrorCode, kerr.BrokerIDNotRegistered)
	})},
}

func apiVersions() *kmsg.ApiVersionsRequest {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "kdeck", "1"
	return req
}

func (l *lab) quorum(at int32) *kmsg.DescribeQuorumResponseTopicPartition {
	l.Helper()
	req := kmsg.NewPtrDescribeQuorumRequest()
	t := kmsg.NewDescribeQuorumRequestTopic()
	t.Topic = "__cluster_metadata"
	t.Partitions = append(t.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, t)
	resp := askBroker[*kmsg.DescribeQuorumResponse](l, at, req)
	l.wantCode("DescribeQuorum", resp.ErrorCode, nil)
	p := &resp.Topics[0].Partitions[0]
	l.wantCode("DescribeQuorum", p.ErrorCode, nil)
	return p
}

// replicaOf is a node's state in the quorum, as a voter or as an observer.
func replicaOf(q *kmsg.DescribeQuorumResponseTopicPartition, id int32) *kmsg.DescribeQuorumResponseTopicPartitionReplicaState {
	for _, s := range slices.Concat(q.CurrentVoters, q.Observers) {
		if s.ReplicaID == id {
			return &s
		}
	}
	return nil
}

func newestFetch(q *kmsg.DescribeQuorumResponseTopicPartition) int64 {
	newest := int64(0)
	for _, s := range slices.Concat(q.CurrentVoters, q.Observers) {
		newest = max(newest, s.LastFetchTimestamp)
	}
	return newest
}

func allLogDirs() *kmsg.DescribeLogDirsRequest {
	req := kmsg.NewPtrDescribeLogDirsRequest()
	req.Topics = nil
	return req
}

// logBytes is what a broker has on its disks of a topic; -1 if nothing is there.
func (l *lab) logBytes(id int32, topic string) int64 {
	l.Helper()
	sum := int64(-1)
	for _, d := range askBroker[*kmsg.DescribeLogDirsResponse](l, id, allLogDirs()).Dirs {
		for _, t := range d.Topics {
			if t.Topic != topic {
				continue
			}
			sum = max(sum, 0)
			for _, p := range t.Partitions {
				sum += p.Size
			}
		}
	}
	return sum
}
