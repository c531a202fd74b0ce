package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/assigner"
	"kdeck/ops/state"
)

// Proposal is a plan together with what is shown before anybody agrees to it.
type Proposal struct {
	*Plan
	Loads   []assigner.Load // each broker before and after, by id
	Traffic *Traffic
}

// Make plans the stages on the cluster as it is in s. A reassignment in progress counts as done: its target is the
// present, and only what differs from that is planned. Errors are the planner's, and a cluster whose reassignments in
// progress are not known is refused: a plan could undo one unseen. Header.Confirm is left to the caller.
func Make(s *state.Snapshot, stages []Stage) (*Proposal, error) {
	if !s.Moves.Known {
		return nil, fmt.Errorf("which reassignments are in progress isn't known (%s), and a plan could undo one: nothing is planned",
			orUnsaid(s.Moves.Why))
	}
	in := inputOf(s)
	demands := make([]assigner.Demand, len(stages))
	for i, stage := range stages {
		demands[i] = stage.demand()
	}
	solved, err := assigner.Solve(in, demands)
	if err != nil {
		return nil, err
	}
	p := &Plan{Header: &Header{
		ClusterID:     s.ClusterID,
		Moves:         solved.Moves,
		MovesBound:    solved.MovesBound,
		Bytes:         known(solved.Bytes),
		BytesBound:    known(solved.BytesBound),
		LeaderChanges: solved.LeaderChanges,
		Relaxed:       solved.Relaxed,
	}}
	for _, c := range solved.Changes {
		p.Partitions = append(p.Partitions, Assignment{c.Topic, c.ID, c.After})
		p.Header.Before = append(p.Header.Before, Assignment{c.Topic, c.ID, c.Before})
	}
	for _, stuck := range solved.Stuck {
		p.Header.Stuck = append(p.Header.Stuck, Stuck{stuck.Topic, stuck.ID, stuck.Replicas, explain(s, &stuck)})
	}
	if n := len(p.Header.Stuck); n > 0 {
		p.Header.Violations = append(p.Header.Violations, fmt.Sprintf("%s can't be moved", count(n, "partition")))
	}
	p.Header.Violations = append(p.Header.Violations, keptOnDead(s, p.Partitions)...)
	for _, stage := range stages {
		p.Header.Stages = append(p.Header.Stages, stage.String())
		if d, ok := stage.(*Drain); ok && d.whole() {
			p.Header.Drained = append(p.Header.Drained, d.Brokers...)
		}
	}
	slices.Sort(p.Header.Drained)
	p.Header.Drained = slices.Compact(p.Header.Drained)
	return &Proposal{Plan: p, Loads: solved.Brokers, Traffic: TrafficOf(s, p.Partitions)}, nil
}

func orUnsaid(why string) string {
	if why == "" {
		return "no broker said why"
	}
	return why
}

// known is the sum, or nil where a part of it isn't known.
func known(b assigner.Bytes) *int64 {
	if b.Unknown > 0 {
		return nil
	}
	return &b.Known
}

func inputOf(s *state.Snapshot) *assigner.Input {
	in := &assigner.Input{Brokers: make([]assigner.Broker, len(s.Brokers))}
	for i := range s.Brokers {
		b := &s.Brokers[i]
		may, why := b.MayReceive()
		in.Brokers[i] = assigner.Broker{ID: b.ID, Rack: b.Rack, Target: may, Why: why}
	}
	in.Partitions = make([]assigner.Partition, 0, s.NumPartitions())
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		replicas := p.AppendLasting(nil)
		if len(replicas) == 0 {
			continue // the broker that was asked didn't say
		}
		size, ok := p.Size()
		if !ok {
			size = -1
		}
		in.Partitions = append(in.Partitions, assigner.Partition{
			Topic: p.Topic().Name(), ID: p.ID(), Replicas: replicas, Leader: p.Leader(), Bytes: size,
		})
	}
	return in
}

// keptOnDead says which partitions would keep a replica on a dead broker: the controller ends a reassignment only when all
// replicas of its target are in sync.
func keptOnDead(s *state.Snapshot, partitions []Assignment) []string {
	kept := map[int32]int{}
	for i := range partitions {
		for _, b := range partitions[i].Replicas {
			if at := s.Broker(b); at == nil || !at.Alive {
				kept[b]++
			}
		}
	}
	var said []string
	for _, b := range slices.Sorted(maps.Keys(kept)) {
		said = append(said, fmt.Sprintf("%s would keep a replica on broker %d, which is dead, and can't be moved until it lives: drain it as well",
			count(kept[b], "partition"), b))
	}
	return said
}

// explain adds to the planner's reason what is known of who could lead the partition again.
func explain(s *state.Snapshot, stuck *assigner.Stuck) string {
	p, ok := s.FindPartition(stuck.Topic, stuck.ID)
	if !ok {
		return stuck.Why
	}
	var said []string
	for _, list := range []struct {
		name string
		ids  []int32
	}{{"in sync", p.AppendISR(nil)}, {"eligible", p.AppendELR(nil)}, {"last known eligible", p.AppendLastKnownELR(nil)}} {
		if len(list.ids) > 0 {
			said = append(said, list.name+": "+joinIDs(list.ids, " "))
		}
	}
	if size, ok := p.Size(); ok {
		said = append(said, fmt.Sprintf("%d bytes", size))
	}
	if len(said) == 0 {
		return stuck.Why
	}
	return stuck.Why + " (" + strings.Join(said, "; ") + ")"
}
