package subcmd_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kdeck/ops/sim"
)

func TestWhatWasChangedIsListedWithItsWayBackAlsoWhenNoBrokerAnswers(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	d.ok(0, "audit")
	name := c.Bootstrap()[0]
	d.ok(0, "quota", "set", "--user", "shop", "producer_byte_rate=1MB", "--execute", "--confirm", "quota set users/shop producer_byte_rate=1000000 "+name)
	if out := d.ok(0, "status"); !strings.Contains(out, "changed from this machine in the last 15 minutes, no part of the verdict:") || !strings.Contains(out, "Z  kdeck: quota set users/shop producer_byte_rate=1000000") {
		t.Errorf("the status doesn't tell what was changed a moment ago:\n%s", out)
	}
	if out := d.ok(0, "status", "-o", "json"); !strings.Contains(out, `"changes": [`) || !strings.Contains(out, `"what": "quota set users/shop producer_byte_rate=1000000"`) {
		t.Errorf("%s", out)
	}

	silent := d.with(d.flags...)
	silent.dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("nothing answers") }
	out := silent.ok(0, "audit", "-o", "wide")
	for _, word := range []string{"quota set users/shop producer_byte_rate=1000000", "done", "kdeck quota remove --user shop producer_byte_rate --execute", name} {
		if !strings.Contains(out, word) {
			t.Errorf("the list lacks %q:\n%s", word, out)
		}
	}
	var doc struct {
		Actions []struct {
			ID, By, Result string
			Steps          []struct{ API, What string }
		}
	}
	must(t, json.Unmarshal([]byte(silent.ok(0, "audit", "last", "-o", "json")), &doc))
	if len(doc.Actions) != 1 || len(doc.Actions[0].Steps) != 2 || doc.Actions[0].By == "" || doc.Actions[0].Steps[1].API != "AlterClientQuotas" {
		t.Errorf("as JSON: %+v", doc)
	}
	if out := silent.ok(0, "audit", doc.Actions[0].ID[:8]); !strings.Contains(out, "taken back by kdeck quota remove") {
		t.Errorf("one action is shown as\n%s", out)
	}
	for args, want := range map[string]string{"--failed": "none of 1 action", "--since 1h --who " + doc.Actions[0].By: "quota set", "--api ElectLeaders": "none of", "--all-clusters": "quota set"} {
		r := silent.run(append([]string{"audit"}, strings.Fields(args)...)...)
		if r.code != 0 || !strings.Contains(r.out+r.err, want) {
			t.Errorf("audit %s: exit %d\n%s%s", args, r.code, r.out, r.err)
		}
	}
	for args, want := range map[string]string{"--since soon": "soon is no time", "--filter is:sad": "is:sad", "9999": "no action has an id"} {
		r := silent.run(append([]string{"audit"}, strings.Fields(args)...)...)
		if r.code != 2 || !strings.Contains(r.err, want) {
			t.Errorf("audit %s: exit %d\n%s", args, r.code, r.err)
		}
	}

	paths, err := filepath.Glob(filepath.Join(d.stateDir(), "journal", "*.jsonl"))
	must(t, err)
	text, err := os.ReadFile(paths[0])
	must(t, err)
	must(t, os.WriteFile(paths[0], append([]byte("torn\n"), text...), 0o600))
	r := silent.run("audit")
	if r.code != 0 || !strings.Contains(r.out, "quota set") || !strings.Contains(r.err, "the line at byte 0: ") {
		t.Errorf("a damaged journal: exit %d\n%s%s", r.code, r.out, r.err)
	}
}
