package change

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxPartitions is how many partitions one request asks for: a controller writes at most 10,000 records for one
// (QuorumController.MAX_RECORDS_PER_USER_OP), one or two a partition.
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

// Move is one partition's reassignment: what its replicas are and what they shall be.
type Move struct {
	TopicPartition
	Replicas []int32 `json:"replicas"`
	Before   []int32 `json:"before,omitempty"`
}

// AlterPartitionReassignments asks for new replica lists. The errors are those of each move, in order, nil where it was
// taken; err is of the whole, and then what was taken has to be read back. Where no move changes its number of replicas
// a broker that can tell (Kafka 4.1+, KIP-860) is asked to refuse one that would. undo is the command that takes all of
// it back.
func (d *Door) AlterPartitionReassignments(ctx context.Context, moves []Move, undo string) (errs []error, err error) {
	for chunk := range slices.Chunk(moves, maxPartitions) {
		got, err := d.alterReassignments(ctx, chunk, undo)
		if err != nil {
			return nil, err
		}
		errs = append(errs, got...)
	}
	return errs, nil
}

func (d *Door) alterReassignments(ctx context.Context, moves []Move, undo string) ([]error, error) {
	req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	req.TimeoutMillis = int32(d.o.Attempt.Milliseconds())
	req.AllowReplicationFactorChange = false
	before := make([]Move, len(moves))
	for i, m := range moves {
		if len(m.Replicas) == 0 {
			return nil, fmt.Errorf("%v: no replicas: a reassignment can't leave a partition without any", m.TopicPartition)
		}
		if len(m.Replicas) != len(m.Before) {
			req.AllowReplicationFactorChange = true
		}
		addReassignment(req, m.TopicPartition, m.Replicas)
		before[i] = Move{m.TopicPartition, m.Before, nil}
	}
	c := &call{req: req, before: before, undo: undo, result: reassignmentResult(0)}
	c.took = func(ctx context.Context) bool { return d.reassigned(ctx, moves) }
	return d.sendReassignments(ctx, c, len(moves), func(i int) TopicPartition { return moves[i].TopicPartition }, 0)
}

// errNoReassignmentInProgress is Kafka's NO_REASSIGNMENT_IN_PROGRESS.
const errNoReassignmentInProgress = 85

// CancelPartitionReassignments asks for reassignments in progress to be undone. A partition that has none in progress is
// no error: what was asked for is so. It is sent for each partition by name, so that pure increases of the replication
// factor are cancelled too, which kafka-reassign-partitions leaves out.
func (d *Door) CancelPartitionReassignments(ctx context.Context, moves []Move, undo string) (errs []error, err error) {
	for chunk := range slices.Chunk(moves, maxPartitions) {
		req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
		req.TimeoutMillis = int32(d.o.Attempt.Milliseconds())
		for _, m := range chunk {
			addReassignment(req, m.TopicPartition, nil)
		}
		c := &call{req: req, before: chunk, undo: undo, result: reassignmentResult(errNoReassignmentInProgress)}
		got, err := d.sendReassignments(ctx, c, len(chunk), func(i int) TopicPartition { return chunk[i].TopicPartition },
			errNoReassignmentInProgress)
		if err != nil {
			return nil, err
		}
		errs = append(errs, got...)
	}
	return errs, nil
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

// reassignmentResult reads the answer; fine is an error code that is as good as none.
func reassignmentResult(fine int16) func(kmsg.Response) ([]string, error) {
	return func(resp kmsg.Response) ([]string, error) {
		r := resp.(*kmsg.AlterPartitionAssignmentsResponse)
		var parts []string
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				if err := refused(p.ErrorCode, p.ErrorMessage); err != nil && p.ErrorCode != fine {
					parts = append(parts, fmt.Sprintf("%s-%d: %v", t.Topic, p.Partition, err))
				}
			}
		}
		return parts, refused(r.ErrorCode, r.ErrorMessage)
	}
}

func (d *Door) sendReassignments(ctx context.Context, c *call, n int, at func(int) TopicPartition, fine int16) ([]error, error) {
	errs := make([]error, n)
	resp, err := d.toAny(ctx, c)
	if errors.Is(err, errTook) {
		return errs, nil
	}
	if err != nil {
		return nil, err
	}
	answered := map[TopicPartition]error{}
	for _, t := range resp.(*kmsg.AlterPartitionAssignmentsResponse).Topics {
		for _, p := range t.Partitions {
			err := refused(p.ErrorCode, p.ErrorMessage)
			if p.ErrorCode == fine {
				err = nil
			}
			answered[TopicPartition{t.Topic, p.Partition}] = err
		}
	}
	for i := range errs {
		var ok bool
		if errs[i], ok = answered[at(i)]; !ok {
			errs[i] = errors.New("the broker's answer leaves it out")
		}
	}
	return errs, nil
}

// reassigned reads back whether every move is in progress or done.
func (d *Door) reassigned(ctx context.Context, moves []Move) bool {
	list := kmsg.NewPtrListPartitionReassignmentsRequest()
	list.TimeoutMillis = int32(d.o.Attempt.Milliseconds())
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
