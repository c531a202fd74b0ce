package flow

import (
	"context"
	"math"
	"slices"
)

// checkEvery is how many items are placed between two looks at whether to go on.
const checkEvery = 1 << 12

// place gives every item without a family a set of least cost, and among those one in the bins that are the least loaded so
// far. Each item alone is then at its optimum, so that the residual network has no negative cycle that leaves the loads as
// they are: what Solve needs to start from.
//
// An item's feasible sets are the bases of a laminar structure: the cheapest bins of each group up to its floor, then
// the cheapest of all that the caps let in, are optimal.
func (n *network) place(ctx context.Context) error {
	for item := range int32(n.p.Items()) {
		if item%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if n.family(item) >= 0 {
			continue
		}
		if err := n.placeOne(item); err != nil {
			return err
		}
	}
	return nil
}

func (n *network) placeOne(item int32) error {
	held := n.held(item)
	taken := 0
	in := n.inGrp
	clear(in)
	n.stamp++
	take := func(b int32) {
		held[taken] = b
		taken++
		in[n.p.Group[b]]++
		n.mark[b] = n.stamp
		n.count[b]++
	}
	if n.p.Floor != nil && n.p.Floor[item] > 0 {
		for g := range int32(n.groups) {
			for floor := n.floor(item, g); in[g] < floor && taken < len(held); {
				take(n.cheapest(item, func(group int32) bool { return group == g }))
			}
		}
	}
	under := func(group int32) bool { return in[group] < n.p.Cap[item] }
	for taken < len(held) {
		b := n.cheapest(item, under)
		if b < 0 {
			return &InfeasibleError{Item: int(item), Need: len(held), Room: taken}
		}
		take(b)
	}
	return nil
}

// cheapest is the unmarked bin of least cost in the groups that are let in, among equals the least loaded, among those
// the first; -1 if there is none.
func (n *network) cheapest(item int32, group func(int32) bool) int32 {
	found, cost, grow := int32(-1), int64(math.MaxInt64), int64(math.MaxInt64)
	own, level := n.own(item)
	for k, b := range own {
		if n.mark[b] == n.stamp || !group(n.p.Group[b]) {
			continue
		}
		c, g := n.p.Cost[level[k]], n.grow(int(b))
		if c < cost || c == cost && (g < grow || g == grow && b < found) {
			found, cost, grow = b, c, g
		}
	}
	if found >= 0 && cost < n.p.Cost[n.last] {
		return found
	}
	for g, bins := range n.members[n.p.Class[item]] {
		if !group(int32(g)) {
			continue
		}
		for _, b := range bins {
			if n.mark[b] == n.stamp {
				continue
			}
			gr := n.grow(int(b))
			if found < 0 || gr < grow || gr == grow && b < found {
				if slices.Contains(own, b) {
					continue
				}
				found, grow = b, gr
			}
		}
	}
	return found
}
