package assigner

import (
	"fmt"
	"math"
	"slices"
)

// leadership says who leads how much by some lists, and for each pair of brokers what it would take for one to hand the lead of a
// partition to the other: what a choice of leaders could be improved by, without knowing how it was made.
type leadership struct {
	m            *model
	leads        []int64   // by broker: how many partitions it is the preferred leader of
	transferCost [][]int64 // from one to another: how many more partitions change their leader by it, or nobody
	barred       int       // partitions led by a broker that can't, though another could
}

const noTransfer = math.MaxInt64 / 4

func newLeadership(m *model, list func(i int) []int32) *leadership {
	l := &leadership{m: m, leads: make([]int64, len(m.ids)), transferCost: make([][]int64, len(m.ids))}
	for b := range l.transferCost {
		l.transferCost[b] = slices.Repeat([]int64{noTransfer}, len(m.ids))
	}
	for i := range m.parts() {
		now, before := list(i), m.replicasOf(i)
		first := now[0]
		l.leads[first]++
		if !m.levelLeaders[i] || m.part(i).Leader < 0 {
			continue
		}
		changed := func(b int32) int64 {
			if b == before[0] {
				return 0
			}
			return 1
		}
		for _, b := range now[1:] {
			if !m.mayLead(i, b) {
				continue
			}
			if !m.mayLead(i, first) {
				l.barred++
				break
			}
			l.transferCost[first][b] = min(l.transferCost[first][b], changed(b)-changed(first))
		}
	}
	return l
}

// uneven names a broker that could hand the lead of a partition, whatever way round, to one that leads less by two: if there
// is none, the sum of squares is the least.
func (l *leadership) uneven() (from, to int32, ok bool) {
	for from := range l.leads {
		seen, todo := make([]bool, len(l.leads)), []int{from}
		seen[from] = true
		for len(todo) > 0 {
			a := todo[0]
			todo = todo[1:]
			if l.leads[from] >= l.leads[a]+2 {
				return int32(from), int32(a), true
			}
			for b, cost := range l.transferCost[a] {
				if cost != noTransfer && !seen[b] {
					seen[b] = true
					todo = append(todo, b)
				}
			}
		}
	}
	return 0, 0, false
}

// couldChangeFewer says whether as level leaders could be had with fewer changes: whether leads can be handed round, or to a broker that
// leads less by one, so that more of them come back to where they were (a cycle of less than nothing, by Bellman and Ford).
func (l *leadership) couldChangeFewer() bool {
	dist := make([]int64, len(l.leads))
	for range len(l.leads) + 1 {
		shorter := false
		for a := range dist {
			for b := range dist {
				cost := l.transferCost[a][b]
				if l.leads[b] == l.leads[a]+1 { // a was handed one, and b gave it
					cost = min(cost, 0)
				}
				if cost != noTransfer && dist[a]+cost < dist[b] {
					dist[b], shorter = dist[a]+cost, true
				}
			}
		}
		if !shorter {
			return false
		}
	}
	return true
}

// judge says in sentences what could be better, none if nothing.
func (l *leadership) judge() []string {
	var said []string
	from, to, uneven := l.uneven()
	switch {
	case l.barred > 0:
		said = append(said, countHave(l.barred, "partition")+" a preferred leader that can't lead, and a replica that could")
	case uneven:
		said = append(said, fmt.Sprintf("preferred leaders could be more level with the same replicas: broker %d has %d, broker %d has %d",
			l.m.ids[from], l.leads[from], l.m.ids[to], l.leads[to]))
	case l.couldChangeFewer():
		said = append(said, "preferred leaders could be as level with fewer changes")
	}
	return said
}

// leaderChangesBound counts the changes of preferred leaders by some lists that no plan can do without: where a demand takes
// one off its broker or wants another; where leaders are leveled and can't be as level with fewer changes, sets being as they
// are (few); and where the broker no longer has the partition, if that is proven to happen as seldom as can be (best).
func (m *model) leaderChangesBound(list func(i int) []int32, few, best bool) int {
	bound := 0
	for i := range m.parts() {
		first, now := m.replicasOf(i)[0], list(i)
		if now[0] == first {
			continue
		}
		wanted := m.leaves(i, first) || m.demoted[int32(i)] != nil && m.demoted[int32(i)][first] ||
			!m.levelLeaders[i] && slices.ContainsFunc(m.clones[int32(i)], func(c clonePlace) bool { return c.leads })
		if wanted || few && m.levelLeaders[i] || best && m.live(first) && !slices.Contains(now, first) {
			bound++
		}
	}
	return bound
}
