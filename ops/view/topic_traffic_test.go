package view

import (
	"math"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestTheTrafficOfATopicIsThatOfItsLeadersWhereAllOfThemTell(t *testing.T) {
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	unknown := math.NaN()
	snapshot := func(at time.Time, size int64, leaders ...int32) *state.Snapshot { // every partition has replicas on brokers 1, 2 and 3
		b := state.NewBuilder("c", at, 0, 0)
		for n := range int32(3) {
			b.Broker(state.Broker{ID: n + 1, Alive: true, LogDirs: state.Read([]state.LogDir{{Path: "/data"}}, at, "")})
		}
		if err := b.Topic("orders", [16]byte{1}, false); err != nil {
			t.Fatal(err)
		}
		for p, leader := range leaders {
			if err := b.Partition(int32(p), leader, 0, []int32{1, 2, 3}, []int32{1, 2, 3}, nil); err != nil {
				t.Fatal(err)
			}
			b.Size("orders", int32(p), leader, size, 0)
		}
		return b.Done()
	}
	counts := func(in, out float32) *state.TopicTraffic {
		return state.NewTopicTraffic(map[string]int32{"orders": 0}, []float32{in}, []float32{out})
	}
	others := state.NewTopicTraffic(map[string]int32{"clicks": 0}, []float32{7}, []float32{7})
	for _, tc := range []struct {
		name    string
		leaders []int32
		tell    map[int32]*state.TopicTraffic
		in, out float64
		why     string
		by      string
		cell    string
	}{
		{"both leaders tell", []int32{1, 2, 1}, map[int32]*state.TopicTraffic{1: counts(1000, 3000), 2: counts(500, 0)}, 1500, 3000, "", "metrics", "1.50kB/s"},
		{"one leader tells nothing of topics", []int32{1, 2}, map[int32]*state.TopicTraffic{1: counts(1000, 3000)}, unknown, unknown, "the exporter of broker 2 tells nothing", "logs", "+40B/s"},
		{"a leader has counted nothing of it", []int32{1, 2}, map[int32]*state.TopicTraffic{1: counts(1000, 3000), 2: others}, 1000, 3000, "", "metrics", "1.00kB/s"},
		{"no leader has counted any of it", []int32{1, 2}, map[int32]*state.TopicTraffic{1: others, 2: others}, unknown, unknown, "no broker counts it", "logs", "+40B/s"},
		{"consumers read from a follower", []int32{1}, map[int32]*state.TopicTraffic{1: counts(1000, 0), 3: counts(-1, 800)}, 1000, 800, "", "metrics", "1.00kB/s"},
		{"a follower counts other topics alone", []int32{1}, map[int32]*state.TopicTraffic{1: counts(1000, 10), 3: others}, 1000, 10, "", "metrics", "1.00kB/s"},
		{"there was one look so far", []int32{1}, map[int32]*state.TopicTraffic{1: counts(float32(unknown), float32(unknown))}, unknown, unknown, "in one look", "logs", "+20B/s"},
		{"a partition has no leader", []int32{1, -1}, map[int32]*state.TopicTraffic{1: counts(1000, 10)}, 1000, 10, "", "metrics", "1.00kB/s"},
		{"nobody reads, or bytes out are not shown", []int32{1}, map[int32]*state.TopicTraffic{1: counts(1000, -1)}, 1000, unknown, "", "metrics", "1.00kB/s"},
		{"no exporter tells", []int32{1, 2}, nil, unknown, unknown, "no exporter tells of topics", "logs", "+40B/s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			later := noon.Add(100 * time.Second)
			s := &state.State{Snapshot: snapshot(later, 3000, tc.leaders...), Now: later, Topics: &state.TopicFacts{Before: snapshot(noon, 1000, tc.leaders...)},
				Metrics: map[int32]state.Reading[*state.BrokerMetrics]{}}
			for id, traffic := range tc.tell {
				s.Metrics[id] = state.Read(&state.BrokerMetrics{ID: id, Topics: traffic}, later, "")
			}
			r := TopicRows(s, nil)[0]
			same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
			if !same(r.BytesIn, tc.in) || !same(r.BytesOut, tc.out) || !strings.Contains(r.TrafficWhy, tc.why) || (tc.why == "") != (r.TrafficWhy == "") {
				t.Errorf("%v in, %v out (%s); want %v, %v (%s)", r.BytesIn, r.BytesOut, r.TrafficWhy, tc.in, tc.out, tc.why)
			}
			if c := Find(TopicColumns(), "bytes_in"); c.Cell(r) != tc.cell {
				t.Errorf("the table has %q, want %q", c.Cell(r), tc.cell)
			}
			if j := TopicAnswer(r); j.BytesInBy == nil || *j.BytesInBy != tc.by || j.BytesIn == nil || (j.BytesOut == nil) != math.IsNaN(tc.out) {
				t.Errorf("in JSON %v by %v, out %v; want it by %s", j.BytesIn, j.BytesInBy, j.BytesOut, tc.by)
			}
		})
	}
}
