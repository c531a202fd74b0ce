package overview

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"kdeck/ops/state"
	"kdeck/ops/view"
)

func TestTheWorstGroupsAreThoseThatSortingPutsFirst(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, mostGroups, 500} {
		all := &state.Groups{}
		for i := range n {
			g := &state.Group{ID: fmt.Sprint("g", i)}
			g.Status = state.GroupStatus(rng.IntN(5))
			g.Partitions.Known, g.Lag = true, state.Reading[int64]{Known: true, Value: rng.Int64N(100)}
			all.Groups = append(all.Groups, g)
		}
		worst := worstGroups(all)
		slices.SortFunc(all.Groups, view.WorstGroupsFirst)
		if want := all.Groups[:min(n, mostGroups)]; !slices.Equal(worst, want) {
			t.Errorf("of %d: %d groups, not those that stand worst", n, len(worst))
		}
	}
	if worstGroups(nil) != nil {
		t.Error("of none")
	}
}
