package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"kdeck/assigner"
	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Proposal is a plan with what is shown about it before it is confirmed.
type Proposal struct {
	*Plan
	Because [][]string      // for each of Partitions: the stages that ask for it, in words
	Loads   []assigner.Load // each broker before and after, by id
	Traffic *Traffic
}

// Make makes a plan of the stages for the cluster in s. A reassignment in progress counts as done: the plan starts from its
// target. If the reassignments in progress are unknown, that is an error, because a plan could undo one. Other errors are those
// of [assigner.Solve], [NoTopicError], [NoRackError] and [ClashError]. If ctx ends first, the error is its cause. The caller sets
// Header.Confirm.
func Make(ctx context.Context, s *state.Snapshot, stages []Stage) (*Proposal, error) {
	stages, err := Resolve(s, stages)
	if err != nil {
		return nil, err
	}
	if err := checkCluster(s, stages); err != nil {
		return nil, err
	}
	in := inputOf(s)
	solved, err := assigner.Solve(ctx, in, demandsOf(stages))
	if err != nil {
		return nil, findClash(ctx, in, stages, err)
	}
	p := &Plan{Header: &Header{
		ClusterID:     s.ClusterID,
		Moves:         solved.Moves,
		MovesBound:    solved.MovesBound,
		Bytes:         known(solved.Bytes),
		BytesBound:    known(solved.BytesBound),
		LeaderChanges: solved.LeaderChanges, LeaderChangesBound: solved.LeaderChangesBound,
		Relaxed: solved.Relaxed,
	}}
	made := &Proposal{Plan: p, Loads: solved.Brokers}
	for _, c := range solved.Changes {
		p.Partitions = append(p.Partitions, Assignment{c.Topic, c.ID, c.After})
		p.Header.Before = append(p.Header.Before, Assignment{c.Topic, c.ID, c.Before})
		made.Because = append(made.Because, slices.Compact(c.Because))
	}
	p.Header.WaysOut = waysOut(s, stages, solved.Stuck)
	for _, stuck := range solved.Stuck {
		p.Header.Stuck = append(p.Header.Stuck, Stuck{stuck.Topic, stuck.ID, stuck.Replicas, explain(s, &stuck)})
	}
	if n := len(p.Header.Stuck); n > 0 {
		p.Header.Violations = append(p.Header.Violations, fmt.Sprintf("%s can't be moved", format.Count(n, "partition")))
	}
	for _, stage := range stages {
		p.Header.Stages = append(p.Header.Stages, stage.String())
		if e, ok := stage.(drainer); ok && stage.topics().all() {
			p.Header.Drained = append(p.Header.Drained, e.drainedBrokers()...)
		}
		if e, ok := stage.(*Elect); ok {
			made.elect(s, e)
		}
	}
	slices.Sort(p.Header.Drained)
	p.Header.Drained = slices.Compact(p.Header.Drained)
	made.Traffic = TrafficOf(s, p.Partitions)
	p.Header.Violations = append(p.Header.Violations, violations(s, p)...)
	p.Header.Risks = risks(s, p, made.Traffic)
	return made, nil
}

// checkCluster refuses stages that don't suit the cluster, and a cluster for which no plan can be made.
func checkCluster(s *state.Snapshot, stages []Stage) error {
	if !s.Moves.Known {
		return fmt.Errorf("which reassignments are in progress isn't known (%s), and a plan could undo one: nothing is planned",
			orUnknownReason(s.Moves.Why))
	}
	if err := checkElections(stages); err != nil {
		return err
	}
	for _, stage := range stages {
		if err := stage.topics().checkMatches(s, stage.phrase()); err != nil {
			return err
		}
		if f, ok := stage.(clusterChecker); ok {
			if err := f.checkCluster(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// worded is a demand by the words of its stage, which are what reasons are given in.
type worded struct {
	assigner.Demand
	stage string
}

func (w worded) String() string { return w.stage }

func demandsOf(stages []Stage) []assigner.Demand {
	var demands []assigner.Demand
	for _, s := range stages {
		for _, d := range s.demands() {
			demands = append(demands, worded{d, s.String()})
		}
	}
	return demands
}

// elect adds the partitions that only get another leader. What else is in the plan is elected anyway.
func (p *Proposal) elect(s *state.Snapshot, e *Elect) {
	elections, unable := e.needed(s)
	if unable > 0 {
		p.Header.Violations = append(p.Header.Violations,
			fmt.Sprintf("%s: the preferred leader of %s is dead or not in sync, and can't be elected", e, format.Count(unable, "partition")))
	}
	partitions, before, because := p.Partitions, p.Header.Before, p.Because
	p.Partitions, p.Header.Before, p.Because = nil, nil, nil
	take := func(n int) {
		p.Partitions, partitions = append(p.Partitions, partitions[:n]...), partitions[n:]
		p.Header.Before, before = append(p.Header.Before, before[:n]...), before[n:]
		p.Because, because = append(p.Because, because[:n]...), because[n:]
	}
	for _, a := range elections { // both are in order
		n, planned := slices.BinarySearchFunc(partitions, a, compare)
		take(n)
		if !planned {
			p.Partitions, p.Header.Before = append(p.Partitions, a), append(p.Header.Before, a)
			p.Because = append(p.Because, []string{e.String()})
			p.Header.LeaderChanges++
			p.Header.LeaderChangesBound++
		}
	}
	take(len(partitions))
}

// Elections counts the partitions that keep their list and only have their preferred leader elected.
func (p *Plan) Elections() (n int) {
	for i := range p.Partitions {
		if slices.Equal(p.Partitions[i].Replicas, p.Header.Before[i].Replicas) {
			n++
		}
	}
	return n
}

// Find is where a partition stands in the plan; it must be in order of topic and partition, as kdeck's own plans are.
func (p *Plan) Find(topic string, partition int32) (at int, ok bool) {
	return slices.BinarySearchFunc(p.Partitions, Assignment{Topic: topic, Partition: partition}, compare)
}

func orUnknownReason(why string) string { return cmp.Or(why, "no broker said why") }

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
		part := assigner.Partition{Topic: p.Topic().Name(), ID: p.ID(), Replicas: replicas, Leader: p.Leader(), Bytes: size}
		for r := range p.Replicas() {
			if r.Removing {
				continue
			}
			if r.Offline {
				part.Offline = append(part.Offline, r.Broker)
			}
			if !r.InSync {
				part.OutOfSync = append(part.OutOfSync, r.Broker)
			}
		}
		in.Partitions = append(in.Partitions, part)
	}
	return in
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
		said = append(said, format.Bytes(size))
	}
	if len(said) == 0 {
		return stuck.Why
	}
	return stuck.Why + " (" + strings.Join(said, "; ") + ")"
}
