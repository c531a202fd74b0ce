package flow

import "math"

// search is the state of the search for paths that lower the cost. The sink is split in two: a path leaves it into a bin
// that gives one up, and comes back to it from a bin that takes one more.
type search struct {
	x     *exchange
	far   int64   // the cost of leaving the sink into a bin that has nothing to give: more than any path
	dist  []int64 // of each bin from the sink; the potentials of the next search
	prev  []int32
	done  []bool
	todo  []int32
	slots []int32 // of the path at hand
}

// level lowers the cost until no path does, and returns the prices that prove it.
func (x *exchange) level() []int64 {
	s := &search{
		x: x, dist: make([]int64, x.bins), prev: make([]int32, x.bins), done: make([]bool, x.bins),
		todo: make([]int32, 0, x.bins),
	}
	s.far = x.n.far()
	for {
		s.again()
		length := s.shortest()
		if length >= 0 {
			break
		}
		for s.augment(length) {
		}
	}
	price := make([]int64, x.bins)
	for b, d := range s.dist {
		if d < s.far {
			price[b] = -d
		}
	}
	return price
}

// far is more than any path costs.
func (n *network) far() int64 {
	dearest := n.p.Cost[n.last] - n.p.Cost[0] + 1
	for b := range n.bins {
		dearest = max(dearest, n.grow(b)+n.p.Weight[b]*2*int64(n.p.Items()))
	}
	return dearest * int64(n.bins+2)
}

// out is the cost of leaving the sink into a bin.
func (s *search) out(b int) int64 {
	if s.x.n.count[b] == 0 {
		return s.far
	}
	return s.x.n.shrink(b)
}

// shortest is the length of the shortest path from sink to sink.
func (s *search) shortest() int64 {
	length := int64(math.MaxInt64)
	for b, d := range s.dist {
		length = min(length, d+s.x.n.grow(b))
	}
	return length
}

// again finds all distances anew, with the last ones as potentials, under which no arc is negative (Dijkstra). At first
// they are 0: every item is at its optimum, so that no exchange by itself has a negative cost.
func (s *search) again() {
	old := s.dist
	reduced := make([]int64, len(old))
	for b := range reduced {
		reduced[b] = s.out(b) - old[b]
	}
	clear(s.done)
	for range old {
		a := -1
		for b, d := range reduced {
			if !s.done[b] && (a < 0 || d < reduced[a]) {
				a = b
			}
		}
		s.done[a] = true
		row := s.x.best[a*s.x.bins : (a+1)*s.x.bins]
		for b, k := range row {
			if k == none || s.done[b] {
				continue
			}
			if d := reduced[a] + s.x.kinds[k].cost + old[a] - old[b]; d < reduced[b] {
				reduced[b] = d
			}
		}
	}
	for b := range old {
		old[b] += reduced[b]
	}
}

// augment sends one unit along a path of the given length with as few arcs as possible, and reports whether there was
// one.
func (s *search) augment(length int64) bool {
	n := s.x.n
	clear(s.done)
	s.todo = s.todo[:0]
	for b, d := range s.dist {
		if n.count[b] > 0 && n.shrink(b) == d {
			s.done[b], s.prev[b] = true, -1
			s.todo = append(s.todo, int32(b))
		}
	}
	for head := 0; head < len(s.todo); head++ {
		a := int(s.todo[head])
		row := s.x.best[a*s.x.bins : (a+1)*s.x.bins]
		for b, k := range row {
			if k == none || s.done[b] || s.dist[a]+s.x.kinds[k].cost != s.dist[b] {
				continue
			}
			s.done[b], s.prev[b] = true, int32(a)
			if s.dist[b]+n.grow(b) == length {
				s.carryOut(b)
				return true
			}
			s.todo = append(s.todo, int32(b))
		}
	}
	return false
}

// carryOut makes the exchanges of the path that ends at a bin. All are chosen before the first is made: what one of them
// opens is not part of the path.
func (s *search) carryOut(end int) {
	s.slots = s.slots[:0]
	for b := end; s.prev[b] >= 0; b = int(s.prev[b]) {
		a := int(s.prev[b])
		s.slots = append(s.slots, s.x.find(a, b, s.dist[b]-s.dist[a]))
	}
	b := end
	for _, slot := range s.slots {
		a := int(s.prev[b])
		s.x.move(slot, b)
		b = a
	}
}
