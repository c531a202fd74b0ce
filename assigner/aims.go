package assigner

import "slices"

// worth is a value in order of importance: one is less than another if it is less in the first place where they differ. What
// stands in which place is a matter of the aims.
type worth [4]int64

func (w worth) plus(v worth) worth {
	for i := range w {
		w[i] += v[i]
	}
	return w
}

func (w worth) times(n int64) worth {
	for i := range w {
		w[i] *= n
	}
	return w
}

func (w worth) less(v worth) bool { return slices.Compare(w[:], v[:]) < 0 }

// aims are what goes before what: what is required of a partition always before all else; level counts before few moves if
// that is demanded, and else last.
type aims struct {
	must, load, moves, minor int   // the place of each in a worth
	scale                    worth // what each place weighs in one number
	failing                  int64 // how many preferred leaders a replica kept on a dead broker outweighs
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

// aims are the aims of a problem. What goes before another outweighs all changes of the lesser that one round of exchanges between any brokers can bring, as flow.Solve asks, and twice that,
// so that the flow's prices can be taken apart again: a round takes each broker once at the most, and changes the loads of
// two.
func (p *problem) aims() (*aims, error) {
	m := p.m
	fullest := slices.Max(append(p.base(), 0)) + int64(len(p.items))
	round := int64(len(m.ids) + 2)
	a := &aims{failing: round}
	loads := 2*(2*fullest+2) + 1
	for range 2 {
		minors := 2*a.failing*round + 1
		if m.levelCounts {
			a.must, a.load, a.moves, a.minor = 0, 1, 2, 3
			a.scale = worth{loads * 2 * round * minors, 2 * round * minors, minors, 1}
		} else {
			a.must, a.moves, a.minor, a.load = 0, 1, 2, 3
			a.scale = worth{2 * round * minors * loads, minors * loads, loads, 1}
		}
		// The longest path of the flow weighs no more than the dearest place for every broker.
		if float64(2*round)*float64(minors)*float64(loads)*float64(round) < 1<<61 {
			return a, nil
		}
		a.failing = 0 // a cluster so large goes without the minor aims
	}
	return nil, &InputError{"the cluster has too many brokers and partitions to be planned at once"}
}

// cost is what a replica costs by its level.
func (a *aims) cost(level uint8) worth {
	var w worth
	switch level {
	case required:
		w[a.must] = -1
	case staying:
		w[a.minor] = min(1, a.failing)
	case failing:
		w[a.minor] = a.failing
	case moving:
		w[a.moves] = 1
	}
	return w
}

// squares is the worth of a sum of squares of loads.
func (a *aims) squares(sum int64) worth {
	var w worth
	w[a.load] = sum
	return w
}

func (a *aims) scaled(w worth) int64 {
	sum := int64(0)
	for i := range w {
		sum += w[i] * a.scale[i]
	}
	return sum
}

// proof takes the flow's prices apart.
func (a *aims) proof(ids []int32, prices []int64) *Proof {
	p := &Proof{}
	for b, price := range prices {
		var w worth
		for i, scale := range a.scale {
			w[i] = price / scale
			switch rest := price % scale; {
			case 2*rest > scale:
				w[i]++
			case 2*rest < -scale:
				w[i]--
			}
			price -= w[i] * scale
		}
		if w != (worth{}) {
			p.Prices = append(p.Prices, Price{Broker: ids[b], Must: w[a.must], Load: w[a.load], Moves: w[a.moves], Minor: w[a.minor]})
		}
	}
	return p
}

// level is the level of the cost of a broker that an item has and need not leave.
func (p *problem) level(k int, b int32) uint8 {
	switch {
	case !p.m.live(b):
		return failing
	case b == p.m.before(int(p.items[k]))[0]:
		return leading
	}
	return staying
}
