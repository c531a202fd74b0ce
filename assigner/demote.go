package assigner

import "fmt"

// Demote demands that brokers are the preferred leader of nothing: where one is, it goes to the end of the replica list, and
// the next follows. No data moves. (kafka-assigner's demote.)
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
	off := m.set(bs)
	m.chosen(d.Topics, func(i int) {
		m.demoted[int32(i)] = union(m.demoted[int32(i)], off)
		m.reorder(i)
	})
	return nil
}

// demote rotates the lists that a demoted broker heads.
func (l *lists) demote() error {
	for i := range l.m.parts() {
		demoted := l.m.demoted[int32(i)]
		if demoted == nil {
			continue
		}
		list := l.of(i)
		for turns := 0; demoted[list[0]]; turns++ {
			if turns == len(list) {
				return &DemandError{Stage: "demote", Why: fmt.Sprintf("%s has replicas on demoted brokers only: %s", l.m.name(i), brokers(l.m.idsOf(list)))}
			}
			first := list[0]
			copy(list, list[1:])
			list[len(list)-1] = first
		}
	}
	return nil
}
