package view

import (
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestWhoWritesToATopicIsSaidInSentences(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	all := &state.Transactions{
		Taken: now, AllListed: true,
		Producers: []state.Producer{
			{Topic: "clicks", ID: 4, OpenFrom: -1, LastWrite: now.Add(-time.Second)},
			{Topic: "orders", ID: 5, OpenFrom: -1, LastWrite: now.Add(-2 * time.Minute)},
			{Topic: "orders", Partition: 1, ID: 5, OpenFrom: -1, LastWrite: now.Add(-3 * time.Minute)},
			{Topic: "orders", Partition: 2, ID: 7, OpenFrom: 100, LastWrite: now.Add(-time.Hour), StillOpen: true},
		},
		Held: []state.HeldPartition{{Topic: "orders", Partition: 2, LastStable: 100, End: 1300,
			Groups: state.Read([]state.HeldGroup{{Group: "audit", Committed: 1200}, {Group: "billing", Committed: 100}}, now, "")}},
	}
	got := strings.Join(TopicWriters(all, "orders", now), "\n")
	want := "2 producers, the last write 2m00s ago\n" +
		"partition 2: transaction of producer 7 HANGING for 1h00m: no coordinator lists a transaction of producer 7 (of the transactional ids that you may see): nobody will end it\n" +
		"orders/2: read_committed consumers stop at offset 100, 1,200 offsets before the end; of groups, it may hold up billing (committed 100); already past it, so not held up: audit"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := TopicWriters(all, "payments", now); len(got) != 1 || !strings.Contains(got[0], "others leave no trace") {
		t.Errorf("%q", got)
	}
}

func TestWhomAHeldPartitionHoldsUpIsSaidAsFarAsItIsKnown(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	some := []state.HeldGroup{{Group: "billing", Committed: 90}}
	for _, tt := range []struct {
		name   string
		groups state.Reading[[]state.HeldGroup]
		says   string
		not    string
	}{
		{"nobody reads it", state.Read([]state.HeldGroup(nil), now, ""), "no group has committed offsets there", "isn't known"},
		{"all are past it", state.Read([]state.HeldGroup{{Group: "audit", Committed: 101}}, now, ""), "it holds up no group that commits; already past it, so not held up: audit", "may hold up"},
		{"one stands before it", state.Read(some, now, ""), "it may hold up billing (committed 90)", "isn't known"},
		{"one is known, and others not", state.Reading[[]state.HeldGroup]{Value: some, Why: "not every broker told of its groups"}, "it may hold up billing (committed 90); which other groups it holds up isn't known: not every broker told of its groups", "no group"},
	} {
		got := HeldSentence(&state.HeldPartition{Topic: "orders", LastStable: 100, End: 101, Groups: tt.groups})
		if !strings.Contains(got, tt.says) || strings.Contains(got, tt.not) {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}
