package assigner

import (
	"cmp"
	"fmt"
	"slices"
)

// model is the cluster by index instead of id, and what the demands ask of each partition. Whatever the order of the input,
// partitions are ordered by topic and id, brokers by id, and racks by name.
type model struct {
	in *Input

	ids      []int32
	index    map[int32]int32 // broker index by id
	broker   []Broker        // with those that only replica lists name
	target   []bool          // may receive replicas, by the state of the cluster
	closed   []string        // why a broker may receive nothing by a demand, or ""
	racks    []string
	rack     []int32 // of each broker, an index into racks
	hasRacks bool    // some broker has a rack

	order    []int32 // partitions by topic and id
	start    []int32
	replicas []int32  // of partition i, in its order: replicas[start[i]:start[i+1]]
	health   []health // of each of replicas

	// What is asked of each partition:
	need         []int32           // how many replicas it must have
	rule         []int32           // an index into rules
	must         map[int32][]int32 // brokers that it must have
	touched      []bool            // it has to change
	free         []bool            // it may change to make brokers more level
	spread       []bool            // no rack may hold more of it than necessary
	spreadEvenly []bool            // nor fewer than possible
	levelTopic   []bool            // its topic has to be level on every broker
	levelBytes   []bool            // it may move to level bytes
	rules        []rule

	// Which demands ask for what of each partition, one bit for each in the order of the demands:
	demand uint64   // the bit of the demand that is being applied
	forced []uint64 // that it changes its brokers
	serves []uint64 // that it may, to make brokers more level
	orders []uint64 // another order of its list
	// The bits of demotions and of drains:
	demotions, drainings uint64

	levelCounts   bool // level counts go before few moves
	limit         Limit
	byteTolerance float64 // tolerated deviation of bytes as a share of the average; 0: bytes needn't be level

	keepLeaders   bool     // preferred leaders change only where they have to
	changeLeaders []string // the demands that change preferred leaders

	clones         map[int32][]clonePlace // the positions of clones in a partition's list
	demoted        map[int32][]bool       // brokers that must not lead a partition
	levelLeaders   []bool                 // its list may be reordered to level leaders
	levelFollowers bool                   // the positions after the first have to be level too

	wantedBy, leftBy []string // by broker: the demand that wants replicas on it, or off it, in words
}

// rule limits the brokers of partitions. Rule 0 has no limits.
type rule struct {
	leave []bool // brokers that must hold no replica; nil: none
	to    []bool // the only brokers that may be given a replica; nil: every target
}

func newModel(in *Input) (*model, error) {
	m := &model{in: in, index: make(map[int32]int32, len(in.Brokers)), rules: make([]rule, 1), limit: Limit{Moves: -1, Bytes: -1}}
	if err := m.readBrokers(); err != nil {
		return nil, err
	}
	if err := m.readPartitions(); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *model) readBrokers() error {
	m.broker = slices.Clone(m.in.Brokers)
	known := make(map[int32]bool, len(m.broker))
	for _, b := range m.broker {
		if known[b.ID] {
			return &InputError{fmt.Sprintf("the cluster has broker %d twice", b.ID)}
		}
		known[b.ID] = true
	}
	for i := range m.in.Partitions {
		for _, id := range m.in.Partitions[i].Replicas {
			if !known[id] {
				known[id] = true
				m.broker = append(m.broker, Broker{ID: id, Why: Dead})
			}
		}
	}
	slices.SortFunc(m.broker, func(a, b Broker) int { return cmp.Compare(a.ID, b.ID) })
	for i, b := range m.broker {
		if b.ID < 0 {
			return &InputError{fmt.Sprintf("the cluster has a broker with the id %d", b.ID)}
		}
		m.ids = append(m.ids, b.ID)
		m.index[b.ID] = int32(i)
		m.target = append(m.target, b.Target)
		m.racks = append(m.racks, b.Rack)
		m.hasRacks = m.hasRacks || b.Rack != ""
	}
	slices.Sort(m.racks)
	m.racks = slices.Compact(m.racks)
	for _, b := range m.broker {
		rack, _ := slices.BinarySearch(m.racks, b.Rack)
		m.rack = append(m.rack, int32(rack))
	}
	m.closed = make([]string, len(m.broker))
	m.wantedBy = make([]string, len(m.broker))
	m.leftBy = make([]string, len(m.broker))
	return nil
}

func (m *model) readPartitions() error {
	parts := m.in.Partitions
	m.order = make([]int32, len(parts))
	for i := range m.order {
		m.order[i] = int32(i)
	}
	compare := func(a, b int32) int {
		p, q := &parts[a], &parts[b]
		return cmp.Or(cmp.Compare(p.Topic, q.Topic), cmp.Compare(p.ID, q.ID))
	}
	if !slices.IsSortedFunc(m.order, compare) {
		slices.SortFunc(m.order, compare)
	}
	m.start = make([]int32, len(parts)+1)
	m.need = make([]int32, len(parts))
	m.rule = make([]int32, len(parts))
	m.must = map[int32][]int32{}
	m.clones = map[int32][]clonePlace{}
	m.demoted = map[int32][]bool{}
	m.levelLeaders = make([]bool, len(parts))
	m.touched = make([]bool, len(parts))
	m.free = make([]bool, len(parts))
	m.spread = make([]bool, len(parts))
	m.spreadEvenly = make([]bool, len(parts))
	m.levelTopic = make([]bool, len(parts))
	m.levelBytes = make([]bool, len(parts))
	m.forced, m.serves, m.orders = make([]uint64, len(parts)), make([]uint64, len(parts)), make([]uint64, len(parts))
	total := 0
	for i := range parts {
		total += len(parts[i].Replicas)
	}
	m.replicas, m.health = make([]int32, 0, total), make([]health, 0, total)
	for i := range m.order {
		p := m.part(i)
		if i > 0 && compare(m.order[i-1], m.order[i]) == 0 {
			return &InputError{fmt.Sprintf("the cluster has partition %s-%d twice", p.Topic, p.ID)}
		}
		if len(p.Replicas) == 0 {
			return &InputError{fmt.Sprintf("%s-%d has no replicas", p.Topic, p.ID)}
		}
		for k, id := range p.Replicas {
			if slices.Contains(p.Replicas[:k], id) {
				return &InputError{fmt.Sprintf("%s-%d has two replicas on broker %d", p.Topic, p.ID, id)}
			}
			b := m.index[id]
			m.replicas = append(m.replicas, b)
			switch {
			case !m.live(b) || slices.Contains(p.Offline, id):
				m.health = append(m.health, offline)
			case slices.Contains(p.OutOfSync, id):
				m.health = append(m.health, outOfSync)
			default:
				m.health = append(m.health, inSync)
			}
		}
		m.start[i+1] = int32(len(m.replicas))
		m.need[i] = int32(len(p.Replicas))
	}
	return nil
}

func (m *model) parts() int                { return len(m.order) }
func (m *model) part(i int) *Partition     { return &m.in.Partitions[m.order[i]] }
func (m *model) replicasOf(i int) []int32  { return m.replicas[m.start[i]:m.start[i+1]] }
func (m *model) set(bs []int32) []bool     { return mark(make([]bool, len(m.ids)), bs) }
func (m *model) open(b int32) bool         { return m.target[b] && m.closed[b] == "" }
func (m *model) close(b int32, why string) { m.closed[b] = why }

func mark(set []bool, bs []int32) []bool {
	for _, b := range bs {
		set[b] = true
	}
	return set
}

// live tells whether a broker serves its replicas.
func (m *model) live(b int32) bool { return m.target[b] || m.broker[b].Why == Cordoned }

// health is the state of one replica. It is a matter of the replica and not of its broker: a broker may be in sync with one
// partition and lag behind with another, and have one log dir that has failed.
type health uint8

const (
	inSync health = iota // or new
	outOfSync
	offline
)

// healthOf returns the state of the replica of partition i on a broker.
func (m *model) healthOf(i int, b int32) health {
	for at := m.start[i]; at < m.start[i+1]; at++ {
		if m.replicas[at] == b {
			return m.health[at]
		}
	}
	return inSync
}

// whyNot says why a broker may receive no replica, or "".
func (m *model) whyNot(b int32) string {
	switch {
	case m.closed[b] != "":
		return m.closed[b]
	case m.target[b]:
		return ""
	}
	return cmp.Or(m.broker[b].Why, "not a target")
}

// holds tells whether a partition has a replica on one of the brokers.
func (m *model) holds(i int, set []bool) bool {
	return slices.ContainsFunc(m.replicasOf(i), func(b int32) bool { return set[b] })
}

// resolve turns the ids of a demand into indices.
func (m *model) resolve(stage string, ids []int32) ([]int32, error) {
	bs := make([]int32, 0, len(ids))
	for _, id := range ids {
		b, ok := m.index[id]
		if !ok {
			return nil, &UnknownBrokerError{ID: id, Stage: stage}
		}
		if slices.Contains(bs, b) {
			return nil, &DuplicateBrokerError{ID: id, Stage: stage}
		}
		bs = append(bs, b)
	}
	return bs, nil
}

// targets returns the set of brokers with these ids, which have to be able to receive replicas; nil for none.
func (m *model) targets(stage string, ids []int32) ([]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	bs, err := m.resolve(stage, ids)
	if err != nil {
		return nil, err
	}
	for _, b := range bs {
		if why := m.whyNot(b); why != "" {
			return nil, &NotTargetError{ID: m.ids[b], Why: why, Stage: stage}
		}
	}
	return m.set(bs), nil
}

// chosen calls f for every partition of the topics that are chosen, in order.
func (m *model) chosen(t Topics, f func(i int)) {
	topic, chosen := "", false
	for i := range m.parts() {
		if p := m.part(i); i == 0 || p.Topic != topic {
			topic, chosen = p.Topic, t.chooses(p.Topic)
		}
		if chosen {
			f(i)
		}
	}
}

// touch records that the present demand changes the brokers of a partition, serve that it may change them, and reorder that it may
// change their order.
func (m *model) touch(i int) {
	m.touched[i] = true
	m.forced[i] |= m.demand
}

func (m *model) serve(i int) {
	m.free[i] = true
	m.serves[i] |= m.demand
}

// drains tells whether a drain changes a partition, and no other demand wants more replicas of it than it has. Where too few
// brokers may hold it, the drain does the rest without it. A drain of all live brokers is a mistake, and does nothing.
func (m *model) drains(i int) bool {
	if m.forced[i]&m.drainings == 0 || int(m.need[i]) > len(m.replicasOf(i)) {
		return false
	}
	for b := range m.ids {
		if m.live(int32(b)) && m.closed[b] == "" {
			return true
		}
	}
	return false
}

func (m *model) reorder(i int) { m.orders[i] |= m.demand }

// name returns a partition's name as messages have it.
func (m *model) name(i int) string { return fmt.Sprintf("%s-%d", m.part(i).Topic, m.part(i).ID) }

// narrow returns a function that adds limits to a partition's rule: brokers that must hold no replica of it, and the only brokers
// that may receive one.
func (m *model) narrow(stage string, leave []int32, to []bool) func(i int) {
	for _, b := range leave {
		m.leftBy[b] = stage
	}
	left := m.set(leave)
	narrowed := map[int32]int32{}
	return func(i int) {
		old := m.rule[i]
		if _, ok := narrowed[old]; !ok {
			narrowed[old] = int32(len(m.rules))
			m.rules = append(m.rules, rule{leave: union(m.rules[old].leave, left), to: intersection(m.rules[old].to, to)})
		}
		m.rule[i] = narrowed[old]
	}
}

// require puts a replica of a partition on a broker.
func (m *model) require(stage string, i int, b int32) {
	m.wantedBy[b] = stage
	if must := m.must[int32(i)]; !slices.Contains(must, b) {
		m.must[int32(i)] = append(must, b)
	}
}

func union(a, b []bool) []bool {
	if a == nil || b == nil {
		return either(a, b)
	}
	c := slices.Clone(a)
	for i := range c {
		c[i] = a[i] || b[i]
	}
	return c
}

// intersection returns what both sets have. A nil set has everything.
func intersection(a, b []bool) []bool {
	if a == nil || b == nil {
		return either(a, b)
	}
	c := slices.Clone(a)
	for i := range c {
		c[i] = a[i] && b[i]
	}
	return c
}

func either(a, b []bool) []bool {
	if a == nil {
		return b
	}
	return a
}

// leaves tells whether a partition must leave a broker.
func (m *model) leaves(i int, b int32) bool {
	leave := m.rules[m.rule[i]].leave
	return leave != nil && leave[b]
}

// stays returns the brokers that a partition has and need not leave.
func (m *model) stays(i int) []int32 {
	stays := make([]int32, 0, len(m.replicasOf(i)))
	for _, b := range m.replicasOf(i) {
		if !m.leaves(i, b) {
			stays = append(stays, b)
		}
	}
	return stays
}
