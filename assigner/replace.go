package assigner

import (
	"fmt"
	"slices"
)

// Replace demands that the broker With takes over all replicas of Broker, in the same positions and whatever their racks. Nothing
// else of a partition moves, and it is not spread better.
type Replace struct {
	Broker, With int32
	Topics       Topics
}

func (d Replace) String() string { return fmt.Sprintf("replace %d --with %d", d.Broker, d.With) }

func (d Replace) check(m *model) error {
	if d.Broker == d.With {
		return &DemandError{Stage: d.String(), Why: "a broker can't replace itself"}
	}
	bs, err := m.resolve(d.String(), []int32{d.Broker})
	if err != nil {
		return err
	}
	m.close(bs[0], "being replaced")
	return nil
}

func (d Replace) apply(m *model) error {
	bs, err := m.resolve(d.String(), []int32{d.Broker, d.With})
	if err != nil {
		return err
	}
	if _, err := m.targets(d.String(), []int32{d.With}); err != nil {
		return err
	}
	from, to := bs[0], bs[1]
	narrow := m.narrow(d.String(), []int32{from}, nil)
	both := 0
	m.chosen(d.Topics, func(i int) {
		switch list := m.replicasOf(i); {
		case !slices.Contains(list, from):
		case slices.Contains(list, to):
			both++
			err = &DemandError{Stage: d.String(), Why: fmt.Sprintf("%s replicas on both (%s is one): drain %d moves those elsewhere",
				countHave(both, "partition"), m.name(i), d.Broker)}
		default:
			narrow(i)
			m.require(d.String(), i, to)
			m.touch(i)
		}
	})
	return err
}
