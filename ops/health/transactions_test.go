package health

import (
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestATransactionIsMarkedByWhatItsCoordinatorSays(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	producer := func(still bool) state.Producer {
		return state.Producer{Topic: "orders", Partition: 2, Leader: 1, ID: 7, Epoch: 3, LastWrite: now.Add(-time.Hour), OpenFrom: 100, StillOpen: still}
	}
	known := func(status string, began time.Duration, holds ...int32) *state.Transaction {
		return &state.Transaction{ID: "pay", Coordinator: 3, State: status, ProducerID: 7, Described: true, Epoch: 3, Timeout: time.Minute,
			Started: now.Add(-began), Holds: map[string][]int32{"orders": holds}}
	}
	slow := known("Ongoing", time.Hour, 2)
	slow.Timeout = 2 * time.Hour
	for _, tt := range []struct {
		name      string
		of        *state.Transaction
		unlisted  bool // not every broker listed its transactions
		stillOpen bool
		want      TransactionMark
		says      string
		finding   string
	}{
		{"its coordinator knows it", known("Ongoing", 20*time.Second, 2), false, false, TransactionOpen, "aborts it in 40s", ""},
		{"its timeout has just passed", known("Ongoing", 90*time.Second, 2), false, false, TransactionOpen, "aborts it in 0s", ""},
		{"it is older than its timeout", known("Ongoing", time.Hour, 2), false, false, TransactionOverdue, "was over 59m", OverdueTransaction},
		{"its producer stands still, and it has time", slow, false, false, TransactionOpen, "aborts it in 1h00m", StalledTransaction},
		{"its coordinator is ending it", known("PrepareCommit", 20*time.Second, 2), false, false, TransactionEnding, "PrepareCommit", ""},
		{"its coordinator has been ending it for long", known("PrepareAbort", time.Hour, 2), false, false, TransactionOverdue, "marker isn't in the partition", OverdueTransaction},
		{"its coordinator has ended it", known("CompleteAbort", 0), false, true, TransactionHanging, "counts no such partition to its transaction (CompleteAbort)", HangingTransaction},
		{"its coordinator has another one", known("Ongoing", time.Second, 5), false, true, TransactionHanging, "counts no such partition", HangingTransaction},
		{"it ended while it was looked up", known("CompleteCommit", 0), false, false, TransactionUnsure, "ended while", ""},
		{"nobody knows it", nil, false, true, TransactionHanging, "no coordinator lists", HangingTransaction},
		{"nobody knows it, and it ended", nil, false, false, TransactionUnsure, "ended while", ""},
		{"nobody knows it, and not all were asked", nil, true, true, TransactionUnsure, "not all answered", ""},
		{"its coordinator doesn't tell", &state.Transaction{ID: "pay", Coordinator: 3, ProducerID: 7, State: "Ongoing"}, false, true, TransactionUnsure, "doesn't tell", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := &state.Transactions{Taken: now, AllListed: !tt.unlisted, Producers: []state.Producer{producer(tt.stillOpen)},
				Held: []state.HeldPartition{{Topic: "orders", Partition: 2, LastStable: 100, End: 1300}}}
			if tt.of != nil {
				all.Transactions = []state.Transaction{*tt.of}
			}
			mark, why := MarkTransaction(all, &all.Producers[0], now)
			if mark != tt.want || !strings.Contains(why, tt.says) {
				t.Errorf("%s: %s", mark, why)
			}
			findings := Transactions(all, now)
			if tt.finding == "" && len(findings) == 0 {
				return
			}
			if len(findings) != 1 || findings[0].Code != tt.finding || !strings.Contains(findings[0].Sentence, "stop at offset 100, 1,200 offsets before the end") ||
				tt.finding != StalledTransaction && findings[0].Next != "kdeck transactions abort --topic orders --partition 2 --start-offset 100" {
				t.Errorf("%+v", findings)
			}
		})
	}
}

func TestOneTransactionInManyPartitionsIsOneFinding(t *testing.T) {
	s := reading(t, []int32{1, 2, 3})
	all := &state.Transactions{Taken: s.Now, AllListed: true}
	for i := range 30 {
		at := state.Producer{Topic: []string{"orders", "ledger"}[i%2], Partition: int32(i), Leader: 1, ID: int64(7 + i/20), LastWrite: s.Now.Add(-time.Hour), OpenFrom: 100, StillOpen: true}
		all.Producers = append(all.Producers, at)
		all.Held = append(all.Held, state.HeldPartition{Topic: at.Topic, Partition: at.Partition, LastStable: 100, End: 1300})
	}
	s.Transactions = all
	verdict, findings := Judge(Input{State: s})
	var of []state.Finding
	for _, f := range findings {
		if f.Code == HangingTransaction {
			of = append(of, f)
		}
	}
	if len(of) != 2 || verdict != state.VerdictDegraded {
		t.Fatalf("%s, %d findings", verdict, len(of))
	}
	if f := of[0]; f.Scope != "20 partitions" || !strings.Contains(f.Sentence, "open in 19 partitions more") || f.Filter != "topic:orders|ledger" || len(f.Evidence) != 7 {
		t.Errorf("%+v", f)
	}
}
