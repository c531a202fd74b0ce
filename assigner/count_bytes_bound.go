package assigner

import "slices"

// levelCountBytes is what any plan with counts as level must copy at the least: a target that held more than the fullest does
// in the end has to give up that many, at the least its smallest. (All choices with the least sum of squares have the same
// counts, up to which broker has which.) Where partitions lose replicas it says nothing, for those go without a copy.
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
