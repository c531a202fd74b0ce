package sim

import (
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// handleElectLeaders elects preferred leaders (type 0) or, for partitions that have none, any live replica (type 1). Asked
// for all partitions, it leaves out those that need no election (ReplicationControlManager.electLeaders).
func handleElectLeaders(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.ElectLeadersRequest)
	resp := req.ResponseKind().(*kmsg.ElectLeadersResponse)
	if m.notController(a) {
		resp.ErrorCode = kerr.NotController.Code
		return resp, nil
	}
	how := electPreferred
	switch {
	case req.Version >= 1 && req.ElectionType == 1:
		how = electUnclean
	case req.Version >= 1 && req.ElectionType != 0:
		resp.ErrorCode = kerr.InvalidRequest.Code
		return resp, nil
	}
	add := func(topic string, partition int32, e apiError) {
		if n := len(resp.Topics); n == 0 || resp.Topics[n-1].Topic != topic {
			rt := kmsg.NewElectLeadersResponseTopic()
			rt.Topic = topic
			resp.Topics = append(resp.Topics, rt)
		}
		rp := kmsg.NewElectLeadersResponseTopicPartition()
		rp.Partition, rp.ErrorCode, rp.ErrorMessage = partition, e.code, e.message
		rt := &resp.Topics[len(resp.Topics)-1]
		rt.Partitions = append(rt.Partitions, rp)
	}
	if req.Topics == nil {
		m.eachPartition(func(p *partition) {
			if e := m.electLeader(p, how); e.code != kerr.ElectionNotNeeded.Code {
				add(p.topic.name, p.id, e)
			}
		})
		return resp, nil
	}
	for _, t := range req.Topics {
		for _, id := range t.Partitions {
			p := m.partition(t.Topic, id)
			switch {
			case m.byName[t.Topic] == nil:
				add(t.Topic, id, failure(kerr.UnknownTopicOrPartition, "No such topic as "+t.Topic))
			case p == nil:
				add(t.Topic, id, failure(kerr.UnknownTopicOrPartition, "No such partition as "+t.Topic+"-"+itoa(id)))
			default:
				add(t.Topic, id, m.electLeader(p, how))
			}
		}
	}
	return resp, nil
}

func (m *model) electLeader(p *partition, how election) apiError {
	if how == electPreferred && p.leader == p.replicas[0] || how == electUnclean && p.leader >= 0 {
		return failure(kerr.ElectionNotNeeded, kerr.ElectionNotNeeded.Description)
	}
	if m.apply(p, change{election: how}) {
		return apiError{}
	}
	if how == electPreferred {
		return failure(kerr.PreferredLeaderNotAvailable, kerr.PreferredLeaderNotAvailable.Description)
	}
	return failure(kerr.EligibleLeadersNotAvailable, kerr.EligibleLeadersNotAvailable.Description)
}
