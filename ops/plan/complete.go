package plan

import (
	"fmt"
	"slices"

	"kdeck/ops/state"
)

// Complete checks a plan that was read from a file against the cluster in s. An error names a topic, partition or broker that
// the cluster doesn't have. A plan that another tool made has no header: it gets one, with the present replica lists as those
// that it started from, and partitions that stand as the file wants them are taken out: nothing is done for them, and nobody is
// elected. Partitions that changed since a plan of kdeck was made are no error: they are skipped when it is carried out.
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
	notes := append(p.Notes, p.logDirNotes(s)...)
	p.Notes = nil
	if p.Header != nil {
		p.Header.Notes = append(p.Header.Notes, notes...)
		return nil
	}
	if !s.Moves.Known {
		return fmt.Errorf("the reassignments in progress are unknown (%s), so the plan can't be checked against the cluster",
			orUnknownReason(s.Moves.Why))
	}
	slices.SortFunc(p.Partitions, compare)
	h := &Header{ClusterID: s.ClusterID, Notes: notes}
	var partitions []Assignment
	for i := range p.Partitions {
		a := p.Partitions[i]
		at, _ := s.FindPartition(a.Topic, a.Partition)
		before := at.AppendLasting(nil)
		switch {
		case len(before) == 0:
			return fmt.Errorf("the replicas of %v are unknown, so the plan can't be checked against the cluster", &a)
		case slices.Equal(before, a.Replicas):
			h.InPlace++
		default:
			partitions, h.Before = append(partitions, a), append(h.Before, Assignment{a.Topic, a.Partition, before})
		}
	}
	p.Partitions, p.Header = partitions, h
	p.count(s)
	return nil
}

// count sets the figures of the header, and what is broken and risky, by the partitions that are in the plan.
func (p *Plan) count(s *state.Snapshot) {
	h := p.Header
	h.Moves, h.LeaderChanges, h.Bytes, h.BytesBound = p.moves(), 0, nil, nil
	for i := range p.Partitions {
		before, next := h.Before[i].Replicas, p.Partitions[i].Replicas
		if before[0] != next[0] {
			h.LeaderChanges++
		}
	}
	h.MovesBound, h.LeaderChangesBound = h.Moves, h.LeaderChanges
	traffic := TrafficOf(s, p.Partitions)
	if bytes, known := traffic.Bytes(); known {
		h.Bytes, h.BytesBound = &bytes, &bytes
	}
	h.Violations, h.Risks = violations(s, p), risks(s, p, traffic)
}
