package sim

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The cases are those of Kafka's own PartitionReassignmentReplicasTest.
func TestReplicasMergeAsKafkasDo(t *testing.T) {
	for _, tc := range []struct{ current, target, adding, removing, merged []int32 }{
		{[]int32{3, 2, 1}, []int32{3, 6, 2, 1, 5}, []int32{5, 6}, nil, []int32{3, 6, 2, 1, 5}},
		{[]int32{3, 2, 1, 0}, []int32{3, 1}, nil, []int32{0, 2}, []int32{3, 1, 0, 2}},
		{[]int32{3, 2, 1, 0}, []int32{7, 3, 1, 9}, []int32{7, 9}, []int32{0, 2}, []int32{7, 3, 1, 9, 0, 2}},
	} {
		merged, adding, removing := merged(tc.current, tc.target)
		if !slices.Equal(merged, tc.merged) || !slices.Equal(adding, tc.adding) || !slices.Equal(removing, tc.removing) {
			t.Errorf("%v -> %v: %v adding %v removing %v", tc.current, tc.target, merged, adding, removing)
		}
	}
}

func TestAReassignmentIsCompleteOnceItsWholeTargetIsInSync(t *testing.T) {
	for _, tc := range []struct {
		current, target, isr []int32
		done                 bool
		newISR               []int32
	}{
		{[]int32{0, 1, 2}, []int32{3, 4, 5}, []int32{0, 1, 2, 3, 4}, false, nil},
		{[]int32{0, 1, 2}, []int32{3, 4, 5}, []int32{0, 1, 2, 3, 4, 5}, true, []int32{3, 4, 5}},
		{[]int32{0, 1, 2}, []int32{0, 1, 3}, []int32{3}, false, nil},
		{[]int32{0, 1, 2}, []int32{0, 1, 2}, []int32{0, 1}, false, nil},
	} {
		replicas, adding, removing := merged(tc.current, tc.target)
		newReplicas, newISR, done := completed(replicas, tc.isr, adding, removing)
		if done != tc.done || done && (!slices.Equal(newISR, tc.newISR) || !slices.Equal(newReplicas, tc.target)) {
			t.Errorf("%v -> %v with isr %v: done %v, replicas %v isr %v", tc.current, tc.target, tc.isr, done, newReplicas, newISR)
		}
	}
}

func TestACancelledReassignmentLeavesTheOriginalReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.Permutation([]int32{1, 2, 3, 4, 5, 6, 7}).Draw(t, "ids")
		current := ids[:rapid.IntRange(1, 4).Draw(t, "current")]
		target := rapid.Permutation([]int32{1, 2, 3, 4, 5, 6, 7}).Draw(t, "more")[:rapid.IntRange(1, 4).Draw(t, "target")]
		replicas, adding, removing := merged(current, target)
		p := &partition{replicas: replicas, isr: current, adding: adding, removing: removing}
		back, isr, unclean := reverted(p)
		if !slices.Equal(sorted(slices.Clone(back)), sorted(slices.Clone(current))) || !slices.Equal(isr, current) || unclean {
			t.Fatalf("%v -> %v, cancelled: replicas %v isr %v unclean %v", current, target, back, isr, unclean)
		}
	})
}

func TestEveryFlowGetsItsFairShareAndNoBudgetIsExceeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budgets := make([]*budget, rapid.IntRange(1, 6).Draw(t, "budgets"))
		limits := make([]float64, len(budgets))
		for i := range budgets {
			limits[i] = rapid.Float64Range(0, 1e9).Draw(t, "limit")
			budgets[i] = &budget{left: limits[i]}
		}
		flows := make([]flow, rapid.IntRange(1, 20).Draw(t, "flows"))
		draws := make([][]*budget, len(flows))
		of := make([][]int, len(flows))
		for i := range flows {
			flows[i].log = &replicaLog{}
			of[i] = rapid.SliceOfNDistinct(rapid.IntRange(0, len(budgets)-1), 1, len(budgets), rapid.ID).Draw(t, "draws on")
			for _, b := range of[i] {
				draws[i] = append(draws[i], budgets[b])
				budgets[b].open++
			}
		}
		fillFairly(flows, draws)
		spent := make([]float64, len(budgets))
		for i := range flows {
			for _, b := range of[i] {
				spent[b] += flows[i].log.rate
			}
		}
		for b := range budgets {
			if spent[b] > limits[b]*(1+1e-9)+1 {
				t.Fatalf("budget %d of %f: %f spent", b, limits[b], spent[b])
			}
		}
		for i := range flows { // each is held back by a budget that is used up and in which nobody has more
			held := slices.ContainsFunc(of[i], func(b int) bool {
				if spent[b] < limits[b]*(1-1e-9)-2*float64(len(flows)) {
					return false
				}
				for j := range flows {
					if slices.Contains(of[j], b) && flows[j].log.rate > flows[i].log.rate*(1+1e-9)+2 {
						return false
					}
				}
				return true
			})
			if !held {
				t.Fatalf("flow %d could have more than %f", i, flows[i].log.rate)
			}
		}
	})
}
