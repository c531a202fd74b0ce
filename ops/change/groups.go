package change

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
)

// GroupOffset is the offset that a group is to read a partition from, and the one that it has committed before.
type GroupOffset struct {
	Topic     string   `json:"topic"`
	TopicID   [16]byte `json:"-"`
	Partition int32    `json:"partition"`
	Before    *int64   `json:"before"` // nil: none was committed
	To        int64    `json:"-"`
}

func (o GroupOffset) String() string { return o.Topic + "-" + strconv.Itoa(int(o.Partition)) }

// CommitOffsets sets offsets of a group without members, as kafka-consumer-groups.sh does: a commit of nobody, which the coordinator refuses while the
// group has members. It returns an error for each offset, in their order.
func (d *Door) CommitOffsets(ctx context.Context, group string, offsets []GroupOffset, undo config.CommandLine) (errs []error, err error) {
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation = group, -1
	at := map[string]int{}
	for _, o := range offsets {
		i, ok := at[o.Topic]
		if !ok {
			i = len(req.Topics)
			at[o.Topic] = i
			t := kmsg.NewOffsetCommitRequestTopic()
			t.Topic, t.TopicID = o.Topic, o.TopicID
			req.Topics = append(req.Topics, t)
		}
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Partition, p.Offset, p.LeaderEpoch = o.Partition, o.To, -1
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, p)
	}
	names := map[[16]byte]string{}
	for _, o := range offsets {
		names[o.TopicID] = o.Topic
	}
	var told answers[string]
	parts := make([]string, len(offsets))
	for i, o := range offsets {
		parts[i] = o.String()
	}
	err = d.toCoordinator(ctx, group, &call{req: req, before: offsets, undo: undo, result: func(resp kmsg.Response) ([]string, error) {
		told.reset()
		for _, t := range resp.(*kmsg.OffsetCommitResponse).Topics {
			if t.Topic == "" {
				t.Topic = names[t.TopicID]
			}
			for _, p := range t.Partitions {
				err := refused(p.ErrorCode, nil)
				if err != nil && retryable(err) {
					return nil, err
				}
				told.add(GroupOffset{Topic: t.Topic, Partition: p.Partition}.String(), err)
			}
		}
		return told.refused, nil
	}})
	return told.errors(parts, err), err
}

// DeleteGroup deletes a group without members, with its offsets. A group that is gone already is no error.
func (d *Door) DeleteGroup(ctx context.Context, group string, before []GroupOffset, undo config.CommandLine) error {
	req := kmsg.NewPtrDeleteGroupsRequest()
	req.Groups = []string{group}
	var refusal error
	err := d.toCoordinator(ctx, group, &call{req: req, before: before, undo: undo, result: func(resp kmsg.Response) ([]string, error) {
		refusal = errLeftOut
		for _, g := range resp.(*kmsg.DeleteGroupsResponse).Groups {
			if g.Group != group {
				continue
			}
			if refusal = refused(g.ErrorCode, nil); g.ErrorCode == kerr.GroupIDNotFound.Code {
				refusal = nil
			}
		}
		if refusal == nil {
			return nil, nil
		}
		if retryable(refusal) {
			return nil, refusal
		}
		return []string{fmt.Sprintf("%s: %v", group, refusal)}, nil
	}})
	if err != nil {
		return err
	}
	return refusal
}

// toCoordinator sends a change to the broker that coordinates a group.
func (d *Door) toCoordinator(ctx context.Context, group string, c *call) error {
	return d.try(ctx, c, func(ctx context.Context) ([]string, error) {
		live, err := d.brokers(ctx) // which checks the cluster's id
		if err != nil {
			return nil, err
		}
		req := kmsg.NewPtrFindCoordinatorRequest()
		req.CoordinatorType, req.CoordinatorKey, req.CoordinatorKeys = 0, group, []string{group}
		answer, _, err := d.session.Any(ctx, req)
		if err != nil {
			return nil, err
		}
		resp := answer.(*kmsg.FindCoordinatorResponse)
		found := kmsg.FindCoordinatorResponseCoordinator{NodeID: resp.NodeID, Host: resp.Host, Port: resp.Port, ErrorCode: resp.ErrorCode}
		if len(resp.Coordinators) == 1 {
			found = resp.Coordinators[0]
		}
		if err := refused(found.ErrorCode, found.ErrorMessage); err != nil {
			return nil, fmt.Errorf("nobody coordinates the group %s: %w", group, err)
		}
		if addr, ok := live[found.NodeID]; ok {
			return []string{addr}, nil
		}
		return []string{net.JoinHostPort(found.Host, strconv.Itoa(int(found.Port)))}, nil
	})
}
