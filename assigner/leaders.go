package assigner

import (
	"context"
	"slices"

	"kdeck/assigner/flow"
)

// Leaders demands that preferred leaders are level over the live brokers: the sum of the squares of how many each has is the
// lowest that the replica sets allow, with as few changes of preferred leaders as possible. No data moves. Only the order of
// the lists changes: the new first replica and the old one swap positions. New replicas become leaders only if nothing else is
// as good. (This is kafka-assigner's reorder, solved exactly.)
type Leaders struct {
	Topics Topics
	// Followers demands that every position after the first is level as well.
	Followers bool
}

func (d Leaders) String() string { return "leaders" }

func (d Leaders) check(*model) error { return nil }

func (d Leaders) apply(m *model) error {
	m.changeLeaders = append(m.changeLeaders, d.String())
	m.levelFollowers = m.levelFollowers || d.Followers
	m.chosen(d.Topics, func(i int) {
		m.levelLeaders[i] = true
		m.reorder(i)
	})
	return nil
}

// levelLeaders chooses the first replica of every list that may be reordered, and then, if that is demanded, the replica of each
// further position.
func (l *lists) levelLeaders(ctx context.Context) error {
	if err := l.levelPosition(ctx, 0); err != nil || !l.m.levelFollowers {
		return err
	}
	deepest := int32(0)
	for _, need := range l.m.need {
		deepest = max(deepest, need)
	}
	for at := 1; at < int(deepest)-1; at++ {
		if err := l.levelPosition(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// Levels of the cost of a broker in a position, ascending.
const (
	stays     = iota // it is there now
	hadData          // it had the data before
	getsData         // it gets the data by this plan
	notListed        // it isn't in the list
)

// levelPosition chooses the brokers of one position among those at or after it in each list.
func (l *lists) levelPosition(ctx context.Context, at int) error {
	m := l.m
	f := newOneBinProblem(m)
	f.Cost[getsData] = f.Cost[hadData] + 1
	var items []int
	for i := range m.parts() {
		list := l.of(i)
		if at >= len(list) {
			continue
		}
		n := len(f.Own)
		if m.levelLeaders[i] && m.part(i).Leader >= 0 {
			for _, b := range list[at:] {
				if at > 0 || m.mayLead(i, b) {
					f.Own = append(f.Own, b)
					f.Level = append(f.Level, l.level(i, at, b))
				}
			}
		}
		if len(f.Own) == n {
			f.Base[list[at]]++
			continue
		}
		items = append(items, i)
		f.add()
	}
	chosen, err := flow.Solve(ctx, &f.Problem)
	if err != nil {
		return err
	}
	for k, i := range items {
		list := l.of(i)
		with := slices.Index(list, chosen.Of(k)[0])
		list[at], list[with] = list[with], list[at]
	}
	return nil
}

// mayLead tells whether a broker may become the preferred leader of a partition, or stay it.
func (m *model) mayLead(i int, b int32) bool {
	demoted := m.demoted[int32(i)]
	return m.live(b) && m.healthOf(i, b) != offline && !m.leaves(i, b) && (demoted == nil || !demoted[b])
}

func (l *lists) level(i, at int, b int32) uint8 {
	before := l.m.replicasOf(i)
	switch {
	case at == 0 && b == before[0], at > 0 && b == l.of(i)[at]:
		return stays
	case slices.Contains(before, b):
		return hadData
	}
	return getsData
}

// oneBinProblem is a flow problem in which each item takes one of its own bins, and level loads come before low costs.
type oneBinProblem struct{ flow.Problem }

func newOneBinProblem(m *model) *oneBinProblem {
	n := len(m.ids)
	s := &oneBinProblem{flow.Problem{
		Group: make([]int32, n), Base: make([]int64, n), Weight: make([]int64, n), Open: [][]bool{make([]bool, n)},
		Start: []int32{0},
	}}
	places := int64(2*n + 2)
	s.Cost = []int64{stays: 0, hadData: places, getsData: places, notListed: 2 * places}
	for b := range s.Weight {
		s.Weight[b] = s.Cost[notListed] * places
	}
	return s
}

// add ends an item, whose bins were appended to Own and Level.
func (s *oneBinProblem) add() {
	s.Need, s.Class, s.Cap = append(s.Need, 1), append(s.Class, 0), append(s.Cap, 1)
	s.Start = append(s.Start, int32(len(s.Own)))
}
