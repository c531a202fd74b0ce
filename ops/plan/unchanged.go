package plan

import (
	"fmt"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// CheckUnchanged returns an error if the plan was made for another cluster, or if a partition has changed since it was made. The
// plan must have a header.
func (p *Plan) CheckUnchanged(s *state.Snapshot) error {
	if err := p.checkCluster(s); err != nil {
		return err
	}
	changed, first := 0, ""
	for i := range p.Header.Before {
		was := &p.Header.Before[i]
		at, ok := s.FindPartition(was.Topic, was.Partition)
		var now []int32
		if ok {
			now = at.AppendLasting(nil)
		}
		if slices.Equal(now, was.Replicas) {
			continue
		}
		if changed++; changed == 1 {
			first = fmt.Sprintf("%v is gone", was)
			if ok {
				first = fmt.Sprintf("%v was on %s and is on %s", was, joinIDs(was.Replicas, " "), joinIDs(now, " "))
			}
		}
	}
	if changed > 0 {
		return fmt.Errorf("the cluster changed since the plan was made (%s in it, %s): make it again", format.Count(changed, "partition"), first)
	}
	return nil
}

func (p *Plan) checkCluster(s *state.Snapshot) error {
	if p.Header != nil && p.Header.ClusterID != s.ClusterID {
		return fmt.Errorf("the plan was made for the cluster with the id %q, and this one has %q", p.Header.ClusterID, s.ClusterID)
	}
	return nil
}
