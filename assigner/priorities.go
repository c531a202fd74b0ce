package assigner

import "slices"

// lexCost is a value in order of importance: one is less than another if it is less in the first place where they differ. What
// stands in which place is a matter of the aims.
type lexCost [5]int64

func (w lexCost) plus(v lexCost) lexCost {
	for i := range w {
		w[i] += v[i]
	}
	return w
}

func (w lexCost) times(n int64) lexCost {
	for i := range w {
		w[i] *= n
	}
	return w
}

func (w lexCost) less(v lexCost) bool { return slices.Compare(w[:], v[:]) < 0 }

// priorities are what goes before what: what is required of a partition always before all else; then, if that is demanded, topics
// level on every broker; then, if that is demanded, level counts; few moves; and level counts last, if they weren't demanded.
type priorities struct {
	must, topics, load, moves, minor int     // the place of each in a worth
	scale                            lexCost // what each place weighs in one number
	failing                          int64   // how many preferred leaders a replica kept on a dead broker outweighs
	rate                             int64   // what a move weighs, against the squares of loads if those have its place: see Limit
}

// Levels of the cost of a replica, ascending.
const (
	required = iota // where a demand wants one
	leading         // where the preferred leader is, and live
	staying         // where a live replica is
	failing         // where a replica is whose broker is dead
	moving          // where there is none yet
	levels
)

// priorities are the aims of a problem. What goes before another outweighs all changes of the lesser that one round of exchanges
// between any brokers can bring, as flow.Solve asks, and twice that, so that the flow's prices can be taken apart again: a
// round takes each broker once at the most, and changes the loads of two. (With topics it may take a broker more than
// once, within a topic; whether that ever mattered shows in the proof.)
func (p *problem) priorities(rate int64) (*priorities, error) {
	m := p.m
	round := int64(len(m.ids) + 2)
	longest := 4 * float64(round) // path of the flow, in the dearest places there are
	if p.topic != nil {
		longest *= float64(round)
		round *= 4
	}
	fullest := slices.Max(append(p.base(), 0)) + int64(len(p.items))
	for _, minor := range []int64{1, 0} { // a cluster so large that they don't fit goes without the minor aims
		a := &priorities{failing: minor * round, rate: max(1, rate)}
		topics := component{&a.topics, 4*int64(p.largestTopic) + 5}
		load := component{&a.load, 4*fullest + 5}
		moves := component{&a.moves, 2 * round}
		order := []component{{&a.must, 2 * round}}
		first := len(order)
		if p.topic != nil {
			order = append(order, topics)
		}
		if m.levelCounts {
			order = append(order, load)
		}
		order = append(order, moves)
		if rate > 0 { // all of these weighed against each other, in one place
			order = append(order[:first], component{&a.moves, topics.span + load.span + rate*moves.span})
		}
		order = append(order, component{&a.minor, 2*a.failing*round + 1})
		if !m.levelCounts {
			order = append(order, load)
		}
		scale, size := int64(1), 1.0 // size is the weight of what is required
		for at := len(order) - 1; at >= 0; at-- {
			*order[at].of, a.scale[at] = at, scale
			scale *= order[at].span
			if at > 0 {
				size *= float64(order[at].span)
			}
		}
		if p.topic == nil {
			a.topics = len(a.scale) - 1
		}
		if rate > 0 {
			a.topics = a.moves
			if m.levelCounts {
				a.load = a.moves
			}
		}
		if size*longest < 1<<62 {
			return a, nil
		}
	}
	return nil, &InputError{"the cluster has too many brokers and partitions to be planned at once"}
}

// component is a place in a worth, and how many values it must tell apart.
type component struct {
	of   *int
	span int64
}

// cost is what a replica costs by its level.
func (a *priorities) cost(level uint8) lexCost {
	var w lexCost
	switch level {
	case required:
		w[a.must] = -1
	case staying:
		w[a.minor] = min(1, a.failing)
	case failing:
		w[a.minor] = a.failing
	case moving:
		w[a.moves] = a.rate
	}
	return w
}

// squares is the worth of a sum of squares of loads.
func (a *priorities) squares(sum int64) lexCost {
	var w lexCost
	w[a.load] = sum
	return w
}

func (a *priorities) scaled(w lexCost) int64 {
	sum := int64(0)
	for i := range w {
		sum += w[i] * a.scale[i]
	}
	return sum
}

// topicSquares is the worth of a sum of squares of what topics have on brokers.
func (a *priorities) topicSquares(sum int64) lexCost {
	var w lexCost
	w[a.topics] = sum
	return w
}

// decompose takes a price of the flow apart.
func (a *priorities) decompose(broker int32, price int64) Price {
	var w lexCost
	for i, scale := range a.scale {
		if scale == 0 { // a place that isn't used
			continue
		}
		w[i] = price / scale
		switch rest := price % scale; {
		case 2*rest > scale:
			w[i]++
		case 2*rest < -scale:
			w[i]--
		}
		price -= w[i] * scale
	}
	return Price{Broker: broker, Must: w[a.must], Topics: w[a.topics], Load: w[a.load], Moves: w[a.moves], Minor: w[a.minor]}
}

// costOf is the worth of a price.
func (a *priorities) costOf(q Price) lexCost {
	var w lexCost
	w[a.must], w[a.topics], w[a.load], w[a.moves], w[a.minor] = q.Must, q.Topics, q.Load, q.Moves, q.Minor
	return w
}

// level is the level of the cost of a broker that an item has and need not leave.
func (p *problem) level(k int, b int32) uint8 {
	switch {
	case !p.m.live(b):
		return failing
	case b == p.m.replicasOf(int(p.items[k]))[0]:
		return leading
	}
	return staying
}
