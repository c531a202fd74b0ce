package assigner

import (
	"fmt"
	"strings"
)

// Drain demands that brokers, alive or dead, hold no replica. Its goals are these, each as far as the ones before it allow:
//
//  1. No replica of any partition is left on a drained broker.
//  2. A partition that has to leave one is spread over the racks: each rack holds at most the lowest number under which the
//     brokers that may hold the partition (the targets, and those of its brokers that aren't drained) have room for all its
//     replicas. Partitions that have no replica on a drained broker stay as they are, however they are spread.
//  3. As few replicas move as possible.
//  4. Where a rack held too many replicas of a partition, those that are offline (on a dead broker or a failed log dir) go first,
//     then those out of sync, then those in sync, and last the preferred leader, if that is in sync.
//  5. The replica counts of the targets are level: the sum of their squares is the lowest possible. That also makes the fullest
//     as empty and the emptiest as full as possible.
//
// A partition that fewer brokers may hold than it must have replicas can't be moved. It is left as it is, and listed with what
// is short (Plan.Stuck), as are partitions without a leader. If all live brokers are drained, that is an error.
//
// A new replica takes the position in the list of the one that it replaces. So the broker that replaces the preferred leader
// becomes the preferred leader.
type Drain struct {
	Brokers []int32
	// To lists the only brokers that may receive the replicas; nil is every target.
	To []int32
	// Topics limits the drain to some topics.
	Topics Topics
}

func (d Drain) String() string {
	s := "drain " + list(d.Brokers)
	if len(d.To) > 0 {
		s += " --to " + list(d.To)
	}
	return s
}

const drained = "being drained"

func (d Drain) check(m *model) error {
	if len(d.Brokers) == 0 {
		return &DemandError{Stage: "drain", Why: "no broker is given"}
	}
	from, err := m.resolve(d.String(), d.Brokers)
	if err != nil {
		return err
	}
	for _, b := range from {
		m.close(b, drained)
	}
	return nil
}

func (d Drain) apply(m *model) error {
	from, err := m.resolve(d.String(), d.Brokers)
	if err != nil {
		return err
	}
	to, err := m.targets(d.String(), d.To)
	if err != nil {
		return err
	}
	m.drainings |= m.demand
	leave := m.set(from)
	narrow := m.narrow(d.String(), from, to)
	m.chosen(d.Topics, func(i int) {
		if m.holds(i, leave) {
			narrow(i)
			m.touch(i)
			m.spread[i] = true
		}
	})
	return nil
}

// list writes ids as a flag takes them.
func list(ids []int32) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
}
