package plan

import (
	"fmt"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// LeftAlone is a partition of a plan that is not touched when the plan is carried out, because the cluster has changed.
type LeftAlone struct {
	Topic     string  `json:"topic"`
	Partition int32   `json:"partition"`
	Replicas  []int32 `json:"replicas"` // now; none where it is gone
	Why       string  `json:"why"`
}

// Remaining returns what of the plan is still to be done on the cluster in s. Left out are partitions that stand as the plan
// wants them or are being moved there (Header.InPlace), and those that are gone or no longer as the plan found them
// (Header.LeftAlone), but for what a cancel of the plan's own move changed. Elections of preferred leaders stay. Figures, risks and what is broken are those of what remains. The plan
// must be complete ([Plan.Complete]).
func (p *Plan) Remaining(s *state.Snapshot) *Plan {
	h := *p.Header
	h.Before, h.LeftAlone = nil, nil
	left := &Plan{Header: &h}
	for i := range p.Partitions {
		a, was := p.Partitions[i], p.Header.Before[i]
		at, ok := s.FindPartition(a.Topic, a.Partition)
		var now []int32
		if ok {
			now = at.AppendLasting(nil)
		}
		switch {
		case !ok:
			h.LeftAlone = append(h.LeftAlone, LeftAlone{a.Topic, a.Partition, []int32{}, "it is gone"})
		case slices.Equal(now, a.Replicas) && (!slices.Equal(was.Replicas, now) || at.Leader() == now[0]):
			h.InPlace++
		case Withdrawn(now, was.Replicas, a.Replicas):
			was.Replicas = now
			left.Partitions, h.Before = append(left.Partitions, a), append(h.Before, was)
		case !slices.Equal(now, was.Replicas):
			h.LeftAlone = append(h.LeftAlone, LeftAlone{a.Topic, a.Partition, now,
				fmt.Sprintf("it has changed since the plan was made, which found it on %s", joinIDs(was.Replicas, " "))})
		default:
			left.Partitions, h.Before = append(left.Partitions, a), append(h.Before, was)
		}
	}
	if h.InPlace+len(h.LeftAlone) == 0 { // the planner's figures and bounds stand
		h.Risks = risks(s, left, TrafficOf(s, left.Partitions))
		h.Violations = slices.Clone(h.Violations)
		for _, v := range violations(s, left) {
			if !slices.Contains(h.Violations, v) {
				h.Violations = append(h.Violations, v)
			}
		}
		return left
	}
	left.count(s)
	if n := len(h.Stuck); n > 0 {
		h.Violations = append([]string{format.Count(n, "partition") + " can't be moved"}, h.Violations...)
	}
	return left
}
