package assigner

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// BalanceBytes demands that the targets hold about the same number of bytes. Partitions can't be split, so this is no flow
// problem, and an exact solution would take too long. It is a local search: it starts from the replica sets that are the best
// for all other demands, and moves replicas as long as that brings a broker closer to the average, the largest first that don't
// overshoot. Where one move would break a demand, it swaps two replicas. Where no broker can come closer to the average, it
// brings two brokers closer together. Level counts and topics stay as level as they were.
//
// Partitions of unknown size stay where they are and count as 0 bytes.
type BalanceBytes struct {
	Topics Topics
	// Within is the tolerance as a share of the average, at least 0 and below 1; 0 is 0.02.
	Within float64
}

func (d BalanceBytes) String() string { return "balance bytes" }

func (d BalanceBytes) check(m *model) error {
	if d.Within < 0 || d.Within >= 1 {
		return &DemandError{Stage: d.String(), Why: fmt.Sprintf("%v is not a share of the average between 0 and 1", d.Within)}
	}
	known := false
	m.chosen(d.Topics, func(i int) { known = known || m.part(i).Bytes >= 0 })
	if !known {
		return &DemandError{Stage: d.String(), Why: "the size of no partition is known"}
	}
	return nil
}

func (d BalanceBytes) apply(m *model) error {
	m.byteTolerance = cmp.Or(d.Within, 0.02)
	m.chosen(d.Topics, func(i int) {
		if m.part(i).Bytes >= 0 {
			m.serve(i)
			m.levelBytes[i] = true
		}
	})
	return nil
}

// byteBalancer is the local search for level bytes.
type byteBalancer struct {
	*placement
	sets       [][]int32 // by item, as it is now
	movable    [][]int   // by broker: the items that may move, the smallest first
	newHere    [][]int   // by broker: those of them that are new there
	count      []int64   // replicas on each broker
	topic      [][]int64 // by topic that is to be level, and broker
	deviation  []float64 // bytes on each broker minus the average of the targets
	racksFixed bool      // no replica can go from one rack to another
	tolerance  float64   // the deviation that is level enough
	average    float64
	failedAt   []int // by pair of brokers: 1 + how often the two had changed when no shift between them helped
	changed    []int // how often each broker has changed
	moved      bool  // something moved since all pairs were tried
	moves      int   // of the plan so far
	copied     int64 // and the bytes of those
}

// balanceBytes levels the bytes by changing the sets of the items that serve to.
func (p *placement) balanceBytes(ctx context.Context) error {
	if p.m.byteTolerance == 0 {
		return nil
	}
	s := p.newByteBalancer()
	stuck := make([]bool, len(p.m.ids))
	for {
		worst := s.worst(stuck)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case worst >= 0 && s.improve(worst):
			clear(stuck)
		case worst >= 0:
			stuck[worst] = true
		case s.moved && slices.Contains(stuck, true): // what a pair may do depends on other brokers too: try all pairs once more
			clear(stuck)
			clear(s.failedAt)
			s.moved = false
		default:
			s.report()
			return nil
		}
	}
}

func (p *placement) newByteBalancer() *byteBalancer {
	m := p.m
	n := len(m.ids)
	s := &byteBalancer{
		placement: p, failedAt: make([]int, n*n), changed: make([]int, n), count: p.base(), deviation: make([]float64, len(m.ids)), movable: make([][]int, len(m.ids)), newHere: make([][]int, len(m.ids)),
	}
	for _, base := range p.topicBase {
		load := make([]int64, len(m.ids))
		for b, n := range base {
			load[b] = int64(n)
		}
		s.topic = append(s.topic, load)
	}
	s.moves, s.copied = p.moved()
	item := 0
	for i := range m.parts() {
		list := m.replicasOf(i)
		if item < len(p.items) && p.items[item] == int32(i) {
			list = p.sets.Of(item)
			s.sets = append(s.sets, list)
			for _, b := range list {
				s.countReplica(item, b, 1)
				if m.levelBytes[i] && !slices.Contains(m.required(int32(i)), b) {
					s.movable[b] = append(s.movable[b], item)
					if !slices.Contains(m.replicasOf(i), b) {
						s.newHere[b] = append(s.newHere[b], item)
					}
				}
			}
			item++
		}
		for _, b := range list {
			s.deviation[b] += float64(max(0, m.part(i).Bytes))
		}
	}
	targets := 0.0
	for b := range m.ids {
		if m.open(int32(b)) {
			targets++
			s.average += s.deviation[b]
		}
	}
	s.racksFixed = p.racksFixed()
	for b := range m.ids {
		slices.SortFunc(s.movable[b], s.bySize)
		slices.SortFunc(s.newHere[b], s.bySize)
	}
	s.average /= max(1, targets)
	s.tolerance = m.byteTolerance * s.average
	for b := range s.deviation {
		s.deviation[b] -= s.average
	}
	return s
}

// report says how level the bytes are in the end. It also sets a lower bound of the bytes that any plan copies which levels them
// as well: what the targets hold now above the fullest of the plan, or lack now below the emptiest.
func (s *byteBalancer) report() {
	m := s.m
	before := make([]float64, len(m.ids))
	unknown, shrinks := 0, false
	for i := range m.parts() {
		if m.part(i).Bytes < 0 {
			unknown++
		}
		shrinks = shrinks || int(m.need[i]) < len(m.replicasOf(i))
		for _, b := range m.replicasOf(i) {
			before[b] += float64(max(0, m.part(i).Bytes))
		}
	}
	emptiest, fullest := 0.0, 0.0
	for b, off := range s.deviation {
		if m.open(int32(b)) {
			emptiest, fullest = min(emptiest, off), max(fullest, off)
		}
	}
	leave, come := make([]float64, len(m.racks)), make([]float64, len(m.racks)) // by rack, if no replica goes from one to another
	for b, held := range before {
		r := m.rack[b]
		if !s.racksFixed {
			r = 0
		}
		if m.open(int32(b)) {
			leave[r] += max(0, held-s.average-fullest)
			come[r] += max(0, s.average+emptiest-held)
		}
	}
	least := 0.0
	for r := range come {
		if shrinks { // then replicas can leave without being copied
			leave[r] = 0
		}
		least += max(leave[r], come[r])
	}
	s.least.Known = max(s.least.Known, int64(least))
	if unknown > 0 {
		s.relaxations = append(s.relaxations, fmt.Sprintf("the size of %s isn't known: they stay where they are, and count as 0 bytes when bytes are levelled",
			count(unknown, "partition")))
	}
	if s.average > 0 && max(fullest, -emptiest) > s.tolerance {
		part := 100 / s.average
		s.relaxations = append(s.relaxations, fmt.Sprintf("bytes are level to between %+.1f%% and %+.1f%% of the average: "+
			"no move and no swap that the demands allow brings them closer; no plan has less than %+.1f%% on the fullest",
			emptiest*part, fullest*part, min(fullest, float64(s.fullestBound())-s.average)*part))
	}
}

func (s *byteBalancer) size(item int) float64 { return float64(s.m.part(int(s.items[item])).Bytes) }

func (s *byteBalancer) countReplica(item int, b int32, n int64) {
	s.count[b] += n
	if t := s.family(item); t >= 0 {
		s.topic[t][b] += n
	}
}

// worst is the target that is the farthest from the average and not stuck, or -1 if all others are level enough.
func (s *byteBalancer) worst(stuck []bool) int32 {
	worst, far := int32(-1), s.tolerance
	for b, off := range s.deviation {
		if s.m.open(int32(b)) && !stuck[b] && max(off, -off) > far {
			worst, far = int32(b), max(off, -off)
		}
	}
	return worst
}

// improve brings a broker closer to the average by a shift with another one, those tried first that it helps most. It reports
// whether there was such a shift.
func (s *byteBalancer) improve(b int32) bool {
	others := make([]int32, 0, len(s.deviation))
	for o := range s.deviation {
		if int32(o) != b && s.m.open(int32(o)) && !(s.racksFixed && s.m.rack[o] != s.m.rack[b]) {
			others = append(others, int32(o))
		}
	}
	heavy := s.deviation[b] > 0
	slices.SortStableFunc(others, func(x, y int32) int {
		if heavy {
			x, y = y, x
		}
		return cmp.Compare(s.deviation[y], s.deviation[x])
	})
	for _, shift := range []func(from, to int32) bool{s.shift, s.approach} {
		for _, o := range others {
			from, to := o, b
			if heavy {
				from, to = b, o
			}
			if shift(from, to) {
				s.moved, s.best = true, false
				s.changed[from]++
				s.changed[to]++
				return true
			}
		}
	}
	return false
}

// shift moves bytes from one broker to another: by moving a replica, or by swapping two.
func (s *byteBalancer) shift(from, to int32) bool {
	// Not more than brings both to the average, or a little beyond, and makes both better; and if there is a choice, not more
	// than the worse of them needs.
	most := min(s.deviation[from], -s.deviation[to]) + s.tolerance
	most = min(most, (s.deviation[from]-s.deviation[to])*0.999)
	if most <= 0 || s.knownStuck(from, to) {
		return false
	}
	need := min(most, max(s.deviation[from], -s.deviation[to])-s.tolerance)
	// A replica that is copied anyway can go elsewhere, or stay in place of another, at no cost; and one copy costs less than
	// two.
	return s.shiftOne(s.newHere[from], from, to, 1, need, most) || s.swapTwo(s.newHere[from], s.newHere[to], from, to, most) ||
		s.shiftOne(s.movable[from], from, to, 1, need, most) || s.swapTwo(s.movable[from], s.returning(from, to), from, to, most) ||
		s.swapTwo(s.movable[from], s.movable[to], from, to, most)
}

// returning returns the items that one broker gets and another has now.
func (s *byteBalancer) returning(from, to int32) []int {
	var came []int
	for _, item := range s.newHere[to] {
		if slices.Contains(s.m.replicasOf(int(s.items[item])), from) {
			came = append(came, item)
		}
	}
	return came
}

// approach brings two brokers closer together that differ by more than two tolerances, wherever the average is: racks or large
// partitions may keep brokers away from it. The search ends, because each time the sum of squares falls by a good part of the
// tolerance.
func (s *byteBalancer) approach(from, to int32) bool {
	if s.knownStuck(from, to) {
		return false
	}
	gap, least := s.deviation[from]-s.deviation[to], max(1, s.tolerance/4)
	items, others := s.movable[from], s.movable[to]
	if gap > 2*s.tolerance && (s.shiftOne(items, from, to, gap/4, gap/2, 3*gap/4) || s.swapTwo(items, others, from, to, gap/2) ||
		s.shiftOne(items, from, to, least, gap/2, gap-least) || s.swapTwo(items, others, from, to, gap-least)) {
		return true
	}
	s.failedAt[int(from)*len(s.deviation)+int(to)] = s.changed[from] + s.changed[to] + 1
	return false
}

// knownStuck tells whether no shift between two brokers helps as they are now.
func (s *byteBalancer) knownStuck(from, to int32) bool {
	return s.failedAt[int(from)*len(s.deviation)+int(to)] == s.changed[from]+s.changed[to]+1
}

// from returns where in a sorted list the items begin that have at least this size.
func (s *byteBalancer) from(items []int, size float64) int {
	at, _ := slices.BinarySearchFunc(items, size, func(item int, size float64) int { return cmp.Compare(s.size(item), size) })
	return at
}

// shiftOne moves the smallest replica that has at least the needed size, or else the largest below that. It must be between least
// and most.
func (s *byteBalancer) shiftOne(items []int, from, to int32, least, need, most float64) bool {
	enough := s.from(items, need)
	try := func(item int) bool {
		if s.mayMove(item, from, to) && s.keepsLevel(item, from, to) && s.withinLimit(s.cost(item, from, to)) {
			s.move(item, from, to)
			return true
		}
		return false
	}
	return slices.ContainsFunc(items[enough:max(enough, s.from(items, math.Nextafter(most, math.Inf(1))))], try) ||
		containsBackward(items[min(enough, s.from(items, least)):enough], try)
}

func containsBackward(items []int, f func(int) bool) bool {
	for _, item := range slices.Backward(items) {
		if f(item) {
			return true
		}
	}
	return false
}

// swapTwo swaps the largest possible replica for the smallest one with which that fits.
func (s *byteBalancer) swapTwo(items, others []int, from, to int32, most float64) bool {
	if len(items) == 0 || len(others) == 0 {
		return false
	}
	least := min(most, s.size(items[len(items)-1])) / 16 // less would be two copies for almost no gain
	for _, item := range slices.Backward(items) {
		size := s.size(item)
		if size < least {
			break
		}
		if !s.mayMove(item, from, to) {
			continue
		}
		for _, other := range others[s.from(others, size-most):s.from(others, size-least)] {
			if other != item && s.mayMove(other, to, from) && s.swapKeepsLevel(item, other, from, to) &&
				s.withinLimit(s.cost(item, from, to).plus(s.cost(other, to, from))) {
				s.move(item, from, to)
				s.move(other, to, from)
				return true
			}
		}
	}
	return false
}

// bySize puts the smaller item first.
func (s *byteBalancer) bySize(x, y int) int {
	return cmp.Or(cmp.Compare(s.size(x), s.size(y)), cmp.Compare(x, y))
}

// mayMove tells whether an item may give up a broker for another: by its rule and by its racks.
func (s *byteBalancer) mayMove(item int, from, to int32) bool {
	m, i := s.m, int(s.items[item])
	if slices.Contains(s.sets[item], to) || !s.open[m.rule[i]][to] && !slices.Contains(s.stays[item], to) {
		return false
	}
	if m.rack[from] == m.rack[to] || !m.hasRacks {
		return true
	}
	in, out := int32(1), int32(-1)
	for _, b := range s.sets[item] {
		switch m.rack[b] {
		case m.rack[to]:
			in++
		case m.rack[from]:
			out++
		}
	}
	return in <= s.cap[item] && out >= s.floor[item]
}

// keepsLevel tells whether a move leaves counts and topics as level as they are, if they have to be.
func (s *byteBalancer) keepsLevel(item int, from, to int32) bool {
	return (!s.m.levelCounts || s.count[from] > s.count[to]) && s.keepsTopicLevel(item, from, to)
}

func (s *byteBalancer) keepsTopicLevel(item int, from, to int32) bool {
	t := s.family(item)
	return t < 0 || s.topic[t][from] > s.topic[t][to]
}

// swapKeepsLevel tells the same of a swap, which doesn't change counts.
func (s *byteBalancer) swapKeepsLevel(item, other int, from, to int32) bool {
	if t := s.family(item); t >= 0 && t == s.family(other) {
		return true
	}
	return s.keepsTopicLevel(item, from, to) && s.keepsTopicLevel(other, to, from)
}

// copies is a number of moves and the bytes that they copy.
type copies struct {
	moves int
	bytes int64
}

func (c copies) plus(d copies) copies { return copies{c.moves + d.moves, c.bytes + d.bytes} }

// cost returns how much more a plan copies if an item gives up a broker for another.
func (s *byteBalancer) cost(item int, from, to int32) copies {
	part := s.m.part(int(s.items[item]))
	var c copies
	if !slices.Contains(part.Replicas, s.m.ids[to]) {
		c = c.plus(copies{1, part.Bytes})
	}
	if !slices.Contains(part.Replicas, s.m.ids[from]) {
		c = c.plus(copies{-1, -part.Bytes})
	}
	return c
}

// withinLimit tells whether the limit allows more copies.
func (s *byteBalancer) withinLimit(c copies) bool {
	limit := s.m.limit
	return (limit.Moves < 0 || c.moves <= 0 || s.moves+c.moves <= limit.Moves) &&
		(limit.Bytes < 0 || c.bytes <= 0 || s.copied+c.bytes <= limit.Bytes)
}

func (s *byteBalancer) move(item int, from, to int32) {
	c := s.cost(item, from, to)
	s.moves += c.moves
	s.copied += c.bytes
	set := s.sets[item]
	set[slices.Index(set, from)] = to
	slices.Sort(set)
	s.countReplica(item, from, -1)
	s.countReplica(item, to, 1)
	s.deviation[from] -= s.size(item)
	s.deviation[to] += s.size(item)
	before := s.m.replicasOf(int(s.items[item]))
	s.movable[from], s.movable[to] = s.without(s.movable[from], item), s.with(s.movable[to], item)
	if !slices.Contains(before, from) {
		s.newHere[from] = s.without(s.newHere[from], item)
	}
	if !slices.Contains(before, to) {
		s.newHere[to] = s.with(s.newHere[to], item)
	}
}

func (s *byteBalancer) without(items []int, item int) []int {
	at, _ := slices.BinarySearchFunc(items, item, s.bySize)
	return slices.Delete(items, at, at+1)
}

func (s *byteBalancer) with(items []int, item int) []int {
	at, _ := slices.BinarySearchFunc(items, item, s.bySize)
	return slices.Insert(items, at, item)
}
