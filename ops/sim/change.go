package sim

import (
	"slices"
)

// election says which replicas may become leader when the current one can't stay
// (org.apache.kafka.controller.PartitionChangeBuilder.Election).
type election int

const (
	electOnline    election = iota // any in-sync replica, the current leader first
	electPreferred                 // the first replica if it is in sync
	electUnclean                   // also one that is not in sync
)

// change is what is asked of a partition. A nil slice leaves things as they are.
type change struct {
	replicas, isr, adding, removing []int32
	election                        election
}

// apply carries out a change by the rules of Kafka's controller (PartitionChangeBuilder.build): a reassignment whose target
// is in sync is completed, the ELR is kept, a leader is elected where the current one can't stay, and the leader epoch
// grows when the leader changes or a replica is removed. It reports whether anything changed.
func (m *model) apply(p *partition, c change) bool {
	replicas, isr := orElse(c.replicas, p.replicas), orElse(c.isr, p.isr)
	adding, removing := orElse(c.adding, p.adding), orElse(c.removing, p.removing)
	if r, i, done := completed(replicas, isr, adding, removing); done {
		replicas, isr, adding, removing = r, i, nil, nil
	}
	elr := m.targetELR(p, isr)
	leader, unclean := m.elect(p, replicas, isr, elr, c.election)
	if slices.Contains(elr, leader) {
		isr, elr = []int32{leader}, without(elr, leader)
	} else if unclean {
		isr, elr = []int32{leader}, nil
	}
	if len(isr) == 0 && !m.elr {
		isr = p.isr // without ELR the last in-sync replica stays listed
	}
	lastKnown := p.lastKnownELR
	switch {
	case m.elr && len(isr) == 0 && len(p.isr) > 0:
		lastKnown = []int32{p.leader}
	case leader >= 0:
		lastKnown = nil
	}
	removed := slices.ContainsFunc(p.replicas, func(r int32) bool { return !slices.Contains(replicas, r) })
	if leader == p.leader && slices.Equal(replicas, p.replicas) && slices.Equal(isr, p.isr) && slices.Equal(adding, p.adding) &&
		slices.Equal(removing, p.removing) && slices.Equal(elr, p.elr) && slices.Equal(lastKnown, p.lastKnownELR) {
		return false
	}
	m.commit(p, partitionState{replicas, isr, adding, removing, elr, lastKnown, leader, unclean}, removed)
	return true
}

// partitionState is what a partition becomes.
type partitionState struct {
	replicas, isr, adding, removing, elr, lastKnownELR []int32
	leader                                             int32
	unclean                                            bool
}

// commit changes the partition to s. With bump the leader epoch grows even if the leader stays.
func (m *model) commit(p *partition, s partitionState, bump bool) {
	m.settle(p)
	for i := range p.logs {
		l := &p.logs[i]
		was, is := slices.Contains(p.isr, l.broker), slices.Contains(s.isr, l.broker)
		if was && !is {
			l.bytes = p.bytes
		}
		l.rate = 0
		if is {
			l.paused = false
		}
	}
	if s.unclean { // what only the others had is lost
		p.bytes = p.log(s.leader).bytes
		for i := range p.logs {
			p.logs[i].bytes = min(p.logs[i].bytes, p.bytes)
		}
	}
	if !slices.Equal(p.replicas, s.replicas) {
		m.place(p, s.replicas)
		m.eventf("replicas %v %v adding %v removing %v", p, s.replicas, s.adding, s.removing)
	}
	if !slices.Equal(p.isr, s.isr) {
		m.eventf("isr %v %v -> %v", p, p.isr, s.isr)
		m.countISR(p.leader, len(p.isr), len(s.isr))
	}
	was := p.leader
	if s.leader != p.leader || bump {
		p.leaderEpoch++
		m.eventf("leader %v %d -> %d epoch %d", p, p.leader, s.leader, p.leaderEpoch)
	}
	p.replicas, p.isr, p.adding, p.removing = s.replicas, s.isr, s.adding, s.removing
	p.elr, p.lastKnownELR, p.leader = s.elr, s.lastKnownELR, s.leader
	p.partitionEpoch++
	if p.topic.internal {
		m.coordinates(p, s.leader != was)
	}
	m.copying.track(p)
	m.changed(p.topic)
}

// place gives every new replica a log dir, the one with the fewest replicas that is neither offline nor cordoned, and
// forgets the logs of those that are gone.
func (m *model) place(p *partition, replicas []int32) {
	logs := make([]replicaLog, 0, len(replicas))
	for _, r := range replicas {
		if l := p.log(r); l != nil {
			logs = append(logs, *l)
			continue
		}
		l := replicaLog{broker: r, asOf: m.now}
		if b := m.broker(r); b != nil {
			l.dir = b.emptiestDir()
			b.dirs[l.dir].replicas++
			l.unmade = b.makesNone
		}
		logs = append(logs, l)
	}
	for _, l := range p.logs {
		if b := m.broker(l.broker); b != nil && !slices.Contains(replicas, l.broker) {
			b.dirs[l.dir].replicas--
		}
	}
	p.logs = logs
	m.hostedStale = true
}

func (b *broker) emptiestDir() int {
	best := -1
	for i, d := range b.dirs {
		if !d.offline && !d.cordoned && (best < 0 || d.replicas < b.dirs[best].replicas) {
			best = i
		}
	}
	return max(best, 0)
}

// completed is Kafka's rule for the end of a reassignment: every replica of the target is in sync
// (PartitionReassignmentReplicas.maybeCompleteReassignment).
func completed(replicas, isr, adding, removing []int32) (newReplicas, newISR []int32, done bool) {
	if len(adding) == 0 && len(removing) == 0 {
		return nil, nil, false
	}
	newReplicas, newISR = without(replicas, removing...), without(isr, removing...)
	if len(newReplicas) == 0 || len(newISR) == 0 {
		return nil, nil, false
	}
	for _, r := range newReplicas {
		if !slices.Contains(newISR, r) {
			return nil, nil, false
		}
	}
	return newReplicas, newISR, true
}

// merged is what a partition's replicas become when a reassignment starts: the target in its order, then those to be removed
// in ascending order (PartitionReassignmentReplicas).
func merged(current, target []int32) (replicas, adding, removing []int32) {
	adding, removing = sorted(without(target, current...)), sorted(without(current, target...))
	return slices.Concat(target, removing), adding, removing
}

// reverted is what a partition becomes when its reassignment is cancelled (PartitionReassignmentRevert). unclean reports that
// every in-sync replica was being added; then a replica that is not in sync would have to lead.
func reverted(p *partition) (replicas, isr []int32, unclean bool) {
	replicas, isr = without(p.replicas, p.adding...), without(p.isr, p.adding...)
	if len(isr) == 0 {
		return replicas, replicas[:1:1], true
	}
	return replicas, isr, false
}

// targetELR is the replicas that are not in sync but are known to hold all committed records (KIP-966).
func (m *model) targetELR(p *partition, isr []int32) []int32 {
	if !m.elr || len(isr) >= m.minISROf(p) {
		return nil
	}
	candidates := slices.Concat(p.elr, without(p.isr, p.elr...))
	return sorted(without(candidates, isr...))
}

func (m *model) elect(p *partition, replicas, isr, elr []int32, e election) (leader int32, unclean bool) {
	valid := func(r int32) bool {
		return (slices.Contains(isr, r) || len(isr) == 0 && slices.Contains(elr, r)) && m.online(p, r)
	}
	if e == electPreferred && valid(replicas[0]) {
		return replicas[0], false
	}
	if valid(p.leader) {
		return p.leader, false
	}
	for _, r := range replicas {
		if valid(r) {
			return r, false
		}
	}
	if e == electUnclean {
		for _, r := range replicas {
			if m.online(p, r) && p.log(r) != nil {
				return r, true
			}
		}
	}
	return -1, false
}

// uncleanAllowed reports whether the topic lets a replica that is not in sync lead.
func (m *model) uncleanAllowed(t *topic) bool {
	return m.topicConfig(t, "unclean.leader.election.enable") == "true"
}

func orElse(s, otherwise []int32) []int32 {
	if s == nil {
		return otherwise
	}
	return s
}

// without returns a new slice: s less those of drop.
func without(s []int32, drop ...int32) []int32 {
	kept := make([]int32, 0, len(s))
	for _, v := range s {
		if !slices.Contains(drop, v) {
			kept = append(kept, v)
		}
	}
	return kept
}

func sorted(s []int32) []int32 {
	slices.Sort(s)
	return s
}
