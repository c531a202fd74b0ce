package sim

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// handleAlterPartitionReassignments starts and cancels moves (KIP-455). A target that is dead or fenced is accepted, as by
// Kafka, as long as it is registered; the move then hangs.
func handleAlterPartitionReassignments(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.AlterPartitionAssignmentsRequest)
	resp := req.ResponseKind().(*kmsg.AlterPartitionAssignmentsResponse)
	if m.notController(a) {
		resp.ErrorCode = kerr.NotController.Code
		return resp, nil
	}
	allowRF := req.Version < 1 || req.AllowReplicationFactorChange
	resp.AllowReplicationFactorChange = allowRF
	for _, t := range req.Topics {
		rt := kmsg.NewAlterPartitionAssignmentsResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewAlterPartitionAssignmentsResponseTopicPartition()
			rp.Partition = p.Partition
			e := m.alterReassignment(t.Topic, p, allowRF)
			rp.ErrorCode, rp.ErrorMessage = e.code, e.message
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp, nil
}

func (m *model) alterReassignment(topic string, req kmsg.AlterPartitionAssignmentsRequestTopicPartition, allowRF bool) apiError {
	if m.byName[topic] == nil {
		return failure(kerr.UnknownTopicOrPartition, "Unable to find a topic named "+topic+".")
	}
	p := m.partition(topic, req.Partition)
	if p == nil {
		return failure(kerr.UnknownTopicOrPartition, fmt.Sprintf("Unable to find partition %s:%d.", topic, req.Partition))
	}
	if req.Replicas == nil {
		return m.cancelReassignment(p)
	}
	if e := m.validAssignment(req.Replicas); e.code != 0 {
		return e
	}
	if now := len(without(p.replicas, p.removing...)); !allowRF && now != len(req.Replicas) {
		return failure(kerr.InvalidReplicationFactor, fmt.Sprintf("The replication factor is changed from %d to %d", now, len(req.Replicas)))
	}
	replicas, adding, removing := merged(p.replicas, req.Replicas)
	c := change{replicas: replicas}
	if len(adding) > 0 { // where one list is empty Kafka leaves what an earlier reassignment had put there
		c.adding = adding
	}
	if len(removing) > 0 {
		c.removing = removing
	}
	m.eventf("reassign %v %v -> %v", p, p.replicas, req.Replicas)
	m.apply(p, c)
	return apiError{}
}

// validAssignment is ReplicationControlManager.validateManualPartitionAssignment.
func (m *model) validAssignment(replicas []int32) apiError {
	if len(replicas) == 0 {
		return failure(kerr.InvalidReplicaAssignment, "The manual partition assignment includes an empty replica list.")
	}
	seen := sorted(slices.Clone(replicas))
	for i, r := range seen {
		if m.broker(r) == nil {
			return failure(kerr.InvalidReplicaAssignment, fmt.Sprintf("The manual partition assignment includes broker %d, but no such broker is registered.", r))
		}
		if i > 0 && seen[i-1] == r {
			return failure(kerr.InvalidReplicaAssignment, fmt.Sprintf("The manual partition assignment includes the broker %d more than once.", r))
		}
	}
	return apiError{}
}

func (m *model) cancelReassignment(p *partition) apiError {
	if !p.reassigning() {
		return failure(kerr.NoReassignmentInProgress, "No partition reassignment is in progress.")
	}
	replicas, isr, unclean := reverted(p)
	if unclean && !m.uncleanAllowed(p.topic) {
		return failure(kerr.InvalidReplicaAssignment, fmt.Sprintf("Unable to revert partition assignment for %s:%d because it would require an unclean leader election.", p.topic.name, p.id))
	}
	m.eventf("cancel %v", p)
	m.apply(p, change{replicas: replicas, isr: isr, adding: []int32{}, removing: []int32{}, election: m.electionFor(p)})
	return apiError{}
}

func handleListPartitionReassignments(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.ListPartitionReassignmentsRequest)
	resp := req.ResponseKind().(*kmsg.ListPartitionReassignmentsResponse)
	if m.notController(a) {
		resp.ErrorCode = kerr.NotController.Code
		return resp, nil
	}
	list := func(p *partition) {
		if !p.reassigning() {
			return
		}
		if n := len(resp.Topics); n == 0 || resp.Topics[n-1].Topic != p.topic.name {
			rt := kmsg.NewListPartitionReassignmentsResponseTopic()
			rt.Topic = p.topic.name
			resp.Topics = append(resp.Topics, rt)
		}
		rp := kmsg.NewListPartitionReassignmentsResponseTopicPartition()
		rp.Partition, rp.Replicas, rp.AddingReplicas, rp.RemovingReplicas = p.id, p.replicas, p.adding, p.removing
		rt := &resp.Topics[len(resp.Topics)-1]
		rt.Partitions = append(rt.Partitions, rp)
	}
	if req.Topics == nil {
		m.eachPartition(list)
		return resp, nil
	}
	for _, t := range req.Topics {
		for _, id := range t.Partitions {
			if p := m.partition(t.Topic, id); p != nil {
				list(p)
			}
		}
	}
	return resp, nil
}
