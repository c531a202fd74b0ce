package sim

import (
	"math"
	"slices"
	"time"
)

// copying holds the replicas that are not in sync and fetch from their leaders. Between two changes of the model bytes flow
// at constant rates; after each change the bandwidth is shared again. Nothing is computed in between, so the result doesn't
// depend on how often the model is asked.
type copying struct {
	behind  []*partition // with a replica that is not in sync, in order
	stale   bool         // rates must be shared anew
	flows   []flow       // what flows now
	arrives time.Duration
	arrival bool // arrives is when the next replica catches up; otherwise none does
}

// flow is one replica's fetching from its leader.
type flow struct {
	p    *partition
	log  *replicaLog
	from int32
}

// track updates what is known of a partition that has changed.
func (c *copying) track(p *partition) {
	c.stale = true
	lagging := false
	for _, r := range p.replicas {
		if !slices.Contains(p.isr, r) {
			lagging = true
		}
	}
	if lagging == p.behind {
		return
	}
	i, _ := slices.BinarySearchFunc(c.behind, p, comparePartitions)
	if lagging {
		c.behind = slices.Insert(c.behind, i, p)
	} else {
		c.behind = slices.Delete(c.behind, i, i+1)
	}
	p.behind = lagging
}

func (c *copying) untrack(p *partition) {
	c.stale = true
	if p.behind {
		c.behind = slices.DeleteFunc(c.behind, func(o *partition) bool { return o == p })
		p.behind = false
	}
}

// canFetch reports whether the replica's fetcher makes progress: its broker and its leader's broker run, and its dir works.
func (m *model) canFetch(p *partition, l *replicaLog) bool {
	b := m.broker(l.broker)
	return b != nil && b.up && !b.fenced && b.usableDir(l.dir) && !l.paused && !l.unmade && p.leader >= 0 && p.leader != l.broker && m.serving(p.leader)
}

// shareBandwidth gives every fetching replica its rate: the max-min fair share of what each broker can send and receive,
// within the replication throttles. A throttle slows down only replicas that are not in sync, but the bytes that in-sync
// replicas of the listed partitions fetch count towards it (ReplicaManager.shouldLeaderThrottle,
// ReplicationQuotaManager.record).
func (m *model) shareBandwidth() {
	m.copying.stale = false
	m.copying.flows = m.copying.flows[:0]
	for _, p := range m.copying.behind {
		for i := range p.logs {
			l := &p.logs[i]
			l.bytes, l.asOf, l.rate = m.fetchedBytes(p, l), m.now, 0
			if !slices.Contains(p.isr, l.broker) && m.canFetch(p, l) {
				m.copying.flows = append(m.copying.flows, flow{p, l, p.leader})
			}
		}
	}
	if len(m.copying.flows) > 0 {
		fillFairly(m.copying.flows, m.budgets())
	}
	m.copying.arrives, m.copying.arrival = m.nextArrival()
}

// budget is a rate in bytes a second that several flows share.
type budget struct {
	left float64
	open int // flows in it that may still grow
}

// budgets returns the budgets that each flow uses.
func (m *model) budgets() [][]*budget {
	type side struct {
		broker    int32
		leader    bool
		throttled bool
	}
	known := map[side]*budget{}
	get := func(s side) *budget {
		if b := known[s]; b != nil {
			return b
		}
		b := &budget{left: m.bandwidth}
		if s.throttled {
			b.left = max(m.throttleRate(s.broker, s.leader)-m.inSyncTraffic(s.broker, s.leader), 0)
		}
		known[s] = b
		return b
	}
	all := make([][]*budget, len(m.copying.flows))
	for i, f := range m.copying.flows {
		mine := []*budget{get(side{f.from, true, false}), get(side{f.log.broker, false, false})}
		if m.listedForThrottle(f.p, f.from, true) {
			mine = append(mine, get(side{f.from, true, true}))
		}
		if m.listedForThrottle(f.p, f.log.broker, false) {
			mine = append(mine, get(side{f.log.broker, false, true}))
		}
		for _, b := range mine {
			b.open++
		}
		all[i] = mine
	}
	return all
}

// fillFairly raises all rates together until a budget is used up. The flows of that budget keep their rate; the rest go on.
func fillFairly(flows []flow, budgets [][]*budget) {
	open := make([]int, len(flows))
	for i := range open {
		open[i] = i
	}
	for len(open) > 0 {
		step := math.Inf(1)
		for _, i := range open {
			for _, b := range budgets[i] {
				step = min(step, b.left/float64(b.open))
			}
		}
		for _, i := range open {
			flows[i].log.rate += step
			for _, b := range budgets[i] {
				b.left -= step
			}
		}
		open = slices.DeleteFunc(open, func(i int) bool {
			if !slices.ContainsFunc(budgets[i], func(b *budget) bool { return b.left < 1 }) {
				return false
			}
			for _, b := range budgets[i] {
				b.open--
			}
			return true
		})
	}
}

// inSyncTraffic is what in-sync replicas of throttled partitions fetch from (leader) or to the broker, bytes a second.
func (m *model) inSyncTraffic(id int32, leader bool) float64 {
	b := m.broker(id)
	if b == nil {
		return 0
	}
	var sum float64
	for _, p := range m.hosted(b) {
		if p.growth == 0 || !m.serving(p.leader) || (p.leader == id) != leader || !m.listedForThrottle(p, id, leader) {
			continue
		}
		if leader {
			sum += p.growth * float64(max(len(p.isr)-1, 0))
		} else if slices.Contains(p.isr, id) {
			sum += p.growth
		}
	}
	return sum
}

// nextArrival is when the next replica catches up, given that nothing else happens.
func (m *model) nextArrival() (time.Duration, bool) {
	soonest := math.Inf(1)
	for _, f := range m.copying.flows {
		gap, closing := m.size(f.p)-f.log.bytes, f.log.rate-m.growthNow(f.p)
		switch {
		case gap < 1:
			soonest = 0
		case closing > 0:
			soonest = min(soonest, gap/closing)
		}
	}
	if soonest > 1e9 { // more than thirty years: never
		return 0, false
	}
	// Those that catch up within the same 10 ms do so together.
	return m.now + time.Duration(soonest*float64(time.Second)) + 10*time.Millisecond, true
}

// fetchedBytes is how much of the log a replica that is not in sync has now.
func (m *model) fetchedBytes(p *partition, l *replicaLog) float64 {
	return min(l.bytes+l.rate*(m.now-l.asOf).Seconds(), m.size(p))
}

// expandISRs adds the replicas that have caught up to the ISR of their partition.
func (m *model) expandISRs() {
	m.copying.stale = true
	type arrived struct {
		p  *partition
		id int32
	}
	var all []arrived
	for _, f := range m.copying.flows {
		if m.size(f.p)-m.fetchedBytes(f.p, f.log) < 1 {
			all = append(all, arrived{f.p, f.log.broker})
		}
	}
	for _, a := range all {
		// An earlier one may have ended the reassignment that this one was for.
		if l := a.p.log(a.id); l == nil || slices.Contains(a.p.isr, a.id) || !m.canFetch(a.p, l) {
			continue
		}
		was := a.p.reassigning()
		m.apply(a.p, change{isr: append(slices.Clone(a.p.isr), a.id)})
		if was && !a.p.reassigning() {
			m.eventf("reassigned %v %v", a.p, a.p.replicas)
		}
	}
}

// advance brings the model to the time to.
func (m *model) advance(to time.Duration) {
	for {
		if m.copying.stale {
			m.shareBandwidth()
		}
		at := to
		if due, ok := m.schedule.peek(); ok {
			at = min(at, due)
		}
		if m.copying.arrival {
			at = min(at, m.copying.arrives)
		}
		m.now = max(m.now, at)
		if m.copying.arrival && m.copying.arrives <= m.now {
			m.expandISRs()
			continue
		}
		if do, ok := m.schedule.pop(m.now); ok {
			do()
			continue
		}
		if m.now >= to && !m.copying.stale {
			return
		}
	}
}
