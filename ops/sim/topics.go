package sim

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func handleCreateTopics(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.CreateTopicsRequest)
	resp := req.ResponseKind().(*kmsg.CreateTopicsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewCreateTopicsResponseTopic()
		rt.Topic = t.Topic
		created, assignment, e := m.newTopic(t)
		rt.ErrorCode, rt.ErrorMessage = e.code, e.message
		if e.code == 0 {
			rt.NumPartitions, rt.ReplicationFactor = int32(len(assignment)), int16(len(assignment[0]))
			for _, d := range m.describeConfigs(configTarget{configs: created.configs, defs: topicConfigs, topic: created}) {
				rc := kmsg.NewCreateTopicsResponseTopicConfig()
				rc.Name, rc.Value, rc.Source = d.Name, d.Value, int8(d.Source)
				rt.Configs = append(rt.Configs, rc)
			}
			if !req.ValidateOnly {
				m.addTopic(created, assignment, a.c.nextTopicID(created.name))
				m.eventf("topic %s created", created.name)
				rt.TopicID = created.id
			}
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp, nil
}

// newTopic returns the topic that a client asks for, and its replicas by partition. It doesn't add them to the model.
func (m *model) newTopic(req kmsg.CreateTopicsRequestTopic) (*topic, [][]int32, apiError) {
	switch {
	case !validTopicName(req.Topic):
		return nil, nil, failure(kerr.InvalidTopicException, fmt.Sprintf("Topic name %q is invalid", req.Topic))
	case m.byName[req.Topic] != nil:
		return nil, nil, failure(kerr.TopicAlreadyExists, "Topic '"+req.Topic+"' already exists.")
	}
	for _, t := range m.topics {
		if strings.ReplaceAll(t.name, ".", "_") == strings.ReplaceAll(req.Topic, ".", "_") {
			return nil, nil, failure(kerr.InvalidTopicException, "Topic '"+req.Topic+"' collides with existing topic: "+t.name)
		}
	}
	t := &topic{name: req.Topic, internal: internalTopics[req.Topic], configs: map[string]string{}}
	var ops []kmsg.IncrementalAlterConfigsRequestResourceConfig
	for _, rc := range req.Configs {
		op := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		op.Name, op.Value, op.Op = rc.Name, rc.Value, kmsg.IncrementalAlterConfigOpSet
		ops = append(ops, op)
	}
	configs, e := altered(configTarget{configs: t.configs, defs: topicConfigs, topic: t}, ops)
	if e.code != 0 {
		return nil, nil, e
	}
	t.configs = configs
	assignment, e := m.assignmentFor(req)
	if e.code != 0 {
		return nil, nil, e
	}
	return t, assignment, apiError{}
}

// addPartition appends a partition whose replicas are all in sync, except those on brokers that are not alive.
func (m *model) addPartition(t *topic, replicas []int32) *partition {
	p := &partition{topic: t, id: int32(len(t.parts)), leader: -1, asOf: m.now}
	m.place(p, replicas)
	p.replicas = replicas
	for _, r := range replicas {
		if m.alive(r) {
			p.isr = append(p.isr, r)
		}
	}
	if len(p.isr) > 0 {
		p.leader = p.isr[0]
	}
	t.parts = append(t.parts, p)
	m.copying.track(p)
	return p
}

func (m *model) assignmentFor(req kmsg.CreateTopicsRequestTopic) ([][]int32, apiError) {
	if len(req.ReplicaAssignment) > 0 {
		if req.NumPartitions != -1 || req.ReplicationFactor != -1 {
			return nil, failure(kerr.InvalidRequest, "A manual partition assignment was specified, but the number of partitions or the replication factor was not set to -1.")
		}
		assignment := make([][]int32, len(req.ReplicaAssignment))
		for _, ra := range req.ReplicaAssignment {
			if ra.Partition < 0 || int(ra.Partition) >= len(assignment) || assignment[ra.Partition] != nil {
				return nil, failure(kerr.InvalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence.")
			}
			if e := m.validAssignment(ra.Replicas); e.code != 0 {
				return nil, e
			}
			if len(ra.Replicas) != len(req.ReplicaAssignment[0].Replicas) {
				return nil, failure(kerr.InvalidReplicaAssignment, fmt.Sprintf("The manual partition assignment includes a partition with %d replica(s), but this is not consistent with previous partitions, which have %d replica(s).", len(ra.Replicas), len(req.ReplicaAssignment[0].Replicas)))
			}
			if !slices.ContainsFunc(ra.Replicas, m.alive) {
				return nil, failure(kerr.InvalidReplicaAssignment, fmt.Sprintf("All brokers specified in the manual partition assignment for partition %d are fenced or in controlled shutdown.", ra.Partition))
			}
			assignment[ra.Partition] = ra.Replicas
		}
		return assignment, apiError{}
	}
	partitions, rf := int(req.NumPartitions), int(req.ReplicationFactor)
	if partitions == -1 {
		partitions = 1
	}
	if rf == -1 {
		rf = min(3, len(m.brokers))
	}
	if partitions <= 0 {
		return nil, failure(kerr.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.")
	}
	if partitions > 1_000_000 {
		return nil, failure(kerr.InvalidPartitions, "Number of partitions is more than this cluster takes.")
	}
	return m.spreadReplicas(partitions, rf)
}

// spreadReplicas places new partitions on the brokers that are alive and not cordoned. Racks take turns, and each partition
// starts one broker further than the one before.
func (m *model) spreadReplicas(partitions, rf int) ([][]int32, apiError) {
	if rf <= 0 {
		return nil, failure(kerr.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.")
	}
	ring := m.rackRing()
	if rf > len(ring) {
		return nil, failure(kerr.InvalidReplicationFactor, fmt.Sprintf("Unable to replicate the partition %d time(s): The target replication factor of %d cannot be reached because only %d broker(s) are registered.", rf, rf, len(ring)))
	}
	start := m.rng.IntN(len(ring))
	assignment := make([][]int32, partitions)
	for i := range assignment {
		replicas := make([]int32, 0, rf)
		turn := (start + i) / len(ring) // so that the followers of a leader differ from turn to turn
		for j := 0; len(replicas) < rf; j++ {
			at := start + i + j
			if j > 0 {
				at += turn * m.racks()
			}
			if r := ring[at%len(ring)]; !slices.Contains(replicas, r) {
				replicas = append(replicas, r)
			}
		}
		assignment[i] = replicas
	}
	return assignment, apiError{}
}

// rackRing lists the brokers that may get replicas, racks alternating.
func (m *model) rackRing() []int32 {
	byRack := map[string][]int32{}
	var racks []string
	for _, b := range m.brokers {
		if b.fenced || !slices.ContainsFunc(b.dirs, func(d logDir) bool { return !d.offline && !d.cordoned }) {
			continue
		}
		if byRack[b.rack] == nil {
			racks = append(racks, b.rack)
		}
		byRack[b.rack] = append(byRack[b.rack], b.id)
	}
	var ring []int32
	for i := 0; ; i++ {
		before := len(ring)
		for _, rack := range racks {
			if i < len(byRack[rack]) {
				ring = append(ring, byRack[rack][i])
			}
		}
		if len(ring) == before {
			return ring
		}
	}
}

func (m *model) racks() int {
	seen := map[string]bool{}
	for _, b := range m.brokers {
		seen[b.rack] = true
	}
	return len(seen)
}

func handleDeleteTopics(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.DeleteTopicsRequest)
	resp := req.ResponseKind().(*kmsg.DeleteTopicsResponse)
	doomed := req.Topics
	for _, name := range req.TopicNames {
		t := kmsg.NewDeleteTopicsRequestTopic()
		t.Topic = kmsg.StringPtr(name)
		doomed = append(doomed, t)
	}
	for _, d := range doomed {
		rt := kmsg.NewDeleteTopicsResponseTopic()
		rt.Topic, rt.TopicID = d.Topic, d.TopicID
		t := m.byID[d.TopicID]
		rt.ErrorCode = kerr.UnknownTopicID.Code
		if d.Topic != nil {
			t = m.byName[*d.Topic]
			rt.ErrorCode = kerr.UnknownTopicOrPartition.Code
		}
		if t != nil {
			rt.ErrorCode = 0
			rt.Topic, rt.TopicID = kmsg.StringPtr(t.name), t.id
			m.deleteTopic(a.c, t)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp, nil
}

func (m *model) deleteTopic(c *Cluster, t *topic) {
	m.removeTopic(t)
	c.backend.deleteTopic(t.name)
	m.eventf("topic %s deleted", t.name)
}

func handleCreatePartitions(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.CreatePartitionsRequest)
	resp := req.ResponseKind().(*kmsg.CreatePartitionsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewCreatePartitionsResponseTopic()
		rt.Topic = t.Topic
		e := m.createPartitions(a.c, t, req.ValidateOnly)
		rt.ErrorCode, rt.ErrorMessage = e.code, e.message
		resp.Topics = append(resp.Topics, rt)
	}
	return resp, nil
}

func (m *model) createPartitions(c *Cluster, req kmsg.CreatePartitionsRequestTopic, validateOnly bool) apiError {
	t := m.byName[req.Topic]
	if t == nil {
		return failure(kerr.UnknownTopicOrPartition, kerr.UnknownTopicOrPartition.Description)
	}
	more := int(req.Count) - len(t.parts)
	if more <= 0 {
		return failure(kerr.InvalidPartitions, fmt.Sprintf("The topic %s currently has %d partition(s); %d would not be an increase.", t.name, len(t.parts), req.Count))
	}
	var assignment [][]int32
	for _, ra := range req.Assignment {
		if e := m.validAssignment(ra.Replicas); e.code != 0 {
			return e
		}
		assignment = append(assignment, ra.Replicas)
	}
	if assignment == nil {
		var e apiError
		if assignment, e = m.spreadReplicas(more, len(t.parts[0].replicas)); e.code != 0 {
			return e
		}
	}
	if len(assignment) != more {
		return failure(kerr.InvalidReplicaAssignment, fmt.Sprintf("Attempted to add %d additional partition(s), but only %d assignment(s) were specified.", more, len(assignment)))
	}
	if validateOnly {
		return apiError{}
	}
	for _, replicas := range assignment {
		m.addPartition(t, replicas)
	}
	m.changed(t)
	m.eventf("topic %s grown to %d partitions", t.name, len(t.parts))
	c.backend.growTopic(t.name, len(t.parts))
	return apiError{}
}

var internalTopics = map[string]bool{"__consumer_offsets": true, "__transaction_state": true, "__share_group_state": true}

// validTopicName is org.apache.kafka.common.internals.Topic.validate.
func validTopicName(name string) bool {
	if name == "" || name == "." || name == ".." || len(name) > 249 {
		return false
	}
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-') {
			return false
		}
	}
	return true
}

// nextTopicID is the id of a topic that is made now.
func (c *Cluster) nextTopicID(name string) [16]byte {
	c.topicsCreated++
	return topicID(c.options.Seed, name, c.topicsCreated)
}

// topicID is the id of the nth topic made, the same in every cluster of the same seed.
func topicID(seed uint64, name string, n int) [16]byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d", seed, name, n))
	id := [16]byte(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}
