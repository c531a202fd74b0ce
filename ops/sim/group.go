package sim

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// groupKind is how the members of a group are assigned their partitions.
type groupKind string

const (
	classicGroup  groupKind = "classic"
	consumerGroup groupKind = "consumer" // KIP-848
	shareGroup    groupKind = "share"    // KIP-932
)

// group is a consumer group of a tenant. Its members, its state and its offsets are computed from the clock. Groups of real
// clients are kfake's.
type group struct {
	name     string
	kind     groupKind
	by       *tenant
	subnet   string // of its members' hosts, with a last dot
	assignor string
	topics   []string // that it reads, sorted; those that don't exist are left out
	members  int
	readings []reading // the first that is about a partition holds

	readCommitted bool
	rebalancing   float64               // seconds; since then it rebalances without end. NaN: never
	left          float64               // seconds; since then it has no members. NaN: never
	unowned       *partition            // belongs to none of its members
	hash          uint32                // of the name
	committed     map[committedAt]int64 // by clients, instead of what is computed; −1: deleted
}

// committedAt is a partition that a group has an offset of.
type committedAt struct {
	topic     string
	partition int32
}

// groups are the groups of the tenants.
type groups struct {
	byName map[string]*group
	names  []string // sorted
	denied []string // names of those that no client may see
}

func (gs *groups) add(g *group) {
	if gs.byName == nil {
		gs.byName = map[string]*group{}
	}
	if gs.byName[g.name] == nil {
		i, _ := slices.BinarySearch(gs.names, g.name)
		gs.names = slices.Insert(gs.names, i, g.name)
	}
	gs.byName[g.name] = g
}

func (gs *groups) remove(name string) {
	delete(gs.byName, name)
	if i, ok := slices.BinarySearch(gs.names, name); ok {
		gs.names = slices.Delete(gs.names, i, i+1)
	}
}

// The states of groups (Group.GroupState).
const (
	stateStable     = "Stable"
	stateEmpty      = "Empty"
	statePreparing  = "PreparingRebalance"
	stateCompleting = "CompletingRebalance"
	stateAssigning  = "Assigning"
)

// rebalanceRound is how long each of the rebalances takes that follow each other without end: members join, get their
// partitions, and one of them is put out for not polling.
const rebalanceRound = 52 * time.Second

// state is the group's state at a time.
func (g *group) state(at float64) string {
	if g.left <= at || g.members == 0 {
		return stateEmpty
	}
	if !(g.rebalancing <= at) {
		return stateStable
	}
	switch in := math.Mod(at-g.rebalancing, rebalanceRound.Seconds()); {
	case g.kind != classicGroup:
		return stateAssigning
	case in < 44:
		return statePreparing
	case in < 50:
		return stateCompleting
	}
	return stateStable
}

// generation counts the rebalances of the group.
func (g *group) generation(at float64) int32 {
	n := int32(17)
	if g.rebalancing <= at {
		n += int32((at - g.rebalancing) / rebalanceRound.Seconds())
	}
	return n
}

// member is a consumer of a group.
type member struct {
	id, client, host string
}

// membersAt lists the members at a time. One that rejoins after it was put out has a new id.
func (g *group) membersAt(at float64) []member {
	if g.state(at) == stateEmpty {
		return nil
	}
	all := make([]member, g.members)
	for i := range all {
		round := int32(0)
		if i == 0 {
			round = g.generation(at)
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", g.name, i, round))
		sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
		all[i] = member{
			id:     fmt.Sprintf("%s-%x-%x-%x-%x-%x", g.by.client, sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]),
			client: g.by.client,
			host:   "/" + g.subnet + itoa(11+i),
		}
	}
	return all
}

// reads lists the topics that the group reads, in order.
func (m *model) reads(g *group) []*topic {
	var all []*topic
	for _, name := range g.topics {
		if t := m.byName[name]; t != nil {
			all = append(all, t)
		}
	}
	return all
}

// owner is the index of the member that a partition is assigned to, −1 for nobody: each topic's partitions go round the members.
func (g *group) owner(topicIndex int, p *partition) int {
	if p == g.unowned || g.members == 0 {
		return -1
	}
	return (topicIndex + int(p.id)) % g.members
}

// ownerOf is the index of the member that a partition is assigned to, −1 for nobody.
func (m *model) ownerOf(g *group, p *partition) int {
	return g.owner(slices.Index(m.reads(g), p.topic), p)
}

// assigned lists the partitions of one member by topic, in the order of reads.
func (m *model) assigned(g *group, who int) [][]int32 {
	topics := m.reads(g)
	all := make([][]int32, len(topics))
	for i, t := range topics {
		for _, p := range t.parts {
			if g.owner(i, p) == who {
				all[i] = append(all[i], p.id)
			}
		}
	}
	return all
}

// committedOffset is the offset that the group has committed for a partition, −1 for none.
func (m *model) committedOffset(g *group, at committedAt) int64 {
	if offset, ok := g.committed[at]; ok {
		return offset
	}
	p := m.partition(at.topic, at.partition)
	if p == nil || p.stream == nil {
		return -1
	}
	if _, reads := slices.BinarySearch(g.topics, at.topic); !reads {
		return -1
	}
	return m.readOffset(g, p, m.commitsUntil(g))
}

func (m *model) readOffset(g *group, p *partition, now float64) int64 {
	s := p.stream
	for i := range g.readings {
		r := &g.readings[i]
		if r.only != nil && !r.only(p) {
			continue
		}
		offset := r.offset(s, now, g.phase(p))
		if g.readCommitted {
			offset = min(offset, s.lastStable(now))
		}
		return offset
	}
	return -1
}

// phase spreads the commits of the group's members over the interval.
func (g *group) phase(p *partition) float64 {
	const apart = 379 // prime, so that the members' phases differ
	return float64((g.hash+uint32(g.owner(0, p)+1)*apart)%1000) / 1000
}

// commitsUntil is the last time, up to now, at which the group could commit: a coordinator whose partition has no leader, or
// fewer in-sync replicas than it needs, takes nothing.
func (m *model) commitsUntil(g *group) float64 {
	now := m.secondsNow()
	if p := m.coordinatorPartition(offsetsTopic, g.name); p != nil && p.unwritable {
		return min(now, p.unwritableSince.Seconds())
	}
	return now
}

// committedTo lists the partitions that the group has offsets of, in order of topic and partition.
func (m *model) committedTo(g *group) []committedAt {
	var all []committedAt
	for _, t := range m.reads(g) {
		for _, p := range t.parts {
			if p.stream != nil {
				if _, ok := g.committed[committedAt{t.name, p.id}]; !ok {
					all = append(all, committedAt{t.name, p.id})
				}
			}
		}
	}
	for at, offset := range g.committed {
		if offset >= 0 {
			all = append(all, at)
		}
	}
	if len(g.committed) == 0 {
		return all
	}
	slices.SortFunc(all, func(a, b committedAt) int {
		if c := strings.Compare(a.topic, b.topic); c != 0 {
			return c
		}
		return int(a.partition - b.partition)
	})
	return all
}

// forgetTopic takes the offsets and transactions of a topic that is deleted from their coordinators.
func (m *model) forgetTopic(t *topic) {
	for _, g := range m.groups.byName {
		maps.DeleteFunc(g.committed, func(at committedAt, _ int64) bool { return at.topic == t.name })
	}
	m.transactional = slices.DeleteFunc(m.transactional, func(p *partition) bool { return p.topic == t })
	m.transactions = slices.DeleteFunc(m.transactions, func(tx *transaction) bool { return tx.partition.topic == t })
}
