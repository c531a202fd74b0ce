package compare

import (
	"fmt"
	"maps"
	"slices"

	"kdeck/ops/format"
)

// Offsets are what one broker says of its own copy of a partition.
type Offsets struct {
	// Leads tells whether it acts as the leader: it answers consumers.
	Leads bool
	// Start and End are those of its log, and HighWatermark is the offset below which records are committed, as the leader says; -1 unknown.
	Start, End, HighWatermark int64
}

// Judge says where the copies of a partition contradict each other. looks hold the partition's topic; before and after are what brokers
// said of their copies before the first and after the last of them. As time passes between the two, a follower that is merely behind
// contradicts nothing: what it had before, the leader has after; and whoever is in sync has after what was committed before.
func Judge(topic string, partition int32, looks []Look, before, after map[int32]Offsets) (found []Difference) {
	scope := fmt.Sprintf("%s/%d", topic, partition)
	var acting []int32
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if before[id].Leads && after[id].Leads {
			acting = append(acting, id)
		}
	}
	if len(acting) > 1 {
		views := map[int32]string{}
		for _, id := range acting {
			views[id] = "acts as the leader"
		}
		found = append(found, Difference{WhatLeadership, scope, fmt.Sprintf("Brokers %s all act as the leader of %s", ids(acting), scope), views})
	}
	was, wasKnown := newest(looks[0], topic, partition)
	is, isKnown := newest(looks[len(looks)-1], topic, partition)
	if !wasKnown || !isKnown || was.Leader != is.Leader || was.LeaderEpoch != is.LeaderEpoch || is.Leader < 0 {
		return found
	}
	first, asked := before[is.Leader]
	last, again := after[is.Leader]
	if !asked || !again {
		return found
	}
	if !first.Leads && !last.Leads {
		found = append(found, Difference{WhatLeadership, scope, fmt.Sprintf("Broker %d is the leader of %s by the metadata, and refuses to act as such", is.Leader, scope),
			map[int32]string{is.Leader: "doesn't act as the leader"}})
		return found
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		b, a := before[id], after[id]
		if id == is.Leader || b.End < 0 || a.End < 0 || last.End < 0 {
			continue
		}
		switch inSync := slices.Contains(was.ISR, id) && slices.Contains(is.ISR, id); {
		case b.End > last.End:
			found = append(found, Difference{WhatLog, scope, fmt.Sprintf("Broker %d has %s that the leader of %s, broker %d, doesn't have: their logs have diverged",
				id, format.Count(int(b.End-last.End), "record"), scope, is.Leader), ends(before, after)})
		case inSync && first.HighWatermark > a.End:
			found = append(found, Difference{WhatLog, scope, fmt.Sprintf("Broker %d counts as in sync with broker %d, the leader of %s, and lacks %s that %s committed",
				id, is.Leader, scope, format.Count(int(first.HighWatermark-a.End), "record"), map[bool]string{true: "is", false: "are"}[first.HighWatermark-a.End == 1]), ends(before, after)})
		}
	}
	return found
}

func ends(before, after map[int32]Offsets) map[int32]string {
	views := map[int32]string{}
	for id := range before {
		views[id] = fmt.Sprintf("log end %d, then %d", before[id].End, after[id].End)
	}
	return views
}

// newest is the partition by the view with the highest leader epoch, and of several the one whose broker has followed the metadata
// furthest.
func newest(l Look, topic string, partition int32) (p PartitionView, known bool) {
	best := int64(-2)
	for _, id := range slices.Sorted(maps.Keys(l)) {
		v := l[id]
		is, ok := v.Topics[topic].partition(partition)
		if ok && (!known || is.LeaderEpoch > p.LeaderEpoch || is.LeaderEpoch == p.LeaderEpoch && v.After > best) {
			p, known, best = is, true, v.After
		}
	}
	return p, known
}
