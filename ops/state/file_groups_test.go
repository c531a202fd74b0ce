package state

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestGroupsAndTransactionsAreReadBackAsTheyWereSaved(t *testing.T) {
	s, err := Load(strings.NewReader(byHand))
	must(t, err)
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	odd := &Group{ID: "\xff\x1b[31m", Kind: ShareGroup, State: "Stable", Coordinator: -1, Epoch: 7,
		Members: Missing[[]Member]("GROUP_AUTHORIZATION_FAILED", at, "broker 2"), Partitions: Missing[[]GroupPartition]("why", at, "broker 2")}
	odd.GroupLag = GroupLag{Worst: -1, Oldest: -1, Lag: Missing[int64]("why", at, ""), Behind: Missing[time.Duration]("why", at, "")}
	stuck := &Group{ID: "billing", Kind: ClassicGroup, Protocol: "consumer", State: "Stable", Coordinator: 1, Epoch: -1,
		Members: Read([]Member{{ID: "m", Client: "c", Host: "10.0.0.7", Owns: 2}}, at, "broker 1"),
		Partitions: Read([]GroupPartition{
			{Topic: "orders", Member: 0, Committed: 5, End: 9, Start: 0, Lag: 4, Oldest: at.Add(-time.Minute).UnixMilli(), OldestOrBefore: true, OldestWithin: 7000, Rate: 1.5, Status: GroupStalled},
			{Topic: "orders", Partition: 1, Member: -1, Committed: -1, End: 9, Start: -1, Lag: -1, Trouble: NoCommit},
		}, at, "broker 1")}
	stuck.GroupLag = GroupLag{Lag: Read(int64(4), at, "broker 1"), Partial: 1, Behind: Read(time.Minute, at, "kdeck"), BehindAtLeast: true, BehindWithin: 7 * time.Second,
		Consumed: Read(1.5, at, "kdeck"), Produced: Read(2.5, at, "kdeck"), Forecast: "falls behind", Status: GroupStalled, Why: "why", RebalancingSince: at, Rebalances: 3}
	was := &State{Snapshot: s,
		Groups: &Groups{Groups: []*Group{stuck, odd}, At: at, Looks: 2, Unknown: []Unknown{{Node: 3, What: WhatGroups, Why: "why"}}},
		Transactions: &Transactions{Taken: at, ClusterID: "Xy", AllListed: true, Producers: []Producer{{Topic: "orders", ID: 7, LastWrite: at, OpenFrom: 5, StillOpen: true}},
			Transactions: []Transaction{{ID: "pay", ProducerID: 7, Described: true, Timeout: time.Minute, Started: at, Holds: map[string][]int32{"orders": {0}}}},
			Held:         []HeldPartition{{Topic: "orders", LastStable: 5, End: 9, Groups: Reading[[]HeldGroup]{Value: []HeldGroup{{"billing", 5}}, Why: "not every broker told"}}}},
	}
	var file bytes.Buffer
	must(t, was.Save(&file))
	if strings.Contains(file.String(), "\x1b") {
		t.Error("the file has a control character")
	}
	is, err := LoadState(bytes.NewReader(file.Bytes()))
	must(t, err)
	if d := cmp.Diff(was.Groups, is.Groups, cmpopts.IgnoreUnexported(Group{})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(was.Transactions, is.Transactions); d != "" {
		t.Error(d)
	}
	var again bytes.Buffer
	must(t, is.Save(&again))
	if again.String() != file.String() {
		t.Errorf("saved again it differs:\n%s\n%s", &file, &again)
	}
	for _, c := range []struct{ old, new, says string }{
		{`"member":0`, `"member":9`, "there is no member 9"},
		{`"status":"stalled"`, `"status":"lazy"`, `"lazy" is no status`},
		{`"trouble":1`, `"trouble":99`, "there is no trouble 99"},
	} {
		if _, err := LoadState(strings.NewReader(strings.Replace(file.String(), c.old, c.new, 1))); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.new, err, c.says)
		}
	}
}

func TestASnapshotWithoutGroupsHasNone(t *testing.T) {
	is, err := LoadState(strings.NewReader(byHand))
	must(t, err)
	if is.Groups != nil || is.Transactions != nil {
		t.Errorf("%+v, %+v", is.Groups, is.Transactions)
	}
}
