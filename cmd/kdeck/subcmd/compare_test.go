package subcmd_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kdeck/ops/sim"
)

func TestCompareNamesTheStaleBroker(t *testing.T) {
	d, _ := onSim(t, sim.Options{Scenario: "stale-broker"})
	d.apart = time.Millisecond
	out := d.ok(1, "compare")
	for _, word := range []string{"DIFFERS IN", "Broker 7 is behind", "Outdated leader of", "21 differences between 12 brokers"} {
		if !strings.Contains(out, word) {
			t.Errorf("no %q in\n%s", word, out)
		}
	}
	var doc struct {
		Agree       *bool
		Differences []struct {
			What, Scope string
			Views       map[string]string
		}
	}
	r := d.run("compare", "-o", "json")
	must(t, json.Unmarshal([]byte(r.out), &doc))
	if doc.Agree == nil || *doc.Agree || len(doc.Differences) != 21 || doc.Differences[0].Scope != "broker 7" || len(doc.Differences[0].Views) != 12 {
		t.Errorf("%s", r.out)
	}
	if out := d.ok(0, "compare", "--brokers", "1,2,3"); !strings.Contains(out, "All 3 brokers agree on 60 topics") {
		t.Errorf("%s", out)
	}
	where := doc.Differences[1].Scope
	out = d.ok(1, "compare", "partition", where)
	if !strings.Contains(out, "ACTS AS") || !strings.Contains(out, "\nOutdated leader of "+where) || !strings.Contains(out, "(and 1 difference more)") {
		t.Errorf("%s", out)
	}
}

func TestSafeToStopSaysYesOrNo(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 6, Racks: 3, Topics: 12, SessionTimeout: time.Second})
	d.apart = time.Millisecond
	if out := d.ok(0, "safe-to-stop", "2"); !strings.HasPrefix(out, "YES: node 2 can be stopped, as 6 brokers see it") {
		t.Errorf("%s", out)
	}
	if out := d.ok(1, "safe-to-stop", "1", "2", "3", "4"); !strings.HasPrefix(out, "NO: nodes 1, 2, 3, 4 can't be stopped safely now\n") || !strings.Contains(out, "would go offline") || !strings.Contains(out, "more: -o json names all") {
		t.Errorf("%s", out)
	}
	if out := d.ok(1, "safe-to-stop", "3001", "3002"); !strings.Contains(out, "1 of 3 voters of the metadata quorum would be left") {
		t.Errorf("%s", out)
	}
	must(t, c.Kill(5))
	c.Advance(time.Minute)
	d.ok(1, "safe-to-stop", "1", "2", "3", "4", "6", "-o", "json")
	before := d.run("safe-to-stop", "1", "4")
	if before.code != 1 {
		t.Fatalf("with broker 5 dead: %s", before.out)
	}
}

func TestSafeToStopWaitsUntilItIsYes(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 6, SessionTimeout: time.Second, PartitionBytes: 1000})
	d.apart = time.Millisecond
	must(t, c.Kill(3))
	c.Advance(time.Minute)
	d.ok(1, "safe-to-stop", "2")
	done := make(chan result)
	go func() { done <- d.run("safe-to-stop", "2", "--wait") }()
	select {
	case r := <-done:
		t.Fatalf("it didn't wait: %s%s", r.out, r.err)
	case <-time.After(200 * time.Millisecond):
	}
	must(t, c.Start(3))
	c.Advance(time.Minute)
	if r := <-done; r.code != 0 || !strings.HasPrefix(r.out, "YES") || !strings.Contains(r.err, "not yet: ") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
}

func TestQuorumShowsVotersAndWhoCouldWin(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3})
	if out := d.ok(0, "quorum"); !strings.Contains(out, "Controller 3001 leads in epoch") || !strings.Contains(out, "3 of 3 voters keep up; if it failed now, 3002 or 3003 could win") {
		t.Errorf("%s", out)
	}
	must(t, c.Kill(3003))
	c.Advance(time.Minute)
	r := d.run("quorum")
	if r.code != 1 || !strings.Contains(r.out, "SILENT") || !strings.Contains(r.out, "nobody could win") || !strings.Contains(r.err, "whom controller 3003 takes for the leader") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
}
