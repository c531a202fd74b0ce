package assigner

import (
	"kdeck/assigner/flow"
)

// placement is the search for the brokers of the partitions that the demands touch.
type placement struct {
	m     *model
	open  [][]bool  // by rule: the brokers that may be given a replica
	room  [][]int32 // by rule, by rack: how many those are
	items []int32   // the partitions to be placed
	stays [][]int32 // of each item: the brokers that it has and need not leave
	cap   []int32   // of each item: how many replicas one rack may hold
	stuck []int32   // the partitions that can't be moved
	bound int       // moves that are needed at the least
	least Bytes     // and what they copy

	sets *flow.Solution
}

// bind finds what each touched partition is free to do: the brokers that it may have, and the least cap per rack that
// leaves room for all its replicas.
func (p *placement) bind() error {
	m := p.m
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
		if !m.touched[i] {
			continue
		}
		if m.part(i).Leader < 0 {
			p.stuck = append(p.stuck, int32(i))
			continue
		}
		stays := m.stays(i)
		limit, room := p.limit(i, stays)
		if room < m.need[i] {
			if infeasible == nil {
				infeasible = p.infeasible(i, stays)
			} else {
				infeasible.More++
			}
			continue
		}
		p.items = append(p.items, int32(i))
		p.stays = append(p.stays, stays)
		p.cap = append(p.cap, limit)
		moves := p.moves(i, stays, limit)
		p.bound += int(moves)
		p.least.add(m.part(i).Bytes, int(moves))
	}
	if infeasible != nil {
		return infeasible
	}
	return nil
}

// limit is the least cap per rack under which a partition has room for all its replicas, and how many brokers it may have
// in all. Where racks play no part the cap is no bound.
func (p *placement) limit(i int, stays []int32) (limit, room int32) {
	m := p.m
	rule := m.rule[i]
	in := make([]int32, len(m.racks))
	copy(in, p.room[rule])
	for _, b := range stays {
		if !p.open[rule][b] {
			in[m.rack[b]]++
		}
	}
	for _, n := range in {
		room += n
	}
	need := m.need[i]
	if !m.racked || room < need {
		return need, room
	}
	for limit = 1; ; limit++ {
		under := int32(0)
		for _, n := range in {
			under += min(n, limit)
		}
		if under >= need {
			return limit, room
		}
	}
}

// moves is how many replicas of a partition must be new at the least.
func (p *placement) moves(i int, stays []int32, limit int32) int32 {
	in := make([]int32, len(p.m.racks))
	kept := int32(0)
	for _, b := range stays {
		if r := p.m.rack[b]; in[r] < limit {
			in[r]++
			kept++
		}
	}
	return p.m.need[i] - min(p.m.need[i], kept)
}

func (p *placement) infeasible(i int, stays []int32) *InfeasibleError {
	m := p.m
	rule := m.rule[i]
	part := m.part(i)
	e := &InfeasibleError{Topic: part.Topic, Partition: part.ID, Replicas: int(m.need[i])}
	may := mark(append([]bool(nil), p.open[rule]...), stays)
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
	leading = iota // where the preferred leader is, and live
	staying        // where a live replica is
	failing        // where a replica is whose broker is dead
	moving         // where there is none yet
	levels
)

// solve places all items at once. A level of the costs outweighs all changes of the lesser that one exchange of replicas
// between any number of brokers can bring, as flow.Solve asks.
func (p *placement) solve() error {
	m := p.m
	f := &flow.Problem{
		Group:  m.rack,
		Base:   make([]int64, len(m.ids)),
		Weight: make([]int64, len(m.ids)),
		Open:   p.open,
		Cap:    p.cap,
		Start:  []int32{0},
	}
	if !m.racked {
		f.Group = make([]int32, len(m.ids))
	}
	for b := range m.ids {
		if m.open(int32(b)) {
			f.Weight[b] = 1
		}
	}
	for _, b := range m.replicas {
		f.Base[b]++
	}
	deepest, fullest := int32(0), int64(0)
	for k, i := range p.items {
		for _, b := range m.before(int(i)) {
			f.Base[b]--
		}
		f.Need = append(f.Need, m.need[i])
		f.Class = append(f.Class, m.rule[i])
		deepest = max(deepest, m.need[i])
		for _, b := range p.stays[k] {
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
	arcs := int64(2*len(m.ids) + 2)
	f.Cost = make([]int64, levels)
	f.Cost[staying] = 2*fullest + 2
	f.Cost[failing] = f.Cost[staying] * int64(deepest+2)
	f.Cost[moving] = f.Cost[failing] * arcs
	var err error
	p.sets, err = flow.Solve(f)
	return err
}
