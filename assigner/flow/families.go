package flow

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// families is the search where items have families. Between a bin and the items of a family stands a cell, in which the
// family's load in the bin is paid: the nodes of the search are the bins and then, by family, a cell for each bin. Items
// without a family are exchanged between bins, those of a family between its cells. Exchanges of the latter aren't
// counted but looked up, for a family is small.
type families struct {
	n       *network
	x       *exchange
	members [][]int32 // the items of each family
	load    [][]int64 // by family and bin

	// As in search, but that the distance of a node is dist plus raised, and that what is kept of a node for one pass is
	// only good if touched says so: most nodes aren't touched by most passes.
	dist    []int64
	raised  int64
	length  int64
	touched []int32 // by which pass a node was touched last
	pass    int32
	reduced []int64
	layer   []int32 // how many tight arcs a node is from the sink
	prev    []step  // the tight arc that it was reached by
	dead    []bool  // no path leads on from it
	todo    []int32

	heap  heap
	seen  []int64 // by family: in which look at a bin it was seen
	looks int64
	path  []step
}

// step is an arc of the search. Where it is an exchange it has the slot that changes its bin, or -1.
type step struct {
	from, to int32
	cost     int64
	slot     int32
}

func newFamilies(n *network) *families {
	f := &families{n: n}
	count := len(n.p.FamilyBase)
	f.members = make([][]int32, count)
	for k := range n.p.Items() {
		if item := n.ordered(k); n.family(item) >= 0 {
			f.members[n.family(item)] = append(f.members[n.family(item)], item)
		}
	}
	f.load = make([][]int64, count)
	for k := range f.load {
		f.load[k] = make([]int64, n.bins)
		for b, base := range n.p.FamilyBase[k] {
			f.load[k][b] = int64(base)
		}
	}
	nodes := n.bins * (count + 1)
	f.dist, f.reduced = make([]int64, nodes), make([]int64, nodes)
	f.seen = make([]int64, count)
	f.touched, f.layer = make([]int32, nodes), make([]int32, nodes)
	f.dead, f.prev = make([]bool, nodes), make([]step, nodes)
	return f
}

func (f *families) cell(family, bin int32) int32 { return int32(f.n.bins)*(family+1) + bin }

// at is the family and the bin of a node; the family of a bin is -1.
func (f *families) at(node int32) (family, bin int32) {
	return node/int32(f.n.bins) - 1, node % int32(f.n.bins)
}

func (f *families) grow(family, bin int32) int64 {
	return f.n.p.FamilyWeight[bin] * (2*f.load[family][bin] + 1)
}

func (f *families) shrink(family, bin int32) int64 {
	return -f.n.p.FamilyWeight[bin] * (2*f.load[family][bin] - 1)
}

// place gives every family, by itself, the places of least cost, its load included. Of several such it takes one in the
// bins that hold the least so far. The prices of these solutions are the first potentials of the cells.
func (f *families) place(ctx context.Context) error {
	n, p := f.n, f.n.p
	rank := make([]int32, n.bins)
	toll := make([]int64, n.bins)
	for b := range rank {
		rank[b] = int32(b)
	}
	scale := int64(n.bins) // more than all tolls of a round can differ by
	for k, items := range f.members {
		if len(items) == 0 {
			continue
		}
		slices.SortFunc(rank, func(a, b int32) int {
			return cmp.Or(cmp.Compare(p.Base[a]+n.count[a], p.Base[b]+n.count[b]), cmp.Compare(a, b))
		})
		for at, b := range rank {
			toll[b] = int64(at)
		}
		solved, err := Solve(ctx, f.familyProblem(int32(k), scale, toll))
		if err != nil {
			var e *InfeasibleError
			if errors.As(err, &e) {
				e.Item = int(items[e.Item])
			}
			return err
		}
		for at, item := range items {
			copy(n.held(item), solved.Of(at))
			for _, b := range solved.Of(at) {
				n.count[b]++
				f.load[k][b]++
			}
		}
		for b, price := range solved.Price {
			f.dist[f.cell(int32(k), int32(b))] = -floorDiv(price, scale)
		}
	}
	return nil
}

// familyProblem is the problem of one family, in which its load is all that counts.
func (f *families) familyProblem(family int32, scale int64, toll []int64) *Problem {
	p := f.n.p
	a := &Problem{Group: p.Group, Open: p.Open, Toll: toll, Start: []int32{0}}
	for b, w := range p.FamilyWeight {
		a.Base = append(a.Base, int64(p.FamilyBase[family][b]))
		a.Weight = append(a.Weight, w*scale)
	}
	for _, c := range p.Cost {
		a.Cost = append(a.Cost, c*scale)
	}
	for _, item := range f.members[family] {
		a.Need = append(a.Need, p.Need[item])
		a.Class = append(a.Class, p.Class[item])
		a.Cap = append(a.Cap, p.Cap[item])
		if p.Floor != nil {
			a.Floor = append(a.Floor, p.Floor[item])
		}
		own, level := f.n.own(item)
		a.Own, a.Level = append(a.Own, own...), append(a.Level, level...)
		a.Start = append(a.Start, int32(len(a.Own)))
	}
	return a
}

func floorDiv(a, b int64) int64 {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}

// cost is what the loads of all families cost.
func (f *families) cost() int64 {
	sum := int64(0)
	for _, load := range f.load {
		for b, n := range load {
			sum += f.n.p.FamilyWeight[b] * n * n
		}
	}
	return sum
}

// level lowers the cost until no path does, and returns the prices that prove it.
func (f *families) level(ctx context.Context) (price []int64, familyPrice [][]int64, err error) {
	f.x = newExchange(f.n)
	bins := make([]int64, f.n.bins)
	f.length = f.n.potentials(bins)
	f.raised = bins[0] // the same for all bins, and on top of what the cells have
	for f.length < 0 {
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		if f.lengthen(); f.length < 0 {
			f.augment()
		}
	}
	prices := make([][]int64, len(f.load)+1)
	for k := range prices {
		prices[k] = make([]int64, f.n.bins)
		for b := range prices[k] {
			prices[k][b] = -f.distance(int32(k*f.n.bins + b))
		}
	}
	return prices[0], prices[1:], nil
}

func (f *families) distance(node int32) int64 { return f.dist[node] + f.raised }

// touch says whether a node is touched for the first time in this pass.
func (f *families) touch(node int32) bool {
	first := f.touched[node] != f.pass
	f.touched[node] = f.pass
	return first
}

// arcs calls f for every arc that leaves a node.
func (f *families) arcs(node int32, each func(step)) {
	n := f.n
	family, bin := f.at(node)
	if family >= 0 {
		each(step{node, bin, f.grow(family, bin), -1})
		for _, item := range f.members[family] {
			at := slices.Index(n.held(item), bin)
			if at < 0 {
				continue
			}
			n.offers(item, bin, func(to int32, cost int64) {
				each(step{node, f.cell(family, to), cost, n.start[item] + int32(at)})
			})
		}
		return
	}
	for b, kind := range f.x.best[int(bin)*n.bins : (int(bin)+1)*n.bins] {
		if kind != none {
			each(step{node, int32(b), f.x.kinds[kind].cost, -1})
		}
	}
	f.looks++
	for _, s := range n.at[bin] {
		if k := n.family(n.owner[s]); k >= 0 && f.seen[k] != f.looks {
			f.seen[k] = f.looks
			each(step{node, f.cell(k, bin), f.shrink(k, bin), -1})
		}
	}
}

// lengthen raises the distances as far as the next shortest path, or until there is none that lowers the cost.
func (f *families) lengthen() {
	limit := -f.length
	f.pass++
	f.todo, f.heap = f.todo[:0], f.heap[:0]
	reach := func(node int32, d int64) {
		if d >= limit {
			return
		}
		if f.touch(node) {
			f.todo = append(f.todo, node)
		} else if d >= f.reduced[node] {
			return
		}
		f.reduced[node] = d
		f.heap.push(entry{d, node})
	}
	for b := range int32(f.n.bins) {
		if f.n.count[b] > 0 {
			reach(b, f.n.shrink(int(b))-f.distance(b))
		}
	}
	for len(f.heap) > 0 {
		e := f.heap.pop()
		if e.dist >= limit {
			break
		}
		if e.dist > f.reduced[e.node] {
			continue
		}
		if int(e.node) < f.n.bins {
			limit = min(limit, e.dist+f.distance(e.node)+f.n.grow(int(e.node))-f.length)
		}
		f.arcs(e.node, func(s step) { reach(s.to, e.dist+s.cost+f.dist[s.from]-f.dist[s.to]) })
	}
	for _, v := range f.todo {
		f.dist[v] += min(f.reduced[v], limit) - limit
	}
	f.raised += limit
	f.length += limit
}

// augment sends units along tight paths, of which there is one at the least. It sends them along those with the fewest arcs,
// as many as it finds at once that use no item twice. Whether there are more is left to lengthen to find out, for to look
// for a path that isn't there takes a look at all that can be reached.
func (f *families) augment() {
	end := f.layers()
	sent := false
	for b := range int32(f.n.bins) {
		for f.source(b) && f.extend(b) {
			f.carryOut()
			sent = true
		}
		f.path = f.path[:0]
	}
	if !sent {
		for v := end; f.prev[v].from >= 0; v = f.prev[v].from {
			f.path = append(f.path, f.prev[v])
		}
		f.carryOut()
	}
}

func (f *families) source(b int32) bool {
	return f.n.count[b] > 0 && f.n.shrink(int(b)) == f.distance(b)
}

func (f *families) tight(s step) bool { return f.dist[s.from]+s.cost == f.dist[s.to] }

// layers finds how many tight arcs nodes are from the sink, up to the nearest end of a path, which it returns.
func (f *families) layers() int32 {
	f.pass++
	end := int32(-1)
	f.todo = f.todo[:0]
	reach := func(s step, layer int32) {
		if f.touch(s.to) {
			f.layer[s.to], f.prev[s.to], f.dead[s.to] = layer, s, false
			f.todo = append(f.todo, s.to)
			if end < 0 && f.isEnd(s.to) {
				end = s.to
			}
		}
	}
	for b := range int32(f.n.bins) {
		if f.source(b) {
			reach(step{from: -1, to: b}, 0)
		}
	}
	for head := 0; head < len(f.todo); head++ {
		v := f.todo[head]
		if end >= 0 && f.layer[v] == f.layer[end] {
			return end
		}
		f.arcs(v, func(s step) {
			if f.tight(s) {
				reach(s, f.layer[v]+1)
			}
		})
	}
	return end
}

func (f *families) isEnd(v int32) bool {
	return int(v) < f.n.bins && f.distance(v)+f.n.grow(int(v)) == f.length
}

// extend looks for the rest of a path from a node to an end, layer by layer.
func (f *families) extend(v int32) bool {
	if f.isEnd(v) {
		return true
	}
	if f.dead[v] {
		return false
	}
	var next []step
	f.arcs(v, func(s step) {
		if f.touched[s.to] == f.pass && f.layer[s.to] == f.layer[v]+1 && !f.dead[s.to] && f.tight(s) {
			next = append(next, s)
		}
	})
	for _, s := range next {
		if f.dead[s.to] {
			continue
		}
		if s = f.choose(s); s.slot >= 0 && slices.ContainsFunc(f.path, func(o step) bool {
			return o.slot >= 0 && f.n.owner[o.slot] == f.n.owner[s.slot]
		}) {
			continue
		}
		f.path = append(f.path, s)
		if f.extend(s.to) {
			return true
		}
		f.path = f.path[:len(f.path)-1]
	}
	f.dead[v] = true
	return false
}

// choose chooses the slot of an exchange between bins.
func (f *families) choose(s step) step {
	if int(s.from) < f.n.bins && int(s.to) < f.n.bins {
		s.slot = f.x.find(int(s.from), int(s.to), s.cost)
	}
	return s
}

// carryOut makes the exchanges of the path.
func (f *families) carryOut() {
	for k, s := range f.path {
		f.path[k] = f.choose(s)
	}
	for _, s := range f.path {
		if s.slot < 0 {
			continue
		}
		from := f.n.slot[s.slot]
		_, to := f.at(s.to)
		if k := f.n.family(f.n.owner[s.slot]); k >= 0 {
			f.load[k][from]--
			f.load[k][to]++
		}
		f.x.move(s.slot, int(to))
	}
	f.path = f.path[:0]
}

// heap is a binary heap of nodes by distance, the least first, among equals the first node.
type heap []entry

type entry struct {
	dist int64
	node int32
}

func (e entry) before(o entry) bool { return e.dist < o.dist || e.dist == o.dist && e.node < o.node }

func (h *heap) push(e entry) {
	a := append(*h, e)
	k := len(a) - 1
	for k > 0 && e.before(a[(k-1)/2]) {
		a[k] = a[(k-1)/2]
		k = (k - 1) / 2
	}
	a[k] = e
	*h = a
}

func (h *heap) pop() entry {
	a := *h
	top, e := a[0], a[len(a)-1]
	a = a[:len(a)-1]
	k := 0
	for {
		child := 2*k + 1
		if child >= len(a) {
			break
		}
		if child+1 < len(a) && a[child+1].before(a[child]) {
			child++
		}
		if !a[child].before(e) {
			break
		}
		a[k] = a[child]
		k = child
	}
	if len(a) > 0 {
		a[k] = e
	}
	*h = a
	return top
}
