package assigner

import (
	"slices"

	"kdeck/assigner/flow"
)

// placement is the search for the brokers of the partitions to be placed.
type placement struct {
	*problem
	sets  *flow.Solution
	proof *Proof
	said  []string // what was relaxed on the way
}

// solve places all items at once.
func (p *placement) solve() error {
	m := p.m
	f := &flow.Problem{
		Group:  m.rack,
		Base:   p.base(),
		Weight: make([]int64, len(m.ids)),
		Open:   p.open,
		Cap:    p.cap,
		Floor:  p.floor,
		Start:  []int32{0},
	}
	if !m.racked {
		f.Group = make([]int32, len(m.ids))
	}
	for k, i := range p.items {
		f.Need = append(f.Need, m.need[i])
		f.Class = append(f.Class, m.rule[i])
		must := m.must[i]
		for _, b := range must {
			f.Own = append(f.Own, b)
			f.Level = append(f.Level, required)
		}
		for _, b := range p.stays[k] {
			if !slices.Contains(must, b) {
				f.Own = append(f.Own, b)
				f.Level = append(f.Level, p.level(k, b))
			}
		}
		f.Start = append(f.Start, int32(len(f.Own)))
	}
	aims, err := p.aims()
	if err != nil {
		return err
	}
	for level := range uint8(levels) {
		f.Cost = append(f.Cost, aims.scaled(aims.cost(level)))
	}
	for b := range m.ids {
		if m.open(int32(b)) {
			f.Weight[b] = aims.scaled(aims.squares(1))
		}
	}
	if p.topic != nil {
		f.Family, f.FamilyBase, f.FamilyWeight = p.topic, p.topicBase, make([]int64, len(m.ids))
		for b := range m.ids {
			if m.open(int32(b)) {
				f.FamilyWeight[b] = aims.scaled(aims.evenness(1))
			}
		}
	}
	if p.sets, err = flow.Solve(f); err != nil {
		return err
	}
	p.prices(aims)
	if m.levelCounts || p.topic != nil { // else what the partitions need by themselves is attained
		p.bound, _, _ = p.bounds(aims, p.proof, p.worth(aims, p.sets.Of))
	}
	return nil
}

// prices makes the proof of the flow's prices.
func (p *placement) prices(a *aims) {
	p.proof = &Proof{}
	for b, price := range p.sets.Price {
		p.proof.Prices = append(p.proof.Prices, a.apart(p.m.ids[b], price))
	}
	for t, prices := range p.sets.FamilyPrice {
		own := TopicPrices{Topic: p.topics[t]}
		for b, price := range prices {
			own.Prices = append(own.Prices, a.apart(p.m.ids[b], price))
		}
		p.proof.Topics = append(p.proof.Topics, own)
	}
}
