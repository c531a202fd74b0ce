package reassign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

// Added: a partition that was created on a broker while that is drained, and moves off it as well.
type Added struct {
	PartitionMove
}

// Kind is "added".
func (Added) Kind() string { return "added" }

func (e Added) String() string { return "created meanwhile, and added: " + e.PartitionMove.String() }

// created knows the topics of the last look, so that those are found which were created since.
type created struct {
	snap       *state.Snapshot
	partitions map[topicKey]int // how many there were
}

// topicKey tells a topic from one that was created again by its name. Before Kafka 2.8 topics have no id.
type topicKey struct {
	name string
	id   [16]byte
}

func partitionsOf(s *state.Snapshot) map[topicKey]int {
	all := make(map[topicKey]int, s.NumTopics())
	for i := range s.NumTopics() {
		t := s.Topic(i)
		_, n := t.Range()
		all[topicKey{t.Name(), t.ID()}] = n
	}
	return all
}

// addCreated adds partitions that were created since the run began and that landed on a drained broker.
func (e *Executor) addCreated(ctx context.Context) error {
	drained := e.o.Plan.Header.Drained
	if len(drained) == 0 || e.created.snap == e.c.snap || !e.submits() {
		return nil
	}
	e.created.snap = e.c.snap
	var fresh []plan.Assignment
	s := e.c.snap
	for i := range s.NumTopics() {
		t := s.Topic(i)
		first, n := t.Range()
		key := topicKey{t.Name(), t.ID()}
		for p := range n - e.created.partitions[key] {
			at := s.Partition(first + n - 1 - p)
			tp := change.TopicPartition{Topic: t.Name(), Partition: at.ID()}
			if replicas := at.AppendLasting(nil); e.drains(replicas) && !at.Moving() && !e.moving(tp) {
				fresh = append(fresh, plan.Assignment{Topic: tp.Topic, Partition: tp.Partition, Replicas: replicas})
			}
		}
		e.created.partitions[key] = max(n, e.created.partitions[key])
	}
	if len(fresh) == 0 {
		return nil
	}
	return e.add(ctx, fresh)
}

// moving tells whether the run has a move of the partition that isn't settled.
func (e *Executor) moving(tp change.TopicPartition) bool {
	return slices.ContainsFunc(e.moves, func(m *move) bool { return m.tp == tp && m.state < moved })
}

// add plans partitions off the drained brokers and queues them. The undo file and the record of the run follow first.
func (e *Executor) add(ctx context.Context, fresh []plan.Assignment) error {
	next, why, err := e.o.Plan.Elsewhere(ctx, e.c.snap, e.o.Plan.Header.Drained, fresh)
	if ctx.Err() != nil {
		return err
	}
	var added []*move
	for _, was := range fresh {
		m := newMove(change.TopicPartition{Topic: was.Topic, Partition: was.Partition}, was.Replicas, was.Replicas)
		i := slices.IndexFunc(next, func(a plan.Assignment) bool { return a.Topic == was.Topic && a.Partition == was.Partition })
		if i < 0 {
			reason := why[plan.Assigned{Topic: was.Topic, Partition: was.Partition}]
			if err != nil {
				reason = err.Error()
			}
			e.moves = append(e.moves, m)
			e.skip(m, fmt.Sprintf("it was created meanwhile on %s, and can't be moved: %s", joinIDs(was.Replicas), reason))
			continue
		}
		m.lead(next[i].Replicas)
		if at, ok := e.c.snap.FindPartition(was.Topic, was.Partition); ok {
			m.from = at.Leader()
			if size, known := at.Size(); known {
				m.size = size
			}
		}
		m.planned = len(e.o.Plan.Partitions)
		e.o.Plan.Partitions = append(e.o.Plan.Partitions, next[i])
		e.o.Plan.Header.Before = append(e.o.Plan.Header.Before, was)
		added = append(added, m)
	}
	if len(added) == 0 {
		return nil
	}
	for _, m := range added {
		e.moves, e.queue = append(e.moves, m), append(e.queue, m)
		e.emit(Added{m.event()})
	}
	return e.keepPlan()
}

// foundAtLast looks once more when all is done: something may have been created since the last look.
func (e *Executor) foundAtLast(ctx context.Context) bool {
	if len(e.o.Plan.Header.Drained) == 0 || !e.submits() {
		return false
	}
	err := e.c.refresh(ctx)
	if err == nil {
		e.lookedAt = time.Now()
		err = e.addCreated(ctx)
	}
	return e.noteError(ctx, err) && (err != nil || len(e.queue) > 0)
}
