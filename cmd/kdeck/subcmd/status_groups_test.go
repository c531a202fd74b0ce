package subcmd_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// statusOf is what scripts read of `kdeck status -o json`.
type statusOf struct {
	Verdict  string
	Unknown  []state.Unknown
	Findings []struct{ Code, Sentence string }
}

func (s *statusOf) sentence(code string) string {
	for _, f := range s.Findings {
		if f.Code == code {
			return f.Sentence
		}
	}
	return ""
}

func status(t *testing.T, d *deck, code int) (s statusOf) {
	t.Helper()
	must(t, json.Unmarshal([]byte(d.ok(code, "status", "-o", "json")), &s))
	return s
}

// hasty looks again at once at groups, which is enough where none stands still.
func hasty(d *deck) *deck {
	d = patient(d)
	d.apart = 100 * time.Millisecond
	return d
}

func TestTheStatusSaysWhichGroupStopped(t *testing.T) {
	d, _ := onSim(t, sim.Options{Scenario: "hanging-group", Groups: true})
	d = patient(d)
	d.apart = 5 * time.Second // two looks that are closer show nobody standing still
	r := d.run("status")
	if r.code != 0 || !strings.HasPrefix(r.out, "HEALTHY as far as the protocol tells, one group stopped; threads, quotas and connections not looked at: no metrics  ") || !strings.Contains(r.out, "checkout-orders") || !strings.Contains(r.err, "looking again in") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	// Saved and looked at without the cluster it is the same.
	saved := filepath.Join(t.TempDir(), "saved.json")
	d.ok(0, "snapshot", "save", saved)
	offline := newDeck(t, "--snapshot", saved)
	if out := offline.ok(0, "status"); !strings.HasPrefix(out, "HEALTHY as far as the protocol tells, one group stopped; threads, quotas and connections not looked at: no metrics  ") || !strings.Contains(out, "checkout-orders has 6 members") {
		t.Error(out)
	}
	if out := offline.ok(0, "groups", "checkout-orders"); !strings.Contains(out, "STALLED") || !strings.Contains(out, "member checkout at 10.4.") {
		t.Error(out)
	}
}

func TestTheStatusSaysWhatHangsAndWhatItCouldNotRead(t *testing.T) {
	d, c := onSim(t, sim.Options{Scenario: "hanging-transaction", Groups: true})
	d = hasty(d)
	c.DenyGroups("wms-sync")
	s := status(t, d, 1)
	if s.Verdict != "degraded" || !strings.Contains(s.sentence("hanging-transaction"), "A transaction hangs in ledger/4") || !strings.Contains(s.sentence("hanging-transaction"), "invoicing-ledger") {
		t.Errorf("%+v", s)
	}
	if !slices.ContainsFunc(s.Unknown, func(u state.Unknown) bool {
		return strings.Contains(u.What, "wms-sync") && strings.Contains(u.Why, "DESCRIBE on GROUP")
	}) {
		t.Errorf("unknown %+v", s.Unknown)
	}
	saved := filepath.Join(t.TempDir(), "saved.json")
	d.ok(0, "snapshot", "save", saved)
	offline := newDeck(t, "--snapshot", saved)
	off := status(t, offline, 1)
	if off.Verdict != s.Verdict || off.sentence("hanging-transaction") == "" || len(off.Unknown) != len(s.Unknown) {
		t.Errorf("offline %+v", off)
	}
	if out := offline.ok(0, "transactions", "--hanging"); !strings.Contains(out, "HANGING") {
		t.Error(out)
	}
}

func TestTheStatusOfAHealthyClusterIsSaidAfterOneLook(t *testing.T) {
	d, _ := onSim(t, sim.Options{Groups: true})
	d = hasty(d)
	if r := d.run("status"); r.code != 0 || !strings.HasPrefix(r.out, "HEALTHY as far as the protocol tells; threads, quotas and connections not looked at: no metrics  ") || strings.Contains(r.err, "looking again") {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
}

func TestAGroupOfAnyNameIsWrittenHarmlessly(t *testing.T) {
	d, c := onSim(t, sim.Options{Groups: true, Brokers: 3, Topics: 12})
	d = hasty(d)
	names := []string{"\x1b[31mred\x1b]0;title\a", "a\nb\tc\x00d", "\xff\xfe\xc3(", strings.Repeat("x", 10_000), "\u202eevil"}
	for _, name := range names {
		must(t, c.AddGroup(name, false, "orders"))
	}
	for _, words := range [][]string{{"groups"}, {"groups", "-o", "wide"}, {"groups", "-o", "json"}, {"status"}, {"groups", names[0]}} {
		r := d.run(words...)
		if r.code != 0 || strings.ContainsAny(r.out+r.err, "\x1b\a\x00\u202e") {
			t.Errorf("kdeck %q: exit %d: %.300q", words, r.code, r.out+r.err)
		}
		if words[len(words)-1] != "json" {
			continue
		}
		var answer struct{ Groups []struct{ Group string } }
		must(t, json.Unmarshal([]byte(r.out), &answer))
		for _, name := range names {
			if !slices.ContainsFunc(answer.Groups, func(g struct{ Group string }) bool {
				return g.Group == strings.ToValidUTF8(name, "\ufffd") || g.Group == name
			}) && name != names[2] {
				t.Errorf("no group %.20q", name)
			}
		}
	}
}
