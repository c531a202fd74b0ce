package sim

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fetchOffsets answers with what the group has committed: for the partitions that the request names, or for all.
func (m *model) fetchOffsets(req *kmsg.OffsetFetchRequest, g *group, resp *kmsg.OffsetFetchResponse) {
	if req.Version < 8 {
		asked := committedAts(len(req.Topics), func(i int) (string, []int32) { return req.Topics[i].Topic, req.Topics[i].Partitions })
		if req.Topics == nil {
			asked = m.committedTo(g)
		}
		for _, at := range asked {
			if n := len(resp.Topics); n == 0 || resp.Topics[n-1].Topic != at.topic {
				t := kmsg.NewOffsetFetchResponseTopic()
				t.Topic = at.topic
				resp.Topics = append(resp.Topics, t)
			}
			t := &resp.Topics[len(resp.Topics)-1]
			p := kmsg.NewOffsetFetchResponseTopicPartition()
			p.Partition = at.partition
			p.Offset, p.LeaderEpoch, p.Metadata = m.fetchOffset(g, at)
			t.Partitions = append(t.Partitions, p)
		}
		return
	}
	for i := range req.Groups {
		if req.Groups[i].Group != g.name {
			continue
		}
		topics := req.Groups[i].Topics
		asked := committedAts(len(topics), func(i int) (string, []int32) { return topics[i].Topic, topics[i].Partitions })
		if topics == nil {
			asked = m.committedTo(g)
		}
		rg := kmsg.NewOffsetFetchResponseGroup()
		rg.Group = g.name
		for _, at := range asked {
			if n := len(rg.Topics); n == 0 || rg.Topics[n-1].Topic != at.topic {
				t := kmsg.NewOffsetFetchResponseGroupTopic()
				t.Topic = at.topic
				rg.Topics = append(rg.Topics, t)
			}
			t := &rg.Topics[len(rg.Topics)-1]
			p := kmsg.NewOffsetFetchResponseGroupTopicPartition()
			p.Partition = at.partition
			p.Offset, p.LeaderEpoch, p.Metadata = m.fetchOffset(g, at)
			t.Partitions = append(t.Partitions, p)
		}
		resp.Groups = append(resp.Groups, rg)
	}
}

func committedAts(topics int, topic func(int) (string, []int32)) []committedAt {
	var all []committedAt
	for i := range topics {
		name, partitions := topic(i)
		for _, p := range partitions {
			all = append(all, committedAt{name, p})
		}
	}
	return all
}

func (m *model) fetchOffset(g *group, at committedAt) (offset int64, epoch int32, metadata *string) {
	offset, epoch = -1, -1
	if g.kind != shareGroup { // whose offsets only DescribeShareGroupOffsets tells
		offset = m.committedOffset(g, at)
	}
	if p := m.partition(at.topic, at.partition); p != nil && offset >= 0 {
		epoch = p.leaderEpoch
	}
	return offset, epoch, kmsg.StringPtr("")
}

// commitOffsets takes offsets from a client that isn't a member, as the tools do that reset a group. A group with members takes
// them from its members alone.
func (m *model) commitOffsets(req *kmsg.OffsetCommitRequest, g *group, resp *kmsg.OffsetCommitResponse) {
	var e *kerr.Error
	switch p := m.coordinatorPartition(offsetsTopic, g.name); {
	case req.Generation >= 0 || req.MemberID != "" || g.state(m.secondsNow()) != stateEmpty:
		e = kerr.UnknownMemberID
	case p != nil && p.unwritable:
		e = kerr.CoordinatorNotAvailable // what NOT_ENOUGH_REPLICAS becomes for clients
	}
	_, answer := split(req, func(at topicPartition) verdict {
		p, unknown := m.named(at, false)
		if unknown == nil {
			unknown = e
		}
		if unknown != nil {
			return verdict{p: p, refused: unknown}
		}
		return verdict{p: p, answer: func(asked, entry any) {
			g.committed[committedAt{at.topic, at.partition}] = asked.(*kmsg.OffsetCommitRequestTopicPartition).Offset
		}}
	})
	*resp = *answer.(*kmsg.OffsetCommitResponse)
}

// deleteOffsets deletes offsets of topics that no member of the group subscribes to.
func (m *model) deleteOffsets(req *kmsg.OffsetDeleteRequest, g *group, resp *kmsg.OffsetDeleteResponse) {
	empty := g.state(m.secondsNow()) == stateEmpty
	_, answer := split(req, func(at topicPartition) verdict {
		if !empty && slices.Contains(g.topics, at.topic) {
			return verdict{refused: kerr.GroupSubscribedToTopic}
		}
		return verdict{answer: func(_, _ any) { g.committed[committedAt{at.topic, at.partition}] = -1 }}
	})
	*resp = *answer.(*kmsg.OffsetDeleteResponse)
}
