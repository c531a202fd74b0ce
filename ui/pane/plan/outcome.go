package plan

import (
	"context"
	"fmt"
	"slices"

	"kdeck/assigner"
	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/state"
	"kdeck/ui/table"
)

// outcome is the plan of a draft on a snapshot, or the error. It is made off the update loop and never changes.
type outcome struct {
	snap     *state.Snapshot
	chain    string         // the words of the stages
	proposal *plan.Proposal // with the dropped changes
	err      error          // why there is no plan

	plan    *plan.Plan // without the dropped changes, in order of topic and partition
	why     []string   // by partition, the numbers of the stages that need its change
	because [][]string // by partition, the words of those stages
	loads   []assigner.Load
	traffic *plan.Traffic
	broken  []string // rules that the cluster breaks after the plan
	resized int      // partitions that get more or fewer replicas
	dropped int
	facts   []planFact
}

// outcomeOf plans a draft on a snapshot. If a proposal of the same stages is given it only drops changes from it. When ctx
// ends first, the error is its cause.
func outcomeOf(ctx context.Context, snap *state.Snapshot, d draft, proposal *plan.Proposal) *outcome {
	o := &outcome{snap: snap, chain: d.words(), proposal: proposal}
	if o.proposal == nil {
		if o.proposal, o.err = plan.Make(ctx, snap, d.stages); o.err != nil {
			return o
		}
	}
	o.err = o.drop(ctx, d)
	return o
}

// drop makes the plan of the proposal without the dropped changes, and judges it like a plan from a file.
func (o *outcome) drop(ctx context.Context, d draft) error {
	numbers := map[string]string{}
	for i, s := range d.stages {
		numbers[s.String()] = fmt.Sprint(i + 1)
	}
	h := *o.proposal.Header
	o.plan = &plan.Plan{Header: &h}
	o.loads = slices.Clone(o.proposal.Loads)
	h.Before = nil
	for i, a := range o.proposal.Partitions {
		before := o.proposal.Header.Before[i]
		if d.dropped[table.ID{Name: a.Topic, N: a.Partition}] {
			o.putBack(before.Replicas, a.Replicas, o.proposal.Traffic.Copies[i].Size)
			h.Drained = slices.DeleteFunc(slices.Clone(h.Drained), func(b int32) bool { return slices.Contains(before.Replicas, b) })
			o.dropped++
			continue
		}
		o.plan.Partitions, h.Before = append(o.plan.Partitions, a), append(h.Before, before)
		why := ""
		for _, stage := range o.proposal.Because[i] {
			if why != "" {
				why += " "
			}
			why += numbers[stage]
		}
		o.why, o.because = append(o.why, why), append(o.because, o.proposal.Because[i])
		if len(a.Replicas) != len(before.Replicas) {
			o.resized++
		}
	}
	o.traffic = plan.TrafficOf(o.snap, o.plan.Partitions)
	if o.dropped > 0 {
		if err := o.count(&h); err != nil {
			return err
		}
	}
	whole, err := plan.Judge(ctx, o.snap, o.proposal.Plan, nil)
	if err != nil {
		return err
	}
	left := whole
	if o.dropped > 0 {
		if left, err = plan.Judge(ctx, o.snap, o.plan, nil); err != nil {
			return err
		}
		h.Violations = slices.DeleteFunc(slices.Clone(h.Violations), func(v string) bool { return slices.Contains(whole.Wrong, v) })
		h.Violations = append(h.Violations, format.Count(o.dropped, "change")+" dropped by hand: the stages are not met there")
	}
	o.broken = slices.Clone(h.Violations)
	for _, wrong := range left.Wrong {
		if !slices.Contains(o.broken, wrong) {
			o.broken = append(o.broken, wrong)
		}
	}
	h.Violations, h.Risks = o.broken, left.Risks
	o.facts = []planFact{o.cost(), o.time(), o.risk(), o.checks()}
	return nil
}

// count sets the figures of the header for the partitions of the plan. The bounds are the figures themselves, because no
// stage demands just these changes.
func (o *outcome) count(h *plan.Header) error {
	bare := &plan.Plan{Partitions: slices.Clone(o.plan.Partitions)}
	if err := bare.Complete(o.snap); err != nil {
		return err
	}
	c := bare.Header
	h.Moves, h.MovesBound, h.Bytes, h.BytesBound = c.Moves, c.MovesBound, c.Bytes, c.BytesBound
	h.LeaderChanges = c.LeaderChanges + o.plan.Elections()
	h.LeaderChangesBound = h.LeaderChanges
	return nil
}

// putBack takes one change out of the loads.
func (o *outcome) putBack(before, after []int32, size int64) {
	shift := func(replicas []int32, by int) {
		for at, id := range replicas {
			i, ok := slices.BinarySearchFunc(o.loads, id, func(l assigner.Load, id int32) int { return int(l.Broker) - int(id) })
			if !ok {
				continue
			}
			l := &o.loads[i].After
			l.Replicas += by
			if at == 0 {
				l.Leaders += by
			}
			if size < 0 {
				l.Bytes.Unknown += by
			} else {
				l.Bytes.Known += int64(by) * size
			}
		}
	}
	shift(after, -1)
	shift(before, 1)
}

// empty tells whether the plan changes nothing.
func (o *outcome) empty() bool { return len(o.plan.Partitions) == 0 }

// rows returns the plan's partitions as rows of a table.
func (o *outcome) rows() table.Rows[planRow] {
	return table.Rows[planRow]{
		Len: len(o.plan.Partitions),
		At:  func(i int) planRow { return planRow{o, i} },
		ID:  planRow.id,
		Find: func(id table.ID) (int, bool) {
			return o.plan.Find(id.Name, id.N)
		},
	}
}
