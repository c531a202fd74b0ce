package assigner

import (
	"strings"
	"testing"
)

func TestWhyCountsAreNotLevelIsSaid(t *testing.T) {
	for _, c := range []struct {
		name       string
		brokers    string
		partitions []string
		demands    []Demand
		want       string
	}{
		{
			"a small rack must hold a third",
			"1a 2b 3b 4b 5c 6c 7c",
			[]string{"t-0 1,2,5", "t-1 1,3,6", "t-2 1,4,7", "t-3 1,2,5", "t-4 1,3,6", "t-5 1,4,7"},
			[]Demand{Racks{}, BalanceCount{}},
			"counts can't be more level: rack a (1 broker) must hold 6 replicas, and racks b and c (6 brokers) the rest of 18",
		},
		{
			"as many replicas as brokers",
			"1 2 3", []string{"t-0 1,2", "t-1 1,2", "t-2 1,2", "u-0 1,3", "u-1 1"},
			[]Demand{BalanceCount{Topics: Topics{}}},
			"",
		},
		{
			"topics that may not move",
			"1 2 3", []string{"t-0 1", "t-1 1", "t-2 1", "t-3 2"},
			[]Demand{BalanceCount{Topics: only("u")}},
			"counts can't be more level: broker 1 must hold 3 replicas, and brokers 2, 3 the rest of 4",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(cluster(t, c.brokers, c.partitions...), c.demands)
			if err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(plan.Relaxed, "\n"); said != c.want {
				t.Errorf("said %q", said)
			}
		})
	}
}
