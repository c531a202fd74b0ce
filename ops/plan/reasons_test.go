package plan

import (
	"fmt"
	"slices"
	"testing"
)

func TestPartitionsThatCannotMoveAreGroupedByReasonAndTopic(t *testing.T) {
	const few, noLeader = "only brokers 4, 5 may hold one", "it has no leader"
	stuck := func(topic string, from, n int32, why string) (list []Stuck) {
		for p := range n {
			list = append(list, Stuck{topic, from + p, []int32{1, 2, 3}, why})
		}
		return list
	}
	var topics []Stuck
	for i := range 7 {
		topics = append(topics, stuck(fmt.Sprintf("t%d", i), 0, 2, few)...)
	}
	for _, c := range []struct {
		name  string
		stuck []Stuck
		want  []string
	}{
		{"none", nil, nil},
		{"one has its replicas", stuck("orders", 4, 1, few), []string{"orders-4 on 1 2 3: " + few}},
		{"of one topic", stuck("orders", 0, 3, few), []string{"3 partitions (orders 0 1 2): " + few}},
		{"one more than are named is named too", stuck("orders", 0, 6, few), []string{"6 partitions (orders 0 1 2 3 4 5): " + few}},
		{"many of one topic", stuck("orders", 0, 1200, few), []string{"1,200 partitions (orders 0 1 2 3 4 and 1,195 more): " + few}},
		{"two reasons, one of them in between", slices.Concat(stuck("orders", 0, 2, few), stuck("pay", 0, 1, noLeader), stuck("pay", 1, 1, few)),
			[]string{"3 partitions of 2 topics (orders 0 1; pay 1): " + few, "pay-0 on 1 2 3: " + noLeader}},
		{"many topics", topics, []string{"14 partitions of 7 topics (t0 0 1; t1 0 1; t2 0 1; t3 0 1; t4 0 1; 2 more topics): " + few}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &Header{Stuck: c.stuck}
			if got := h.StuckByReason(); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	var reasons []Stuck
	for i := range int32(100) {
		reasons = append(reasons, stuck("orders", i, 1, fmt.Sprintf("reason %d", i))...)
	}
	if got := (&Header{Stuck: reasons}).StuckByReason(); len(got) != 11 || got[10] != "90 more partitions for other reasons (-o json lists them)" {
		t.Errorf("of a hundred reasons: %q", got)
	}
	h := &Header{LeftAlone: []LeftAlone{{"a", 0, []int32{}, "it is gone"}, {"a", 1, []int32{4, 5}, "it is on other brokers now"}, {"b", 0, []int32{}, "it is gone"}}}
	if got, want := h.LeftAloneByReason(), []string{"2 partitions of 2 topics (a 0; b 0): it is gone", "a-1 on 4 5: it is on other brokers now"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
