package kafkatest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Partition names a partition.
type Partition struct {
	Topic     string
	Partition int32
}

func (p Partition) String() string { return fmt.Sprintf("%s-%d", p.Topic, p.Partition) }

// UnderReplicated lists the partitions with fewer replicas in sync than they
// have, by name, as the first running broker's metadata has it: right after a
// change, of the past. Replicas that a reassignment is adding count as missing.
func (c *Cluster) UnderReplicated(ctx context.Context) ([]Partition, error) {
	answer, err := c.askAny(ctx, kmsg.NewPtrMetadataRequest()) // of all topics
	if err != nil {
		return nil, err
	}
	var under []Partition
	for _, t := range answer.(*kmsg.MetadataResponse).Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return nil, fmt.Errorf("metadata of %v: %w", t.Topic, err)
		}
		for _, p := range t.Partitions {
			if len(p.ISR) < len(p.Replicas) {
				under = append(under, Partition{*t.Topic, p.Partition})
			}
		}
	}
	slices.SortFunc(under, func(a, b Partition) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return under, nil
}

// AwaitInSync waits until no partition is under-replicated.
func (c *Cluster) AwaitInSync(ctx context.Context) error {
	return until(ctx, "all replicas to be in sync", func(ctx context.Context) (error, error) {
		under, err := c.UnderReplicated(ctx)
		if err == nil && len(under) > 0 {
			err = fmt.Errorf("%d under-replicated partitions, %v first", len(under), under[0])
		}
		return err, nil
	})
}

// AwaitUnderReplicated waits until some partition is under-replicated: a lost
// broker has been noticed.
func (c *Cluster) AwaitUnderReplicated(ctx context.Context) error {
	return until(ctx, "an under-replicated partition", func(ctx context.Context) (error, error) {
		under, err := c.UnderReplicated(ctx)
		if err == nil && len(under) == 0 {
			err = errors.New("all replicas are in sync")
		}
		return err, nil
	})
}
