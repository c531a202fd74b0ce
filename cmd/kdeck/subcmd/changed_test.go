package subcmd_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kdeck/ops/sim"
)

func TestChangedComparesWithTheLastHealthyLook(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 6, Racks: 3, Topics: 12, SessionTimeout: time.Second})
	d.apart = time.Millisecond
	if r := d.run("changed"); r.code != 2 || !strings.Contains(r.err, "no earlier look at cluster") || !strings.Contains(r.err, "--since FILE") {
		t.Errorf("before the first look: exit %d %s", r.code, r.err)
	}
	d.ok(0, "status")
	if out := d.ok(0, "changed"); !strings.Contains(out, "when kdeck last kept a look at the healthy cluster") || !strings.Contains(out, "nothing is different in brokers, topics and partitions, nor in configs, quotas and features") {
		t.Errorf("%s", out)
	}
	saved := filepath.Join(t.TempDir(), "before.json")
	d.ok(0, "snapshot", "save", saved)
	d.edit("broker", "2", "set", "num.io.threads=16")
	d.set("set", "--user", "alice", "producer_byte_rate=5MB")
	must(t, c.Kill(5))
	c.Advance(time.Minute)
	for _, args := range [][]string{{"changed"}, {"changed", "--since", saved}, {"changed", "--since", "1h"}} {
		out := d.ok(0, args...)
		for _, word := range []string{"broker 5 died or was fenced", "broker 5 left the ISR of", "leaders went: ", `broker 2: num.io.threads is "16", was`, "quota of users/alice: producer_byte_rate is 5000000, was none", "changed from this machine by kdeck"} {
			if !strings.Contains(out, word) {
				t.Errorf("%v: no %q in\n%s", args, word, out)
			}
		}
	}
	if out := d.ok(0, "changed", "--since", "1h"); !strings.Contains(out, "the oldest look that is kept: there is none from before") {
		t.Errorf("%s", out)
	}
	var doc struct {
		Verdict    string `json:"since_verdict"`
		Partitions []struct{ Topic string }
		Changes    []struct{ What, Sentence string }
		Kdeck      []struct{ Sentence string }
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "changed", "-o", "json")), &doc))
	if doc.Verdict != "healthy" || len(doc.Partitions) == 0 || len(doc.Changes) < 5 || len(doc.Kdeck) != 2 {
		t.Errorf("%+v", doc)
	}
	d.run("status") // another look, which isn't healthy
	if out := d.ok(0, "changed"); !strings.Contains(out, "broker 5 died or was fenced") {
		t.Errorf("after a look at the sick cluster: %s", out)
	}
	for words, says := range map[string]string{
		"changed --since yesterday":              "yesterday is no time",
		"changed --since " + saved + "x":         "there is no file of that name",
		"changed --since " + filepath.Dir(saved): "--since",
	} {
		if r := d.run(strings.Fields(words)...); r.code != 2 || !strings.Contains(r.err, says) {
			t.Errorf("%s: exit %d %s", words, r.code, r.err)
		}
	}
}

func TestASavedClusterOfAnotherIDIsNotCompared(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 3})
	saved := filepath.Join(t.TempDir(), "before.json")
	d.ok(0, "snapshot", "save", saved)
	other, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 3, Seed: 7})
	if r := other.run("changed", "--since", saved); r.code != 2 || !strings.Contains(r.err, "nothing is compared") {
		t.Errorf("exit %d %s", r.code, r.err)
	}
}
