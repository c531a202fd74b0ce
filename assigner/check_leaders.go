package assigner

import (
	"fmt"
	"math"
	"slices"
)

// leadership counts the preferred leaders of some lists, and for each pair of brokers the cost of transferring the lead of a
// partition from one to the other. It shows whether a choice of leaders can be improved, however it was made.
type leadership struct {
	m            *model
	leads        []int64   // by broker: how many partitions it is the preferred leader of
	transferCost [][]int64 // from one to another: how many more partitions then change their leader; or noTransfer
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

// uneven finds a broker that could transfer the lead of a partition, directly or through others, to a broker that leads at least
// two fewer. If there is none, the sum of squares is the lowest possible.
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

// couldChangeFewer tells whether equally level leaders are possible with fewer changes: whether leads can be transferred in a
// cycle, or to a broker that leads one fewer, so that more partitions keep their leader. That is a negative cycle (Bellman-Ford).
func (l *leadership) couldChangeFewer() bool {
	dist := make([]int64, len(l.leads))
	for range len(l.leads) + 1 {
		shorter := false
		for a := range dist {
			for b := range dist {
				cost := l.transferCost[a][b]
				if l.leads[b] == l.leads[a]+1 { // a got one, and b gave it
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

// judge says in sentences what could be better.
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

// leaderChangesBound counts the changes of preferred leaders in some lists that no plan can avoid: where a demand moves the
// leader off its broker or wants another; where leaders are levelled, if that can't be done with fewer changes (few); and where
// the broker loses the partition, if the replica sets are proven to be the best (best).
func (m *model) leaderChangesBound(list func(i int) []int32, few, best bool) int {
	bound := 0
	for i := range m.parts() {
		first, now := m.replicasOf(i)[0], list(i)
		if now[0] == first {
			continue
		}
		wanted := m.leaves(i, first) || m.demoted[int32(i)] != nil && m.demoted[int32(i)][first] ||
			!m.levelLeaders[i] && slices.ContainsFunc(m.clones[int32(i)], func(c clonePlace) bool { return c.leads })
		if wanted || few && m.levelLeaders[i] || best && m.healthOf(i, first) == inSync && !slices.Contains(now, first) {
			bound++
		}
	}
	return bound
}
