package assigner

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawStable draws demands that hold once they are met, orders and bytes among them.
func drawStable(t *rapid.T, in *Input) []Demand {
	demands := slices.DeleteFunc(drawChain(t, in), func(d Demand) bool {
		switch d := d.(type) {
		case Clone, Trim, Replace: // of the replicas that were there when they were asked for
			return true
		case Drain:
			return d.To != nil // so is this
		}
		return false
	})
	if rapid.Bool().Draw(t, "bytes") {
		demands = append(demands, BalanceBytes{Topics: drawTopics(t)})
	}
	if rapid.Bool().Draw(t, "leaders") {
		demands = append(demands, Leaders{Topics: drawTopics(t), Followers: rapid.Bool().Draw(t, "followers")})
	}
	return demands
}

func TestAPlanThatWasCarriedOutLeavesNothingToDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 8)
		demands := drawStable(t, in)
		plan, err := solve(in, demands)
		if err != nil {
			return
		}
		if same, err := solve(in, demands); err != nil || !reflect.DeepEqual(plan, same) {
			t.Fatalf("%v: the same question, another answer: %+v %+v, %v", demands, plan, same, err)
		}
		again, err := solve(carriedOut(in, plan), demands)
		if err != nil || len(again.Changes) > 0 {
			t.Fatalf("%v: %v, and then %v, %v", demands, changed(plan), changed(again), err)
		}
	})
}
