package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kdeck/ops/state"
)

// row is one partition of a small cluster; size is that of every replica, -1 unknown.
type row struct {
	topic    string
	id       int32
	leader   int32
	replicas []int32
	size     int64
}

func cluster(t rapid.TB, brokers int32, rows ...row) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("Xy", time.Time{}, 0, 0)
	b.Snapshot().Moves = state.Read(0, time.Time{}, "test")
	for id := range brokers {
		b.Broker(state.Broker{ID: id + 1, Rack: string(rune('a' + id%3)), Alive: true})
	}
	topic := ""
	for _, r := range rows {
		if r.topic != topic {
			topic = r.topic
			if err := b.Topic(topic, [16]byte{}, false); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Partition(r.id, r.leader, 1, r.replicas, r.replicas, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range rows {
		for _, id := range r.replicas {
			b.Size(r.topic, r.id, id, r.size, -1)
		}
	}
	return b.Done()
}

func TestTrafficGoesOutOfLeadersAndIntoTargets(t *testing.T) {
	s := cluster(t, 6,
		row{"a", 0, 1, []int32{1, 2, 3}, 100},
		row{"a", 1, 2, []int32{1, 2, 3}, 50},
		row{"a", 2, 3, []int32{3, 1}, 7},
		row{"b", 0, 2, []int32{2}, -1},
		row{"b", 1, -1, []int32{1}, 30},
	)
	got := TrafficOf(s, []Assignment{
		{"a", 0, []int32{4, 5, 3}}, // two copies from 1
		{"a", 1, []int32{2, 3, 4}},
		{"a", 2, []int32{1, 3}}, // only another order
		{"b", 0, []int32{5}},
		{"b", 1, []int32{6}},
		{"gone", 0, []int32{6}},
	})
	want := map[Port]int64{{1, true}: 200, {2, true}: 50, {4, false}: 150, {5, false}: 100, {6, false}: 30}
	if diff := cmp.Diff(want, got.Ports); diff != "" {
		t.Error(diff)
	}
	if bytes, known := got.Bytes(); bytes != 280 || known || got.Unknown != 1 {
		t.Errorf("%d bytes, known %v, %d unknown; want 280, false, 1", bytes, known, got.Unknown)
	}
	if p, n, ok := got.Busiest(); !ok || n != 200 || p.String() != "out of broker 1" {
		t.Errorf("busiest %v with %d", p, n)
	}
	if d := got.Time(50); d != 4*time.Second {
		t.Errorf("takes %v at 50 B/s, want 4s", d)
	}
}

func TestNothingToCopyTakesNoTime(t *testing.T) {
	s := cluster(t, 3, row{"a", 0, 1, []int32{1, 2}, 100})
	got := TrafficOf(s, []Assignment{{"a", 0, []int32{2, 1}}})
	if _, _, ok := got.Busiest(); ok || got.Time(1) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestLargestOfTheBusiestPortStartsFirst(t *testing.T) {
	s := cluster(t, 6,
		row{"a", 0, 1, []int32{1}, 10},
		row{"a", 1, 1, []int32{1}, 90},
		row{"a", 2, 2, []int32{2}, 80},
		row{"a", 3, 3, []int32{3, 2}, 60},
		row{"a", 4, 1, []int32{1}, 20},
	)
	got := TrafficOf(s, []Assignment{
		{"a", 0, []int32{4}}, {"a", 1, []int32{5}}, {"a", 2, []int32{6}}, {"a", 3, []int32{2, 3}}, {"a", 4, []int32{4}},
	}).Order()
	// a-3 copies nothing. Out of 1: 120, its largest is a-1; then 2 has 80 and 1 has 30: a-2; then a-4, a-0.
	if want := []int{3, 1, 2, 4, 0}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestOrderHasEveryPartitionOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		traffic := &Traffic{Ports: map[Port]int64{}}
		for range rapid.IntRange(0, 40).Draw(t, "partitions") {
			c := Copy{
				From: rapid.Int32Range(-1, 5).Draw(t, "from"),
				To:   rapid.SliceOfNDistinct(rapid.Int32Range(6, 9), 0, 3, rapid.ID).Draw(t, "to"),
				Size: rapid.Int64Range(-1, 1000).Draw(t, "size"),
			}
			traffic.Copies = append(traffic.Copies, c)
			for _, p := range c.ports() {
				traffic.Ports[p] += c.bytes(p)
			}
		}
		order := traffic.Order()
		if again := traffic.Order(); !slices.Equal(order, again) {
			t.Fatalf("order %v, then %v", order, again)
		}
		slices.Sort(order)
		for i := range traffic.Copies {
			if len(order) != len(traffic.Copies) || order[i] != i {
				t.Fatalf("order of %d: %v", len(traffic.Copies), order)
			}
		}
	})
}
