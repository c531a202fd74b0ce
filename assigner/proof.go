package assigner

import (
	"cmp"
	"slices"
)

// Proof is a price for each broker, which gives a lower bound of the cost of any choice of replica sets (weak duality): the sum of
// the cheapest set of every partition, at cost plus price, and the cheapest load of every broker, at cost minus price. Any prices
// give some bound. Those of the best choice prove that it is the best. Costs and prices have components, which are compared
// lexicographically.
type Proof struct {
	// Rate is the weight of a move in squares of loads, if a Limit needed one; otherwise 0.
	Rate   int64
	Prices []Price // of the brokers, by id
	// Topics holds the prices for topics that have to be level, by name. A topic without an entry has the brokers' prices.
	Topics []TopicPrices
}

// TopicPrices holds the prices of the brokers for replicas of one topic.
type TopicPrices struct {
	Topic  string
	Prices []Price
}

// Price is the price of a replica on a broker.
type Price struct {
	Broker int32
	Must   int64 // in replicas that a demand requires
	Topics int64 // in the sum of squares of what topics have on brokers
	Load   int64 // in the sum of squares of replica counts
	Moves  int64 // in replicas moved
	Minor  int64 // in preferred leaders given up, and replicas out of sync or offline kept
}

// byBroker returns prices by broker index: the given ones, and for other brokers those of another list.
func (p *problem) byBroker(a *priorities, prices []Price, other []lexCost) []lexCost {
	w := make([]lexCost, len(p.m.ids))
	copy(w, other)
	for _, q := range prices {
		if b, ok := p.m.index[q.Broker]; ok {
			w[b] = a.costOf(q)
		}
	}
	return w
}

// prove returns the proof's lower bound of the cost of any choice of sets.
func (p *problem) prove(a *priorities, proof *Proof) lexCost {
	m := p.m
	price := p.byBroker(a, proof.Prices, nil)
	base := p.base()
	var total lexCost
	for b := range m.ids {
		total = total.plus(cheapestLoad(price[b], len(p.items), func(n int64) lexCost {
			if !m.open(int32(b)) {
				return lexCost{}
			}
			return a.squares((base[b] + n) * (base[b] + n))
		}))
	}
	offers := p.cheapestOpen(price)
	for k := range p.items {
		if p.family(k) < 0 {
			total = total.plus(p.cheapestSet(a, k, price, offers))
		}
	}
	return total.plus(p.proveTopics(a, proof, price))
}

// proveTopics returns the part of that for the topics that have to be level.
func (p *problem) proveTopics(a *priorities, proof *Proof, price []lexCost) lexCost {
	m := p.m
	given := make(map[string][]Price, len(proof.Topics))
	for _, t := range proof.Topics {
		given[t.Topic] = t.Prices
	}
	items := make([][]int, len(p.topics))
	for k := range p.items {
		if t := p.family(k); t >= 0 {
			items[t] = append(items[t], k)
		}
	}
	var total lexCost
	for t, name := range p.topics {
		own := p.byBroker(a, given[name], price)
		for b := range m.ids {
			base := int64(p.topicBase[t][b])
			total = total.plus(cheapestLoad(own[b].plus(price[b].times(-1)), len(items[t]), func(n int64) lexCost {
				if !m.open(int32(b)) {
					return lexCost{}
				}
				return a.topicSquares((base + n) * (base + n))
			}))
		}
		offers := p.cheapestOpen(own)
		for _, k := range items[t] {
			total = total.plus(p.cheapestSet(a, k, own, offers))
		}
	}
	return total
}

// tally is the cost of a choice of sets.
type tally struct {
	worth   lexCost
	squares int64 // of the targets' loads
	moves   int   // without those that a demand requires by name
}

func (p *problem) tally(a *priorities, of func(k int) []int32) tally {
	m := p.m
	var t tally
	load := p.base()
	topic := make([][]int64, len(p.topics))
	for f, base := range p.topicBase {
		for _, n := range base {
			topic[f] = append(topic[f], int64(n))
		}
	}
	for k, i := range p.items {
		before, must := m.replicasOf(int(i)), m.required(i)
		for _, b := range of(k) {
			load[b]++
			if f := p.family(k); f >= 0 {
				topic[f][b]++
			}
			switch {
			case slices.Contains(must, b):
				t.worth = t.worth.plus(a.cost(required))
			case slices.Contains(before, b):
				t.worth = t.worth.plus(a.cost(p.level(k, b)))
			default:
				t.worth = t.worth.plus(a.cost(moving))
				t.moves++
			}
		}
	}
	for b, n := range load {
		if m.open(int32(b)) {
			t.squares += n * n
			for f := range topic {
				t.worth = t.worth.plus(a.topicSquares(topic[f][b] * topic[f][b]))
			}
		}
	}
	t.worth = t.worth.plus(a.squares(t.squares))
	return t
}

// bounds compares the cost of a choice of sets with the proof. It returns lower bounds of the moves and of the sum of squares of the
// targets' loads (-1 if the proof has none), and whether no choice is better. A bound of a less important goal holds only for
// choices that are no worse in the more important ones.
func (p *problem) bounds(a *priorities, proof *Proof, got tally) (moves int, squares int64, best bool) {
	moves, squares = p.bound, -1
	least := p.prove(a, proof)
	all := int64(0) // of what demands require
	for _, i := range p.items {
		all -= int64(len(p.m.required(i)))
	}
	tight := least[a.must] == all
	for place := a.must + 1; tight && place < len(least); place++ {
		switch place {
		case a.moves: // other costs in the component of the moves are subtracted
			shared := got.worth[place] - int64(got.moves)*a.rate
			moves = max(moves, int((least[place]-shared+a.rate-1)/a.rate)+p.requiredMoves)
		case a.load:
			squares = least[place]
		}
		tight = least[place] == got.worth[place]
	}
	return moves, squares, got.worth == least
}

// cheapestLoad returns the lowest cost minus price of a load of at most that many items. The cost is convex in the load.
func cheapestLoad(price lexCost, most int, cost func(n int64) lexCost) lexCost {
	net := func(n int64) lexCost { return cost(n).plus(price.times(-n)) }
	low, high := int64(0), int64(most)
	for low < high {
		if mid := (low + high) / 2; net(mid + 1).less(net(mid)) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return net(low)
}

// base returns how many replicas each broker holds of partitions that are no items.
func (p *problem) base() []int64 {
	base := make([]int64, len(p.m.ids))
	for _, b := range p.m.replicas {
		base[b]++
	}
	for _, i := range p.items {
		for _, b := range p.m.replicasOf(int(i)) {
			base[b]--
		}
	}
	return base
}

// cheapestOpen returns the brokers that may receive a replica, by rule and rack, the cheapest first.
func (p *problem) cheapestOpen(price []lexCost) [][][]int32 {
	byRack := make([][][]int32, len(p.open))
	for r, open := range p.open {
		byRack[r] = make([][]int32, len(p.m.racks))
		for b, ok := range open {
			if ok {
				byRack[r][p.m.rack[b]] = append(byRack[r][p.m.rack[b]], int32(b))
			}
		}
		for _, bs := range byRack[r] {
			slices.SortStableFunc(bs, func(a, b int32) int { return slices.Compare(price[a][:], price[b][:]) })
		}
	}
	return byRack
}

// offer is a broker that a partition may have.
type offer struct {
	rack int32
	cost lexCost
}

// cheapestSet returns the cost of the cheapest set of brokers of an item by itself: the cheapest of each rack up to its floor, and
// then the cheapest of all that the caps allow.
func (p *problem) cheapestSet(a *priorities, k int, price []lexCost, open [][][]int32) lexCost {
	m := p.m
	i := p.items[k]
	need := int(m.need[i])
	has := append(slices.Clone(p.stays[k]), m.required(i)...)
	offers := make([]offer, 0, 4*need)
	for at, b := range has {
		if slices.Contains(has[at+1:], b) { // it is in both lists: count it as required
			continue
		}
		level := uint8(required)
		if at < len(p.stays[k]) {
			level = p.level(k, b)
		}
		offers = append(offers, offer{m.rack[b], a.cost(level).plus(price[b])})
	}
	for rack, bs := range open[m.rule[i]] {
		for n, at := 0, 0; at < len(bs) && n < need; at++ {
			if b := bs[at]; !slices.Contains(has, b) {
				offers = append(offers, offer{int32(rack), a.cost(moving).plus(price[b])})
				n++
			}
		}
	}
	slices.SortStableFunc(offers, func(a, b offer) int {
		return cmp.Or(slices.Compare(a.cost[:], b.cost[:]), cmp.Compare(a.rack, b.rack))
	})
	var total lexCost
	in := make([]int32, len(m.racks))
	taken := make([]bool, len(offers))
	take := func(limit int32) {
		for at, o := range offers {
			if need > 0 && !taken[at] && in[o.rack] < limit {
				taken[at] = true
				in[o.rack]++
				need--
				total = total.plus(o.cost)
			}
		}
	}
	take(p.floor[k])
	take(p.cap[k])
	return total
}
