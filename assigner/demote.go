package assigner

import "slices"

// Demote demands that brokers are the preferred leader of no partition. Where one is, it goes to the end of the replica list, and
// the next in the list becomes the preferred leader. No data moves. (This is kafka-assigner's demote.)
type Demote struct {
	Brokers []int32
	Topics  Topics
}

func (d Demote) String() string { return "demote " + list(d.Brokers) }

func (d Demote) check(m *model) error {
	if len(d.Brokers) == 0 {
		return &DemandError{Stage: "demote", Why: "no broker is given"}
	}
	_, err := m.resolve(d.String(), d.Brokers)
	return err
}

func (d Demote) apply(m *model) error {
	bs, err := m.resolve(d.String(), d.Brokers)
	if err != nil {
		return err
	}
	m.changeLeaders = append(m.changeLeaders, d.String())
	m.demotions |= m.demand
	off := m.set(bs)
	m.chosen(d.Topics, func(i int) {
		m.demoted[int32(i)] = union(m.demoted[int32(i)], off)
		m.reorder(i)
	})
	return nil
}

// demote rotates the lists that begin with a demoted broker.
func (p *placement) demote(l *lists) error {
	m := p.m
	var refused *DemotionError
	for i := range m.parts() {
		demoted := m.demoted[int32(i)]
		if demoted == nil {
			continue
		}
		list := l.of(i)
		at := slices.IndexFunc(list, func(b int32) bool { return !demoted[b] })
		switch {
		case at > 0:
			copy(list, slices.Concat(list[at:], list[:at]))
		case at < 0 && refused == nil:
			why := m.orders[i] & m.demotions
			if !sameSet(m.replicasOf(i), list) {
				why |= m.forced[i] | m.serves[i]
			}
			refused = &DemotionError{Stages: p.wordsOf(why), Topic: m.part(i).Topic, Partition: m.part(i).ID, Replicas: m.idsOf(list)}
		case at < 0:
			refused.More++
		}
	}
	if refused != nil {
		return refused
	}
	return nil
}
