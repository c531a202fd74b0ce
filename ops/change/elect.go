package change

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// errElectionNotNeeded is Kafka's ELECTION_NOT_NEEDED: the preferred replica leads already.
const errElectionNotNeeded = 84

// ElectLeaders asks for the preferred replica of each partition to lead it; never for an unclean election. The errors are
// those of each partition, in order; one that its preferred replica leads already is no error.
func (d *Door) ElectLeaders(ctx context.Context, partitions []TopicPartition, leaders []int32) (errs []error, err error) {
	for at := 0; at < len(partitions); at += maxPartitions {
		end := min(at+maxPartitions, len(partitions))
		got, err := d.electLeaders(ctx, partitions[at:end], leaders[at:end])
		if err != nil {
			return nil, err
		}
		errs = append(errs, got...)
	}
	return errs, nil
}

// electionNow is who leads before an election, for the journal.
type electionNow struct {
	TopicPartition
	Leader int32 `json:"leader"`
}

func (d *Door) electLeaders(ctx context.Context, partitions []TopicPartition, leaders []int32) ([]error, error) {
	req := kmsg.NewPtrElectLeadersRequest()
	req.ElectionType = 0 // preferred
	req.TimeoutMillis = int32(d.o.Attempt.Milliseconds())
	before := make([]electionNow, len(partitions))
	for i, tp := range partitions {
		before[i] = electionNow{tp, leaders[i]}
		k := slices.IndexFunc(req.Topics, func(t kmsg.ElectLeadersRequestTopic) bool { return t.Topic == tp.Topic })
		if k < 0 {
			t := kmsg.NewElectLeadersRequestTopic()
			t.Topic = tp.Topic
			req.Topics = append(req.Topics, t)
			k = len(req.Topics) - 1
		}
		req.Topics[k].Partitions = append(req.Topics[k].Partitions, tp.Partition)
	}
	answered := map[TopicPartition]error{}
	_, err := d.toAny(ctx, &call{
		req: req, before: before, undo: "none: the preferred replica is where the leader belongs",
		result: func(resp kmsg.Response) ([]string, error) {
			r := resp.(*kmsg.ElectLeadersResponse)
			clear(answered)
			var parts []string
			for _, t := range r.Topics {
				for _, p := range t.Partitions {
					err := refused(p.ErrorCode, p.ErrorMessage)
					if p.ErrorCode == errElectionNotNeeded {
						err = nil
					}
					answered[TopicPartition{t.Topic, p.Partition}] = err
					if err != nil {
						parts = append(parts, fmt.Sprintf("%s-%d: %v", t.Topic, p.Partition, err))
					}
				}
			}
			return parts, refused(r.ErrorCode, nil)
		},
	})
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(partitions))
	for i, tp := range partitions {
		var ok bool
		if errs[i], ok = answered[tp]; !ok {
			errs[i] = errors.New("the broker's answer leaves it out")
		}
	}
	return errs, nil
}
