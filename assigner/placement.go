package assigner

import (
	"cmp"
	"context"
	"slices"

	"kdeck/assigner/flow"
)

// placement is the search for the brokers of all items.
type placement struct {
	*problem
	sets        *flow.Solution
	proof       *Proof
	proven      int      // how many moves are needed by the proof
	best        bool     // the sets are proven to be the best
	relaxations []string // demands that could only be met in part, in sentences

	words map[uint64][]string // demands in words, by their bits
}

// solve places all items at once.
func (p *placement) solve(ctx context.Context) error {
	f := p.flow()
	if err := p.solveAt(ctx, f, 0); err != nil {
		return err
	}
	return p.keepToLimit(ctx, f)
}

// flow returns the flow problem without its costs, which depend on the priorities.
func (p *placement) flow() *flow.Problem {
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
	if !m.hasRacks {
		f.Group = make([]int32, len(m.ids))
	}
	if p.topic != nil {
		f.Family, f.FamilyBase, f.FamilyWeight = p.topic, p.topicBase, make([]int64, len(m.ids))
	}
	f.Order = p.smallestFirst()
	for k, i := range p.items {
		f.Need = append(f.Need, m.need[i])
		f.Class = append(f.Class, m.rule[i])
		must := m.required(i)
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
	return f
}

// smallestFirst returns the items by size, so that of equally good replicas the small ones move.
func (p *placement) smallestFirst() []int32 {
	order := make([]int32, len(p.items))
	for k := range order {
		order[k] = int32(k)
	}
	size := func(k int32) int64 { return p.m.part(int(p.items[k])).Bytes }
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(uint64(size(a)), uint64(size(b))) }) // unknown last
	return order
}

// solveAt solves with moves weighed at a rate against squares of loads. At rate 0 the priorities alone decide.
func (p *placement) solveAt(ctx context.Context, f *flow.Problem, rate int64) error {
	m := p.m
	a, err := p.priorities(rate)
	if err != nil {
		return err
	}
	f.Cost = f.Cost[:0]
	for level := range uint8(levels) {
		f.Cost = append(f.Cost, a.scaled(a.cost(level)))
	}
	for b := range m.ids {
		if m.open(int32(b)) {
			f.Weight[b] = a.scaled(a.squares(1))
			if p.topic != nil {
				f.FamilyWeight[b] = a.scaled(a.topicSquares(1))
			}
		}
	}
	if p.sets, err = flow.Solve(ctx, f); err != nil {
		return err
	}
	p.prices(a)
	p.proof.Rate = rate
	if m.levelCounts || p.topic != nil { // otherwise the sum of what each partition needs is reached
		p.proven, _, p.best = p.bounds(a, p.proof, p.tally(a, p.sets.Of))
	}
	return nil
}

// prices turns the flow's prices into the proof.
func (p *placement) prices(a *priorities) {
	p.proof = &Proof{}
	for b, price := range p.sets.Price {
		p.proof.Prices = append(p.proof.Prices, a.decompose(p.m.ids[b], price))
	}
	for t, prices := range p.sets.FamilyPrice {
		own := TopicPrices{Topic: p.topics[t]}
		for b, price := range prices {
			own.Prices = append(own.Prices, a.decompose(p.m.ids[b], price))
		}
		p.proof.Topics = append(p.proof.Topics, own)
	}
}
