package assigner

import (
	"fmt"
	"slices"

	"kdeck/assigner/flow"
)

// placement is the search for the brokers of the partitions that the demands touch.
type placement struct {
	m                        *model
	open                     [][]bool  // by rule: the brokers that may be given a replica
	room                     [][]int32 // by rule, by rack: how many those are
	items                    []int32   // the partitions to be placed
	stays                    [][]int32 // of each item: the brokers that it has and need not leave
	cap                      []int32   // of each item: how many replicas one rack may hold
	floor                    []int32   // and must hold, where it has as many brokers
	stuck                    []int32   // the partitions that can't be moved
	inRack, heldIn, forcedIn []int32   // scratch of spreadOf, by rack

	bound int   // moves that are needed at the least
	least Bytes // and what they copy

	sets *flow.Solution
}

// bind finds what each touched partition is free to do: the brokers that it may have, and the least cap per rack that
// leaves room for all its replicas.
func (p *placement) bind() error {
	m := p.m
	p.inRack, p.heldIn, p.forcedIn = make([]int32, len(m.racks)), make([]int32, len(m.racks)), make([]int32, len(m.racks))
	p.open = make([][]bool, len(m.rules))
	p.room = make([][]int32, len(m.rules))
	for r, rule := range m.rules {
		p.open[r] = make([]bool, len(m.ids))
		p.room[r] = make([]int32, len(m.racks))
		for b := range p.open[r] {
			if m.open(int32(b)) && (rule.to == nil || rule.to[b]) && (rule.leave == nil || !rule.leave[b]) {
				p.open[r][b] = true
				p.room[r][m.rack[b]]++
			}
		}
	}
	var infeasible *InfeasibleError
	for i := range m.parts() {
		if !m.touched[i] && !m.free[i] && !m.spread[i] {
			continue
		}
		if err := p.clash(i); err != nil {
			return err
		}
		stays := m.stays(i)
		s := p.spreadOf(i, stays)
		changes := m.touched[i] || p.unevenly(i, s)
		switch {
		case !changes && !m.free[i]:
			continue
		case m.part(i).Leader < 0:
			if changes {
				p.stuck = append(p.stuck, int32(i))
			}
			continue
		case s.room < m.need[i]:
			if infeasible == nil {
				infeasible = p.infeasible(i, stays)
			} else {
				infeasible.More++
			}
			continue
		}
		p.items = append(p.items, int32(i))
		p.stays = append(p.stays, stays)
		p.cap = append(p.cap, s.cap)
		p.floor = append(p.floor, s.floor)
		p.bound += int(s.moves)
		p.least.add(m.part(i).Bytes, int(s.moves))
	}
	if infeasible != nil {
		return infeasible
	}
	return nil
}

// clash refuses demands that can't all hold for a partition.
func (p *placement) clash(i int) error {
	m := p.m
	must := m.must[int32(i)]
	for _, b := range must {
		if m.leaves(i, b) {
			return m.clashError(i, fmt.Sprintf("%q wants a replica on broker %d and %q wants none there", m.wantedBy[b], m.ids[b], m.leftBy[b]))
		}
	}
	if n := int(m.need[i]); len(must) > n {
		return m.clashError(i, fmt.Sprintf("%q and others want replicas on %s, and it is to have %s",
			m.wantedBy[must[0]], brokers(m.idsOf(must)), count(n, "replica")))
	}
	return nil
}

func (m *model) clashError(i int, why string) error {
	return &ClashError{Topic: m.part(i).Topic, Partition: m.part(i).ID, Why: why}
}

func (p *placement) infeasible(i int, stays []int32) *InfeasibleError {
	m := p.m
	rule := m.rule[i]
	part := m.part(i)
	e := &InfeasibleError{Topic: part.Topic, Partition: part.ID, Replicas: int(m.need[i])}
	may := mark(mark(slices.Clone(p.open[rule]), stays), m.must[int32(i)])
	for b, ok := range may {
		id := m.ids[b]
		if ok {
			e.Brokers = append(e.Brokers, id)
			continue
		}
		why := m.whyNot(int32(b))
		if why == "" {
			why = "not among the brokers that it may move to"
		}
		e.NotTargets = append(e.NotTargets, Excluded{Broker: id, Why: why})
	}
	return e
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

// solve places all items at once.
func (p *placement) solve() error {
	m := p.m
	f := &flow.Problem{
		Group:  m.rack,
		Base:   make([]int64, len(m.ids)),
		Weight: make([]int64, len(m.ids)),
		Open:   p.open,
		Cap:    p.cap,
		Floor:  p.floor,
		Start:  []int32{0},
	}
	if !m.racked {
		f.Group = make([]int32, len(m.ids))
	}
	for _, b := range m.replicas {
		f.Base[b]++
	}
	fullest := int64(0)
	for k, i := range p.items {
		for _, b := range m.before(int(i)) {
			f.Base[b]--
		}
		f.Need = append(f.Need, m.need[i])
		f.Class = append(f.Class, m.rule[i])
		must := m.must[i]
		for _, b := range must {
			f.Own = append(f.Own, b)
			f.Level = append(f.Level, required)
		}
		for _, b := range p.stays[k] {
			if slices.Contains(must, b) {
				continue
			}
			level := uint8(staying)
			switch {
			case !m.live(b):
				level = failing
			case b == m.before(int(i))[0]:
				level = leading
			}
			f.Own = append(f.Own, b)
			f.Level = append(f.Level, level)
		}
		f.Start = append(f.Start, int32(len(f.Own)))
	}
	for _, n := range f.Base {
		fullest = max(fullest, n+int64(len(p.items)))
	}
	var load int64
	f.Cost, load = m.costs(fullest)
	for b := range m.ids {
		if m.open(int32(b)) {
			f.Weight[b] = load
		}
	}
	var err error
	p.sets, err = flow.Solve(f)
	return err
}

// costs are the costs of the levels and the weight of load, given the most replicas that a broker can have. What goes
// before another outweighs all changes of the lesser that one round of exchanges between any brokers can bring, as flow.Solve
// asks: a round takes each broker once, and changes the loads of two.
func (m *model) costs(fullest int64) (cost []int64, load int64) {
	exchanges := int64(len(m.ids) + 2)
	round := 2*fullest + 2 // what the loads can change
	cost = make([]int64, levels)
	if m.levelCounts {
		cost[staying] = 1
	} else {
		load = 1
		cost[staying] = round
	}
	cost[failing] = cost[staying] * exchanges
	cost[moving] = cost[failing] * exchanges
	dearest := cost[moving] * exchanges
	if m.levelCounts {
		load = dearest
		dearest += load * round
	}
	cost[required] = -dearest
	return cost, load
}
