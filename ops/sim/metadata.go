package sim

import (
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// handleMetadata answers from the asked broker's view. The controller it names is, as in KRaft, just some broker that is
// alive: another at each request.
func handleMetadata(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.MetadataRequest)
	resp := req.ResponseKind().(*kmsg.MetadataResponse)
	if req.Version >= 4 && req.AllowAutoTopicCreation || req.Version < 4 {
		m.autoCreate(a, req.Topics)
	}
	v, _ := m.viewOf(a.broker)
	resp.ClusterID = kmsg.StringPtr(a.c.clusterID)
	resp.ControllerID = -1
	for _, b := range v.brokers {
		if b.fenced {
			continue
		}
		mb := kmsg.NewMetadataResponseBroker()
		mb.NodeID, mb.Host, mb.Port, mb.Rack = b.id, b.host, b.port, kmsg.StringPtr(b.rack)
		resp.Brokers = append(resp.Brokers, mb)
	}
	if n := len(resp.Brokers); n > 0 {
		a.c.metadataRequests++
		resp.ControllerID = resp.Brokers[a.c.metadataRequests%n].NodeID
	}
	if req.Topics == nil || req.Version == 0 && len(req.Topics) == 0 {
		resp.Topics = make([]kmsg.MetadataResponseTopic, len(v.topics))
		for i, t := range v.topics {
			resp.Topics[i] = t.meta
		}
		return resp, nil
	}
	for _, t := range req.Topics {
		at := v.metadataOf(t)
		if req.IncludeTopicAuthorizedOperations {
			at.AuthorizedOperations = topicOperations &^ m.denied.onTopics
		}
		resp.Topics = append(resp.Topics, at)
	}
	return resp, nil
}

func (v *view) metadataOf(asked kmsg.MetadataRequestTopic) kmsg.MetadataResponseTopic {
	unknown := kmsg.NewMetadataResponseTopic()
	unknown.Topic, unknown.TopicID = asked.Topic, asked.TopicID
	if asked.TopicID != [16]byte{} {
		if t := v.byID[asked.TopicID]; t != nil {
			return t.meta
		}
		unknown.ErrorCode = kerr.UnknownTopicID.Code
		return unknown
	}
	if asked.Topic == nil {
		unknown.ErrorCode = kerr.InvalidRequest.Code
		return unknown
	}
	if t := v.topic(*asked.Topic); t != nil {
		return t.meta
	}
	unknown.ErrorCode = kerr.UnknownTopicOrPartition.Code
	if !validTopicName(*asked.Topic) {
		unknown.ErrorCode = kerr.InvalidTopicException.Code
	}
	return unknown
}

// autoCreate makes the topics that were asked for and aren't there, as a broker with auto.create.topics.enable does. A
// client that doesn't want this has to say so.
func (m *model) autoCreate(a askedNode, topics []kmsg.MetadataRequestTopic) {
	for _, t := range topics {
		if t.Topic == nil || m.byName[*t.Topic] != nil || !validTopicName(*t.Topic) {
			continue
		}
		ct := kmsg.NewCreateTopicsRequestTopic()
		ct.Topic, ct.NumPartitions, ct.ReplicationFactor = *t.Topic, -1, -1
		if created, assignment, e := m.newTopic(ct); e.code == 0 {
			m.addTopic(created, assignment, a.c.nextTopicID(created.name))
			m.eventf("topic %s created by a Metadata request", created.name)
		}
	}
}

// describeTopicPartitionsLimit is max.request.partition.size.limit, Kafka's default.
const describeTopicPartitionsLimit = 2000

func handleDescribeTopicPartitions(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.DescribeTopicPartitionsRequest)
	resp := req.ResponseKind().(*kmsg.DescribeTopicPartitionsResponse)
	v, _ := m.viewOf(a.broker)
	var names []string
	for _, t := range req.Topics {
		names = append(names, t.Topic)
	}
	if len(req.Topics) == 0 {
		for _, t := range v.topics {
			names = append(names, t.name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var first int32
	if req.Cursor != nil {
		if req.Cursor.Partition < 0 {
			return nil, errClose
		}
		names = slices.DeleteFunc(names, func(name string) bool { return strings.Compare(name, req.Cursor.Topic) < 0 })
		if len(names) > 0 && names[0] == req.Cursor.Topic {
			first = req.Cursor.Partition
		}
	}
	left := int(min(max(req.ResponsePartitionLimit, 1), describeTopicPartitionsLimit))
	for _, name := range names {
		if left == 0 {
			resp.NextCursor = cursor(name, 0)
			break
		}
		rt := kmsg.NewDescribeTopicPartitionsResponseTopic()
		rt.Topic = kmsg.StringPtr(name)
		t := v.topic(name)
		if t == nil {
			rt.ErrorCode = kerr.UnknownTopicOrPartition.Code
			resp.Topics = append(resp.Topics, rt)
			continue
		}
		rt.TopicID, rt.IsInternal = t.meta.TopicID, t.meta.IsInternal
		parts := t.meta.Partitions
		parts = parts[min(int(first), len(parts)):]
		first = 0
		rt.Partitions = make([]kmsg.DescribeTopicPartitionsResponseTopicPartition, 0, min(left, len(parts)))
		for _, p := range parts[:min(left, len(parts))] {
			rt.Partitions = append(rt.Partitions, describedPartition(t, p))
		}
		resp.Topics = append(resp.Topics, rt)
		if len(parts) > left {
			resp.NextCursor = cursor(name, parts[left].Partition)
			break
		}
		left -= len(parts)
	}
	return resp, nil
}

func cursor(topic string, partition int32) *kmsg.DescribeTopicPartitionsResponseNextCursor {
	c := kmsg.NewDescribeTopicPartitionsResponseNextCursor()
	c.Topic, c.Partition = topic, partition
	return &c
}

// describedPartition adds the eligible leader replicas. Lists are empty rather than null: Kafka's Java client reads no others.
func describedPartition(t *topicView, p kmsg.MetadataResponseTopicPartition) kmsg.DescribeTopicPartitionsResponseTopicPartition {
	d := kmsg.NewDescribeTopicPartitionsResponseTopicPartition()
	d.ErrorCode, d.Partition, d.LeaderID, d.LeaderEpoch = p.ErrorCode, p.Partition, p.Leader, p.LeaderEpoch
	d.Replicas, d.ISR, d.OfflineReplicas = p.Replicas, p.ISR, orElse(p.OfflineReplicas, []int32{})
	d.EligibleLeaderReplicas = orElse(t.elr[p.Partition], []int32{})
	d.LastKnownELR = orElse(t.lastKnownELR[p.Partition], []int32{})
	return d
}
