package assigner

import (
	"fmt"
	"slices"
)

// problem is what the demands ask for: the partitions to place, called items, and the possible brokers of each.
type problem struct {
	m       *model
	demands []Demand

	open  [][]bool  // by rule: the brokers that may receive a replica
	room  [][]int32 // by rule and rack: how many those are
	items []int32   // the partitions to place
	stays [][]int32 // by item: the brokers that it has and need not leave
	cap   []int32   // by item: how many replicas one rack may hold
	floor []int32   // by item: how many a rack must hold, if it has as many brokers
	moves []int32   // by item: how many replicas must be new; -1 if it need not change
	// The topics that have to be level on every broker:
	topics       []string
	topic        []int32   // by item: an index into topics, or -1; nil if there are no such topics
	topicBase    [][]int32 // by topic and broker: replicas of partitions that are no items
	largestTopic int       // how many partitions the largest has

	immovable     []int32 // the partitions that can't be moved
	requiredMoves int     // moves that demands require by name
	bound         int     // moves that are needed at least: the sum over partitions, requiredMoves included
	least         Bytes   // what those moves copy

	inRack, heldIn, forcedIn []int32 // scratch of spreadOf, by rack
}

// read turns a cluster and demands into a problem.
func read(in *Input, demands []Demand) (*problem, error) {
	m, err := newModel(in)
	if err != nil {
		return nil, err
	}
	for _, d := range demands {
		if err := d.check(m); err != nil {
			return nil, err
		}
	}
	for at, d := range demands {
		m.demand = 1 << min(at, 63)
		if err := d.apply(m); err != nil {
			return nil, err
		}
	}
	if err := m.checkKeepLeaders(); err != nil {
		return nil, err
	}
	p := &problem{m: m, demands: demands}
	if err := p.bind(); err != nil {
		return nil, err
	}
	p.bindTopics()
	return p, nil
}

// bindTopics finds the topics that have to be level, and the replicas of their partitions that are no items.
func (p *problem) bindTopics() {
	m := p.m
	k, size := 0, 0
	for i := range m.parts() {
		item := k < len(p.items) && p.items[k] == int32(i)
		t := int32(-1)
		if m.levelTopic[i] {
			if n := len(p.topics); n == 0 || p.topics[n-1] != m.part(i).Topic {
				p.topics = append(p.topics, m.part(i).Topic)
				p.topicBase = append(p.topicBase, make([]int32, len(m.ids)))
				size = 0
			}
			size++
			p.largestTopic = max(p.largestTopic, size)
			t = int32(len(p.topics) - 1)
			if !item {
				for _, b := range m.replicasOf(i) {
					p.topicBase[t][b]++
				}
			}
		}
		if item {
			p.topic = append(p.topic, t)
			k++
		}
	}
	if len(p.topics) == 0 {
		p.topic = nil
	}
}

// family returns the topic of an item if it has to be level, or -1.
func (p *problem) family(k int) int32 {
	if p.topic == nil {
		return -1
	}
	return p.topic[k]
}

// bind makes the items: for each partition that may change, the brokers that it may have, and the lowest cap per rack that leaves
// room for all its replicas.
func (p *problem) bind() error {
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
		changes := m.touched[i] || p.spreadUnevenly(i, s)
		switch {
		case !changes && (!m.free[i] || p.hasOffline(i, stays)):
			continue
		case m.part(i).Leader < 0:
			if changes {
				p.immovable = append(p.immovable, int32(i))
			}
			continue
		case s.room < m.need[i] && m.drains(i):
			p.immovable = append(p.immovable, int32(i))
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
		if changes {
			p.moves = append(p.moves, s.moves)
		} else {
			p.moves = append(p.moves, -1)
		}
		p.requiredMoves += int(s.requiredMoves)
		p.bound += int(s.moves)
		p.least.add(m.part(i).Bytes, int(s.moves))
	}
	if infeasible != nil {
		return infeasible
	}
	return nil
}

// hasOffline tells whether a partition keeps a replica that is offline. A reassignment of it would hang until that replica is back,
// because the controller ends it only when all replicas of the target are in sync. What a demand forces to move moves all the same.
func (p *problem) hasOffline(i int, stays []int32) bool {
	return slices.ContainsFunc(stays, func(b int32) bool { return p.m.healthOf(i, b) == offline })
}

// clash refuses demands that can't be met together for a partition.
func (p *problem) clash(i int) error {
	m := p.m
	must := m.required(int32(i))
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

func (p *problem) infeasible(i int, stays []int32) *InfeasibleError {
	m := p.m
	rule := m.rule[i]
	part := m.part(i)
	e := &InfeasibleError{Topic: part.Topic, Partition: part.ID, Replicas: int(m.need[i])}
	may := mark(mark(slices.Clone(p.open[rule]), stays), m.required(int32(i)))
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
		e.NotTargets = append(e.NotTargets, NotTarget{Broker: id, Why: why})
	}
	return e
}
