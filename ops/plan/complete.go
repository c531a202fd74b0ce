package plan

import (
	"fmt"
	"slices"

	"kdeck/ops/state"
)

// Complete checks a plan that was read against the cluster that it shall be carried out on, and gives one that was made
// by another tool the header that it lacks, with the cluster's present as what it started from. An error names what the
// cluster doesn't have. It says nothing about partitions that changed since the plan was made: those are seen to one by
// one when it is carried out.
func (p *Plan) Complete(s *state.Snapshot) error {
	if err := p.checkCluster(s); err != nil {
		return err
	}
	for i := range p.Partitions {
		a := &p.Partitions[i]
		_, topic := s.FindTopic(a.Topic)
		_, partition := s.FindPartition(a.Topic, a.Partition)
		switch {
		case p.Header != nil: // it was there; what is gone is skipped, and said, when it is carried out
		case !topic:
			return fmt.Errorf("the plan names topic %q, which the cluster doesn't have", a.Topic)
		case !partition:
			return fmt.Errorf("the plan names %v, and topic %q has no such partition", a, a.Topic)
		}
		for _, b := range a.Replicas {
			if s.Broker(b) == nil {
				return fmt.Errorf("the plan names broker %d for %v, which the cluster doesn't have", b, a)
			}
		}
	}
	if p.Header != nil {
		return nil
	}
	if !s.Moves.Known {
		return fmt.Errorf("which reassignments are in progress isn't known (%s), so the plan can't be checked against the present",
			orUnknownReason(s.Moves.Why))
	}
	slices.SortFunc(p.Partitions, compare)
	h := &Header{ClusterID: s.ClusterID}
	for i := range p.Partitions {
		a := &p.Partitions[i]
		at, _ := s.FindPartition(a.Topic, a.Partition)
		before := at.AppendLasting(nil)
		if len(before) == 0 {
			return fmt.Errorf("the replicas of %v aren't known, so the plan can't be checked against the present", a)
		}
		h.Before = append(h.Before, Assignment{a.Topic, a.Partition, before})
		for _, b := range a.Replicas {
			if !slices.Contains(before, b) {
				h.Moves++
			}
		}
		if before[0] != a.Replicas[0] {
			h.LeaderChanges++
		}
	}
	h.MovesBound, h.LeaderChangesBound = h.Moves, h.LeaderChanges
	traffic := TrafficOf(s, p.Partitions)
	if bytes, known := traffic.Bytes(); known {
		h.Bytes, h.BytesBound = &bytes, &bytes
	}
	p.Header = h
	h.Violations, h.Risks = violations(s, p), risks(s, p, traffic)
	return nil
}
