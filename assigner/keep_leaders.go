package assigner

import (
	"fmt"
	"slices"
)

// KeepLeaders demands that preferred leaders stay, unless the replica is offline or a demand moves the replica off it. It can't be
// combined with Leaders and Demote, which change preferred leaders. A clone that would lead comes second instead.
type KeepLeaders struct{}

func (d KeepLeaders) String() string { return "--keep-leaders" }

func (d KeepLeaders) check(*model) error { return nil }

func (d KeepLeaders) apply(m *model) error {
	m.keepLeaders = true
	return nil
}

// checkKeepLeaders refuses KeepLeaders together with demands that change preferred leaders.
func (m *model) checkKeepLeaders() error {
	if !m.keepLeaders || len(m.changeLeaders) == 0 {
		return nil
	}
	return &DemandError{Stage: KeepLeaders{}.String(), Why: fmt.Sprintf("%q changes preferred leaders: leave out one of the two", m.changeLeaders[0])}
}

// keepsLeader tells whether a partition must keep its preferred leader.
func (m *model) keepsLeader(i int) bool {
	first := m.replicasOf(i)[0]
	return m.keepLeaders && m.healthOf(i, first) != offline && !m.leaves(i, first)
}

// required returns the brokers that a partition must have, including a preferred leader that it must keep.
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

// clonesThatDoNotLead says how many partitions have a clone that doesn't lead, because their preferred leader must be kept.
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
