package kafkatest

import (
	"cmp"
	"context"
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

// UnderReplicated lists, by name, the partitions that one broker knows to have
// fewer in-sync replicas than replicas. Right after a change the broker may not
// know it yet. Replicas that a reassignment is adding count as missing.
func (c *Cluster) UnderReplicated(ctx context.Context, n *Node) ([]Partition, error) {
	answer, err := c.ask(ctx, n, kmsg.NewPtrMetadataRequest()) // of all topics
	if err != nil {
		return nil, err
	}
	var under []Partition
	for _, t := range answer.(*kmsg.MetadataResponse).Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return nil, fmt.Errorf("metadata of topic %s at broker %d: %w", *t.Topic, n.ID, err)
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

// AwaitInSync waits until every running broker knows of no under-replicated partition.
func (c *Cluster) AwaitInSync(ctx context.Context) error {
	return c.awaitUnderReplicated(ctx, "all replicas to be in sync", func(count int) bool { return count == 0 })
}

// AwaitUnderReplicated waits until every running broker knows of at least
// atLeast under-replicated partitions.
func (c *Cluster) AwaitUnderReplicated(ctx context.Context, atLeast int) error {
	what := fmt.Sprintf("%d under-replicated partitions", atLeast)
	return c.awaitUnderReplicated(ctx, what, func(count int) bool { return count >= atLeast })
}

func (c *Cluster) awaitUnderReplicated(ctx context.Context, what string, enough func(count int) bool) error {
	return poll(ctx, what, func(ctx context.Context) (error, error) {
		for _, n := range c.answering() {
			under, err := c.UnderReplicated(ctx, n)
			if err != nil {
				return err, nil
			}
			if !enough(len(under)) {
				return fmt.Errorf("broker %d lists %d under-replicated partitions: %v …", n.ID, len(under), under[:min(3, len(under))]), nil
			}
		}
		return nil, nil
	})
}
