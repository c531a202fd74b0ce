package flow

import (
	"context"
	"slices"
)

// Solve returns a placement of least cost: the sum of the cost of every place and of Weight·n² of every bin.
//
// It starts from a placement in which each item alone is at its optimum, and then sends load from bin to bin along
// shortest paths of the residual network, cheapest first, until none lowers the cost. (Successive shortest paths from
// the sink to the sink: the length of the shortest never falls, and no negative cycle ever arises.)
//
// To make one goal go before another, give it a cost that all changes of the lesser along one simple path cannot outweigh:
// it takes no more, since a placement is optimal when no simple cycle of its residual network is negative.
//
// Where ctx ends before there is an answer, the error is its cause. Nothing else of the answer depends on ctx.
func Solve(ctx context.Context, p *Problem) (*Solution, error) {
	n := newNetwork(p)
	if err := n.place(ctx); err != nil {
		return nil, err
	}
	s := &Solution{Start: n.start, Place: n.slot}
	if p.Family == nil {
		n.index()
		var err error
		if s.Price, err = newExchange(n).level(ctx); err != nil {
			return nil, err
		}
	} else {
		f := newFamilies(n)
		if err := f.place(ctx); err != nil {
			return nil, err
		}
		n.index()
		var err error
		if s.Price, s.FamilyPrice, err = f.level(ctx); err != nil {
			return nil, err
		}
		s.Cost += f.cost()
	}
	for item := range p.Items() {
		slices.Sort(n.held(int32(item)))
	}
	for b := range n.bins {
		load := p.Base[b] + n.count[b]
		s.Cost += p.Weight[b]*load*load + n.toll(b)*n.count[b]
	}
	for item := range int32(p.Items()) {
		for _, b := range n.held(item) {
			s.Cost += p.Cost[n.level(item, b)]
		}
	}
	return s, nil
}
