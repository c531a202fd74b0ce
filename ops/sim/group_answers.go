package sim

import (
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// answerGroup adds to an answer what is said of a tenant's group, or hands the group over to kfake for real clients to join.
func (c *Cluster) answerGroup(req kmsg.Request, g *group, answer kmsg.Response) (handed bool, err error) {
	m := c.model
	switch req := req.(type) {
	case *kmsg.OffsetFetchRequest:
		m.fetchOffsets(req, g, answer.(*kmsg.OffsetFetchResponse))
	case *kmsg.OffsetCommitRequest:
		m.commitOffsets(req, g, answer.(*kmsg.OffsetCommitResponse))
	case *kmsg.OffsetDeleteRequest:
		m.deleteOffsets(req, g, answer.(*kmsg.OffsetDeleteResponse))
	case *kmsg.DescribeGroupsRequest:
		resp := answer.(*kmsg.DescribeGroupsResponse)
		resp.Groups = append(resp.Groups, m.describeClassic(req, g))
	case *kmsg.ConsumerGroupDescribeRequest:
		resp := answer.(*kmsg.ConsumerGroupDescribeResponse)
		resp.Groups = append(resp.Groups, m.describeConsumer(req, g))
	case *kmsg.ShareGroupDescribeRequest:
		resp := answer.(*kmsg.ShareGroupDescribeResponse)
		resp.Groups = append(resp.Groups, m.describeShare(req, g))
	case *kmsg.DescribeShareGroupOffsetsRequest:
		resp := answer.(*kmsg.DescribeShareGroupOffsetsResponse)
		resp.Groups = append(resp.Groups, m.shareOffsets(req, g))
	case *kmsg.DeleteGroupsRequest:
		d := kmsg.NewDeleteGroupsResponseGroup()
		d.Group = g.name
		if g.state(m.secondsNow()) != stateEmpty {
			d.ErrorCode = kerr.NonEmptyGroup.Code
		} else {
			m.groups.remove(g.name)
			m.eventf("group %s deleted", g.name)
		}
		resp := answer.(*kmsg.DeleteGroupsResponse)
		resp.Groups = append(resp.Groups, d)
	case *kmsg.JoinGroupRequest:
		if g.state(m.secondsNow()) != stateEmpty {
			// Its members can't share their partitions with a real one: the group is as full as group.max.size has it.
			answer.(*kmsg.JoinGroupResponse).ErrorCode = kerr.GroupMaxSizeReached.Code
			return false, nil
		}
		return true, c.handOver(g)
	case *kmsg.HeartbeatRequest:
		answer.(*kmsg.HeartbeatResponse).ErrorCode = kerr.UnknownMemberID.Code
	case *kmsg.SyncGroupRequest:
		answer.(*kmsg.SyncGroupResponse).ErrorCode = kerr.UnknownMemberID.Code
	case *kmsg.LeaveGroupRequest:
		answer.(*kmsg.LeaveGroupResponse).ErrorCode = kerr.UnknownMemberID.Code
	case *kmsg.TxnOffsetCommitRequest:
		_, refusal := split(req, func(topicPartition) verdict { return verdict{refused: kerr.UnknownMemberID} })
		*answer.(*kmsg.TxnOffsetCommitResponse) = *refusal.(*kmsg.TxnOffsetCommitResponse)
	}
	return false, nil
}

// handOver makes an empty group one of kfake's, with its offsets.
func (c *Cluster) handOver(g *group) error {
	m := c.model
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation = g.name, -1
	for _, at := range m.committedTo(g) {
		p := m.partition(at.topic, at.partition)
		if p == nil {
			continue
		}
		if _, err := c.backend.topic(p.topic); err != nil {
			return err
		}
		rp := kmsg.NewOffsetCommitRequestTopicPartition()
		rp.Partition, rp.Offset = at.partition, m.committedOffset(g, at)
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != at.topic {
			rt := kmsg.NewOffsetCommitRequestTopic()
			rt.Topic = at.topic
			req.Topics = append(req.Topics, rt)
		}
		rt := &req.Topics[len(req.Topics)-1]
		rt.Partitions = append(rt.Partitions, rp)
	}
	req.SetVersion(9) // newer ones name topics by id
	if _, err := c.backend.requestAsIs(req); err != nil {
		return err
	}
	m.groups.remove(g.name)
	return nil
}

// listGroups lists the tenants' groups that a broker coordinates.
func (m *model) listGroups(id int32, req *kmsg.ListGroupsRequest) *kmsg.ListGroupsResponse {
	resp := req.ResponseKind().(*kmsg.ListGroupsResponse)
	if t := m.byName[offsetsTopic]; t != nil {
		for _, p := range t.parts {
			if p.leader == id && p.loadedAt > m.now {
				resp.ErrorCode = kerr.CoordinatorLoadInProgress.Code
				return resp
			}
		}
	}
	asked := func(filter []string, value string) bool {
		return len(filter) == 0 || slices.ContainsFunc(filter, func(f string) bool { return strings.EqualFold(f, value) })
	}
	now := m.secondsNow()
	for _, name := range m.groups.names {
		g := m.groups.byName[name]
		state := g.state(now)
		if m.coordinator(offsetsTopic, name) != id || !asked(req.StatesFilter, state) || !asked(req.TypesFilter, string(g.kind)) || m.groups.denies(name) && !m.denied.describesCluster() {
			continue
		}
		rg := kmsg.NewListGroupsResponseGroup()
		rg.Group, rg.GroupState, rg.GroupType, rg.ProtocolType = name, state, string(g.kind), g.protocolType()
		resp.Groups = append(resp.Groups, rg)
	}
	return resp
}

func (g *group) protocolType() string {
	if g.kind == shareGroup {
		return "share"
	}
	return "consumer"
}

// groupOperations are the operations on a group that there are (AclEntry.supportedOperations).
const groupOperations = 1<<kmsg.ACLOperationRead | 1<<kmsg.ACLOperationDescribe | 1<<kmsg.ACLOperationDelete |
	1<<kmsg.ACLOperationDescribeConfigs | 1<<kmsg.ACLOperationAlterConfigs

// describeClassic describes a classic group. While it rebalances its members have neither subscriptions nor partitions.
func (m *model) describeClassic(req *kmsg.DescribeGroupsRequest, g *group) kmsg.DescribeGroupsResponseGroup {
	d := kmsg.NewDescribeGroupsResponseGroup()
	d.Group = g.name
	if g.kind != classicGroup {
		d.State = "Dead"
		if req.Version >= 6 {
			d.ErrorCode, d.ErrorMessage = kerr.GroupIDNotFound.Code, kmsg.StringPtr("Group "+g.name+" is not a classic group.")
		}
		return d
	}
	now := m.secondsNow()
	d.State, d.ProtocolType = g.state(now), g.protocolType()
	if req.IncludeAuthorizedOperations {
		d.AuthorizedOperations = groupOperations
	}
	stable := d.State == stateStable
	if stable {
		d.Protocol = g.assignor
	}
	for i, member := range g.membersAt(now) {
		rm := kmsg.NewDescribeGroupsResponseGroupMember()
		rm.MemberID, rm.ClientID, rm.ClientHost = member.id, member.client, member.host
		if stable {
			subscription := kmsg.ConsumerMemberMetadata{Version: 1, Topics: g.topics}
			rm.ProtocolMetadata = subscription.AppendTo(nil)
			assignment := kmsg.ConsumerMemberAssignment{Version: 1}
			assigned := m.assigned(g, i)
			for j, t := range m.reads(g) {
				if len(assigned[j]) > 0 {
					assignment.Topics = append(assignment.Topics, kmsg.ConsumerMemberAssignmentTopic{Topic: t.name, Partitions: assigned[j]})
				}
			}
			rm.MemberAssignment = assignment.AppendTo(nil)
		}
		d.Members = append(d.Members, rm)
	}
	return d
}

// describeConsumer describes a group of the protocol of KIP-848.
func (m *model) describeConsumer(req *kmsg.ConsumerGroupDescribeRequest, g *group) kmsg.ConsumerGroupDescribeResponseGroup {
	d := kmsg.NewConsumerGroupDescribeResponseGroup()
	d.Group = g.name
	if g.kind != consumerGroup {
		d.ErrorCode, d.ErrorMessage = kerr.GroupIDNotFound.Code, kmsg.StringPtr("Group "+g.name+" is not a consumer group.")
		return d
	}
	now := m.secondsNow()
	d.State, d.AssignorName = g.state(now), g.assignor
	d.Epoch, d.AssignmentEpoch = g.generation(now), g.generation(now)
	if req.IncludeAuthorizedOperations {
		d.AuthorizedOperations = groupOperations
	}
	for i, member := range g.membersAt(now) {
		rm := kmsg.NewConsumerGroupDescribeResponseGroupMember()
		rm.MemberID, rm.ClientID, rm.ClientHost = member.id, member.client, member.host
		rm.MemberEpoch, rm.MemberType, rm.SubscribedTopics = d.Epoch, 1, g.topics
		assigned := m.assigned(g, i)
		for j, t := range m.reads(g) {
			if len(assigned[j]) > 0 {
				tp := kmsg.NewAssignmentTopicPartition()
				tp.TopicID, tp.Topic, tp.Partitions = t.id, t.name, assigned[j]
				rm.TargetAssignment.TopicPartitions = append(rm.TargetAssignment.TopicPartitions, tp)
			}
		}
		if d.State == stateStable {
			rm.Assignment = rm.TargetAssignment
		}
		d.Members = append(d.Members, rm)
	}
	return d
}

// describeShare describes a share group. Its members share the partitions: each has all of them.
func (m *model) describeShare(req *kmsg.ShareGroupDescribeRequest, g *group) kmsg.ShareGroupDescribeResponseGroup {
	d := kmsg.NewShareGroupDescribeResponseGroup()
	d.GroupID = g.name
	if g.kind != shareGroup {
		d.ErrorCode, d.ErrorMessage = kerr.GroupIDNotFound.Code, kmsg.StringPtr("Group "+g.name+" is not a share group.")
		return d
	}
	now := m.secondsNow()
	d.GroupState, d.Assignor = g.state(now), g.assignor
	d.GroupEpoch, d.AssignmentEpoch = g.generation(now), g.generation(now)
	if req.IncludeAuthorizedOperations {
		d.AuthorizedOperations = groupOperations
	}
	for _, member := range g.membersAt(now) {
		rm := kmsg.NewShareGroupDescribeResponseGroupMember()
		rm.MemberID, rm.ClientID, rm.ClientHost = member.id, member.client, member.host
		rm.MemberEpoch, rm.SubscribedTopicNames = d.GroupEpoch, g.topics
		for _, t := range m.reads(g) {
			tp := kmsg.NewShareGroupDescribeResponseGroupMemberAssignmentTopicPartition()
			tp.TopicID, tp.Topic = t.id, t.name
			for _, p := range t.parts {
				tp.Partitions = append(tp.Partitions, p.id)
			}
			rm.Assignment.TopicPartitions = append(rm.Assignment.TopicPartitions, tp)
		}
		d.Members = append(d.Members, rm)
	}
	return d
}

// shareOffsets answers with the share-partition start offsets of a share group (KIP-932).
func (m *model) shareOffsets(req *kmsg.DescribeShareGroupOffsetsRequest, g *group) kmsg.DescribeShareGroupOffsetsResponseGroup {
	d := kmsg.NewDescribeShareGroupOffsetsResponseGroup()
	d.GroupID = g.name
	if g.kind != shareGroup {
		d.ErrorCode, d.ErrorMessage = kerr.GroupIDNotFound.Code, kmsg.StringPtr("Group "+g.name+" is not a share group.")
		return d
	}
	add := func(topic string, partitions []int32) {
		rt := kmsg.NewDescribeShareGroupOffsetsResponseGroupTopic()
		rt.Topic = topic
		if t := m.byName[topic]; t != nil {
			rt.TopicID = t.id
		}
		for _, id := range partitions {
			rp := kmsg.NewDescribeShareGroupOffsetsResponseGroupTopicPartition()
			rp.Partition, rp.StartOffset, rp.Lag = id, m.committedOffset(g, committedAt{topic, id}), -1
			if p := m.partition(topic, id); p != nil && rp.StartOffset >= 0 {
				rp.LeaderEpoch, rp.Lag = p.leaderEpoch, p.stream.end(m.secondsNow())-rp.StartOffset
			}
			rt.Partitions = append(rt.Partitions, rp)
		}
		d.Topics = append(d.Topics, rt)
	}
	for _, rg := range req.Groups {
		if rg.GroupID != g.name {
			continue
		}
		for _, t := range rg.Topics {
			add(t.Topic, t.Partitions)
		}
		if rg.Topics == nil {
			for _, t := range m.reads(g) {
				add(t.name, partitionsOf(t))
			}
		}
	}
	return d
}

func partitionsOf(t *topic) []int32 {
	all := make([]int32, len(t.parts))
	for i := range all {
		all[i] = int32(i)
	}
	return all
}
