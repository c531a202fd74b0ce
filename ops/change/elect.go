package change

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// errElectionNotNeeded is Kafka's ELECTION_NOT_NEEDED: the preferred replica leads already.
const errElectionNotNeeded = 84

// currentLeader is who leads before an election, for the journal.
type currentLeader struct {
	TopicPartition
	Leader int32 `json:"leader"`
}

// ElectLeaders asks for the preferred leader of each partition to be elected. It never asks for an unclean election. leaders are
// the present leaders. It returns errors as [Door.AlterPartitionReassignments] does. A partition that its preferred leader
// leads already is no error.
func (d *Door) ElectLeaders(ctx context.Context, partitions []TopicPartition, leaders []int32) (errs []error, err error) {
	before := make([]currentLeader, len(partitions))
	for i, tp := range partitions {
		before[i] = currentLeader{tp, leaders[i]}
	}
	return inChunks(before, maxPartitions, func(before []currentLeader) ([]error, error) { return d.electLeaders(ctx, before) })
}

func (d *Door) electLeaders(ctx context.Context, before []currentLeader) ([]error, error) {
	req := kmsg.NewPtrElectLeadersRequest()
	req.ElectionType = 0 // preferred
	req.TimeoutMillis = int32(attemptTimeout.Milliseconds())
	partitions := make([]TopicPartition, len(before))
	for i, b := range before {
		partitions[i] = b.TopicPartition
		k := slices.IndexFunc(req.Topics, func(t kmsg.ElectLeadersRequestTopic) bool { return t.Topic == b.Topic })
		if k < 0 {
			t := kmsg.NewElectLeadersRequestTopic()
			t.Topic = b.Topic
			req.Topics = append(req.Topics, t)
			k = len(req.Topics) - 1
		}
		req.Topics[k].Partitions = append(req.Topics[k].Partitions, b.Partition)
	}
	var answered answers[TopicPartition]
	err := d.toAny(ctx, &call{
		req: req, before: before, undo: "none: the preferred replica is where the leader belongs",
		result: func(resp kmsg.Response) ([]string, error) {
			answered.reset()
			r := resp.(*kmsg.ElectLeadersResponse)
			if err := refused(r.ErrorCode, nil); err != nil {
				return nil, err
			}
			for _, t := range r.Topics {
				for _, p := range t.Partitions {
					err := refused(p.ErrorCode, p.ErrorMessage)
					if p.ErrorCode == errElectionNotNeeded {
						err = nil
					}
					answered.add(TopicPartition{t.Topic, p.Partition}, err)
				}
			}
			return answered.refused, nil
		},
	})
	return answered.errors(partitions, err), err
}
