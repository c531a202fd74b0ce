package assigner

import "slices"

// Clone demands that one broker gets a replica of every partition that is on any of some others: the replication factor rises.
// Where one of those leads, the clone becomes the preferred leader; else it comes second. Where the clone is a replica
// already and one of those leads, the two swap positions. (kafka-assigner's clone. Together with a trim of the same
// brokers it nets to a replacement: one move a partition.)
type Clone struct {
	Brokers []int32
	To      int32
	Topics  Topics
}

func (d Clone) String() string { return "clone " + list(d.Brokers) + " --to " + list([]int32{d.To}) }

func (d Clone) check(m *model) error {
	if len(d.Brokers) == 0 {
		return &DemandError{Stage: "clone", Why: "no broker is given"}
	}
	_, err := m.resolve(d.String(), append(slices.Clone(d.Brokers), d.To))
	return err
}

func (d Clone) apply(m *model) error {
	bs, err := m.resolve(d.String(), append(slices.Clone(d.Brokers), d.To))
	if err != nil {
		return err
	}
	if _, err := m.targets(d.String(), []int32{d.To}); err != nil {
		return err
	}
	from, to := m.set(bs[:len(bs)-1]), bs[len(bs)-1]
	m.chosen(d.Topics, func(i int) {
		if !m.holds(i, from) {
			return
		}
		first := m.replicasOf(i)[0]
		has := slices.Contains(m.replicasOf(i), to)
		if !has && !slices.Contains(m.must[int32(i)], to) {
			m.require(d.String(), i, to)
			m.need[i]++
			m.touch(i)
		}
		if !has || from[first] {
			m.reorder(i)
			m.clones[int32(i)] = append(m.clones[int32(i)], clonePlace{to: to, leads: from[first], swaps: has})
		}
	})
	return nil
}

// clonePlace is where a clone stands in a replica list.
type clonePlace struct {
	to           int32
	leads, swaps bool
}

// place puts the clone where it stands, not before a leader that is kept.
func (c clonePlace) place(list []int32, keeps bool) []int32 {
	at := slices.Index(list, c.to)
	switch {
	case at < 0 || c.swaps && keeps:
		return list
	case c.swaps:
		list[0], list[at] = list[at], list[0]
		return list
	}
	position := 1
	if c.leads && !keeps {
		position = 0
	}
	list = slices.Delete(list, at, at+1)
	return slices.Insert(list, min(position, len(list)), c.to)
}
