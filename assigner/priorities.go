package assigner

import "slices"

// lexCost is a cost with several components, compared lexicographically: the first component in which two costs differ decides.
// Which component holds what is set by [priorities].
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

// priorities is the order of the goals. First comes what demands require of a partition. Then come, if they are demanded, topics
// that are level on every broker, and level counts. Then few moves; and last, level counts that are not demanded.
type priorities struct {
	must, topics, load, moves, minor int     // the component of each in a lexCost
	scale                            lexCost // the weight of each component in a single number
	lagging                          int64   // how many kept preferred leaders count less than one replica kept that is out of sync
	failing                          int64   // and than one kept that is offline
	rate                             int64   // the weight of a move, against squares of loads that share its component: see Limit
}

// Levels of the cost of a replica, ascending.
const (
	required = iota // a demand wants one there
	leading         // the preferred leader is there, and in sync
	staying         // a replica that is in sync is there
	lagging         // one that is out of sync is there
	failing         // one that is offline is there
	moving          // there is none yet
	levels
)

// priorities returns the priorities of a problem. As flow.Solve asks, each component outweighs all changes of the later ones that
// one round of exchanges between brokers can bring, and twice that, so that the flow's prices can be decomposed again. A round
// passes each broker at most once and changes the loads of two. (With topics it may pass a broker more than once within a
// topic. If that ever made a plan worse, the proof would show it.)
func (p *problem) priorities(rate int64) (*priorities, error) {
	m := p.m
	round := int64(len(m.ids) + 2)
	longest := 4 * float64(round) // the length of a path of the flow through the dearest places
	if p.topic != nil {
		longest *= float64(round)
		round *= 4
	}
	fullest := slices.Max(append(p.base(), 0)) + int64(len(p.items))
	replicas := int64(slices.Max(append(m.need, 0))) + 1
	// In a cluster too large for all of them, offline replicas go before those out of sync within a partition, but with levelled
	// loads not in sum over all partitions; in one that is still larger, nothing tells replicas apart.
	for _, lagging := range []int64{round, replicas, 0} {
		a := &priorities{lagging: lagging, failing: lagging * lagging, rate: max(1, rate)}
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
		if rate > 0 { // these are weighed against each other, in one component
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

// component is a component of a lexCost, and how many values it must tell apart.
type component struct {
	of   *int
	span int64
}

// cost returns the cost of a replica by its level.
func (a *priorities) cost(level uint8) lexCost {
	var w lexCost
	switch level {
	case required:
		w[a.must] = -1
	case staying:
		w[a.minor] = min(1, a.failing)
	case lagging:
		w[a.minor] = a.lagging
	case failing:
		w[a.minor] = a.failing
	case moving:
		w[a.moves] = a.rate
	}
	return w
}

// squares returns the cost of a sum of squares of loads.
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

// topicSquares returns the cost of a sum of squares of how many replicas topics have on brokers.
func (a *priorities) topicSquares(sum int64) lexCost {
	var w lexCost
	w[a.topics] = sum
	return w
}

// decompose returns the components of a price of the flow.
func (a *priorities) decompose(broker int32, price int64) Price {
	var w lexCost
	for i, scale := range a.scale {
		if scale == 0 { // a component that isn't used
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

// costOf returns a price as a lexCost.
func (a *priorities) costOf(q Price) lexCost {
	var w lexCost
	w[a.must], w[a.topics], w[a.load], w[a.moves], w[a.minor] = q.Must, q.Topics, q.Load, q.Moves, q.Minor
	return w
}

// level returns the cost level of a broker that an item has and need not leave.
func (p *problem) level(k int, b int32) uint8 {
	switch i := int(p.items[k]); p.m.healthOf(i, b) {
	case offline:
		return failing
	case outOfSync:
		return lagging
	}
	switch {
	case b == p.m.replicasOf(int(p.items[k]))[0]:
		return leading
	}
	return staying
}
