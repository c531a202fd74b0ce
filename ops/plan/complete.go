package plan

import (
	"fmt"
	"slices"

	"kdeck/ops/state"
)

// Complete checks a plan that was read from a file against the cluster in s. An error names a topic, partition or broker that
// the cluster doesn't have. A plan that another tool made has no header: it gets one, with the present replica lists as those
// that it started from. Partitions that changed since the plan was made are no error: they are skipped when it is carried out.
func (p *Plan) Complete(s *state.Snapshot) error {
	if err := p.checkCluster(s); err != nil {
		return err
	}
	for i := range p.Partitions {
		a := &p.Partitions[i]
		_, topic := s.FindTopic(a.Topic)
		_, partition := s.FindPartition(a.Topic, a.Partition)
		switch {
		case p.Header != nil: // it existed; a partition that is gone is skipped when the plan is carried out
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
		return fmt.Errorf("the reassignments in progress are unknown (%s), so the plan can't be checked against the cluster",
			orUnknownReason(s.Moves.Why))
	}
	slices.SortFunc(p.Partitions, compare)
	h := &Header{ClusterID: s.ClusterID}
	for i := range p.Partitions {
		a := &p.Partitions[i]
		at, _ := s.FindPartition(a.Topic, a.Partition)
		before := at.AppendLasting(nil)
		if len(before) == 0 {
			return fmt.Errorf("the replicas of %v are unknown, so the plan can't be checked against the cluster", a)
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
