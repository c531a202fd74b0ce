package assigner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestALimitIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 6)
		demands := drawChain(t, in)
		if rapid.Bool().Draw(t, "bytes") {
			demands = append(demands, BalanceBytes{})
		}
		free, err := solve(in, demands)
		if err != nil {
			return
		}
		limit := Limit{Moves: rapid.IntRange(-1, 6).Draw(t, "moves"), Bytes: rapid.Int64Range(-1, 200).Draw(t, "bytes")}
		limited := append(slices.Clone(demands), limit)
		plan, err := solve(in, limited)
		var e *LimitError
		if errors.As(err, &e) {
			if limit.Moves >= free.Moves && limit.Bytes >= free.Bytes.Known {
				t.Fatalf("%v: refused a limit that is no limit: %v", limited, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if limit.Moves >= 0 && plan.Moves > limit.Moves || limit.Bytes >= 0 && plan.Bytes.Known > limit.Bytes {
			t.Fatalf("%v: %d moves, %v", limited, plan.Moves, plan.Bytes)
		}
		v, err := Check(in, limited, plan.Changes, plan.Proof)
		if err != nil || len(v.Wrong) > 0 || v.MovesBound > v.Moves {
			t.Fatalf("%v: %+v, %v", limited, v, err)
		}
	})
}

// Of all choices of sets, none with as few moves is more level.
func TestNoPlanWithAsFewMovesIsMoreLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 5, 4)
		demands := []Demand{BalanceCount{}}
		most := rapid.IntRange(0, 4).Draw(t, "moves")
		plan, err := solve(in, append(demands, Limit{Moves: most, Bytes: -1}))
		if err != nil {
			t.Fatal(err)
		}
		c := newChain(in, demands)
		got, wrong := c.got(plan)
		if len(wrong) > 0 || plan.Moves > most {
			t.Fatalf("%v, %d moves of %d", wrong, plan.Moves, most)
		}
		if best := c.leastSquares(plan.Moves); got[1] != best {
			t.Fatalf("squares %d with %d moves, and %d can be had", got[1], plan.Moves, best)
		}
	})
}

// leastSquares is the least sum of squares that so many moves can bring.
func (c *chain) leastSquares(moves int) int {
	at := map[string]reached{"": c.begin()}
	for k, p := range c.in.Partitions {
		sets, _, _ := c.sets(p, c.parts[k])
		next := map[string]reached{}
		for _, r := range at {
			for _, set := range sets {
				n := r.add(set)
				m, _, _, _ := c.price(c.parts[k], set, p)
				if n.moves += m; n.moves <= moves {
					key := fmt.Sprint(n.load, n.moves)
					next[key] = n
				}
			}
		}
		at = next
	}
	least := 1 << 30
	for _, r := range at {
		least = min(least, c.squares(r.load))
	}
	return least
}

func TestALimitThatIsTooLowIsRefused(t *testing.T) {
	in := cluster(t, "1 2 3", "t-0 1,2", "t-1 1,2")
	for _, c := range []struct {
		limit Limit
		want  string
	}{
		{Limit{Moves: 1, Bytes: -1}, "--max-moves 1: the other demands need at least 2 moves"},
		{Limit{Moves: -1, Bytes: 19}, "--max-bytes 19: the other demands need at least 20 bytes copied"},
		{Limit{Moves: 2, Bytes: 20}, ""},
	} {
		plan, err := solve(in, []Demand{Drain{Brokers: []int32{1}}, c.limit})
		if c.want == "" && (err != nil || plan.Moves != 2) || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%v: %v", c.limit, err)
		}
	}
}

func TestWhatALimitCostsIsSaid(t *testing.T) {
	in := cluster(t, "1 2", "t-0 1", "t-1 1", "t-2 1", "t-3 1", "t-4 1", "t-5 1")
	plan, err := solve(in, []Demand{BalanceCount{}, Limit{Moves: 2, Bytes: -1}})
	if err != nil {
		t.Fatal(err)
	}
	want := "--max-moves 2: the most level plan takes 3 moves and 30 bytes; this one is the most level with 2 moves and 20 bytes"
	if said := strings.Join(plan.Relaxed, "\n"); said != want || plan.Moves != 2 || plan.MovesBound != 2 {
		t.Errorf("%d moves, bound %d, said %q", plan.Moves, plan.MovesBound, said)
	}
}
