package assigner

import (
	"cmp"
	"slices"
)

// rackRange returns the fewest and the most replicas of an item that each rack may hold.
func (p *problem) rackRange(k int) (low, high []int32) {
	m := p.m
	i := p.items[k]
	low, high = make([]int32, len(m.racks)), slices.Clone(p.room[m.rule[i]])
	for _, b := range append(slices.Clone(p.stays[k]), m.required(i)...) {
		if !p.open[m.rule[i]][b] {
			high[m.rack[b]]++ // a broker may count twice: that makes the range wider, and no bound wrong
		}
	}
	total := int32(0)
	for r := range high {
		low[r] = min(p.floor[k], p.room[m.rule[i]][r])
		high[r] = min(high[r], p.cap[k])
		total += high[r]
	}
	for r := range low {
		low[r] = max(low[r], m.need[i]-(total-high[r]))
	}
	return low, high
}

// racksFixed tells whether every rack must hold exactly as many replicas of every item as now.
func (p *problem) racksFixed() bool {
	m := p.m
	in := make([]int32, len(m.racks))
	for k, i := range p.items {
		low, high := p.rackRange(k)
		clear(in)
		for _, b := range m.replicasOf(int(i)) {
			in[m.rack[b]]++
		}
		if !slices.Equal(low, high) || !slices.Equal(low, in) {
			return false
		}
	}
	return true
}

// fullestBound returns a lower bound of the bytes on the fullest target in any plan that meets the demands. It is the highest of
// these: the average over all targets; the average over the targets of a rack; what can't leave a broker; and, if there are
// more replicas to place than targets, several of the largest on one target. Unknown sizes count as 0.
func (p *problem) fullestBound() int64 {
	m := p.m
	racks := make([]int64, len(m.racks)) // what each must hold, on targets
	targets := make([]int64, len(m.racks))
	fixed := make([]int64, len(m.ids)) // what each broker must hold
	total, most, count := int64(0), int64(0), int64(0)
	var sizes []sizedReplicas
	item := 0
	for i := range m.parts() {
		size := max(0, m.part(i).Bytes)
		if item == len(p.items) || p.items[item] != int32(i) {
			for _, b := range m.replicasOf(i) {
				fixed[b] += size
				if m.open(b) {
					racks[m.rack[b]] += size
					total += size
				}
			}
			continue
		}
		low, _ := p.rackRange(item)
		need := m.need[i]
		for _, b := range p.stays[item] {
			if !m.open(b) { // it may also stay there
				low[m.rack[b]]--
				need--
			}
		}
		for _, b := range m.required(int32(i)) {
			fixed[b] += size
		}
		for r, n := range low {
			racks[r] += size * int64(max(0, n))
		}
		total += size * int64(max(0, need))
		sizes = append(sizes, sizedReplicas{size, max(0, need)})
		item++
	}
	for b := range m.ids {
		if m.open(int32(b)) {
			targets[m.rack[b]]++
			count++
			most = max(most, fixed[b])
		}
	}
	share := func(bytes, over int64) {
		if over > 0 {
			most = max(most, (bytes+over-1)/over)
		}
	}
	share(total, count)
	for r, bytes := range racks {
		share(bytes, targets[r])
	}
	return max(most, fullestOf(sizes, count))
}

// sizedReplicas is a number of replicas of one size that must be placed.
type sizedReplicas struct {
	size     int64
	replicas int32
}

// fullestOf returns a lower bound of what the fullest of some holes holds when all replicas are put into them (the pigeonhole
// principle): of the largest n·holes+1 replicas one hole takes n+1, and those are at least the n+1 smallest of them.
func fullestOf(sizes []sizedReplicas, holes int64) (most int64) {
	slices.SortFunc(sizes, func(a, b sizedReplicas) int { return cmp.Compare(b.size, a.size) })
	upTo := []int64{0} // the sum of the largest so many
	for _, s := range sizes {
		for range s.replicas {
			upTo = append(upTo, upTo[len(upTo)-1]+s.size)
		}
	}
	for n := int64(0); holes > 0 && n*holes+1 < int64(len(upTo)); n++ {
		last := n*holes + 1
		most = max(most, upTo[last]-upTo[last-n-1])
	}
	return most
}
