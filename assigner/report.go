package assigner

import (
	"fmt"
	"slices"
)

// plan makes the plan of the lists that the partitions get.
func (p *placement) plan(after *lists) *Plan {
	m := p.m
	plan := &Plan{MovesBound: max(p.bound, p.proven), BytesBound: p.least, Relaxed: append(p.relaxed(), p.said...), Proof: p.proof}
	plan.Brokers = make([]Load, len(m.ids))
	for b := range m.ids {
		plan.Brokers[b] = Load{
			Broker: m.ids[b], Rack: m.broker[b].Rack, Target: m.open(int32(b)), Why: m.whyNot(int32(b)),
		}
	}
	for i := range m.parts() {
		part, before, now := m.part(i), m.before(i), after.of(i)
		for at, b := range before {
			plan.Brokers[b].Before.add(part.Bytes, at)
		}
		for at, b := range now {
			plan.Brokers[b].After.add(part.Bytes, at)
		}
		if slices.Equal(before, now) {
			continue
		}
		plan.Changes = append(plan.Changes, Change{
			Topic: part.Topic, ID: part.ID, Bytes: part.Bytes, Before: m.idsOf(before), After: m.idsOf(now),
		})
		moves := 0
		for _, b := range now {
			if !slices.Contains(before, b) {
				moves++
			}
		}
		plan.Moves += moves
		plan.Bytes.add(part.Bytes, moves)
		if before[0] != now[0] {
			plan.LeaderChanges++
		}
	}
	for _, i := range p.stuck {
		plan.Stuck = append(plan.Stuck, p.explainStuck(int(i)))
	}
	return plan
}

func (h *Holding) add(size int64, position int) {
	h.Replicas++
	h.Bytes.add(size, 1)
	if position == 0 {
		h.Leaders++
	}
}

func (m *model) idsOf(bs []int32) []int32 {
	ids := make([]int32, len(bs))
	for i, b := range bs {
		ids[i] = m.ids[b]
	}
	return ids
}

func (p *problem) explainStuck(i int) Stuck {
	m := p.m
	part := m.part(i)
	s := Stuck{Topic: part.Topic, ID: part.ID, Replicas: slices.Clone(part.Replicas)}
	var dead []int32
	for _, b := range m.before(i) {
		if m.leaves(i, b) {
			s.On = append(s.On, m.ids[b])
		}
		if !m.live(b) {
			dead = append(dead, m.ids[b])
		}
	}
	s.Why = "it has no leader, so nobody can copy it"
	if len(dead) > 0 {
		s.Why += fmt.Sprintf(": a replica that may lead has to come back first (%s not live)", subject(dead, "is", "are"))
	}
	return s
}
