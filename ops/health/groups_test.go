package health

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

// reading is a cluster of three brokers with a topic of three partitions, led by one each, and the partition that keeps the groups' offsets.
func reading(t *testing.T, offsetsISR []int32, groups ...*state.Group) *state.State {
	t.Helper()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	b := state.NewBuilder("c", now, 0, 0)
	snap := b.Snapshot()
	snap.Controller, snap.Moves = state.Read(int32(1), now, ""), state.Read(0, now, "")
	for id := int32(1); id <= 3; id++ {
		b.Broker(state.Broker{ID: id, Host: fmt.Sprintf("b%d", id), Port: 9092, Alive: true, Answered: state.Read(time.Millisecond, now, ""),
			LogDirs: state.Read([]state.LogDir{{Path: "/d"}}, now, ""), MetadataOffset: state.Read(int64(5), now, "")})
	}
	all := []int32{1, 2, 3}
	for _, topic := range []string{"__consumer_offsets", "orders"} {
		if err := b.Topic(topic, [16]byte{topic[0]}, false); err != nil {
			t.Fatal(err)
		}
		for i := range int32(3) {
			isr := all
			if topic == "__consumer_offsets" {
				isr = offsetsISR
			}
			leader := int32(-1)
			if len(isr) > 0 {
				leader = i + 1
			}
			if err := b.Partition(i, leader, 1, all, isr, nil); err != nil {
				t.Fatal(err)
			}
		}
		b.Config(topic, 2, map[string]string{"min.insync.replicas": "2"})
	}
	return &state.State{Now: now, Snapshot: b.Done(), Groups: &state.Groups{Groups: groups, At: now}}
}

// lagging is a group with two members whose partitions have so many records to read.
func lagging(id string, status state.GroupStatus, lags ...int64) *state.Group {
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	g := &state.Group{ID: id, Kind: state.ClassicGroup, State: "Stable", Coordinator: 1}
	g.Members = state.Read([]state.Member{{ID: "a", Client: "one", Host: "10.0.0.1"}, {ID: "b", Client: "two", Host: "10.0.0.2"}}, at, "")
	var parts []state.GroupPartition
	sum := int64(0)
	for i, lag := range lags {
		parts = append(parts, state.GroupPartition{Topic: "orders", Partition: int32(i), Member: int32(i % 2), Lag: lag, Status: status})
		sum += lag
	}
	g.Partitions = state.Read(parts, at, "")
	g.Status, g.Lag, g.Why = status, state.Read(sum, at, ""), "why"
	return g
}

func TestWhatIsFoundOfGroups(t *testing.T) {
	all := []int32{1, 2, 3}
	unsettled := lagging("g", state.GroupOK, 1, 1, 1)
	unsettled.Rebalances, unsettled.RebalancingSince = 7, time.Date(2026, 11, 30, 11, 55, 0, 0, time.UTC)
	empty := lagging("g", state.GroupStopped, 5, 5, 5)
	empty.Members.Value = nil
	for _, tc := range []struct {
		name    string
		isr     []int32
		groups  []*state.Group
		code    string // "": nothing of groups
		verdict state.Verdict
		says    string
		fault   string
	}{
		{"well", all, []*state.Group{lagging("g", state.GroupOK, 5, 0, 0)}, "", state.VerdictHealthy, "", ""},
		{"stalled with members", all, []*state.Group{lagging("g", state.GroupStalled, 5, 5, 5)}, GroupStuck, state.VerdictHealthy, "its brokers are well", "client"},
		{"one member holds the lag", all, []*state.Group{lagging("g", state.GroupWarn, 1, 98, 1)}, GroupBehind, state.VerdictHealthy, "two at 10.0.0.2", "client"},
		{"nobody is a member any more", all, []*state.Group{empty}, "", state.VerdictHealthy, "", ""},
		{"three groups lag on one broker", all, []*state.Group{lagging("a", state.GroupWarn, 0, 0, 50), lagging("b", state.GroupStalled, 0, 0, 50), lagging("c", state.GroupWarn, 1, 0, 50)}, GroupsOnBroker, state.VerdictDegraded, "broker 3", "kafka"},
		{"rebalances for ever", all, []*state.Group{unsettled}, GroupUnsettled, state.VerdictHealthy, "7 of the last 10", "client"},
		{"commits fail", []int32{2}, []*state.Group{lagging("g", state.GroupOK, 0)}, GroupUncoordinated, state.VerdictCritical, "too few replicas", "kafka"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			verdict, findings := Judge(Input{State: reading(t, tc.isr, tc.groups...)})
			var of []state.Finding
			for _, f := range findings {
				if strings.HasPrefix(f.Code, "group") {
					of = append(of, f)
				}
			}
			if verdict != tc.verdict {
				t.Errorf("the verdict is %s, want %s: %+v", verdict, tc.verdict, findings)
			}
			if tc.code == "" {
				if len(of) > 0 {
					t.Errorf("found %s: %s", of[0].Code, of[0].Sentence)
				}
				return
			}
			if len(of) != 1 || of[0].Code != tc.code || !strings.Contains(of[0].Sentence, tc.says) || of[0].Fault != tc.fault || of[0].Pane != "groups" || of[0].Filter == "" {
				t.Errorf("found %+v, want one %s that says %q, of %s", of, tc.code, tc.says, tc.fault)
			}
		})
	}
}

func TestAGroupThatATransactionHoldsUpIsNotTheFinding(t *testing.T) {
	for _, tc := range []struct {
		name      string
		committed int64
		found     bool
	}{
		{"it has read up to the transaction", 100, false},
		{"but for the marker before it", 99, false},
		{"it stands still before that", 40, true},
		{"it has read past it, so it reads uncommitted records", 120, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := lagging("g", state.GroupStalled, 0, 50, 0)
			for i := range g.Partitions.Value {
				g.Partitions.Value[i].Status = state.GroupOK
			}
			g.Partitions.Value[1].Status, g.Partitions.Value[1].Committed = state.GroupStalled, tc.committed
			s := reading(t, []int32{1, 2, 3}, g)
			s.Transactions = &state.Transactions{Taken: s.Now, Held: []state.HeldPartition{{Topic: "orders", Partition: 1, LastStable: 100, End: 150}}}
			_, findings := Judge(Input{State: s})
			if found := strings.Contains(fmt.Sprint(findings), GroupStuck); found != tc.found {
				t.Errorf("found: %v, want %v: %+v", found, tc.found, findings)
			}
		})
	}
}

// The partitions are those that Kafka's coordinators have: "a".hashCode() is 97, and that of "polygenelubricants" is Integer.MIN_VALUE.
func TestThePartitionOfAGroupIsKafkas(t *testing.T) {
	for id, want := range map[string]int32{"": 0, "a": 47, "polygenelubricants": 0, "ä": 228 % 50} {
		if got := PartitionOfGroup(id, 50); got != want {
			t.Errorf("%q: %d, want %d", id, got, want)
		}
	}
}
