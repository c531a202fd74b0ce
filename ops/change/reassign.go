package change

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
)

// maxPartitions is how many partitions one request names at the most. A controller writes at most 10,000 records for a request
// (QuorumController.MAX_RECORDS_PER_USER_OP), one or two for each partition.
const maxPartitions = 1000

// TopicPartition names a partition.
type TopicPartition struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

func (tp TopicPartition) String() string { return fmt.Sprintf("%s-%d", tp.Topic, tp.Partition) }

// Compare orders by topic, then by partition.
func (tp TopicPartition) Compare(other TopicPartition) int {
	return cmp.Or(strings.Compare(tp.Topic, other.Topic), cmp.Compare(tp.Partition, other.Partition))
}

// Move is one partition's reassignment: its present replicas and the new ones.
type Move struct {
	TopicPartition
	Replicas []int32 `json:"replicas"`
	Before   []int32 `json:"before,omitempty"`
}

// AlterPartitionReassignments asks for new replica lists. err is the error of the request that failed; requests after it are
// not sent. Also with an error, it returns one error for each move, in order: nil where the controller took the move,
// [ErrNotTaken] where its request failed or was not sent, and a [*RefusedError] where this move was refused. For any other see
// [Uncertain].
//
// Where no move changes its number of replicas, the broker is asked to refuse one that would (Kafka 4.1+, KIP-860). undo is
// the command that takes all moves back.
func (d *Door) AlterPartitionReassignments(ctx context.Context, moves []Move, undo config.CommandLine) (errs []error, err error) {
	for _, m := range moves {
		if len(m.Replicas) == 0 {
			err := fmt.Errorf("%v: no replicas: a reassignment can't leave a partition without any", m.TopicPartition)
			return slices.Repeat([]error{ErrNotTaken}, len(moves)), err
		}
	}
	return inChunks(moves, maxPartitions, func(moves []Move) ([]error, error) {
		req := d.newReassignments()
		req.AllowReplicationFactorChange = slices.ContainsFunc(moves, func(m Move) bool { return len(m.Replicas) != len(m.Before) })
		before := make([]Move, len(moves))
		for i, m := range moves {
			addReassignment(req, m.TopicPartition, m.Replicas)
			before[i] = Move{m.TopicPartition, m.Before, nil}
		}
		c := &call{req: req, before: before, undo: undo, tookEffect: func(ctx context.Context) bool { return d.reassigned(ctx, moves) }}
		return d.sendReassignments(ctx, c, moves, 0)
	})
}

// errNoReassignmentInProgress is Kafka's NO_REASSIGNMENT_IN_PROGRESS.
const errNoReassignmentInProgress = 85

// CancelPartitionReassignments cancels reassignments in progress, and returns errors as [Door.AlterPartitionReassignments]
// does. A partition that has none in progress is no error. The request names each partition, so that it also cancels a mere
// increase of the replication factor, which kafka-reassign-partitions doesn't.
func (d *Door) CancelPartitionReassignments(ctx context.Context, moves []Move) (errs []error, err error) {
	return inChunks(moves, maxPartitions, func(moves []Move) ([]error, error) {
		req := d.newReassignments()
		names := make([]string, len(moves))
		for i, m := range moves {
			addReassignment(req, m.TopicPartition, nil)
			names[i] = fmt.Sprintf("%v to %v", m.TopicPartition, m.Replicas)
		}
		c := &call{req: req, before: moves, undo: config.CommandLine("a new reassignment of " + strings.Join(names, ", "))}
		return d.sendReassignments(ctx, c, moves, errNoReassignmentInProgress)
	})
}

func (d *Door) newReassignments() *kmsg.AlterPartitionAssignmentsRequest {
	req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	req.TimeoutMillis = int32(attemptTimeout.Milliseconds())
	return req
}

func addReassignment(req *kmsg.AlterPartitionAssignmentsRequest, tp TopicPartition, replicas []int32) {
	i := slices.IndexFunc(req.Topics, func(t kmsg.AlterPartitionAssignmentsRequestTopic) bool { return t.Topic == tp.Topic })
	if i < 0 {
		t := kmsg.NewAlterPartitionAssignmentsRequestTopic()
		t.Topic = tp.Topic
		req.Topics = append(req.Topics, t)
		i = len(req.Topics) - 1
	}
	p := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
	p.Partition, p.Replicas = tp.Partition, replicas
	req.Topics[i].Partitions = append(req.Topics[i].Partitions, p)
}

// sendReassignments sends one request and returns the error of each move; ok is an error code that is as good as none.
func (d *Door) sendReassignments(ctx context.Context, c *call, moves []Move, ok int16) ([]error, error) {
	var answered answers[TopicPartition]
	c.result = func(resp kmsg.Response) ([]string, error) {
		answered.reset()
		r := resp.(*kmsg.AlterPartitionAssignmentsResponse)
		if err := refused(r.ErrorCode, r.ErrorMessage); err != nil {
			return nil, err
		}
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				err := refused(p.ErrorCode, p.ErrorMessage)
				if p.ErrorCode == ok {
					err = nil
				}
				answered.add(TopicPartition{t.Topic, p.Partition}, err)
			}
		}
		return answered.refused, nil
	}
	err := d.toAny(ctx, c)
	if errors.Is(err, errTookEffect) {
		return make([]error, len(moves)), nil
	}
	partitions := make([]TopicPartition, len(moves))
	for i, m := range moves {
		partitions[i] = m.TopicPartition
	}
	return answered.errors(partitions, err), err
}

// reassigned reads back whether every move is in progress or done.
func (d *Door) reassigned(ctx context.Context, moves []Move) bool {
	list := kmsg.NewPtrListPartitionReassignmentsRequest()
	list.TimeoutMillis = int32(attemptTimeout.Milliseconds())
	resp, _, err := d.session.Any(ctx, list)
	if err != nil || resp.(*kmsg.ListPartitionReassignmentsResponse).ErrorCode != 0 {
		return false
	}
	targets := map[TopicPartition][]int32{}
	for _, t := range resp.(*kmsg.ListPartitionReassignmentsResponse).Topics {
		for _, p := range t.Partitions {
			targets[TopicPartition{t.Topic, p.Partition}] = slices.DeleteFunc(slices.Clone(p.Replicas),
				func(id int32) bool { return slices.Contains(p.RemovingReplicas, id) })
		}
	}
	meta := kmsg.NewPtrMetadataRequest()
	for _, m := range moves {
		if !slices.ContainsFunc(meta.Topics, func(t kmsg.MetadataRequestTopic) bool { return *t.Topic == m.Topic }) {
			t := kmsg.NewMetadataRequestTopic()
			t.Topic = kmsg.StringPtr(m.Topic)
			meta.Topics = append(meta.Topics, t)
		}
	}
	resp, _, err = d.session.Any(ctx, meta)
	if err != nil {
		return false
	}
	for _, t := range resp.(*kmsg.MetadataResponse).Topics {
		for _, p := range t.Partitions {
			if t.Topic == nil {
				continue
			}
			if tp := (TopicPartition{*t.Topic, p.Partition}); targets[tp] == nil {
				targets[tp] = p.Replicas
			}
		}
	}
	return !slices.ContainsFunc(moves, func(m Move) bool { return !slices.Equal(targets[m.TopicPartition], m.Replicas) })
}
