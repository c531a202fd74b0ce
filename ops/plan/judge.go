package plan

import (
	"context"
	"fmt"
	"slices"

	"kdeck/assigner"
	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Judgement is the result of checking a plan, whichever tool made it.
type Judgement struct {
	Stages        []string `json:"stages"`         // that it was checked against; empty: only rules for any plan were checked
	Wrong         []string `json:"wrong"`          // rules and stages that it breaks, in sentences
	Moves         int      `json:"moves"`          // (partition, broker) pairs that are new
	MovesBound    *int     `json:"moves_bound"`    // no plan that meets the stages has fewer; nil without stages
	Bytes         *int64   `json:"bytes"`          // to be copied; nil where the size of a partition is unknown
	LeaderChanges int      `json:"leader_changes"` // partitions whose preferred leader changes
	// No plan has fewer leader changes that has the same replica sets and meets the stages as well; nil without stages.
	LeaderChangesBound *int     `json:"leader_changes_bound"`
	Best               *bool    `json:"best"`   // no plan meets the stages better, as far as is known; nil without stages
	Behind             []string `json:"behind"` // where kdeck's own plan is better
	Risks              []string `json:"risks"`
}

// Judge checks a plan against the cluster in s and against stages, by nothing but its replica lists. A plan that another tool
// made is completed ([Plan.Complete]). Errors are those of [Make], [Plan.Complete] and [Plan.Holds].
func Judge(ctx context.Context, s *state.Snapshot, p *Plan, stages []Stage) (*Judgement, error) {
	stages, err := Resolve(s, stages)
	if err != nil {
		return nil, err
	}
	if err := checkCluster(s, stages); err != nil {
		return nil, err
	}
	if err := p.Complete(s); err != nil {
		return nil, err
	}
	if err := p.CheckUnchanged(s); err != nil {
		return nil, err
	}
	t := TrafficOf(s, p.Partitions)
	j := &Judgement{Moves: p.Header.Moves, LeaderChanges: p.Header.LeaderChanges, Wrong: violations(s, p), Risks: risks(s, p, t)}
	if bytes, known := t.Bytes(); known {
		j.Bytes = &bytes
	}
	if len(stages) == 0 {
		j.Wrong = append(j.Wrong, alwaysWrong(s, p, t)...)
	} else if err := j.judgeStages(ctx, inputOf(s), p, stages); err != nil {
		return nil, err
	}
	for _, stage := range stages {
		if e, ok := stage.(*Elect); ok {
			j.judgeElection(s, p, e)
		}
	}
	j.Stages, j.Wrong, j.Behind, j.Risks = notNil(j.Stages), notNil(j.Wrong), notNil(j.Behind), notNil(j.Risks)
	return j, nil
}

// judgeStages checks the plan against the stages. The proof of how good a plan can be comes from kdeck's own plan. The evaluator
// doesn't trust it: a poor proof gives bounds that are low, but never wrong ones.
func (j *Judgement) judgeStages(ctx context.Context, in *assigner.Input, p *Plan, stages []Stage) error {
	demands := demandsOf(stages)
	own, err := assigner.Solve(ctx, in, demands)
	if err != nil {
		return findClash(ctx, in, stages, err)
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
	j.Behind = append(v.Replicas, whatIsWorse(own, levels(in, p), stages)...)
	if len(j.Behind) == 0 { // else it has been said
		j.Behind = v.Leaders
	}
	best := v.Best && len(j.Behind) == 0
	j.Moves, j.MovesBound, j.LeaderChangesBound, j.Best = v.Moves, &v.MovesBound, &v.LeaderChangesBound, &best
	return nil
}

// judgeElection checks the plan against an election: all partitions to elect must be in the plan.
func (j *Judgement) judgeElection(s *state.Snapshot, p *Plan, e *Elect) {
	elections, _ := e.needed(s)
	for i := range elections {
		if _, planned := p.Find(elections[i].Topic, elections[i].Partition); planned {
			*j.LeaderChangesBound = min(*j.LeaderChangesBound+1, j.LeaderChanges)
			continue
		}
		j.Wrong = append(j.Wrong, fmt.Sprintf("%v isn't led by its preferred leader, as %q asks for, and isn't in the plan", &elections[i], e))
		*j.Best = false
	}
}

// brokerLevel is how many leaders and bytes a broker has after the plan.
type brokerLevel struct {
	leaders int
	bytes   int64 // known
}

func levels(in *assigner.Input, p *Plan) map[int32]brokerLevel {
	after := map[int32]brokerLevel{}
	for i := range in.Partitions {
		part := &in.Partitions[i]
		replicas := part.Replicas
		if at, ok := p.Find(part.Topic, part.ID); ok {
			replicas = p.Partitions[at].Replicas
		}
		for at, b := range replicas {
			l := after[b]
			l.bytes += max(0, part.Bytes)
			if at == 0 {
				l.leaders++
			}
			after[b] = l
		}
	}
	return after
}

// whatIsWorse compares the plan with kdeck's own in leaders and bytes, for which no bound is known: the order of the lists
// depends on the replica sets, and to level bytes has no exact solution.
func whatIsWorse(own *assigner.Plan, theirs map[int32]brokerLevel, stages []Stage) []string {
	leaders, bytes := false, false
	for _, s := range stages {
		switch s := s.(type) {
		case *Leaders:
			leaders = true
		case *Balance:
			bytes = bytes || slices.Contains(s.Measures, "bytes")
		}
	}
	var squares, ownSquares, led, ownLed int
	var held, ownHeld int64
	for _, l := range own.Brokers {
		is := theirs[l.Broker]
		squares, ownSquares = squares+is.leaders*is.leaders, ownSquares+l.After.Leaders*l.After.Leaders
		led, ownLed = max(led, is.leaders), max(ownLed, l.After.Leaders)
		held, ownHeld = max(held, is.bytes), max(ownHeld, l.After.Bytes.Known)
	}
	var said []string
	if leaders && squares > ownSquares {
		said = append(said, fmt.Sprintf("preferred leaders are less level than they could be: up to %d on one broker, and up to %d would do", led, ownLed))
	}
	if bytes && held > ownHeld {
		said = append(said, fmt.Sprintf("bytes are less level than they could be: up to %s on one broker, and up to %s would do", format.Bytes(held), format.Bytes(ownHeld)))
	}
	return said
}

// alwaysWrong lists what is wrong in any plan, whatever its stages.
func alwaysWrong(s *state.Snapshot, p *Plan, t *Traffic) []string {
	var wrong []string
	for i := range p.Partitions {
		a := &p.Partitions[i]
		to := t.Copies[i].To
		if len(to) > 0 && t.Copies[i].From < 0 {
			wrong = append(wrong, fmt.Sprintf("%v has no leader, so no broker can copy it", a))
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

// fullestRack returns how many of some replicas the rack with the most of them holds. Brokers without a rack don't count.
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
