package sim

import (
	"cmp"
	"slices"
	"time"
)

// restartTime is how long a broker takes from its start to being unfenced.
const restartTime = 2 * time.Second

// stop ends a broker's process. The controller isn't told: nothing else happens until the session ends.
func (m *model) stop(b *broker) {
	if !b.up {
		return
	}
	m.settleLedBy(b)
	b.up, b.lastSeen = false, m.now
	b.incarnation++
	life := b.incarnation
	m.copying.stale = true
	m.schedule.add(m.now+m.sessionTimeout, func() {
		if b.incarnation == life {
			m.fence(b)
		}
	})
}

// run brings the process back. After a restart the broker registers anew, fenced; one that was only frozen keeps its
// session if it still has one.
func (m *model) run(b *broker, restarted bool) {
	if b.up {
		return
	}
	m.settleLedBy(b)
	b.up = true
	b.incarnation++
	life := b.incarnation
	m.copying.stale = true
	if restarted {
		b.meters, b.isrShrinks, b.isrExpands, b.quotaLevels = nil, 0, 0, m.quotas.levels()
		m.fence(b)
	}
	if !b.fenced {
		return
	}
	m.schedule.add(m.now+restartTime, func() {
		if b.incarnation == life {
			m.unfence(b)
		}
	})
}

func (m *model) settleLedBy(b *broker) {
	for _, p := range m.hosted(b) {
		if p.leader == b.id {
			m.settle(p)
		}
	}
}

// fence is what the controller does when a broker's session ends: its replicas leave the ISR, its partitions get other leaders.
func (m *model) fence(b *broker) {
	if b.fenced {
		return
	}
	b.fenced = true
	m.eventf("fenced broker %d", b.id)
	m.changed(nil)
	m.dropFromISR(b, m.hosted(b))
}

// unfence gives leaderless partitions a leader among the broker's replicas; the others catch up and rejoin the ISR.
func (m *model) unfence(b *broker) {
	if !b.fenced {
		return
	}
	b.fenced = false
	m.eventf("unfenced broker %d", b.id)
	m.changed(nil)
	m.copying.stale = true
	m.electLeaderless(b)
}

func (m *model) electLeaderless(b *broker) {
	for _, p := range m.hosted(b) {
		if p.leader < 0 {
			m.apply(p, change{election: m.electionFor(p)})
		}
	}
}

// unregister has the controller forget a broker. Its replicas stay in their partitions' lists.
func (m *model) unregister(b *broker) {
	m.stop(b)
	m.fence(b)
	m.eventf("unregistered broker %d", b.id)
	m.brokers = slices.DeleteFunc(m.brokers, func(o *broker) bool { return o == b })
	m.unregistered = append(m.unregistered, b)
	m.hostedStale = true
	m.changed(nil)
}

// register has a broker that was unregistered known again, fenced.
func (m *model) register(id int32) {
	for i, b := range m.unregistered {
		if b.id == id {
			m.unregistered = slices.Delete(m.unregistered, i, i+1)
			m.brokers = append(m.brokers, b)
			slices.SortFunc(m.brokers, func(a, b *broker) int { return cmp.Compare(a.id, b.id) })
			m.hostedStale = true
			m.changed(nil)
			return
		}
	}
}

func (m *model) electionFor(p *partition) election {
	if m.uncleanAllowed(p.topic) {
		return electUnclean
	}
	return electOnline
}

func (m *model) dropFromISR(b *broker, parts []*partition) {
	for _, p := range parts {
		if slices.Contains(p.isr, b.id) || p.leader == b.id {
			m.apply(p, change{isr: without(p.isr, b.id), election: m.electionFor(p)})
		}
	}
}

// failDir takes a log dir offline; the broker's last one takes the broker with it.
func (m *model) failDir(b *broker, i int) {
	if b.dirs[i].offline {
		return
	}
	b.dirs[i].offline = true
	m.eventf("log dir %s of broker %d failed", b.dirs[i].path, b.id)
	m.changed(nil)
	m.copying.stale = true
	var there []*partition
	for _, p := range m.hosted(b) {
		if p.log(b.id).dir == i {
			there = append(there, p)
		}
	}
	m.dropFromISR(b, there)
}

// mendDirs puts the broker's failed dirs back with what was on them.
func (m *model) mendDirs(b *broker) {
	b.makesNone = false
	for _, p := range m.hosted(b) {
		p.log(b.id).unmade = false
	}
	m.copying.stale = true
	for i := range b.dirs {
		if b.dirs[i].offline {
			b.dirs[i].offline = false
			m.eventf("log dir %s of broker %d is back", b.dirs[i].path, b.id)
			m.changed(nil)
		}
	}
	if !b.fenced {
		m.electLeaderless(b)
	}
}

// shrinkISR removes a follower that falls behind from the ISR, as after replica.lag.time.max.ms. The follower fetches again
// after pause.
func (m *model) shrinkISR(p *partition, follower int32, pause time.Duration) {
	l := p.log(follower)
	if l == nil || follower == p.leader || !slices.Contains(p.isr, follower) {
		return
	}
	m.apply(p, change{isr: without(p.isr, follower)})
	l = p.log(follower)
	l.bytes = max(l.bytes-p.growth*30, 0)
	l.paused = true
	m.schedule.add(m.now+pause, func() {
		if l := p.log(follower); l != nil {
			l.paused = false
			m.copying.stale = true
		}
	})
}

// stopController ends a controller's process. If it led the quorum and a majority of the voters is left, another one leads.
func (m *model) stopController(c *controller) {
	if !c.up {
		return
	}
	c.up, c.lastSeen = false, m.now
	m.electController()
}

func (m *model) runController(c *controller) {
	c.up = true
	m.electController()
}

func (m *model) electController() {
	var live []*controller
	for _, c := range m.controllers {
		if c.up {
			live = append(live, c)
		}
	}
	leads := slices.ContainsFunc(live, func(c *controller) bool { return c.id == m.quorum.leader })
	switch {
	case 2*len(live) <= len(m.controllers):
		m.quorum.leader = -1
	case !leads:
		m.quorum.leader = live[0].id
		m.quorum.epoch++
		m.eventf("controller %d leads the quorum in epoch %d", m.quorum.leader, m.quorum.epoch)
	}
}

// moveLeader makes another in-sync replica the leader, as a controlled shutdown of the leader does.
func (m *model) moveLeader(p *partition, to int32) {
	m.commit(p, partitionState{p.replicas, p.isr, p.adding, p.removing, p.elr, p.lastKnownELR, to, false}, false)
}

// freezeView makes the broker answer from the view of this moment from now on.
func (m *model) freezeView(b *broker) {
	v := *m.newestView()
	v.offset = m.offset()
	b.stale = &v
	m.eventf("view of broker %d frozen at offset %d", b.id, v.offset)
}
