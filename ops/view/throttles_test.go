package view

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestBrokersWithTheSameThrottleAreOneRow(t *testing.T) {
	moving := func(is bool) state.Reading[bool] { return state.Read(is, time.Time{}, "") }
	rows := ThrottleRows([]state.Throttle{
		{Broker: 1, Key: "r", Value: "5", Whose: state.LeftOver, Moving: moving(false)},
		{Broker: 2, Key: "r", Value: "5", Whose: state.LeftOver, Moving: moving(false)},
		{Broker: 4, Key: "r", Value: "5", Whose: state.LeftOver, Moving: moving(false)},
		{Broker: 3, Key: "r", Value: "5", Whose: state.Unclear, Moving: moving(true)},
		{Topic: "a", Key: "l", Value: "0:1,0:2,0:3,0:4,0:5,0:6", Whose: state.LeftOver, Moving: moving(false)},
		{Topic: "b", Key: "l", Value: "0:1", Whose: state.LeftOver},
	})
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprint(throttleScope(r), " ", throttleName(r), " ", throttleValue(r), " ", throttleMoving(r)))
	}
	want := []string{"brokers 1-2 4 5B/s no", "broker 3 5B/s yes", "topic a 0:1 0:2 0:3 0:4 and 2 more no", "topic b 0:1 ??"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	checkExplained(t, "throttles", ThrottleColumns())
}
