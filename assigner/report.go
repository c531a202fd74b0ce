package assigner

import (
	"fmt"
	"slices"
)

// plan makes the plan of the new replica lists.
func (p *placement) plan(after *lists) *Plan {
	m := p.m
	plan := &Plan{MovesBound: max(p.bound, p.proven), BytesBound: p.least, Relaxed: slices.Concat(p.rackRelaxations(), m.clonesThatDoNotLead(), p.relaxations), Proof: p.proof}
	plan.Brokers = make([]Load, len(m.ids))
	for b := range m.ids {
		plan.Brokers[b] = Load{
			Broker: m.ids[b], Rack: m.broker[b].Rack, Target: m.open(int32(b)), Why: m.whyNot(int32(b)),
		}
	}
	item := 0
	for i := range m.parts() {
		k := -1
		if item < len(p.items) && p.items[item] == int32(i) {
			k = item
			item++
		}
		part, before, now := m.part(i), m.replicasOf(i), after.of(i)
		for at, b := range before {
			plan.Brokers[b].Before.add(part.Bytes, at)
		}
		for at, b := range now {
			plan.Brokers[b].After.add(part.Bytes, at)
		}
		if slices.Equal(before, now) {
			continue
		}
		moves := 0
		for _, b := range now {
			if !slices.Contains(before, b) {
				moves++
			}
		}
		plan.Changes = append(plan.Changes, Change{
			Topic: part.Topic, ID: part.ID, Bytes: part.Bytes, Before: m.idsOf(before), After: m.idsOf(now),
			Because: p.because(i, k, now, moves),
		})
		plan.Moves += moves
		plan.Bytes.add(part.Bytes, moves)
		if before[0] != now[0] {
			plan.LeaderChanges++
		}
	}
	few := slices.Contains(m.levelLeaders, true) && len(newLeadership(m, after.of).judge()) == 0
	plan.LeaderChangesBound = m.leaderChangesBound(after.of, few, p.best)
	if m.byteTolerance > 0 {
		plan.FullestBound = p.fullestBound()
		for _, l := range plan.Brokers {
			if l.Target {
				plan.Fullest = max(plan.Fullest, l.After.Bytes.Known)
			}
		}
	}
	plan.BytesBound.Known = max(plan.BytesBound.Known, p.levelCountBytes(plan.Brokers))
	plan.Relaxed = append(plan.Relaxed, p.explainUnevenCounts(plan.Brokers)...)
	for _, i := range p.immovable {
		plan.Stuck = append(plan.Stuck, p.explainStuck(int(i)))
	}
	return plan
}

// because returns the demands that the change of partition i serves. k is its item, or -1 if it is none.
func (p *placement) because(i, k int, now []int32, moves int) []string {
	m := p.m
	before := m.replicasOf(i)
	same := sameSet(before, now)
	why := uint64(0)
	if k >= 0 && !same {
		if p.moves[k] >= 0 {
			why |= m.forced[i]
		}
		if moves > int(p.moves[k]) {
			why |= m.serves[i]
		}
	}
	if same || slices.Contains(now, before[0]) && now[0] != before[0] {
		why |= m.orders[i]
	}
	return p.wordsOf(why)
}

// wordsOf returns demands in words, by their bits.
func (p *placement) wordsOf(why uint64) []string {
	if words, ok := p.words[why]; ok {
		return words
	}
	var words []string
	for at, d := range p.demands {
		if why>>min(at, 63)&1 == 1 {
			words = append(words, d.String())
		}
	}
	p.words[why] = words
	return words
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
	for _, b := range m.replicasOf(i) {
		if m.leaves(i, b) {
			s.On = append(s.On, m.ids[b])
		}
		if !m.live(b) {
			dead = append(dead, m.ids[b])
		}
	}
	if part.Leader >= 0 {
		s.Short = p.infeasible(i, m.stays(i))
		s.Why = "it " + s.Short.reason()
		return s
	}
	s.Why = "it has no leader, so no broker can copy it"
	if len(dead) > 0 {
		s.Why += fmt.Sprintf(": a replica that may lead has to come back first (%s not live)", brokersVerb(dead, "is", "are"))
	}
	return s
}
