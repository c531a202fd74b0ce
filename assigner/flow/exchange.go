package flow

import (
	"cmp"
	"slices"
)

// exchange is the residual network of the items without a family, condensed to bins: for every pair of bins, how many items could give up the first for
// the second, by kind of exchange. A kind is a pair of levels (of the bin given up, of the bin taken), and all exchanges of
// a kind cost the same, so the cheapest kind that has any items is the cost of the arc.
//
// A shortest path with fewest arcs in this graph can be carried out as it stands, whichever items serve its arcs: were
// an item to serve two arcs in a way that one precludes the other, the two would meet at a node of the item in the full
// network, and cutting out what lies between them would leave a path that is no longer and has fewer arcs.
type exchange struct {
	n     *network
	bins  int
	kinds []kind
	order [][]int8  // order[from][to] is the kind's index in kinds
	many  [][]int32 // many[kind][a*bins+b]: how many items; nil until there is one
	best  []int8    // best[a*bins+b]: the cheapest kind that has items, or none
}

type kind struct {
	from, to uint8
	cost     int64
}

const none = int8(127)

func newExchange(n *network) *exchange {
	x := &exchange{n: n, bins: n.bins, best: make([]int8, n.bins*n.bins)}
	for i := range x.best {
		x.best[i] = none
	}
	levels := len(n.p.Cost)
	for from := range levels {
		for to := range levels {
			x.kinds = append(x.kinds, kind{uint8(from), uint8(to), n.p.Cost[to] - n.p.Cost[from]})
		}
	}
	slices.SortStableFunc(x.kinds, func(a, b kind) int { return cmp.Compare(a.cost, b.cost) })
	x.order = make([][]int8, levels)
	for from := range x.order {
		x.order[from] = make([]int8, levels)
	}
	for k, kind := range x.kinds {
		x.order[kind.from][kind.to] = int8(k)
	}
	x.many = make([][]int32, len(x.kinds))
	for item := range int32(n.p.Items()) {
		if n.family(item) < 0 {
			x.count(item, 1)
		}
	}
	return x
}

// count adds (sign 1) or takes away (sign -1) all exchanges that an item offers as it is placed now.
func (x *exchange) count(item int32, sign int32) {
	n := x.n
	held := n.held(item)
	own, level := n.own(item)
	in := n.groupsOf(item)
	n.stamp++
	for _, b := range held {
		n.mark[b] = n.stamp
	}
	for _, a := range held {
		from := n.level(item, a)
		row := int(a) * x.bins
		for k, b := range own {
			if n.mark[b] != n.stamp && n.fits(item, in, n.p.Group[a], n.p.Group[b]) {
				x.add(x.order[from][level[k]], row+int(b), sign)
			}
		}
	}
	for _, b := range own {
		n.mark[b] = n.stamp
	}
	for _, a := range held {
		kind := x.order[n.level(item, a)][n.last]
		row := int(a) * x.bins
		for g, bins := range n.members[n.p.Class[item]] {
			if len(bins) == 0 || !n.fits(item, in, n.p.Group[a], int32(g)) {
				continue
			}
			many := x.of(kind)[row : row+x.bins]
			best := x.best[row : row+x.bins]
			for _, b := range bins {
				if n.mark[b] == n.stamp {
					continue
				}
				many[b] += sign
				if sign > 0 {
					best[b] = min(best[b], kind)
				} else if many[b] == 0 && best[b] == kind {
					best[b] = x.next(kind, row+int(b))
				}
			}
		}
	}
}

func (x *exchange) of(kind int8) []int32 {
	if x.many[kind] == nil {
		x.many[kind] = make([]int32, len(x.best))
	}
	return x.many[kind]
}

func (x *exchange) add(kind int8, arc int, sign int32) {
	many := x.of(kind)
	many[arc] += sign
	if sign > 0 {
		x.best[arc] = min(x.best[arc], kind)
	} else if many[arc] == 0 && x.best[arc] == kind {
		x.best[arc] = x.next(kind, arc)
	}
}

// next is the cheapest kind after the one given that has items on an arc.
func (x *exchange) next(kind int8, arc int) int8 {
	for k := int(kind) + 1; k < len(x.many); k++ {
		if x.many[k] != nil && x.many[k][arc] > 0 {
			return int8(k)
		}
	}
	return none
}

// find is a slot of bin a whose item can exchange it for bin b at the given cost, which must be that of the arc.
func (x *exchange) find(a, b int, cost int64) int32 {
	n := x.n
	for k, kind := range x.kinds {
		if kind.cost != cost || x.many[k] == nil || x.many[k][a*x.bins+b] == 0 {
			continue
		}
		for _, s := range n.at[a] {
			item := n.owner[s]
			if n.family(item) < 0 && n.level(item, int32(a)) == kind.from && n.level(item, int32(b)) == kind.to && n.may(item, int32(b)) &&
				!slices.Contains(n.held(item), int32(b)) && n.fits(item, n.groupsOf(item), n.p.Group[a], n.p.Group[b]) {
				return s
			}
		}
	}
	panic("flow: an exchange was counted that no item offers")
}

// move puts a slot into another bin.
func (x *exchange) move(slot int32, to int) {
	item := x.n.owner[slot]
	if x.n.family(item) >= 0 {
		x.n.move(slot, int32(to))
		return
	}
	x.count(item, -1)
	x.n.move(slot, int32(to))
	x.count(item, 1)
}
