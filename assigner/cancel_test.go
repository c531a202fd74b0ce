package assigner

import (
	"context"
	"errors"
	"testing"
)

// counted is a context that ends after it was looked at so many times.
type counted struct {
	context.Context
	left int
}

func (c *counted) Err() error {
	if c.left--; c.left < 0 {
		return errors.New("given up")
	}
	return nil
}

func TestASearchThatIsGivenUpEndsWithoutAPlan(t *testing.T) {
	in := grown()
	in.Partitions = in.Partitions[:600]
	for _, demands := range [][]Demand{
		{BalanceCount{}}, {BalanceCount{}, Limit{Moves: 10, Bytes: -1}}, {BalanceTopics{}}, {BalanceBytes{}}, {Leaders{Followers: true}},
		{Drain{Brokers: []int32{1, 2}}},
	} {
		whole, err := solve(in, demands)
		if err != nil {
			t.Fatal(err)
		}
		looks := 0
		for ; ; looks++ {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(errors.New("given up"))
			plan, err := Solve(&counted{ctx, looks}, in, demands)
			if err == nil {
				if plan.Moves != whole.Moves {
					t.Errorf("%v: %d moves, and %d without being looked at", demands, plan.Moves, whole.Moves)
				}
				break
			}
			if plan != nil || err.Error() != "given up" {
				t.Fatalf("%v: %v, %v", demands, plan, err)
			}
			looks += looks / 4
		}
		if looks == 0 {
			t.Errorf("%v: never looked whether to go on", demands)
		}
	}
}
