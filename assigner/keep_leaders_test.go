package assigner

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLeadersAreKept(t *testing.T) {
	in := cluster(t, "1 2 3 4", "t-0 1,2", "t-1 1,3", "t-2 1,2", "t-3 2,1")
	for _, c := range []struct {
		name    string
		in      *Input
		demands []Demand
		want    []string
		said    string
	}{
		{"a follower moves in place of a leader", in, []Demand{BalanceCount{}}, []string{"t-0 1,3", "t-3 2,4"}, "broker 1 must hold 3 replicas"},
		{"what is drained is led by another", in, []Demand{Drain{Brokers: []int32{2}, To: []int32{4}}}, []string{"t-0 1,4", "t-2 1,4", "t-3 4,1"}, ""},
		{"fewer replicas leave the leader", in, []Demand{SetReplicationFactor{Factor: 1}}, []string{"t-0 1", "t-1 1", "t-2 1", "t-3 2"}, ""},
		{
			"a clone comes second", in, []Demand{Clone{Brokers: []int32{1}, To: 4}},
			[]string{"t-0 1,4,2", "t-1 1,4,3", "t-2 1,4,2", "t-3 2,4,1"}, "--keep-leaders: the clones of 3 partitions come second, and don't lead",
		},
		{"a clone of what is trimmed leads", in, []Demand{Clone{Brokers: []int32{1}, To: 4}, Trim{Brokers: []int32{1}}}, []string{"t-0 4,2", "t-1 4,3", "t-2 4,2", "t-3 2,4"}, ""},
		{"a clone that is there swaps with no leader", in, []Demand{Clone{Brokers: []int32{2}, To: 1}}, nil, "--keep-leaders: the clones of 1 partition come second, and don't lead"},
		{
			"a dead broker need not be kept", cluster(t, "1 2 3!dead", "t-0 3,1"), []Demand{SetReplicationFactor{Factor: 1}}, []string{"t-0 1"}, "",
		},
		{
			"racks are repaired around the leader", cluster(t, "1a 2a 3b", "t-0 2,1", "t-1 1,2"), []Demand{Racks{}}, []string{"t-0 2,3", "t-1 1,3"}, "",
		},
		{
			"bytes are leveled by followers", sized(cluster(t, "1 2 3", "t-0 1,2", "u-0 1,2"), 500, 500), []Demand{BalanceBytes{Within: 0.5}},
			[]string{"t-0 1,3"}, "bytes are level",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			demands := append(c.demands, KeepLeaders{})
			plan, err := solve(c.in, demands)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, changed(plan)); diff != "" {
				t.Error(diff)
			}
			if said := strings.Join(plan.Relaxed, "\n"); (c.said == "") != (said == "") || !strings.Contains(said, c.said) {
				t.Errorf("said %q", said)
			}
			if v, err := Check(c.in, demands, plan.Changes, plan.Proof); err != nil || len(v.Wrong) > 0 {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
	v, err := Check(in, []Demand{BalanceCount{}, KeepLeaders{}}, []Change{{Topic: "t", ID: 1, After: []int32{3, 1}}}, nil)
	if want := []string{"t-1 has broker 3 for its preferred leader and had 1, which --keep-leaders keeps"}; err != nil || cmp.Diff(want, v.Wrong) != "" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestLeadersThatAreToChangeCanNotBeKept(t *testing.T) {
	in := cluster(t, "1 2 3", "t-0 1,2")
	for _, c := range []struct {
		demands []Demand
		want    string
	}{
		{[]Demand{KeepLeaders{}, Leaders{}}, `--keep-leaders: "leaders" changes preferred leaders: leave out one of the two`},
		{[]Demand{Demote{Brokers: []int32{1}}, KeepLeaders{}}, `--keep-leaders: "demote 1" changes preferred leaders: leave out one of the two`},
		{
			[]Demand{Replace{Broker: 2, With: 3}, SetReplicationFactor{Factor: 1}, KeepLeaders{}},
			`t-0: "replace 2 --with 3" and others want replicas on brokers 3, 1, and it is to have 1 replica`,
		},
	} {
		if plan, err := solve(in, c.demands); plan != nil || err == nil || err.Error() != c.want {
			t.Errorf("%v: %v, %v", c.demands, plan, err)
		}
	}
}
