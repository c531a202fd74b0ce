package plan

import (
	"fmt"

	"kdeck/assigner"
	"kdeck/ops/state"
)

// Judgement is what can be said of a plan, whoever made it.
type Judgement struct {
	Stages        []string `json:"stages"`         // what it was held against; none: only against what holds of any plan
	Wrong         []string `json:"wrong"`          // in sentences
	Moves         int      `json:"moves"`          // (partition, broker) pairs that are new
	MovesBound    *int     `json:"moves_bound"`    // no plan that meets the stages has fewer; nil without stages
	Bytes         *int64   `json:"bytes"`          // to be copied; nil where the size of a partition is unknown
	LeaderChanges int      `json:"leader_changes"` // partitions whose preferred leader will be another
	Best          *bool    `json:"best"`           // no choice of brokers is better by the stages; nil without stages
	Risks         []string `json:"risks"`
}

// Judge judges a plan, of which it knows nothing but the lists, on the cluster as it is in s. p is completed where another
// tool made it. Errors are those of [Make], [Plan.Complete] and [Plan.Holds].
func Judge(s *state.Snapshot, p *Plan, stages []Stage) (*Judgement, error) {
	if err := fit(s, stages); err != nil {
		return nil, err
	}
	if err := p.Complete(s); err != nil {
		return nil, err
	}
	if err := p.Holds(s); err != nil {
		return nil, err
	}
	t := TrafficOf(s, p.Partitions)
	j := &Judgement{Moves: p.Header.Moves, LeaderChanges: p.Header.LeaderChanges, Wrong: violations(s, p), Risks: risks(s, p, t)}
	if bytes, known := t.Bytes(); known {
		j.Bytes = &bytes
	}
	if len(stages) == 0 {
		j.Wrong = append(j.Wrong, wrongAnyhow(s, p, t)...)
		return j, nil
	}
	return j, j.against(inputOf(s), p, stages)
}

// against holds the plan against the stages. What the best would be is proven by the prices of a plan of our own, which the
// evaluator doesn't trust: were they poor, the bounds would be low, but never false.
func (j *Judgement) against(in *assigner.Input, p *Plan, stages []Stage) error {
	demands := demandsOf(stages)
	own, err := assigner.Solve(in, demands)
	if err != nil {
		return clashOf(in, stages, err)
	}
	changes := make([]assigner.Change, len(p.Partitions))
	for i, a := range p.Partitions {
		changes[i] = assigner.Change{Topic: a.Topic, ID: a.Partition, Before: p.Header.Before[i].Replicas, After: a.Replicas}
	}
	v, err := assigner.Check(in, demands, changes, own.Proof)
	if err != nil {
		return err
	}
	for _, s := range stages {
		j.Stages = append(j.Stages, s.String())
	}
	j.Wrong = append(j.Wrong, v.Wrong...)
	j.Moves, j.MovesBound, j.Best = v.Moves, &v.MovesBound, &v.Best
	return nil
}

// wrongAnyhow is what no stage can ask for.
func wrongAnyhow(s *state.Snapshot, p *Plan, t *Traffic) []string {
	var wrong []string
	for i := range p.Partitions {
		a := &p.Partitions[i]
		to := t.Copies[i].To
		if len(to) > 0 && t.Copies[i].From < 0 {
			wrong = append(wrong, fmt.Sprintf("%v has no leader, so nobody can copy it", a))
		}
		for _, b := range to {
			if ok, why := s.Broker(b).MayReceive(); !ok {
				wrong = append(wrong, fmt.Sprintf("%v is given a replica on broker %d, which is %s", a, b, why))
			}
		}
		if was, is := fullestRack(s, p.Header.Before[i].Replicas), fullestRack(s, a.Replicas); is > was && is > 1 {
			wrong = append(wrong, fmt.Sprintf("%v would have %d replicas in one rack and has %d", a, is, was))
		}
	}
	return wrong
}

// fullestRack is the most of some replicas that one rack holds; brokers without a rack count for nothing.
func fullestRack(s *state.Snapshot, replicas []int32) (most int) {
	in := map[string]int{}
	for _, id := range replicas {
		if b := s.Broker(id); b != nil && b.Rack != "" {
			in[b.Rack]++
			most = max(most, in[b.Rack])
		}
	}
	return most
}
