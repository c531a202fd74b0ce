package assigner

import (
	"fmt"
	"slices"
)

// Verdict is the result of checking changed replica lists against demands, whichever planner made them.
type Verdict struct {
	// Wrong says in sentences which demands the lists don't meet, and which changes no demand asks for.
	Wrong []string
	// Moves counts the (partition, broker) pairs that are new. MovesBound is a lower bound of them for any lists that meet the
	// demands: the sum over the partitions, or the bound of the proof if that is higher.
	Moves, MovesBound int
	// Squares is the sum of the squares of the targets' replica counts. SquaresBound is the proof's lower bound of it, or -1 if
	// the proof has none.
	Squares, SquaresBound int64
	// LeaderChanges counts the partitions whose preferred leader changes. LeaderChangesBound is as in Plan.
	LeaderChanges, LeaderChangesBound int
	// Replicas says in sentences where a replica is kept that is in a worse state than one that is dropped: offline rather than out
	// of sync, or out of sync rather than in sync.
	Replicas []string
	// Leaders says in sentences how preferred leaders could be better, if a demand levels them.
	Leaders []string
	// Fullest and FullestBound are as in Plan.
	Fullest, FullestBound int64
	// Best says that the replica sets are proven to be the best and Leaders is empty.
	Best bool
}

// Check checks changed replica lists (After of every Change) against the demands and against the bounds of the proof. Any proof
// will do, or none: a poor one gives poor bounds, but never wrong ones. Errors are those of Solve for an invalid cluster or
// invalid demands, and an InputError for a change of a partition that doesn't exist.
func Check(in *Input, demands []Demand, changes []Change, proof *Proof) (*Verdict, error) {
	p, err := read(in, demands)
	if err != nil {
		return nil, err
	}
	c := &check{problem: p, after: make([][]int32, p.m.parts())}
	if err := c.read(changes); err != nil {
		return nil, err
	}
	c.judge()
	if err := c.compare(proof); err != nil {
		return nil, err
	}
	return &c.Verdict, nil
}

type check struct {
	*problem
	Verdict
	after [][]int32 // by partition; nil where it stays as it is
	bytes int64     // known to be copied
}

// read finds the partition of each change.
func (c *check) read(changes []Change) error {
	m := c.m
	type key struct {
		topic string
		id    int32
	}
	at := make(map[key]int, m.parts())
	for i := range m.parts() {
		at[key{m.part(i).Topic, m.part(i).ID}] = i
	}
	for _, change := range changes {
		name := fmt.Sprintf("%s-%d", change.Topic, change.ID)
		i, ok := at[key{change.Topic, change.ID}]
		switch {
		case !ok:
			return &InputError{"the cluster has no partition " + name}
		case c.after[i] != nil:
			return &InputError{name + " is changed twice"}
		case len(change.After) == 0:
			return &InputError{name + " would have no replicas"}
		case change.Before != nil && !slices.Equal(change.Before, m.part(i).Replicas):
			return &InputError{fmt.Sprintf("%s has the replicas %s, not %s", name, list(m.part(i).Replicas), list(change.Before))}
		}
		for k, id := range change.After {
			b, ok := m.index[id]
			if !ok {
				return &InputError{fmt.Sprintf("%s: there is no broker %d", name, id)}
			}
			if slices.Contains(change.After[:k], id) {
				return &InputError{fmt.Sprintf("%s would have two replicas on broker %d", name, id)}
			}
			c.after[i] = append(c.after[i], b)
		}
	}
	return nil
}

// list returns a partition's replica list after the changes.
func (c *check) list(i int) []int32 {
	if c.after[i] != nil {
		return c.after[i]
	}
	return c.m.replicasOf(i)
}

func (c *check) wrong(i int, format string, args ...any) {
	c.Wrong = append(c.Wrong, c.m.name(i)+" "+fmt.Sprintf(format, args...))
}

// judge checks every partition against its demands.
func (c *check) judge() {
	m := c.m
	k := 0
	for i := range m.parts() {
		before, now := m.replicasOf(i), c.list(i)
		if before[0] != now[0] {
			c.LeaderChanges++
		}
		for _, b := range now {
			if !slices.Contains(before, b) {
				c.Moves++
				c.bytes += max(0, m.part(i).Bytes)
			}
		}
		if k < len(c.items) && c.items[k] == int32(i) {
			c.judgeItem(k, now)
			k++
		} else if !sameSet(before, now) {
			switch {
			case m.part(i).Leader < 0:
				c.wrong(i, "has no leader, so that nobody can copy it")
			case slices.Contains(c.immovable, int32(i)):
				c.wrong(i, "is changed and %s", c.explainStuck(i).Short.reason())
			default:
				c.wrong(i, "is changed and nothing asks for it")
			}
		}
		if m.keepsLeader(i) && before[0] != now[0] {
			c.wrong(i, "has broker %d for its preferred leader and had %d, which %s keeps", m.ids[now[0]], m.ids[before[0]], KeepLeaders{})
		}
		if demoted := m.demoted[int32(i)]; demoted != nil && demoted[now[0]] {
			c.wrong(i, "has broker %d for its preferred leader, which is demoted", m.ids[now[0]])
		}
	}
}

func sameSet(a, b []int32) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x int32) bool { return !slices.Contains(b, x) })
}

func (c *check) judgeItem(k int, now []int32) {
	m := c.m
	i := int(c.items[k])
	stays, must, open := c.stays[k], m.must[int32(i)], c.open[m.rule[i]]
	if len(now) != int(m.need[i]) {
		c.wrong(i, "has %s and is to have %d", count(len(now), "replica"), m.need[i])
	}
	for _, b := range must {
		if !slices.Contains(now, b) {
			c.wrong(i, "has no replica on broker %d, which %q asks for", m.ids[b], m.wantedBy[b])
		}
	}
	c.compareHealth(k, now)
	in, room := make([]int32, len(m.racks)), make([]int32, len(m.racks))
	for b, ok := range open {
		if ok || slices.Contains(stays, int32(b)) || slices.Contains(must, int32(b)) {
			room[m.rack[b]]++
		}
	}
	for _, b := range now {
		in[m.rack[b]]++
		switch {
		case open[b] || slices.Contains(stays, b) || slices.Contains(must, b):
		case m.leaves(i, b):
			c.wrong(i, "has a replica on broker %d, which %q wants none on", m.ids[b], m.leftBy[b])
		default:
			why := m.whyNot(b)
			if why == "" {
				why = "not among the brokers to move to"
			}
			c.wrong(i, "is given a replica on broker %d, which is %s", m.ids[b], why)
		}
	}
	if !m.hasRacks {
		return
	}
	for r, n := range in {
		if n > c.cap[k] {
			c.wrong(i, "has %s in rack %s and can do with %d", count(int(n), "replica"), rackName(m.racks[r]), c.cap[k])
		}
		if low := min(c.floor[k], room[r]); n < low {
			c.wrong(i, "has %s in rack %s and can have %d", count(int(n), "replica"), rackName(m.racks[r]), low)
		}
	}
}

// compare checks the sums against the limits and the bounds.
func (c *check) compare(proof *Proof) error {
	rate := int64(0)
	if proof != nil {
		rate = proof.Rate
	}
	a, err := c.priorities(rate)
	if err != nil {
		return err
	}
	got := c.tally(a, func(k int) []int32 { return c.list(int(c.items[k])) })
	c.Squares, c.MovesBound, c.SquaresBound = got.squares, c.bound, -1
	if most := c.m.limit.Moves; most >= 0 && c.Moves > most {
		c.Wrong = append(c.Wrong, fmt.Sprintf("there are %s and at most %d are allowed", count(c.Moves, "move"), most))
	}
	if most := c.m.limit.Bytes; most >= 0 && c.bytes > most {
		c.Wrong = append(c.Wrong, fmt.Sprintf("%d bytes are copied and at most %d may be", c.bytes, most))
	}
	best := false
	if proof != nil {
		c.MovesBound, c.SquaresBound, best = c.bounds(a, proof, got)
	}
	if slices.Contains(c.m.levelLeaders, true) {
		c.Leaders = newLeadership(c.m, c.list).judge()
	}
	c.LeaderChangesBound = c.m.leaderChangesBound(c.list, len(c.Leaders) == 0, best)
	c.Best = best && len(c.Wrong)+len(c.Leaders) == 0
	if c.m.byteTolerance > 0 {
		c.Fullest, c.FullestBound = c.fullest(), c.fullestBound()
	}
	return nil
}

// fullest returns how many bytes the fullest target holds after the changes, as far as known.
func (c *check) fullest() int64 {
	held := make([]int64, len(c.m.ids))
	for i := range c.m.parts() {
		for _, b := range c.list(i) {
			held[b] += max(0, c.m.part(i).Bytes)
		}
	}
	most := int64(0)
	for b, bytes := range held {
		if c.m.open(int32(b)) {
			most = max(most, bytes)
		}
	}
	return most
}
