package health

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// examples is how many partitions a finding names as examples.
const examples = 3

// group is a set of partitions that a finding is about.
type group struct {
	n     int
	first [examples]int32 // indexes of the first of them
}

func (g *group) add(p int) {
	if g.n < examples {
		g.first[g.n] = int32(p)
	}
	g.n++
}

// brokerCounts counts the partitions of one broker.
type brokerCounts struct {
	replicas  int
	preferred int // of how many it is the preferred leader
	missing   int // of how many under-replicated partitions it ought to be in sync
	led       int // of how many it is the leader
	ledUnder  int // of those, how many are under-replicated
	offline   int
	followers tally // who leads in the place of a broker that is down, where it is preferred
	blocks    int   // moves that wait for it
}

// scan is what one pass over the partitions counts.
type scan struct {
	s      *state.Snapshot
	dense  []int32         // broker id -> index into Snapshot.Brokers and brokers, -1 for none
	sparse map[int32]int32 // used in place of dense where ids are too large for a table

	brokers []brokerCounts
	down    []bool // brokers that aren't alive

	leaderless, deadLeader, underMin, atMin, atMinMissing, under, moving, stuck, sourceless, crossed, tooStrict group

	lastCopies tally   // leaderless partitions, by the dead brokers that have their last replicas in sync
	buffer     []int32 // of the brokers of one partition

	noMinISR  []int32 // topics whose min.insync.replicas is unknown
	throttled []int32 // topics with leftover throttle lists
	slowed    int     // of those, how many have under-replicated partitions
}

// maxDense bounds the table by which brokers are found; Kafka's broker ids may be any number up to 2^31-1.
const maxDense = 1 << 16

func (c *scan) index(id int32) int32 {
	if c.sparse != nil {
		if i, ok := c.sparse[id]; ok {
			return i
		}
		return -1
	}
	if id < 0 || int(id) >= len(c.dense) {
		return -1
	}
	return c.dense[id]
}

func newScan(s *state.Snapshot) *scan {
	n := len(s.Brokers)
	c := &scan{s: s, brokers: make([]brokerCounts, n), down: make([]bool, n)}
	if n > 0 && (s.Brokers[n-1].ID >= maxDense || s.Brokers[0].ID < 0) {
		c.sparse = make(map[int32]int32, n)
	} else if n > 0 {
		c.dense = make([]int32, s.Brokers[n-1].ID+1)
		for i := range c.dense {
			c.dense[i] = -1
		}
	}
	for i := range s.Brokers {
		b := &s.Brokers[i]
		if c.sparse != nil {
			c.sparse[b.ID] = int32(i)
		} else {
			c.dense[b.ID] = int32(i)
		}
		c.down[i] = !b.Alive
	}
	return c
}

// run passes over every partition once.
func (c *scan) run() {
	for t := range c.s.NumTopics() {
		topic := c.s.Topic(t)
		minISR, known := topic.MinISR()
		if !known {
			c.noMinISR = append(c.noMinISR, int32(t))
		}
		first, n := topic.Range()
		moving, under := c.moving.n, c.under.n
		for i := first; i < first+n; i++ {
			c.partition(i, minISR)
		}
		if c.s.Moves.Known && c.moving.n == moving && hasThrottle(topic) {
			c.throttled = append(c.throttled, int32(t))
			if c.under.n > under {
				c.slowed++
			}
		}
	}
}

// hasThrottle tells whether the topic lists replicas to be throttled.
func hasThrottle(t state.Topic) bool {
	if t.Configs() == nil {
		return false
	}
	leader, _ := t.Config("leader.replication.throttled.replicas")
	follower, _ := t.Config("follower.replication.throttled.replicas")
	return leader != "" || follower != ""
}

// partition counts one partition; minISR is the topic's, 0 where that is unknown. Each count is of what a method of [state.Partition] says, so that
// it is the number of rows that the finding's filter shows.
func (c *scan) partition(i, minISR int) {
	p := c.s.Partition(i)
	leader := p.Leader()
	preferred, replicas := int32(-1), 0
	for r := range p.Replicas() {
		replicas++
		k := c.index(r.Broker)
		if k < 0 {
			continue
		}
		h := &c.brokers[k]
		if preferred < 0 {
			preferred = k
			h.preferred++
		}
		h.replicas++
		if r.Offline {
			h.offline++
		}
	}
	if minISR > replicas && replicas > 0 { // see state.Partition.MinISR
		if minISR = replicas; replicas > 1 {
			c.tooStrict.add(i)
		}
	}
	isr := p.ISRSize()
	under := p.UnderReplicated()
	if under {
		c.under.add(i)
		for id := range p.Missing() {
			if k := c.index(id); k >= 0 {
				c.brokers[k].missing++
			}
		}
	}
	lost := leader < 0
	if lost {
		c.leaderless.add(i)
		c.missLeader(p)
	} else if k := c.index(leader); k >= 0 {
		c.brokers[k].led++
		if under {
			c.brokers[k].ledUnder++
		}
		if c.down[k] {
			c.deadLeader.add(i)
			lost = true
		}
		if preferred >= 0 && preferred != k && c.down[preferred] {
			h := &c.brokers[preferred]
			if h.followers == nil {
				h.followers = tally{}
			}
			h.followers[leader]++
		}
	}
	if leader < 0 || isr < minISR {
		c.underMin.add(i)
	}
	if minISR > 0 && isr == minISR {
		c.atMin.add(i)
		if under && !lost {
			c.atMinMissing.add(i)
		}
	}
	if p.Moving() {
		c.moving.add(i)
		if sourceless(p) {
			c.sourceless.add(i)
		}
		if _, found := crossed(p); found {
			c.crossed.add(i)
		}
		for id := range blocked(p) {
			if k := c.index(id); k >= 0 {
				c.brokers[k].blocks++
			}
		}
		if Stuck(p) != "" {
			c.stuck.add(i)
		}
	}
}

// missLeader counts a leaderless partition to the dead brokers that could lead it.
func (c *scan) missLeader(p state.Partition) {
	c.buffer = lastInSync(c.buffer[:0], p)
	for _, id := range c.buffer {
		if k := c.index(id); k >= 0 && c.down[k] {
			if c.lastCopies == nil {
				c.lastCopies = tally{}
			}
			c.lastCopies[id]++
		}
	}
}

// show names the first partitions of a group, with what an operator would ask next of each.
func (c *scan) show(g group) []string {
	var lines []string
	for _, i := range g.first[:min(g.n, examples)] {
		p := c.s.Partition(int(i))
		line := fmt.Sprintf("%s/%d: replicas %v, in sync %v", name(p.Topic().Name()), p.ID(), p.AppendReplicas(nil), p.AppendISR(nil))
		if p.Leaderless() {
			if elr := p.AppendELR(nil); len(elr) > 0 {
				line += fmt.Sprintf(", eligible to lead %v", elr)
			}
			if last := p.AppendLastKnownELR(nil); len(last) > 0 {
				line += fmt.Sprintf(", last known eligible %v", last)
			}
		} else {
			line += fmt.Sprintf(", led by %d", p.Leader())
		}
		lines = append(lines, line)
	}
	if rest := g.n - examples; rest > 0 {
		lines = append(lines, fmt.Sprintf("and %s more", format.Thousands(rest)))
	}
	return lines
}
