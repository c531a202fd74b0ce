package assigner

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAnyChangeIsJudgedAsBruteForceJudgesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 5)
		demands := drawChain(t, in)
		c := newChain(in, demands)
		want, feasible := c.optimum()
		plan, err := solve(in, demands)
		if err != nil || !feasible {
			return
		}
		made := &Plan{Stuck: plan.Stuck}
		for _, p := range in.Partitions {
			after := p.Replicas
			if at := slices.IndexFunc(plan.Changes, func(x Change) bool { return x.Topic == p.Topic && x.ID == p.ID }); at >= 0 {
				after = plan.Changes[at].After
			}
			if rapid.IntRange(0, 2).Draw(t, "meddle") == 0 {
				n := rapid.IntRange(max(1, len(after)-1), len(after)).Draw(t, "rf")
				after = rapid.Permutation(c.ids).Draw(t, "after")[:n]
			}
			made.Changes = append(made.Changes, Change{Topic: p.Topic, ID: p.ID, Before: p.Replicas, After: after})
		}
		got, wrong := c.got(made)
		v, err := Check(in, demands, made.Changes, plan.Proof)
		if err != nil {
			t.Fatal(err)
		}
		if (len(v.Wrong) > 0) != (len(wrong) > 0) {
			t.Fatalf("%v %v: the evaluator finds wrong %q, brute force %q", demands, made.Changes, v.Wrong, wrong)
		}
		if len(wrong) > 0 {
			return
		}
		if v.Best != (got == want) {
			t.Fatalf("%v %v: %v, the best is %v, and the evaluator says %+v", demands, made.Changes, got, want, v)
		}
		if v.Moves < v.MovesBound && got[0] == want[0] && (!c.balanced || v.Squares == int64(want[1])) {
			t.Fatalf("the bound %d was beaten: %+v", v.MovesBound, v)
		}
		poor, err := Check(in, demands, made.Changes, &Proof{Prices: []Price{{Broker: c.ids[0], Load: 3, Moves: -1}, {Broker: -1}}})
		if err != nil || poor.MovesBound > v.MovesBound || poor.SquaresBound > v.Squares || poor.Best {
			if !poor.Best || !v.Best {
				t.Fatalf("a poor proof gave %+v, %v", poor, err)
			}
		}
	})
}

func TestWhatIsWrongWithAChangeIsSaid(t *testing.T) {
	in := cluster(t, "1a 2b 3c 4a 5b!dead 6c", "t-0 1,2,3", "t-1 2,3,4", "u-0 1,2")
	demands := []Demand{Drain{Brokers: []int32{1}, To: []int32{4, 6}}, Racks{Topics: Topics{}}, Demote{Brokers: []int32{2}}}
	for _, c := range []struct {
		name    string
		changes []Change
		want    string
	}{
		{"left where it may not be", nil, `t-0 has a replica on broker 1, which "drain 1 --to 4,6" wants none on`},
		{"a dead target", []Change{{Topic: "t", ID: 0, After: []int32{3, 4, 5}}}, "t-0 is given a replica on broker 5, which is dead"},
		{
			"not the target given", []Change{{Topic: "u", ID: 0, After: []int32{3, 2}}},
			"u-0 is given a replica on broker 3, which is not among the brokers to move to",
		},
		{"racks", []Change{{Topic: "t", ID: 0, After: []int32{3, 2, 6}}}, "t-0 has 2 replicas in rack c and can do with 1"},
		{"too few replicas", []Change{{Topic: "t", ID: 0, After: []int32{4, 2}}}, "t-0 has 2 replicas and is to have 3"},
		{"unasked", []Change{{Topic: "t", ID: 1, After: []int32{2, 6, 4}}}, "t-1 is changed and nothing asks for it"},
		{"a demoted leader", nil, "t-1 has broker 2 for its preferred leader, which is demoted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := Check(in, demands, c.changes, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(v.Wrong, c.want) {
				t.Errorf("not said: %q, but %q", c.want, v.Wrong)
			}
		})
	}
}

func TestAChangeOfWhatIsNotThereIsRefused(t *testing.T) {
	in := cluster(t, "1 2 3", "t-0 1,2")
	for _, c := range []struct {
		changes []Change
		want    string
	}{
		{[]Change{{Topic: "x", ID: 0, After: []int32{1}}}, "no partition x-0"},
		{[]Change{{Topic: "t", ID: 0, After: []int32{1}}, {Topic: "t", ID: 0, After: []int32{2}}}, "t-0 is changed twice"},
		{[]Change{{Topic: "t", ID: 0}}, "t-0 would have no replicas"},
		{[]Change{{Topic: "t", ID: 0, Before: []int32{1, 3}, After: []int32{1}}}, "t-0 has the replicas 1,2, not 1,3"},
		{[]Change{{Topic: "t", ID: 0, After: []int32{1, 9}}}, "t-0: there is no broker 9"},
		{[]Change{{Topic: "t", ID: 0, After: []int32{1, 1}}}, "t-0 would have two replicas on broker 1"},
	} {
		if _, err := Check(in, nil, c.changes, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.changes, err)
		}
	}
}
