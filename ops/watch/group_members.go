package watch

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// described is what an answer has of one group.
type described struct {
	id, state string
	epoch     int32
	code      int16
	message   *string
	members   []state.Member
	owns      owners
}

// describe asks a coordinator for the members of its groups of one kind.
func (l *groupsLook) describe(ctx context.Context, b *state.Broker, kind state.GroupKind, groups []*state.Group, owned map[*state.Group]owners) {
	inTime(ctx, groups, func(part []*state.Group) error { return l.describeOf(ctx, b, kind, part, owned) }, func(rest []*state.Group, err error) {
		for _, g := range rest {
			if old := l.g.Prev.Find(g.ID); old != nil && old.Members.Known {
				keepMembers(g, old, owned)
				g.Members.Why = reason(err)
				continue
			}
			g.Members = state.Missing[[]state.Member](reason(err), l.o.Now(), brokerName(b.ID))
		}
	})
}

// describeOf does so for some of them, with one request.
func (l *groupsLook) describeOf(ctx context.Context, b *state.Broker, kind state.GroupKind, groups []*state.Group, owned map[*state.Group]owners) error {
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	answer, err := l.ask(ctx, b, describeRequest(kind, ids))
	if err != nil {
		return err
	}
	from, now := brokerName(b.ID), l.o.Now()
	told := map[string]described{}
	for _, d := range l.answers(answer) {
		told[d.id] = d
	}
	for _, g := range groups {
		d, ok := told[g.ID]
		switch {
		case !ok:
			g.Members = state.Missing[[]state.Member]("its coordinator left it out of the answer", now, from)
		case d.code != 0:
			why := refusal(d.code, describeGroup)
			if d.message != nil && *d.message != "" && !strings.Contains(why, "ACL") {
				why += ": " + *d.message
			}
			g.Members = state.Missing[[]state.Member](why, now, from)
		default:
			g.Members, g.Epoch = state.Read(d.members, now, from), d.epoch
			if d.state != "" {
				g.State = d.state
			}
			owned[g] = d.owns
		}
	}
	return nil
}

func describeRequest(kind state.GroupKind, ids []string) kmsg.Request {
	switch kind {
	case state.ConsumerGroup:
		req := kmsg.NewPtrConsumerGroupDescribeRequest()
		req.Groups = ids
		return req
	case state.ShareGroup:
		req := kmsg.NewPtrShareGroupDescribeRequest()
		req.GroupIDs = ids
		return req
	case state.StreamsGroup:
		req := kmsg.NewPtrStreamsGroupDescribeRequest()
		req.Groups = ids
		return req
	}
	req := kmsg.NewPtrDescribeGroupsRequest()
	req.Groups = ids
	return req
}

// answers reads an answer about groups of any kind.
func (l *groupsLook) answers(answer kmsg.Response) (all []described) {
	switch resp := answer.(type) {
	case *kmsg.DescribeGroupsResponse:
		for _, g := range resp.Groups {
			d := described{id: g.Group, state: g.State, epoch: -1, code: g.ErrorCode, message: g.ErrorMessage, owns: owners{}}
			for i, m := range g.Members {
				member := state.Member{ID: m.MemberID, Instance: deref(m.InstanceID), Client: m.ClientID, Host: host(m.ClientHost)}
				var a kmsg.ConsumerMemberAssignment
				if g.ProtocolType == "consumer" && len(m.MemberAssignment) > 0 && a.ReadFrom(m.MemberAssignment) == nil {
					for _, t := range a.Topics {
						d.owns.give(&member, i, t.Topic, t.Partitions)
					}
				}
				d.members = append(d.members, member)
			}
			all = append(all, d)
		}
	case *kmsg.ConsumerGroupDescribeResponse:
		for _, g := range resp.Groups {
			d := described{id: g.Group, state: g.State, epoch: g.Epoch, code: g.ErrorCode, message: g.ErrorMessage, owns: owners{}}
			for i, m := range g.Members {
				member := state.Member{ID: m.MemberID, Instance: deref(m.InstanceID), Client: m.ClientID, Host: host(m.ClientHost)}
				for _, t := range m.Assignment.TopicPartitions {
					d.owns.give(&member, i, l.topic(t.Topic, t.TopicID), t.Partitions)
				}
				d.members = append(d.members, member)
			}
			all = append(all, d)
		}
	case *kmsg.ShareGroupDescribeResponse:
		for _, g := range resp.Groups {
			d := described{id: g.GroupID, state: g.GroupState, epoch: g.GroupEpoch, code: g.ErrorCode, message: g.ErrorMessage, owns: owners{}}
			for i, m := range g.Members {
				member := state.Member{ID: m.MemberID, Client: m.ClientID, Host: host(m.ClientHost)}
				for _, t := range m.Assignment.TopicPartitions {
					d.owns.give(&member, i, l.topic(t.Topic, t.TopicID), t.Partitions)
				}
				d.members = append(d.members, member)
			}
			all = append(all, d)
		}
	case *kmsg.StreamsGroupDescribeResponse:
		for _, g := range resp.Groups {
			d := described{id: g.Group, state: g.State, epoch: g.Epoch, code: g.ErrorCode, message: g.ErrorMessage, owns: owners{}}
			sources := map[string][]string{} // the topics that a task of a subtopology reads
			if g.Topology != nil {
				for _, t := range g.Topology.Subtopologies {
					sources[t.SubtopologyID] = t.SourceTopics
					for _, r := range t.RepartitionSourceTopics {
						sources[t.SubtopologyID] = append(sources[t.SubtopologyID], r.Topic)
					}
				}
			}
			for i, m := range g.Members {
				member := state.Member{ID: m.MemberID, Instance: deref(m.InstanceID), Client: m.ClientID, Host: host(m.ClientHost)}
				for _, task := range m.Assignment.ActiveTasks {
					for _, topic := range sources[task.SubtopologyID] {
						d.owns.give(&member, i, topic, task.Partitions)
					}
				}
				d.members = append(d.members, member)
			}
			all = append(all, d)
		}
	}
	return all
}

// topic is a topic's name; the name of one that exists is the one that its id has now.
func (l *groupsLook) topic(name string, id [16]byte) string {
	if now, ok := l.topicNames[id]; ok && id != ([16]byte{}) {
		return now
	}
	if name == "" {
		return fmt.Sprintf("(topic id %x)", id)
	}
	return name
}

// host is a client's address as Kafka gives it, "/10.0.0.7", without the slash of Java's InetAddress.
func host(s string) string { return strings.TrimPrefix(s, "/") }
