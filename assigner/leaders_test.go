package assigner

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// after are the lists of all partitions once a plan is carried out.
func after(in *Input, plan *Plan) [][]int32 {
	var all [][]int32
	for _, p := range carriedOut(in, plan).Partitions {
		all = append(all, p.Replicas)
	}
	return all
}

// leaderOptimum is the least sum of squares of leaders, and the fewest changes of preferred leaders for it, by trying
// everything: first are those that may lead each partition.
func leaderOptimum(in *Input, first [][]int32) (squares, changes int) {
	type state struct {
		leads   map[int32]int
		changes int
	}
	at := map[string]state{"": {leads: map[int32]int{}}}
	for i, p := range in.Partitions {
		next := map[string]state{}
		for _, s := range at {
			for _, id := range first[i] {
				leads := map[int32]int{id: s.leads[id] + 1}
				for other, n := range s.leads {
					if other != id {
						leads[other] = n
					}
				}
				n := state{leads, s.changes}
				if id != p.Replicas[0] {
					n.changes++
				}
				if old, ok := next[fmt.Sprint(leads)]; !ok || n.changes < old.changes {
					next[fmt.Sprint(leads)] = n
				}
			}
		}
		at = next
	}
	best := false
	for _, s := range at {
		sum := 0
		for _, n := range s.leads {
			sum += n * n
		}
		if !best || sum < squares || sum == squares && s.changes < changes {
			squares, changes, best = sum, s.changes, true
		}
	}
	return squares, changes
}

func TestLeadersAreAsLevelAsBruteForceFindsWithAsFewChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 7)
		w := newWorld(in, Drain{})
		demands := []Demand{Leaders{}}
		var demoted []int32
		if rapid.Bool().Draw(t, "demote") {
			demoted = []int32{w.ids[0]}
			demands = append(demands, Demote{Brokers: demoted})
		}
		plan, err := solve(in, demands)
		var first [][]int32
		for _, p := range in.Partitions {
			var may []int32
			for _, id := range p.Replicas {
				if w.off(p)&w.bits([]int32{id}) == 0 && !slices.Contains(demoted, id) {
					may = append(may, id)
				}
			}
			if slices.Equal(p.Replicas, demoted) {
				if err == nil {
					t.Fatalf("%v can't be led but by what is demoted", p)
				}
				return
			}
			if may == nil || p.Leader < 0 { // it stays as it is, or turned away from what is demoted
				at := slices.IndexFunc(p.Replicas, func(id int32) bool { return !slices.Contains(demoted, id) })
				may = p.Replicas[at : at+1]
			}
			first = append(first, may)
		}
		if err != nil {
			t.Fatal(err)
		}
		squares, changes := leaderOptimum(in, first)
		leads := map[int32]int{}
		for i, list := range after(in, plan) {
			if !slices.Contains(first[i], list[0]) {
				t.Fatalf("%v is led by %d", in.Partitions[i], list[0])
			}
			if !slices.Equal(slices.Sorted(slices.Values(list)), slices.Sorted(slices.Values(in.Partitions[i].Replicas))) {
				t.Fatalf("%v became %v", in.Partitions[i], list)
			}
			leads[list[0]]++
		}
		got := 0
		for _, n := range leads {
			got += n * n
		}
		if got != squares || plan.LeaderChanges != changes || plan.Moves != 0 || plan.LeaderChangesBound != changes {
			t.Fatalf("squares %d with %d changes (bound %d) and %d moves, the best is %d with %d",
				got, plan.LeaderChanges, plan.LeaderChangesBound, plan.Moves, squares, changes)
		}
		v, err := Check(in, demands, plan.Changes, plan.Proof)
		if err != nil || len(v.Wrong)+len(v.Leaders) > 0 || v.LeaderChangesBound != changes {
			t.Fatalf("the evaluator says %+v, %v", v, err)
		}
		// Leaders chosen at random, which the evaluator must not take for the best, unless they are.
		leads, got = map[int32]int{}, 0
		var other []Change
		otherChanges := 0
		for i, p := range in.Partitions {
			lead := rapid.SampledFrom(first[i]).Draw(t, "leader")
			list := append([]int32{lead}, slices.DeleteFunc(slices.Clone(p.Replicas), func(id int32) bool { return id == lead })...)
			other = append(other, Change{Topic: p.Topic, ID: p.ID, After: list})
			if lead != p.Replicas[0] {
				otherChanges++
			}
			leads[lead]++
		}
		for _, n := range leads {
			got += n * n
		}
		v, err = Check(in, demands, other, nil)
		if best := got == squares && otherChanges == changes; err != nil || best != (len(v.Leaders) == 0) || v.LeaderChangesBound > otherChanges {
			t.Fatalf("squares %d with %d changes, the best is %d with %d, and the evaluator says %+v, %v", got, otherChanges, squares, changes, v, err)
		}
	})
}

func TestPositionsAreEvenWithoutMovingData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		brokers := rapid.IntRange(3, 7).Draw(t, "brokers")
		factor := rapid.IntRange(2, min(4, brokers)).Draw(t, "rf")
		in := &Input{}
		var ids []int32
		for id := range int32(brokers) {
			in.Brokers = append(in.Brokers, Broker{ID: id, Target: true})
			ids = append(ids, id)
		}
		for i := range brokers * rapid.IntRange(1, 4).Draw(t, "partitions a broker") {
			list := rapid.Permutation(ids).Draw(t, "replicas")[:factor]
			in.Partitions = append(in.Partitions, Partition{Topic: "t", ID: int32(i), Replicas: list, Leader: list[0]})
		}
		plan, err := solve(in, []Demand{BalanceCount{}, Leaders{Followers: true}})
		if err != nil {
			t.Fatal(err)
		}
		at := make([]map[int32]int, factor)
		for _, list := range after(in, plan) {
			for k, id := range list {
				if at[k] == nil {
					at[k] = map[int32]int{}
				}
				at[k][id]++
			}
		}
		for k := range at {
			for _, id := range ids {
				if at[k][id] != len(in.Partitions)/brokers {
					t.Fatalf("broker %d is %d times in position %d of %v", id, at[k][id], k, after(in, plan))
				}
			}
		}
	})
}

func TestDemote(t *testing.T) {
	in := cluster(t, "1 2 3", "t-0 1,2,3", "t-1 2,1,3", "u-0 1,3,2")
	for _, c := range []struct {
		name   string
		demote Demote
		want   []string
	}{
		{"one broker goes to the end", Demote{Brokers: []int32{1}}, []string{"t-0 2,3,1", "u-0 3,2,1"}},
		{"two brokers go to the end one after the other", Demote{Brokers: []int32{1, 2}}, []string{"t-0 3,1,2", "t-1 3,2,1", "u-0 3,2,1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(in, []Demand{c.demote})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, changed(plan)); diff != "" {
				t.Error(diff)
			}
			if plan.Moves != 0 || plan.LeaderChanges != len(c.want) {
				t.Errorf("%d moves, %d leader changes", plan.Moves, plan.LeaderChanges)
			}
		})
	}
	_, err := solve(in, []Demand{Demote{Brokers: []int32{1, 2, 3}}})
	if want := "demote 1,2,3: t-0 has replicas on demoted brokers only: brokers 1, 2, 3 (the same holds for 2 other partitions)"; err == nil || err.Error() != want {
		t.Errorf("all demoted: %v", err)
	}
}

func TestNewReplicasLeadLast(t *testing.T) {
	in := cluster(t, "1 2 3 4", "t-0 1,2,3")
	plan, err := solve(in, []Demand{Drain{Brokers: []int32{1}}, Leaders{}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"t-0 2,4,3"}, changed(plan)); diff != "" {
		t.Error(diff)
	}
}
