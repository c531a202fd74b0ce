package assigner

import "slices"

// levelCountBytes returns a lower bound of the bytes that any plan with equally level counts copies. A target that now holds more
// replicas than the fullest one of the plan has to give up the difference, at least its smallest. (All plans with the lowest sum
// of squares have the same counts, up to which broker has which.) If partitions lose replicas it returns 0, because those leave
// without being copied.
func (p *placement) levelCountBytes(loads []Load) int64 {
	m := p.m
	if !m.levelCounts || p.proof.Rate > 0 {
		return 0
	}
	fullest := 0
	for _, l := range loads {
		if l.Target {
			fullest = max(fullest, l.After.Replicas)
		}
	}
	sizes := make([][]int64, len(m.ids))
	for i := range m.parts() {
		if int(m.need[i]) < len(m.replicasOf(i)) {
			return 0
		}
		for _, b := range m.replicasOf(i) {
			if loads[b].Target && loads[b].Before.Replicas > fullest {
				sizes[b] = append(sizes[b], max(0, m.part(i).Bytes))
			}
		}
	}
	sum := int64(0)
	for b := range sizes {
		slices.Sort(sizes[b])
		if sizes[b] == nil {
			continue
		}
		for _, size := range sizes[b][:loads[b].Before.Replicas-fullest] {
			sum += size
		}
	}
	return sum
}
