package assigner

import (
	"fmt"
	"strings"
)

// Drain demands that brokers hold nothing, alive or dead. In this order, each as far as the ones before it allow:
//
//  1. no replica of any partition is left on a drained broker;
//  2. of every partition that has to leave one, no rack holds more than it must. What it must is the smallest cap under which
//     the brokers that may hold the partition (the targets, and those of its brokers that aren't drained) have room for all
//     its replicas. Partitions that the drain doesn't touch stay exactly as they are, badly spread or not;
//  3. as few replicas move as can be;
//  4. of replicas that must go although their broker stays (where a rack held too many), those on brokers that are dead go
//     before those on live ones, and the preferred leader goes last;
//  5. the replica counts of the targets are level: the sum of their squares is the least, which also makes the fullest as
//     empty and the emptiest as full as can be.
//
// A new replica takes the position in the list of the one that it replaces, so that the first of the list, where it is
// replaced, is replaced as preferred leader as well.
type Drain struct {
	Brokers []int32
	// To are the only brokers that may receive what is drained; nil is every target.
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

// list is ids as a flag takes them.
func list(ids []int32) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
}
