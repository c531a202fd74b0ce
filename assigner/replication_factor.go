package assigner

import "fmt"

// SetReplicationFactor demands that partitions have Factor replicas. Partitions that it changes are spread over the racks as by a
// drain, and of what that leaves to choose, replicas are dropped in this order:
//
//  1. those that are offline, because their broker is dead or fenced or their log dir has failed;
//  2. those that are out of sync;
//  3. those that are in sync;
//  4. the preferred leader, if it is in sync.
//
// So the last replica in sync is never dropped, unless another demand wants it off its broker. A replica out of sync that has to
// stay holds the reassignment up: the controller ends it only when all replicas of the target are in sync.
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
