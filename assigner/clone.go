package assigner

import "slices"

// Clone demands that the broker To gets a replica of every partition that is on one of Brokers. The replication factor rises. If
// one of Brokers is the preferred leader, To becomes the preferred leader instead; otherwise it is second in the list. If To has
// a replica already and one of Brokers is the preferred leader, the two swap positions. (This is kafka-assigner's clone.
// Together with a trim of the same brokers it is a replacement, with one move a partition.)
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

// clonePlace is the position of a clone in a replica list.
type clonePlace struct {
	to           int32
	leads, swaps bool
}

// place puts the clone into its position, but not before a leader that is kept.
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
