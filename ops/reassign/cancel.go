package reassign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// CancelOptions are what reassignments in flight are cancelled with.
type CancelOptions struct {
	Session  *kafka.Session
	Door     *change.Door
	Look     func(context.Context) (*state.Snapshot, error)
	StateDir string
	Sink     func(Event) // nil: nobody

	// Partitions are those to cancel, and no others are. It is an error if none of them is in flight. One that isn't while
	// others are has ended since it was looked at, and is skipped.
	Partitions []change.TopicPartition
	// Ours says to cancel only those of Partitions that were submitted from this machine, and to pass over the others.
	Ours bool

	Again config.CommandLine // the command that cancels, for the last event
}

// cancelTimeout is how long a cancelled reassignment may still be listed.
const cancelTimeout = 30 * time.Second

// Cancel undoes reassignments in flight and puts the throttle back where nothing of ours is left in flight. A partition
// that would be left with too few live replicas is skipped: its new ones may be all that it has. An error means that
// nothing was cancelled.
func Cancel(ctx context.Context, o CancelOptions) (End, error) {
	r, unlock, err := openRestorer(ctx, o.Session, o.Door, o.Look, o.StateDir, o.Sink)
	if err != nil {
		return End{}, err
	}
	defer unlock()
	clusterID, l := o.Door.ClusterID(), r.ledger
	ours, err := ownership(o.StateDir, clusterID, l)
	if err != nil {
		return End{}, err
	}
	c := &canceller{restorer: r, ours: o.Ours}
	if err := c.choose(ctx, o, ours); err != nil {
		return End{}, err
	}
	end := c.run(ctx)
	if !l.empty() && end.Result != Done && o.Again != "" {
		end.Next = []config.CommandLine{o.Again}
	}
	c.emit(end)
	if l.empty() {
		closeOrphan(o.StateDir, clusterID, end, o.Session.Cluster().Mask())
	}
	return end, nil
}

type canceller struct {
	*restorer
	moves     []change.Move // to be cancelled: Replicas is the target, Before the original list
	skipped   int
	cancelled []change.Move
	ours      bool // see [CancelOptions.Ours]
}

// choose picks the moves to cancel, and skips those that can't be.
func (c *canceller) choose(ctx context.Context, o CancelOptions, ours func(change.TopicPartition, []int32) bool) error {
	ongoing, err := c.c.ongoing(ctx)
	if err != nil {
		return err
	}
	topics := map[string]bool{}
	var ended []change.TopicPartition
	for _, tp := range o.Partitions {
		f, found := ongoing[tp]
		switch {
		case found && (!o.Ours || ours(tp, f.target())):
			c.moves = append(c.moves, change.Move{TopicPartition: tp, Replicas: f.target(), Before: c.ledger.before(tp, f)})
			topics[tp.Topic] = true
		case !o.Ours:
			ended = append(ended, tp)
		}
	}
	if len(ended) > 0 && len(c.moves) == 0 {
		return fmt.Errorf("%v is not being reassigned: nothing was cancelled", ended[0])
	}
	for _, tp := range ended {
		c.skipped++
		c.emit(Skipped{tp, "its reassignment has ended: there is nothing to cancel"})
	}
	slices.SortFunc(c.moves, func(a, b change.Move) int { return a.Compare(b.TopicPartition) })
	now, live, err := c.c.partitions(ctx, sortedKeys(topics))
	if err != nil {
		return err
	}
	c.moves = slices.DeleteFunc(c.moves, func(m change.Move) bool {
		why := c.c.tooFew(m, now[m.TopicPartition], live)
		if why != "" {
			c.skipped++
			c.emit(Skipped{m.TopicPartition, why})
		}
		return why != ""
	})
	return nil
}

// tooFew says why a partition can't go back to its original replicas.
func (c *cluster) tooFew(m change.Move, now partitionState, live map[int32]bool) string {
	serving := slices.DeleteFunc(slices.Clone(m.Before), func(b int32) bool { return !live[b] || !slices.Contains(now.isr, b) })
	need := 1
	if t, ok := c.snap.FindTopic(m.Topic); ok {
		if n, known := t.MinISR(); known {
			need = n
		}
	}
	if len(serving) >= need {
		return ""
	}
	return fmt.Sprintf("of the replicas that it would go back to (%s) only %d are alive and in sync, and it needs %d",
		joinIDs(m.Before), len(serving), need)
}

func (c *canceller) run(ctx context.Context) End {
	end := End{Result: Done, Skipped: c.skipped, Cancelled: new(int)}
	err := c.cancel(ctx, &end)
	if err == nil {
		err = c.putInOrder(ctx, &end)
	}
	if err == nil {
		var why []string
		why, err = c.putBack(ctx)
		end.Why = append(end.Why, why...)
		if err == nil && len(c.ledger.Moves) == 0 {
			why, err = c.uncordon(ctx, everyBroker)
			end.Why = append(end.Why, why...)
		}
	}
	switch {
	case err != nil:
		end.Result, end.Error = Failed, err.Error()
	case end.Skipped+end.Left+len(end.Why) > 0:
		end.Result = Partial
	}
	return end
}

func (c *canceller) cancel(ctx context.Context, end *End) error {
	if len(c.moves) == 0 {
		return nil
	}
	errs, err := c.door.CancelPartitionReassignments(ctx, c.moves)
	var taken []change.Move
	for i, m := range c.moves {
		switch {
		case errs[i] == nil, change.Uncertain(errs[i]): // the controller's list tells
			taken = append(taken, m)
		case errors.Is(errs[i], change.ErrNotTaken):
			end.Left++
		default:
			end.Skipped++
			c.emit(Skipped{m.TopicPartition, "the controller refuses: " + errs[i].Error()})
		}
	}
	return errors.Join(err, c.confirm(ctx, taken, end))
}

// tell tells how a reassignment ended that is no longer in flight. It may have reached its target before it was cancelled: the
// controller's answer is the same.
func (c *canceller) tell(m change.Move, now partitionState, end *End) {
	switch arrived := slices.Equal(now.replicas, m.Replicas); {
	case arrived && c.ours:
		c.emit(Moved{PartitionMove{m.TopicPartition, m.Before, m.Replicas}}) // none of ours is in flight, as was asked for
	case arrived:
		end.Skipped++
		c.emit(Skipped{m.TopicPartition, fmt.Sprintf("it had reached %v before it could be cancelled", m.Replicas)})
	default:
		*end.Cancelled++
		c.cancelled = append(c.cancelled, change.Move{TopicPartition: m.TopicPartition, Replicas: m.Before, Before: now.replicas})
		c.emit(Cancelled{PartitionMove{m.TopicPartition, m.Replicas, m.Before}})
	}
}

// putInOrder gives cancelled partitions the order of replicas that they had, and with it their preferred leader. The controller
// keeps only the order of the target (PartitionReassignmentReplicas): of [7 11 12] on its way to [11 12 9] it makes [11 12 7].
func (c *canceller) putInOrder(ctx context.Context, end *End) error {
	moves := slices.DeleteFunc(c.cancelled, func(m change.Move) bool {
		return slices.Equal(m.Replicas, m.Before) || len(m.Replicas) != len(m.Before) || len(without(m.Replicas, m.Before)) > 0
	})
	if len(moves) == 0 {
		return nil
	}
	errs, err := c.door.AlterPartitionReassignments(ctx, moves, "")
	for i, m := range moves {
		if errs[i] != nil {
			end.Why = append(end.Why, fmt.Sprintf("%v has its replicas again, and not their order %v: %v", m.TopicPartition, m.Replicas, errs[i]))
		}
	}
	if err != nil {
		return fmt.Errorf("the order of replicas could not be put back: %w", err)
	}
	return nil
}

// confirm waits until the controller no longer lists the reassignments.
func (c *canceller) confirm(ctx context.Context, moves []change.Move, end *End) error {
	for deadline := time.Now().Add(cancelTimeout); ; {
		ongoing, err := c.c.ongoing(ctx)
		var now map[change.TopicPartition]partitionState
		if err == nil && len(moves) > 0 {
			topics := map[string]bool{}
			for _, m := range moves {
				topics[m.Topic] = true
			}
			now, _, err = c.c.partitions(ctx, sortedKeys(topics))
		}
		if err == nil {
			moves = slices.DeleteFunc(moves, func(m change.Move) bool {
				f, found := ongoing[m.TopicPartition]
				if found && slices.Equal(f.target(), m.Replicas) {
					return false
				}
				c.ledger.dropMoves(m.TopicPartition)
				c.tell(m, now[m.TopicPartition], end)
				return true
			})
		}
		if len(moves) == 0 || !time.Now().Before(deadline) || ctx.Err() != nil {
			end.Left += len(moves)
			return errors.Join(err, c.ledger.save(), ctx.Err())
		}
		t := time.NewTimer(pollInterval)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}
