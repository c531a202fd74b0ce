package flow

import "slices"

// network is the state of a solution in the making: where every item is, and what that leaves open.
type network struct {
	p      *Problem
	bins   int
	groups int
	last   uint8 // the level of bins that an item doesn't own

	members [][][]int32 // by class, by group: the open bins
	start   []int32     // slots of item i: start[i]..start[i+1]
	slot    []int32     // the bin in each slot
	owner   []int32     // the item of each slot
	count   []int64     // items in each bin

	at [][]int32 // the slots that hold each bin, those of preferred items first, but for those that came later

	mark  []int64 // mark[b] == stamp: bin b was marked in the present pass
	stamp int64
	inGrp []int32 // scratch: how many bins of each group the item at hand holds
}

func newNetwork(p *Problem) *network {
	n := &network{p: p, bins: p.Bins(), last: uint8(len(p.Cost) - 1)}
	for _, g := range p.Group {
		n.groups = max(n.groups, int(g)+1)
	}
	n.members = make([][][]int32, len(p.Open))
	for c, open := range p.Open {
		n.members[c] = make([][]int32, n.groups)
		for b, ok := range open {
			if ok {
				n.members[c][p.Group[b]] = append(n.members[c][p.Group[b]], int32(b))
			}
		}
	}
	n.start = make([]int32, p.Items()+1)
	for i, need := range p.Need {
		n.start[i+1] = n.start[i] + need
	}
	n.slot = make([]int32, n.start[p.Items()])
	n.owner = make([]int32, len(n.slot))
	n.count = make([]int64, n.bins)
	n.mark = make([]int64, n.bins)
	n.inGrp = make([]int32, n.groups)
	return n
}

// family is the family of an item, or -1.
func (n *network) family(item int32) int32 {
	if n.p.Family == nil {
		return -1
	}
	return n.p.Family[item]
}

func (n *network) held(item int32) []int32 { return n.slot[n.start[item]:n.start[item+1]] }

func (n *network) own(item int32) ([]int32, []uint8) {
	from, to := n.p.Start[item], n.p.Start[item+1]
	return n.p.Own[from:to], n.p.Level[from:to]
}

// level is the level of an item's cost in a bin.
func (n *network) level(item, bin int32) uint8 {
	own, level := n.own(item)
	if k := slices.Index(own, bin); k >= 0 {
		return level[k]
	}
	return n.last
}

// may says whether an item may take a bin at all.
func (n *network) may(item, bin int32) bool {
	own, _ := n.own(item)
	return n.p.Open[n.p.Class[item]][bin] || slices.Contains(own, bin)
}

// floor is the least that an item must hold in a group.
func (n *network) floor(item, group int32) int32 {
	if n.p.Floor == nil || n.p.Floor[item] == 0 {
		return 0
	}
	class := n.p.Class[item]
	room := int32(len(n.members[class][group]))
	own, _ := n.own(item)
	for _, b := range own {
		if n.p.Group[b] == group && !n.p.Open[class][b] {
			room++
		}
	}
	return min(n.p.Floor[item], room)
}

// toll is what a place in a bin costs on top.
func (n *network) toll(bin int) int64 {
	if n.p.Toll == nil {
		return 0
	}
	return n.p.Toll[bin]
}

// grow and shrink are what one more or one less in a bin adds to the cost of its load.
func (n *network) grow(bin int) int64 {
	return n.p.Weight[bin]*(2*(n.p.Base[bin]+n.count[bin])+1) + n.toll(bin)
}

func (n *network) shrink(bin int) int64 {
	return -n.p.Weight[bin]*(2*(n.p.Base[bin]+n.count[bin])-1) - n.toll(bin)
}

// groupsOf counts the bins of each group that an item holds, into a scratch that the next call overwrites.
func (n *network) groupsOf(item int32) []int32 {
	clear(n.inGrp)
	for _, b := range n.held(item) {
		n.inGrp[n.p.Group[b]]++
	}
	return n.inGrp
}

// fits says whether an item that holds these numbers per group may swap a bin of one group for one of another.
func (n *network) fits(item int32, in []int32, from, to int32) bool {
	return from == to || in[to] < n.p.Cap[item] && in[from] > n.floor(item, from)
}

// offers calls f for every bin that an item may take for one that it holds, with what that costs.
func (n *network) offers(item, from int32, f func(to int32, cost int64)) {
	in := n.groupsOf(item)
	held := n.held(item)
	own, level := n.own(item)
	paid := n.p.Cost[n.level(item, from)]
	n.stamp++
	for _, b := range held {
		n.mark[b] = n.stamp
	}
	for k, b := range own {
		if n.mark[b] != n.stamp {
			n.mark[b] = n.stamp
			if n.fits(item, in, n.p.Group[from], n.p.Group[b]) {
				f(b, n.p.Cost[level[k]]-paid)
			}
		}
	}
	dearest := n.p.Cost[n.last] - paid
	for g, bins := range n.members[n.p.Class[item]] {
		if len(bins) == 0 || !n.fits(item, in, n.p.Group[from], int32(g)) {
			continue
		}
		for _, b := range bins {
			if n.mark[b] != n.stamp {
				f(b, dearest)
			}
		}
	}
}

// index builds the lists of slots by bin. From here on slots change only by move.
func (n *network) index() {
	n.at = make([][]int32, n.bins)
	for b := range n.at {
		n.at[b] = make([]int32, 0, n.count[b]+n.count[b]/8)
	}
	for k := range n.p.Items() {
		item := n.ordered(k)
		for s := n.start[item]; s < n.start[item+1]; s++ {
			n.owner[s] = item
			n.at[n.slot[s]] = append(n.at[n.slot[s]], s)
		}
	}
}

// ordered is the item in a place of the order of preference.
func (n *network) ordered(k int) int32 {
	if n.p.Order == nil {
		return int32(k)
	}
	return n.p.Order[k]
}

// move puts the slot into another bin.
func (n *network) move(s, to int32) {
	from := n.slot[s]
	at := slices.Index(n.at[from], s)
	n.at[from] = slices.Delete(n.at[from], at, at+1)
	n.at[to] = append(n.at[to], s)
	n.slot[s] = to
	n.count[from]--
	n.count[to]++
}
