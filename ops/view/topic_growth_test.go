package view

import (
	"math"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestTheGrowthOfATopicIsThatOfItsLeadersLogs(t *testing.T) {
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	snapshot := func(at time.Time, id byte, leader int32, sizes ...int64) *state.Snapshot { // of partitions led by leader, on brokers 1 and 2 each
		b := state.NewBuilder("c", at, 0, 0)
		for n := range int32(2) {
			b.Broker(state.Broker{ID: n + 1, Alive: true, LogDirs: state.Read([]state.LogDir{{Path: "/data"}}, at, "")})
		}
		if err := b.Topic("orders", [16]byte{id}, false); err != nil {
			t.Fatal(err)
		}
		for p, size := range sizes {
			if err := b.Partition(int32(p), leader, 0, []int32{1, 2}, []int32{1, 2}, nil); err != nil {
				t.Fatal(err)
			}
			if size >= 0 {
				b.Size("orders", int32(p), leader, size, 0)
				b.Size("orders", int32(p), 3-leader, size/2, 0)
			}
		}
		return b.Done()
	}
	later := noon.Add(100 * time.Second)
	for _, tc := range []struct {
		name        string
		before, now *state.Snapshot
		want        float64
		why         string
	}{
		{"both partitions grow", snapshot(noon, 1, 1, 1000, 5000), snapshot(later, 1, 1, 3000, 5100), 21, ""},
		{"nothing is written", snapshot(noon, 1, 1, 1000), snapshot(later, 1, 1, 1000), 0, ""},
		{"one log got smaller", snapshot(noon, 1, 1, 1000, 5000), snapshot(later, 1, 1, 3000, 4000), math.NaN(), "partition 1: records were deleted meanwhile"},
		{"another leads, whose copy is compared", snapshot(noon, 1, 1, 1000), snapshot(later, 1, 2, 1500), 10, ""},
		{"a size isn't known", snapshot(noon, 1, 1, 1000, -1), snapshot(later, 1, 1, 3000, 5100), math.NaN(), "partition 1: its leader didn't tell"},
		{"nobody leads", snapshot(noon, 1, 1, 1000), snapshot(later, 1, -1, 3000), math.NaN(), "partition 0: its leader didn't tell"},
		{"the topic is made anew", snapshot(noon, 1, 1, 1000), snapshot(later, 2, 1, 3000), math.NaN(), "two looks"},
		{"a partition is new", snapshot(noon, 1, 1, 1000), snapshot(later, 1, 1, 3000, 10), math.NaN(), "two looks"},
		{"sizes are those of before", snapshot(noon, 1, 1, 1000), snapshot(noon, 1, 1, 1000), math.NaN(), "didn't tell"},
		{"there is nothing to compare with", nil, snapshot(later, 1, 1, 3000), math.NaN(), "two looks"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &state.State{Snapshot: tc.now, Now: later, Topics: &state.TopicFacts{Before: tc.before}}
			r := TopicRows(s, nil)[0]
			if r.Growth != tc.want && !(math.IsNaN(r.Growth) && math.IsNaN(tc.want)) || !strings.Contains(r.GrowthWhy, tc.why) {
				t.Errorf("%v bytes a second (%s), want %v (%s)", r.Growth, r.GrowthWhy, tc.want, tc.why)
			}
			if j := TopicAnswer(r); (j.BytesIn == nil) != math.IsNaN(tc.want) {
				t.Errorf("in JSON: %v", j.BytesIn)
			}
		})
	}
}
