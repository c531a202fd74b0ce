package assigner

// Racks demands that partitions are spread over the racks as evenly as their possible brokers allow: no rack holds more replicas of
// a partition than necessary, or fewer than possible. Partitions that are spread well don't change.
type Racks struct {
	Topics Topics
}

func (d Racks) String() string { return "racks" }

func (d Racks) check(m *model) error {
	if !m.hasRacks {
		return &DemandError{Stage: d.String(), Why: "no broker has a rack (broker.rack)"}
	}
	return nil
}

func (d Racks) apply(m *model) error {
	m.chosen(d.Topics, func(i int) {
		m.spread[i], m.spreadEvenly[i] = true, true
		m.forced[i] |= m.demand
	})
	return nil
}
