package probe

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func brokers(racks ...string) (list []Broker) {
	for i, rack := range racks {
		list = append(list, Broker{ID: int32(i + 1), Rack: rack})
	}
	return list
}

func TestWhatTheTopicLacks(t *testing.T) {
	for _, tt := range []struct {
		name     string
		brokers  []Broker
		exists   bool
		has      [][]int32 // replicas
		new      bool
		first    int32
		replicas [][]int32
		minISR   int
	}{
		{"a topic that isn't there, on one broker", brokers(""), false, nil, true, 0, [][]int32{{1}}, 1},
		{"on two brokers", brokers("", ""), false, nil, true, 0, [][]int32{{1, 2}, {2, 1}}, 1},
		{"followers are in other racks first", brokers("a", "a", "b", "c"), false, nil, true, 0, [][]int32{{1, 3, 4}, {2, 3, 4}, {3, 4, 1}, {4, 1, 3}}, 2},
		{"where there are too few racks, in the same one", brokers("a", "a", "b"), false, nil, true, 0, [][]int32{{1, 3, 2}, {2, 3, 1}, {3, 1, 2}}, 2},
		{"a broker that is new", brokers("", "", ""), true, [][]int32{{1, 2}, {2, 1}}, false, 2, [][]int32{{3, 1, 2}}, 2},
		{"a partition that was moved off its broker", brokers("", ""), true, [][]int32{{2, 1}, {2, 1}}, false, 2, [][]int32{{1, 2}}, 1},
		{"the partition of a broker that is gone", brokers(""), true, [][]int32{{1}, {2}}, false, 0, nil, 0},
		{"nothing", brokers("", ""), true, [][]int32{{1, 2}, {2, 1}}, false, 0, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &Layout{Topic: "p", Exists: tt.exists, Brokers: tt.brokers}
			for i, r := range tt.has {
				l.Partitions = append(l.Partitions, Partition{ID: int32(i), Leader: r[0], Replicas: r})
			}
			c := Missing(l)
			if tt.replicas == nil {
				if c != nil {
					t.Fatalf("%+v is to be made", c)
				}
				return
			}
			if diff := cmp.Diff(tt.replicas, c.Replicas); diff != "" || c.New != tt.new || c.First != tt.first || c.MinISR != tt.minISR {
				t.Errorf("new %v, first %d, min ISR %d, %s", c.New, c.First, c.MinISR, diff)
			}
		})
	}
}

// What is made is what is missing: with it nothing is.
func TestWithWhatIsMadeNothingIsMissing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &Layout{Topic: "p", Exists: true}
		for id := range rapid.IntRange(1, 12).Draw(t, "brokers") {
			if id == 0 || rapid.Bool().Draw(t, "alive") {
				l.Brokers = append(l.Brokers, Broker{ID: int32(id), Rack: fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "rack"))})
			}
		}
		for id := range rapid.IntRange(0, 6).Draw(t, "partitions") {
			l.Partitions = append(l.Partitions, Partition{ID: int32(id), Replicas: rapid.Permutation([]int32{0, 1, 2, 3}).Draw(t, "replicas")[:rapid.IntRange(1, 3).Draw(t, "rf")]})
		}
		c := Missing(l)
		if c == nil {
			return
		}
		for i, r := range c.Replicas {
			sorted := slices.Sorted(slices.Values(r))
			if len(slices.Compact(sorted)) != len(r) || len(r) != min(replication, len(l.Brokers)) || r[0] != c.Homes[i] {
				t.Fatalf("replicas %v for broker %d of %d", r, c.Homes[i], len(l.Brokers))
			}
			l.Partitions = append(l.Partitions, Partition{ID: c.First + int32(i), Replicas: r})
		}
		if more := Missing(l); more != nil {
			t.Fatalf("%+v is still missing", more)
		}
	})
}
