package assigner

import (
	"cmp"
	"slices"
)

// rackRange is the fewest and the most replicas of an item that each rack may hold.
func (p *problem) rackRange(k int) (low, high []int32) {
	m := p.m
	i := p.items[k]
	low, high = make([]int32, len(m.racks)), slices.Clone(p.room[m.rule[i]])
	for _, b := range append(slices.Clone(p.stays[k]), m.required(i)...) {
		if !p.open[m.rule[i]][b] {
			high[m.rack[b]]++ // twice where it stays and must be: that makes the range wider, and no bound false
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

// racksFixed says that every rack must hold just as many replicas of every item as it does.
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

// fullestBound is a number of bytes that the fullest target holds at the least, whatever plan meets the demands: its share of
// all that targets must hold, or that its rack must; what can't leave it; or, where more replicas must be placed than there
// are targets, several of the largest. Sizes that aren't known count for nothing.
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
			if !m.open(b) { // it may as well stay there
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

// sizedReplicas is how many replicas of one size must be placed.
type sizedReplicas struct {
	size     int64
	replicas int32
}

// fullestOf is what the fullest of so many holds at the least that take these replicas: of the largest n·holes+1 of them, one
// takes n+1, at the least the smallest of those.
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
