package assigner

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// In sync is a matter of a replica and not of its broker. What goes first: offline, out of sync, in sync, the preferred leader.
func TestWhichReplicasGo(t *testing.T) {
	for _, c := range []struct {
		name, brokers string
		partition     string
		behind, off   []int32
		leader        int32
		demands       []Demand
		want          []string
	}{
		{"the last in the list, where all are in sync", "1 2 3", "t-0 1,2,3", nil, nil, 1, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 1,2"}},
		{"the preferred leader, where it is out of sync", "1 2 3", "t-0 1,2,3", []int32{1}, nil, 2, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 2,3"}},
		{"a follower out of sync", "1 2 3", "t-0 1,2,3", []int32{2}, nil, 1, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 1,3"}},
		{"one of two out of sync, and one in sync leads", "1 2 3", "t-0 3,2,1", []int32{2, 3}, nil, 1, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 1,2"}},
		{"all out of sync", "1 2 3", "t-0 3,2,1", []int32{2, 3}, nil, 1, []Demand{SetReplicationFactor{Factor: 1}}, []string{"t-0 1"}},
		{"in a failed log dir before out of sync", "1 2 3", "t-0 1,2,3", []int32{2, 3}, []int32{3}, 1, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 1,2"}},
		{"on a dead broker before out of sync", "1 2!dead 3", "t-0 1,2,3", []int32{2, 3}, nil, 1, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 1,3"}},
		{"on a fenced broker before out of sync", "1 2!fenced 3", "t-0 1,2,3", []int32{3}, nil, 1, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 1,3"}},
		{"on a cordoned broker only out of sync", "1 2!cordoned 3", "t-0 1,2,3", []int32{3}, nil, 1, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 1,2"}},
		{"out of sync, whatever the counts", "1 2 3 4", "t-0 4,1,2", []int32{4}, nil, 1, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 1,2"}},
		{"but racks come first", "1a 2b 3b", "t-0 1,2,3", []int32{1}, nil, 2, []Demand{SetReplicationFactor{Factor: 2}}, []string{"t-0 1,2"}},
		{"what is trimmed, in sync or not", "1 2 3", "t-0 3,2,1", []int32{2, 3}, nil, 1, []Demand{Trim{Brokers: []int32{1}}}, []string{"t-0 3,2"}},
		{"what is trimmed, and then what is out of sync", "1 2 3 4", "t-0 1,2,3,4", []int32{3}, nil, 1,
			[]Demand{SetReplicationFactor{Factor: 3}, Trim{Brokers: []int32{1}}}, []string{"t-0 2,4"}},
		{"out of sync where a drain leaves a choice", "1a 2b 3b 4c 5a", "t-0 2,3,1", []int32{2}, nil, 3, []Demand{Drain{Brokers: []int32{1}}}, []string{"t-0 4,3,5"}},
		{"out of sync where racks leave a choice", "1a 2b 3b 4c", "t-0 2,1,3", []int32{2}, nil, 1, []Demand{Racks{}}, []string{"t-0 4,1,3"}},
		{"nobody from a failed log dir to level counts", "1 2", "t-0 1", []int32{1}, []int32{1}, -1, []Demand{BalanceCount{}}, nil},
		{"nobody is preferred in a failed log dir", "1 2", "t-0 1,2", []int32{1}, []int32{1}, 2, []Demand{Leaders{}}, []string{"t-0 2,1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := cluster(t, c.brokers, c.partition)
			p := &in.Partitions[0]
			p.OutOfSync, p.Offline, p.Leader = c.behind, c.off, c.leader
			plan, err := solve(in, c.demands)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, changed(plan)); diff != "" {
				t.Error(diff)
			}
			if v, err := Check(in, c.demands, plan.Changes, plan.Proof); err != nil || len(v.Wrong)+len(v.Replicas) > 0 || !v.Best {
				t.Errorf("the evaluator says %+v, %v", v, err)
			}
		})
	}
}

func TestTheEvaluatorSeesAReplicaKeptThatIsWorseThanOneDropped(t *testing.T) {
	for _, c := range []struct {
		name, brokers string
		behind, off   []int32
		after         []int32
		want          []string
	}{
		{"nothing", "1 2 3", []int32{1}, nil, []int32{2, 3}, nil},
		{"out of sync", "1 2 3", []int32{1}, nil, []int32{1, 2}, []string{"t-0 keeps its replica on broker 1, which is out of sync, and loses that on broker 3, which is in sync"}},
		{"offline", "1 2 3!dead", []int32{1}, nil, []int32{2, 3}, []string{"t-0 keeps its replica on broker 3, which is offline, and loses that on broker 1, which is out of sync"}},
		{"a failed log dir", "1 2 3", []int32{3}, []int32{3}, []int32{1, 3}, []string{"t-0 keeps its replica on broker 3, which is offline, and loses that on broker 2, which is in sync"}},
		{"nothing where racks want it so", "1a 2b 3b", []int32{1}, nil, []int32{1, 2}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := cluster(t, c.brokers, "t-0 1,2,3")
			in.Partitions[0].OutOfSync, in.Partitions[0].Offline, in.Partitions[0].Leader = c.behind, c.off, 2
			demands := []Demand{SetReplicationFactor{Factor: 2}}
			plan, err := solve(in, demands)
			if err != nil {
				t.Fatal(err)
			}
			v, err := Check(in, demands, []Change{{Topic: "t", After: c.after}}, plan.Proof)
			if err != nil || len(v.Wrong) > 0 || !slices.Equal(v.Replicas, c.want) || v.Best != (c.want == nil) {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}
