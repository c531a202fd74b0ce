package assigner

import "slices"

// spread is how a partition may be spread over the racks, and the fewest moves that this takes.
type spread struct {
	room          int32   // how many brokers may hold it, in all
	in            []int32 // and by rack; overwritten by the next call
	cap           int32   // how many of its replicas one rack may hold
	floor         int32   // how many each must hold, or all that it can if that is fewer
	moves         int32   // how many replicas must be new
	requiredMoves int32   // those of them that a demand requires by name
}

// spreadOf finds the spread of a partition. Its cap is the lowest under which the racks have room for all replicas. If no demand
// spreads the partition, the cap is no lower than what one rack holds already. Without racks there are no bounds.
func (p *problem) spreadOf(i int, stays []int32) spread {
	m := p.m
	rule, need := m.rule[i], m.need[i]
	s := spread{in: p.inRack, cap: need}
	held, forced := p.heldIn, p.forcedIn // by rack: replicas that are there, and that must be
	copy(s.in, p.room[rule])
	clear(held)
	clear(forced)
	for _, b := range stays {
		held[m.rack[b]]++
		if !p.open[rule][b] {
			s.in[m.rack[b]]++
		}
	}
	for _, b := range m.required(int32(i)) {
		r := m.rack[b]
		forced[r]++
		if !slices.Contains(stays, b) {
			s.requiredMoves++
			held[r]++
			if !p.open[rule][b] {
				s.in[r]++
			}
		}
	}
	for _, n := range s.in {
		s.room += n
	}
	if s.room < need {
		return s
	}
	if m.hasRacks {
		s.bind(need, held, forced, m.spread[i], m.spreadEvenly[i])
	}
	kept := int32(0)
	budget := need // replicas that are left after all floors are met
	for r, n := range s.in {
		budget -= max(forced[r], min(s.floor, n))
	}
	for r, n := range held {
		low := max(forced[r], min(s.floor, s.in[r]))
		n = min(n, s.cap)
		kept += min(n, low)
		over := min(max(0, n-low), budget)
		budget -= over
		kept += over
	}
	s.moves = need - kept + s.requiredMoves
	return s
}

// bind sets cap and floor.
func (s *spread) bind(need int32, held, forced []int32, spread, even bool) {
	for s.cap = 1; s.total(s.cap, nil) < need; s.cap++ {
	}
	for r := range held {
		s.cap = max(s.cap, forced[r])
		if !spread {
			s.cap = max(s.cap, held[r])
		}
	}
	if even {
		for s.floor < s.cap && s.total(s.floor+1, forced) <= need {
			s.floor++
		}
	}
}

// total returns how many replicas there are if each rack holds that many, but no more than it can and no fewer than it must.
func (s *spread) total(each int32, forced []int32) int32 {
	total := int32(0)
	for r, n := range s.in {
		n = min(n, each)
		if forced != nil {
			n = max(n, forced[r])
		}
		total += n
	}
	return total
}

// spreadUnevenly tells whether a partition must change because of its present spread.
func (p *problem) spreadUnevenly(i int, s spread) bool {
	m := p.m
	if !m.hasRacks || !m.spread[i] {
		return false
	}
	held := p.heldIn
	clear(held)
	for _, b := range m.replicasOf(i) {
		held[m.rack[b]]++
	}
	for r, n := range held {
		if n > s.cap || n < min(s.floor, s.in[r]) {
			return true
		}
	}
	return false
}
