package subcmd_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// probePhrase is the phrase that the dry run of a change of the probe's topic prints.
func probePhrase(d *deck, verb string) string {
	d.t.Helper()
	var doc struct{ Confirm *string }
	out := d.ok(0, "probe", verb, "-o", "json")
	if err := json.Unmarshal([]byte(out), &doc); err != nil || doc.Confirm == nil {
		d.t.Fatalf("no phrase in %s", out)
	}
	return *doc.Confirm
}

func TestAProbesTopicIsMadeMeasuredAndRemoved(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	if out := d.ok(0, "probe", "create"); !strings.Contains(out, "__kdeck-probe is made with 6 partitions") || !strings.Contains(out, "nothing is changed yet") {
		t.Error(out)
	}
	if n := len(c.Mutations()); n > 0 {
		t.Fatalf("the dry run sent %d changes", n)
	}
	d.ok(0, "probe", "create", "--execute", "--confirm", probePhrase(d, "create"))
	if out := d.ok(0, "probe", "create"); !strings.Contains(out, "there is nothing to make") {
		t.Error(out)
	}
	out := d.ok(0, "probe", "--once")
	for _, word := range []string{"ACKS=ALL", "1/1", "6 of 6 attempts were acknowledged and read within the deadline (100%)"} {
		if !strings.Contains(out, word) {
			t.Errorf("no %q in\n%s", word, out)
		}
	}
	var doc struct {
		Well    *bool
		Brokers []struct {
			Broker int32
			LedBy  *int32 `json:"led_by"`
			Stages []struct{ Stage string }
		}
	}
	if err := json.Unmarshal([]byte(d.ok(0, "probe", "--for", "1s", "-o", "json")), &doc); err != nil || doc.Well == nil || !*doc.Well || len(doc.Brokers) != 6 {
		t.Errorf("%v, %+v", err, doc)
	}
	for _, b := range doc.Brokers {
		if b.LedBy == nil || *b.LedBy != b.Broker || len(b.Stages) < 4 {
			t.Errorf("%+v", b)
		}
	}
	d.ok(0, "probe", "remove", "--execute", "--confirm", probePhrase(d, "remove"))
	if out := d.ok(0, "probe", "remove"); !strings.Contains(out, "there is nothing to delete") {
		t.Error(out)
	}
	if out := d.ok(0, "audit"); !strings.Contains(out, "probe create") || !strings.Contains(out, "probe remove") {
		t.Errorf("the journal lacks the changes:\n%s", out)
	}
}

func TestAProbeSaysWhichBrokerDoesNotAnswer(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	d.ok(0, "probe", "create", "--execute", "--confirm", probePhrase(d, "create"))
	if err := c.Kill(4); err != nil {
		t.Fatal(err)
	}
	// The controller may have given its partition to another broker before, meanwhile, or not yet.
	out := d.ok(1, "probe", "--once")
	if !strings.Contains(out, "roker 4") || !strings.Contains(out, "refused") && !strings.Contains(out, "isn't among the live brokers") {
		t.Error(out)
	}
	for _, id := range []string{"1", "2", "3", "5", "6"} {
		if !strings.Contains(out, "\n     "+id+"   1/1") && !strings.Contains(out, "\n     "+id+"   2/2") {
			t.Errorf("broker %s wasn't measured:\n%s", id, out)
		}
	}
}

func TestACapOnTheClassKeepsAProbeFromWriting(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	d.ok(0, "probe", "create", "--execute", "--confirm", probePhrase(d, "create"))
	before := len(c.Mutations())
	d.writeConfig("current: prod\ncontexts:\n  prod:\n    bootstrap: [\"" + c.Bootstrap()[0] + "\"]\n    max_class: RO\n")
	capped := d.with()
	if r := capped.run("probe", "--once"); r.code != 2 || !strings.Contains(r.err, "max_class") || !strings.Contains(r.err, "--read-only") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	capped.ok(0, "probe", "--once", "--read-only")
	if r := capped.run("probe", "remove", "--execute", "--confirm", "x"); r.code != 2 || !strings.Contains(r.err, "max_class") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	if n := len(c.Mutations()) - before; n > 0 {
		t.Errorf("%d changes were sent", n)
	}
}
