package assigner

// BalanceCount demands that the replica counts of the targets are level: the sum of their squares is the lowest possible, so that
// they differ by at most one if nothing prevents that. It comes before few moves, and makes no more moves than it needs. The
// spread of a partition over racks does not get worse: no rack holds more of it than its fullest rack does now.
//
// Only partitions of the chosen topics move, but the counts are those of all topics. A partition with a replica on a broker that
// isn't live, or in a log dir that has failed, does not move, because the move would not end before that is back. Of equally level
// choices, replicas go in the order of SetReplicationFactor.
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

// BalanceTopics demands that every topic by itself is level: the sum of the squares of how many of its replicas each target has
// is the lowest possible. It comes before level counts, if those are demanded as well. Like those it comes before few moves, and
// the spread over racks does not get worse.
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
