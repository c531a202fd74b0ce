package assigner

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// numbered are lists as partitions of one topic.
func numbered(all ...string) []string {
	var partitions []string
	for i, list := range all {
		partitions = append(partitions, fmt.Sprintf("t-%d %s", i, list))
	}
	return partitions
}

// The layouts that Kafka gives new topics (AdminUtils and its rack-aware tests) are as good as its brokers and racks allow:
// nothing may be moved for the sake of what they are good at.
func TestWhatKafkaLaidOutWellIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		name    string
		brokers string
		lists   []string
		demands []Demand
	}{
		{
			"racks alternate", "0a 1c 2c 3b 4b 5a",
			[]string{"0,3,1", "3,1,5", "1,5,4", "5,4,2", "4,2,0", "2,0,3", "0,4,2"},
			[]Demand{Racks{}},
		},
		{
			"no racks", "0 1 2 3 4",
			[]string{"0,1,2", "1,2,3", "2,3,4", "3,4,0", "4,0,1", "0,2,3", "1,3,4", "2,4,0", "3,0,1", "4,1,2"},
			[]Demand{BalanceCount{}, Leaders{Followers: true}},
		},
		{
			"replicas beyond the racks", "0a 1a 2b 3b 4c 5c",
			[]string{"0,2,4,1,3", "5,3,1,0,2", "4,2,0,1,5"},
			[]Demand{Racks{}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(cluster(t, c.brokers, numbered(c.lists...)...), c.demands)
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Changes) > 0 {
				t.Errorf("changed %v", changed(plan))
			}
		})
	}
}

func TestRacksAreSpreadAsKafkaSpreadsThem(t *testing.T) {
	for _, c := range []struct {
		name     string
		brokers  string
		replicas int
		racks    int // that each partition must span
	}{
		{"three replicas in three racks", "0a 1a 2b 3b 4c 5c", 3, 3},
		{"racks of unequal size", "0a 1a 2b 3c 4c 5a", 3, 3},
		{"five replicas in three racks", "0a 1a 2b 3b 4c 5c", 5, 3},
		{"two replicas in one of three racks each", "0a 1a 2b 3b 4c 5c", 2, 2},
		{"four replicas in two racks", "0a 1a 2b 3b", 4, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var lists []string
			for i := range 12 {
				var ids []string
				n := len(strings.Fields(c.brokers))
				for k := range c.replicas {
					ids = append(ids, fmt.Sprint((i+k)%n))
				}
				lists = append(lists, strings.Join(ids, ","))
			}
			in := cluster(t, c.brokers, numbered(lists...)...)
			plan, err := solve(in, []Demand{Racks{}})
			if err != nil {
				t.Fatal(err)
			}
			for i, list := range after(in, plan) {
				in := map[string]int{}
				for _, id := range list {
					in[strings.TrimLeft(strings.Fields(c.brokers)[id], "0123456789")]++
				}
				var held []int
				for _, n := range in {
					held = append(held, n)
				}
				if len(in) != c.racks || slices.Max(held)-slices.Min(held) > 1 {
					t.Errorf("t-%d %v is spread %v", i, list, in)
				}
			}
			if plan.Moves != plan.MovesBound {
				t.Errorf("%d moves, bound %d", plan.Moves, plan.MovesBound)
			}
		})
	}
}
