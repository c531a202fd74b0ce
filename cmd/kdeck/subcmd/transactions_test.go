package subcmd_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/sim"
)

// patient waits long for each answer: what is not read in time is unknown, which is not what is tried here.
func patient(d *deck) *deck { return d.with(append(d.flags, "--timeout", "3m")...) }

func TestAHangingTransactionIsFoundAndAborted(t *testing.T) {
	d, c := onSim(t, sim.Options{Scenario: "hanging-transaction", Groups: true})
	d = patient(d)
	var found struct {
		Transactions []struct {
			State, Topic string
			Partition    int32
			StartOffset  int64 `json:"start_offset"`
			ProducerID   int64 `json:"producer_id"`
		}
		Held []struct {
			Topic      string
			LastStable int64 `json:"last_stable_offset"`
		}
		Unknown []any
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "transactions", "--hanging", "-o", "json")), &found))
	if len(found.Transactions) != 1 || found.Transactions[0].State != "hanging" || found.Transactions[0].Topic != "ledger" || len(found.Unknown) > 0 {
		t.Fatalf("%+v", found)
	}
	at := found.Transactions[0]
	if !slices.ContainsFunc(found.Held, func(h struct {
		Topic      string
		LastStable int64 `json:"last_stable_offset"`
	}) bool {
		return h.Topic == "ledger" && h.LastStable == at.StartOffset
	}) {
		t.Errorf("%+v", found.Held)
	}
	words := []string{"transactions", "abort", "--topic", "ledger", "--partition", fmt.Sprint(at.Partition), "--start-offset", fmt.Sprint(at.StartOffset)}
	out := d.ok(0, words...)
	for _, says := range []string{"HANGING", "can't be undone", "nothing is changed yet", "read_committed consumers stop at"} {
		if !strings.Contains(out, says) {
			t.Errorf("no %q: %s", says, out)
		}
	}
	if strings.Contains(out, "careful") {
		t.Errorf("warned of one that hangs: %s", out)
	}
	_, phrase, _ := strings.Cut(strings.TrimSpace(out), "the phrase that carries it out: ")
	if r := d.run(append(words, "--execute", "--confirm", "abort")...); r.code != 2 || len(c.Mutations()) > 0 {
		t.Errorf("exit %d, sent %v", r.code, c.Mutations())
	}
	d.ok(0, append(words, "--execute", "--confirm", phrase)...)
	if out := d.ok(0, "transactions", "--hanging"); !strings.Contains(out, "no transaction hangs") {
		t.Error(out)
	}
	if out := d.ok(0, "audit"); !strings.Contains(out, "abort transaction") {
		t.Error(out)
	}
	if out := d.ok(0, "audit", "last"); !strings.Contains(out, fmt.Sprintf("abort the transaction of producer %d in ledger/%d", at.ProducerID, at.Partition)) || !strings.Contains(out, "can't be taken back") {
		t.Error(out)
	}
}

func TestAProducerThatStandsStillIsNotTakenForAHangingOne(t *testing.T) {
	d, _ := onSim(t, sim.Options{Scenario: "frozen-producer", Groups: true})
	d = patient(d)
	out := d.ok(0, "transactions", "--topic", "payments.settlements", "-o", "json")
	if !strings.Contains(out, `"state": "open"`) || !strings.Contains(out, "checkout-settlements-2") || strings.Contains(out, `"state": "hanging"`) {
		t.Error(out)
	}
	if out := d.ok(0, "transactions", "--hanging"); !strings.Contains(out, "no transaction hangs") {
		t.Error(out)
	}
	if out := d.ok(0, "transactions", "abort", "--topic", "payments.settlements", "--partition", "2", "--producer-id", "3981"); !strings.Contains(out, "careful: it isn't known to hang") {
		t.Error(out)
	}
}
