package assigner

import "fmt"

// Trim demands that partitions lose their replicas on some brokers and get no others for them. The replication factor falls, and no
// data moves. There is nothing to choose: these replicas go, in sync or not, and the caller has to say where the last one in sync is
// among them. Where another demand moves the partition as well, the order is that of SetReplicationFactor. (This is kafka-assigner's trim.)
type Trim struct {
	Brokers []int32
	Topics  Topics
}

func (d Trim) String() string { return "trim " + list(d.Brokers) }

func (d Trim) check(m *model) error {
	if len(d.Brokers) == 0 {
		return &DemandError{Stage: "trim", Why: "no broker is given"}
	}
	_, err := m.resolve(d.String(), d.Brokers)
	return err
}

func (d Trim) apply(m *model) error {
	bs, err := m.resolve(d.String(), d.Brokers)
	if err != nil {
		return err
	}
	off := m.set(bs)
	narrow := m.narrow(d.String(), bs, nil)
	bare := 0
	m.chosen(d.Topics, func(i int) {
		lost := int32(0)
		for _, b := range m.replicasOf(i) {
			if off[b] {
				lost++
			}
		}
		if lost == 0 {
			return
		}
		narrow(i)
		m.need[i] -= lost
		m.touch(i)
		if m.need[i] < 1 {
			bare++
			err = &DemandError{Stage: d.String(), Why: fmt.Sprintf("%s would have no replica left (%s is one)", count(bare, "partition"), m.name(i))}
		}
	})
	return err
}
