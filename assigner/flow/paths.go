package flow

import (
	"context"
	"math"
)

// search is the state of the search for paths that lower the cost. The sink is split in two: a path leaves it into a bin
// that gives one up, and comes back to it from a bin that takes one more. All distances are from the one side of the
// sink, or less: potentials under which no arc is negative, and on a shortest path every arc is tight, that is, 0.
type search struct {
	x       *exchange
	dist    []int64 // of each bin
	length  int64   // of the other side of the sink: the length of the shortest path
	reduced []int64
	prev    []int32
	done    []bool
	todo    []int32
	slots   []int32 // of the path at hand
}

// level lowers the cost until no path does, and returns the prices that prove it.
func (x *exchange) level(ctx context.Context) ([]int64, error) {
	s := &search{
		x: x, dist: make([]int64, x.bins), prev: make([]int32, x.bins), done: make([]bool, x.bins),
		reduced: make([]int64, x.bins), todo: make([]int32, 0, x.bins),
	}
	s.length = x.n.potentials(s.dist)
	for s.length < 0 {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		s.lengthen()
		for s.length < 0 && s.augment() {
		}
	}
	price := make([]int64, x.bins)
	for b, d := range s.dist {
		price[b] = -d
	}
	return price, nil
}

// potentials sets the first potentials of the bins, all the same, and returns that of the other side of the sink. Every
// item is at its optimum, so that no exchange by itself is negative.
func (n *network) potentials(dist []int64) (length int64) {
	out, grow := int64(0), int64(math.MaxInt64)
	for b := range n.bins {
		if n.count[b] > 0 {
			out = min(out, n.shrink(b))
		}
		grow = min(grow, n.grow(b))
	}
	for b := range dist {
		dist[b] = out
	}
	return out + grow
}

// lengthen raises the distances by those that remain under them as potentials (Dijkstra), as far as the next shortest
// path, or until there is none that lowers the cost.
func (s *search) lengthen() {
	n := s.x.n
	limit := -s.length
	for b, d := range s.dist {
		s.reduced[b] = math.MaxInt64
		if n.count[b] > 0 {
			s.reduced[b] = n.shrink(b) - d
		}
	}
	clear(s.done)
	for {
		a := -1
		for b, d := range s.reduced {
			if !s.done[b] && d < limit && (a < 0 || d < s.reduced[a]) {
				a = b
			}
		}
		if a < 0 {
			break
		}
		s.done[a] = true
		limit = min(limit, s.reduced[a]+s.dist[a]+n.grow(a)-s.length)
		row := s.x.best[a*s.x.bins : (a+1)*s.x.bins]
		for b, k := range row {
			if k == none || s.done[b] {
				continue
			}
			if d := s.reduced[a] + s.x.kinds[k].cost + s.dist[a] - s.dist[b]; d < s.reduced[b] {
				s.reduced[b] = d
			}
		}
	}
	for b := range s.dist {
		s.dist[b] += min(s.reduced[b], limit)
	}
	s.length += limit
}

// augment sends one unit along a tight path with as few arcs as possible, and reports whether there was one.
func (s *search) augment() bool {
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
			if s.dist[b]+n.grow(b) == s.length {
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
