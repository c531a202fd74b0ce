package assigner

import (
	"fmt"
	"slices"
)

// KeepLeaders demands that no partition's preferred leader changes, but where a demand takes it off its broker, or that isn't
// live. It can't be met together with what is there to change them: leaders and demote. A clone that would lead comes second.
type KeepLeaders struct{}

func (d KeepLeaders) String() string { return "--keep-leaders" }

func (d KeepLeaders) check(*model) error { return nil }

func (d KeepLeaders) apply(m *model) error {
	m.keepLeaders = true
	return nil
}

// checkKeepLeaders refuses demands that are there to change what is to be kept.
func (m *model) checkKeepLeaders() error {
	if !m.keepLeaders || len(m.changeLeaders) == 0 {
		return nil
	}
	return &DemandError{Stage: KeepLeaders{}.String(), Why: fmt.Sprintf("%q is there to change preferred leaders: leave out one of the two", m.changeLeaders[0])}
}

// keepsLeader says that a partition must keep its preferred leader.
func (m *model) keepsLeader(i int) bool {
	first := m.replicasOf(i)[0]
	return m.keepLeaders && m.live(first) && !m.leaves(i, first)
}

// required are the brokers that a partition must have, a preferred leader that it must keep included.
func (m *model) required(i int32) []int32 {
	must, first := m.must[i], m.replicasOf(int(i))[:1:1]
	switch {
	case !m.keepsLeader(int(i)) || slices.Contains(must, first[0]):
		return must
	case len(must) == 0:
		return first
	}
	return append(slices.Clone(must), first...)
}

// clonesThatDoNotLead says of how many partitions the clone doesn't lead, for the preferred leader is to be kept.
func (m *model) clonesThatDoNotLead() []string {
	n := 0
	for i, clones := range m.clones {
		if m.keepsLeader(int(i)) && slices.ContainsFunc(clones, func(c clonePlace) bool { return c.leads }) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: the clones of %s come second, and don't lead", KeepLeaders{}, count(n, "partition"))}
}
