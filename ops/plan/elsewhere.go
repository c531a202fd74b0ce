package plan

import (
	"context"
	"fmt"
	"slices"

	"kdeck/assigner"
	"kdeck/ops/state"
)

// Elsewhere plans partitions of p anew whose targets died while it was carried out. lost are the dead brokers. Each of them is
// replaced in the partition's list, where the others stay, by a broker that the stages of p allow: it is none that they drain, it
// is one of their --to, and the partition stays spread over the racks. Partitions that can't be planned anew are left out, and why
// says what is short of each of them. Errors are those of [assigner.Solve].
func (p *Plan) Elsewhere(ctx context.Context, s *state.Snapshot, lost []int32, partitions []Assignment) (next []Assignment, why map[Assigned]string, err error) {
	in := inputOf(s)
	for _, b := range lost {
		if s.Broker(b) == nil { // no longer registered
			in.Brokers = append(in.Brokers, assigner.Broker{ID: b, Why: assigner.Dead})
		}
	}
	drained, to := p.limits()
	for i := range in.Brokers {
		if b := &in.Brokers[i]; slices.Contains(drained, b.ID) {
			b.Target, b.Why = false, "being drained"
		}
	}
	if len(to) > 0 {
		only := joinIDs(to, " ")
		to = slices.DeleteFunc(to, func(id int32) bool {
			return !slices.ContainsFunc(in.Brokers, func(b assigner.Broker) bool { return b.ID == id && b.Target })
		})
		if len(to) == 0 {
			return nil, nil, fmt.Errorf("only %s may receive them, and none of those can", only)
		}
	}
	targets := map[Assigned][]int32{}
	for _, a := range slices.Concat(p.Partitions, partitions) {
		targets[a.assigned()] = a.Replicas
	}
	for i := range in.Partitions { // where everything will be when the plan is carried out
		part := &in.Partitions[i]
		if target, ok := targets[Assigned{part.Topic, part.ID}]; ok {
			part.Replicas, part.Offline, part.OutOfSync = target, nil, nil
		}
	}
	solved, err := assigner.Solve(ctx, in, []assigner.Demand{assigner.Drain{Brokers: lost, To: to}})
	if err != nil {
		return nil, nil, err
	}
	why = map[Assigned]string{}
	for _, stuck := range solved.Stuck {
		why[Assigned{stuck.Topic, stuck.ID}] = stuck.Why
	}
	after := map[Assigned][]int32{}
	for _, c := range solved.Changes {
		after[Assigned{c.Topic, c.ID}] = c.After
	}
	for _, a := range partitions {
		switch replicas := after[a.assigned()]; {
		case replicas != nil:
			next = append(next, Assignment{a.Topic, a.Partition, replicas})
		case why[a.assigned()] == "":
			why[a.assigned()] = "it is gone"
		}
	}
	return next, why, nil
}

// Assigned names a partition.
type Assigned struct {
	Topic     string
	Partition int32
}

func (a *Assignment) assigned() Assigned { return Assigned{a.Topic, a.Partition} }

// limits returns the brokers that the plan's stages empty, and the only ones that may receive replicas; none where any may. Of a
// plan that another tool made only what its header says is known.
func (p *Plan) limits() (drained, to []int32) {
	drained = slices.Clone(p.Header.Drained)
	words, err := p.Words()
	if err != nil {
		return drained, nil
	}
	stages, _ := Parse(words)
	for _, stage := range stages {
		if d, ok := stage.(drainer); ok {
			drained = append(drained, d.drainedBrokers()...)
		}
		switch s := stage.(type) {
		case *Drain:
			to = append(to, s.To...)
		case *Replace:
			to = append(to, s.With)
		case *Clone:
			to = append(to, s.To)
		}
	}
	return drained, to
}
