package assigner

import (
	"cmp"
	"fmt"
	"slices"
)

// explainUnevenCounts says why the counts of the targets differ by more than one although a demand levels them. If load could go from a
// broker to one that has two fewer, directly or through others, the sum of squares would not be the lowest possible. So if there
// is a gap between the counts, no replica of the brokers above it can go to those below.
func (p *placement) explainUnevenCounts(loads []Load) []string {
	m := p.m
	if !m.levelCounts || p.proof.Rate > 0 || m.byteTolerance > 0 {
		return nil
	}
	var targets []Load
	total := 0
	for _, l := range loads {
		if l.Target {
			targets = append(targets, l)
			total += l.After.Replicas
		}
	}
	slices.SortStableFunc(targets, func(a, b Load) int { return cmp.Compare(b.After.Replicas, a.After.Replicas) })
	if len(targets) == 0 || targets[0].After.Replicas-targets[len(targets)-1].After.Replicas <= 1 {
		return nil
	}
	cut, gap := 0, 0
	for at := 1; at < len(targets); at++ {
		if d := targets[at-1].After.Replicas - targets[at].After.Replicas; d > gap {
			cut, gap = at, d
		}
	}
	above, below := targets[:cut], targets[cut:]
	sentence := fmt.Sprintf("counts can't be more level: %s must hold %s, and %s the rest of %d",
		p.describe(above), perBroker(above), p.describe(below), total)
	return []string{sentence}
}

// perBroker says how many replicas some brokers hold together and each.
func perBroker(loads []Load) string {
	sum, low, high := 0, loads[0].After.Replicas, loads[0].After.Replicas
	for _, l := range loads {
		sum += l.After.Replicas
		low, high = min(low, l.After.Replicas), max(high, l.After.Replicas)
	}
	switch {
	case len(loads) == 1:
		return count(sum, "replica")
	case low == high:
		return fmt.Sprintf("%s (%d each)", count(sum, "replica"), low)
	}
	return fmt.Sprintf("%s (%d to %d each)", count(sum, "replica"), low, high)
}

// describe names brokers: by their racks, if they are all targets of those racks.
func (p *placement) describe(loads []Load) string {
	m := p.m
	var ids []int32
	in, all := map[string]int{}, map[string]int{}
	for _, l := range loads {
		ids = append(ids, l.Broker)
		in[l.Rack]++
	}
	slices.Sort(ids)
	for b := range m.ids {
		if m.open(int32(b)) {
			all[m.broker[b].Rack]++
		}
	}
	var names []string
	for _, rack := range m.racks {
		if in[rack] == 0 {
			continue
		}
		if in[rack] < all[rack] || !m.hasRacks {
			return brokers(ids)
		}
		names = append(names, rackName(rack))
	}
	return fmt.Sprintf("%s (%s)", racksVerb(names, "", ""), count(len(ids), "broker"))
}
