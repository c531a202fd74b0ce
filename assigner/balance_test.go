package assigner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBalance(t *testing.T) {
	for _, c := range []struct {
		name       string
		brokers    string
		partitions []string
		demands    []Demand
		want       []string
	}{
		{
			"counts are level with no more moves than it takes", "1 2 3",
			numbered("1,2", "1,2", "1,2"), []Demand{BalanceCount{}},
			[]string{"t-0 1,3", "t-1 3,2"},
		},
		{
			"a follower moves rather than the preferred leader", "1 2 3",
			numbered("1,2", "2,1", "1,2"), []Demand{BalanceCount{}},
			[]string{"t-0 1,3", "t-1 2,3"},
		},
		{
			"racks are not made worse for level counts", "1a 2a 3b",
			numbered("1,3", "1,3", "1,3"), []Demand{BalanceCount{}},
			[]string{"t-0 2,3"},
		},
		{
			"the count of all is leveled by the topics that are chosen", "1 2",
			[]string{"t-0 1", "t-1 1", "u-0 1", "u-1 1"}, []Demand{BalanceCount{Topics: only("u")}},
			[]string{"u-0 2", "u-1 2"},
		},
		{
			"what is drained fills what is empty", "1 2 3",
			numbered("1,2", "1,2", "2,3", "2,3"), []Demand{Drain{Brokers: []int32{1}}, BalanceCount{}},
			[]string{"t-0 3,2", "t-1 3,2"},
		},
		{
			"each topic by itself is level", "1 2",
			[]string{"t-0 1", "t-1 1", "u-0 2", "u-1 2"}, []Demand{BalanceTopics{}},
			[]string{"t-0 2", "u-0 1"},
		},
		{
			"a partition with a replica on a dead broker isn't moved for level counts", "1 2 3 4!dead",
			numbered("1,4", "1,2", "1,2"), []Demand{BalanceCount{}},
			[]string{"t-1 3,2"},
		},
		{
			"a partition without a leader isn't either", "1 2 3",
			[]string{"t-0 1 leaderless", "t-1 1", "t-2 1"}, []Demand{BalanceCount{}},
			[]string{"t-1 2", "t-2 3"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(cluster(t, c.brokers, c.partitions...), c.demands)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, changed(plan)); diff != "" {
				t.Error(diff)
			}
			if plan.Moves != plan.MovesBound {
				t.Errorf("%d moves, bound %d", plan.Moves, plan.MovesBound)
			}
		})
	}
}
