package sim

import (
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	endpointBrokers     = 1
	endpointControllers = 2
)

// handleDescribeCluster lists brokers when a broker is asked and controllers when a controller is; asked the other way round
// either refuses with MISMATCHED_ENDPOINT_TYPE (KIP-919).
func handleDescribeCluster(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.DescribeClusterRequest)
	resp := req.ResponseKind().(*kmsg.DescribeClusterResponse)
	resp.ClusterID = a.c.clusterID
	endpoint := req.EndpointType
	if req.Version == 0 {
		endpoint = endpointBrokers
	}
	resp.EndpointType = endpoint
	if req.IncludeClusterAuthorizedOperations {
		resp.ClusterAuthorizedOperations = m.denied.ofCluster()
	}
	want := int8(endpointBrokers)
	if a.broker == nil {
		want = endpointControllers
	}
	if endpoint != want {
		e := failure(kerr.MismatchedEndpointType, "The request was sent to an endpoint of the wrong type.")
		if endpoint != endpointBrokers && endpoint != endpointControllers {
			e = failure(kerr.UnsupportedEndpointType, "Unsupported endpoint type")
		}
		resp.ErrorCode, resp.ErrorMessage = e.code, e.message
		return resp, nil
	}
	if a.broker == nil {
		resp.ControllerID = m.quorum.leader
		for _, c := range m.controllers {
			resp.Brokers = append(resp.Brokers, describedBroker(c.id, c.host, c.port))
		}
		return resp, nil
	}
	v, _ := m.viewOf(a.broker)
	resp.ControllerID = -1
	for _, b := range v.brokers {
		if b.fenced && !req.IncludeFencedBrokers {
			continue
		}
		db := describedBroker(b.id, b.host, b.port)
		db.Rack, db.IsFenced = kmsg.StringPtr(b.rack), b.fenced
		resp.Brokers = append(resp.Brokers, db)
		if !b.fenced && resp.ControllerID < 0 {
			resp.ControllerID = b.id
		}
	}
	return resp, nil
}

func describedBroker(id int32, host string, port int32) kmsg.DescribeClusterResponseBroker {
	b := kmsg.NewDescribeClusterResponseBroker()
	b.NodeID, b.Host, b.Port = id, host, port
	return b
}

// handleDescribeQuorum answers as the quorum's leader, to whom brokers forward it. The last fetch of a node that is gone
// stands still at when it went.
func handleDescribeQuorum(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.DescribeQuorumRequest)
	resp := req.ResponseKind().(*kmsg.DescribeQuorumResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewDescribeQuorumResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewDescribeQuorumResponseTopicPartition()
			rp.Partition = p.Partition
			switch {
			case t.Topic != "__cluster_metadata" || p.Partition != 0:
				rp.ErrorCode = kerr.UnknownTopicOrPartition.Code
			case m.quorum.leader < 0 || m.notController(a):
				rp.ErrorCode = kerr.NotLeaderForPartition.Code
				rp.LeaderID, rp.LeaderEpoch = m.quorum.leader, m.quorum.epoch
			default:
				m.describeQuorum(&rp)
			}
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	for _, c := range m.controllers {
		n := kmsg.NewDescribeQuorumResponseNode()
		n.NodeID = c.id
		l := kmsg.NewDescribeQuorumResponseNodeListener()
		l.Name, l.Host, l.Port = "CONTROLLER", c.host, uint16(c.port)
		n.Listeners = append(n.Listeners, l)
		resp.Nodes = append(resp.Nodes, n)
	}
	return resp, nil
}

func (m *model) describeQuorum(p *kmsg.DescribeQuorumResponseTopicPartition) {
	end := m.offset()
	p.LeaderID, p.LeaderEpoch, p.HighWatermark = m.quorum.leader, m.quorum.epoch, end
	state := func(id int32, up bool, lastSeen time.Duration) kmsg.DescribeQuorumResponseTopicPartitionReplicaState {
		s := kmsg.NewDescribeQuorumResponseTopicPartitionReplicaState()
		s.ReplicaID, s.LogEndOffset = id, end
		seen := m.now
		if !up {
			seen = lastSeen
			s.LogEndOffset = end - int64((m.now-lastSeen)/(500*time.Millisecond))
		} else if id != m.quorum.leader {
			seen -= time.Duration(id%7) * 60 * time.Millisecond // fetches are answered at the latest every 500 ms
		}
		s.LastFetchTimestamp = m.start.Add(seen).UnixMilli()
		s.LastCaughtUpTimestamp = s.LastFetchTimestamp
		return s
	}
	for _, c := range m.controllers {
		p.CurrentVoters = append(p.CurrentVoters, state(c.id, c.up, c.lastSeen))
	}
	for _, b := range m.brokers {
		p.Observers = append(p.Observers, state(b.id, b.up, b.lastSeen))
	}
}

// handleUnregisterBroker takes the broker off the list; the replicas it holds stay in their partitions' lists.
func handleUnregisterBroker(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.UnregisterBrokerRequest)
	resp := req.ResponseKind().(*kmsg.UnregisterBrokerResponse)
	b := m.broker(req.BrokerID)
	switch {
	case m.notController(a):
		resp.ErrorCode = kerr.NotController.Code
	case b == nil:
		e := failure(kerr.BrokerIDNotRegistered, "Broker ID "+itoa(req.BrokerID)+" is not currently registered")
		resp.ErrorCode, resp.ErrorMessage = e.code, e.message
	default:
		a.c.unregister(b)
	}
	return resp, nil
}
