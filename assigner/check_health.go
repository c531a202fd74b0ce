package assigner

import (
	"fmt"
	"slices"
)

func (h health) String() string {
	return [...]string{inSync: "in sync", outOfSync: "out of sync", offline: "offline"}[h]
}

// compareHealth finds a replica of an item that is kept though one in a better state is dropped that could stay in its place.
// Where a demand levels brokers, that goes before the state of replicas, and nothing is said.
func (c *check) compareHealth(k int, now []int32) {
	m := c.m
	i := int(c.items[k])
	if m.levelCounts || m.levelTopic[i] || m.levelBytes[i] {
		return
	}
	in := make([]int32, len(m.racks))
	for _, b := range now {
		in[m.rack[b]]++
	}
	swaps := func(kept, dropped int32) bool {
		from, to := m.rack[kept], m.rack[dropped]
		return from == to || !m.hasRacks || in[to] < c.cap[k] && in[from] > c.floor[k]
	}
	for _, dropped := range c.stays[k] {
		if slices.Contains(now, dropped) {
			continue
		}
		for _, kept := range now {
			worse := m.healthOf(i, kept)
			if better := m.healthOf(i, dropped); worse > better && !slices.Contains(m.required(int32(i)), kept) && swaps(kept, dropped) {
				c.Replicas = append(c.Replicas, fmt.Sprintf("%s keeps its replica on broker %d, which is %s, and loses that on broker %d, which is %s",
					m.name(i), m.ids[kept], worse, m.ids[dropped], better))
				return
			}
		}
	}
}
