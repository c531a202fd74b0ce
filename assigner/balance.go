package assigner

// BalanceCount demands that replica counts of the targets are level: the sum of their squares is the least that can be, which
// makes them differ by one at the most where nothing stands in the way. It goes before few moves, and moves no more than
// it needs. The racks of a partition are not made worse: no rack comes to hold more of it than its fullest does now.
//
// Only the chosen topics move, for the sake of the counts of all; and of those no partition that has a replica on a broker
// that isn't live, for that move would not end before the broker returns.
type BalanceCount struct {
	Topics Topics
}

func (d BalanceCount) String() string { return "balance count" }

func (d BalanceCount) check(*model) error { return nil }

func (d BalanceCount) apply(m *model) error {
	m.levelCounts = true
	m.chosen(d.Topics, m.serve)
	return nil
}

// BalanceTopics demands that every topic by itself is level: of how many of its replicas each target has, the sum of the
// squares is the least that can be. It goes before level counts, if those are demanded as well, and like those before few
// moves and within the racks.
type BalanceTopics struct {
	Topics Topics
}

func (d BalanceTopics) String() string { return "balance topics" }

func (d BalanceTopics) check(*model) error { return nil }

func (d BalanceTopics) apply(m *model) error {
	m.chosen(d.Topics, func(i int) {
		m.serve(i)
		m.levelTopic[i] = true
	})
	return nil
}
