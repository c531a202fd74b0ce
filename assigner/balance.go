package assigner

// BalanceCount demands that replica counts of the targets are level: the sum of their squares is the least that can be, which
// makes them differ by one at the most where nothing stands in the way. It goes before few moves, and moves no more than
// it needs. The racks of a partition are not made worse: no rack comes to hold more of it than its fullest does now.
//
// Only the chosen topics move, for the sake of the counts of all.
type BalanceCount struct {
	Topics Topics
}

func (d BalanceCount) String() string { return "balance count" }

func (d BalanceCount) check(*model) error { return nil }

func (d BalanceCount) apply(m *model) error {
	m.levelCounts = true
	m.chosen(d.Topics, func(i int) { m.free[i] = true })
	return nil
}
