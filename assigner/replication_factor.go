package assigner

import "fmt"

// SetReplicationFactor demands that partitions have Factor replicas. Partitions that it changes are spread over the racks as by a
// drain. Replicas on dead brokers are dropped first, and the preferred leader last, so that the leader stays where it is.
type SetReplicationFactor struct {
	Factor int
	Topics Topics
}

func (d SetReplicationFactor) String() string {
	return fmt.Sprintf("set-replication-factor %d", d.Factor)
}

func (d SetReplicationFactor) check(m *model) error {
	if d.Factor < 1 {
		return &DemandError{Stage: d.String(), Why: "a partition has at least 1 replica"}
	}
	if d.Factor > len(m.ids) {
		return &DemandError{Stage: d.String(), Why: "there are only " + count(len(m.ids), "broker")}
	}
	return nil
}

func (d SetReplicationFactor) apply(m *model) error {
	m.chosen(d.Topics, func(i int) {
		if m.need[i] != int32(d.Factor) {
			m.need[i] = int32(d.Factor)
			m.touch(i)
			m.spread[i] = true
		}
	})
	return nil
}
