package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kdeck/ops/state"
	"kdeck/ui/fixture"
)

// morning is a healthy cluster on which kdeck has done things.
func morning(d *driver) {
	s := fixture.Small().State(1)
	s.Audit = state.Read(fixture.Audit(), s.Now, "")
	d.state(s)
}

func TestAuditScreens(t *testing.T) {
	for _, s := range []struct {
		name  string
		sizes [][2]int
		do    func(d *driver)
	}{
		{"audit", [][2]int{{80, 24}, {120, 40}, {200, 60}}, func(d *driver) { morning(d); d.keys("8") }},
		{"audit-run", [][2]int{{80, 24}, {120, 40}, {200, 60}}, func(d *driver) { morning(d); d.keys("8", "enter") }},
		{"audit-failed", [][2]int{{80, 24}}, func(d *driver) { morning(d); d.keys("8", "!") }},
		{"audit-undo", [][2]int{{80, 24}}, func(d *driver) { morning(d); d.keys("8", "down", "u") }},
		{"audit-empty", [][2]int{{80, 24}}, func(d *driver) {
			s := fixture.Small().State(1)
			s.Audit = state.Read(&state.Audit{}, s.Now, "")
			d.state(s)
			d.keys("8")
		}},
		{"audit-unread", [][2]int{{80, 24}}, func(d *driver) {
			s := fixture.Small().State(1)
			s.Audit = state.Missing[*state.Audit]("journal: /x/cluster-c.jsonl: permission denied", s.Now, "")
			d.state(s)
			d.keys("8")
		}},
		{"audit-damaged", [][2]int{{80, 24}}, func(d *driver) {
			s := fixture.Small().State(1)
			a := fixture.Audit()
			a.Bad, a.Damaged, a.Skipped = 2, []string{"the line at byte 1,024: unexpected end of JSON input", "the line at byte 4,096: invalid character"}, 3<<20
			s.Audit = state.Read(a, s.Now, "")
			d.state(s)
			d.keys("8", "down")
		}},
		{"audit-no-answer", [][2]int{{80, 24}}, func(d *driver) {
			s := fixture.Small().State(1)
			s.Snapshot, s.Waiting, s.Failed = nil, "the first answer from b1:9092", "b1:9092: connect: connection refused"
			s.Audit = state.Read(fixture.Audit(), s.Now, "")
			d.state(s)
			d.keys("8")
		}},
		{"overview-audit", [][2]int{{80, 24}, {200, 60}}, morning},
	} {
		for _, size := range s.sizes {
			name := fmt.Sprintf("%s-%dx%d-dark.txt", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				d := newDriver(t, "dark", size[0], size[1], nil)
				s.do(d)
				compareGolden(t, name, d.screen())
			})
		}
	}
}

func TestOneKeyPutsTheWayBackIntoThePaletteAndRunsNothing(t *testing.T) {
	d := newDriver(t, "dark", 120, 40, nil)
	morning(d)
	d.keys("8", "down", "u")
	if got := d.app.prompt.input.Value(); got != "quota remove --user shop producer_byte_rate --execute" {
		t.Errorf("the palette has %q", got)
	}
	d.keys("esc", "end", "u")
	if d.app.prompt.mode != notTyping {
		t.Error("a command of another tool is in the palette")
	}
	if !strings.Contains(d.screen(), "no command of kdeck takes it back") {
		t.Errorf("it isn't said why nothing happens:\n%s", d.screen())
	}
}

func TestTheJournalIsFilteredAndExported(t *testing.T) {
	d := newDriver(t, "dark", 120, 40, nil)
	morning(d)
	for filter, want := range map[string]string{
		"is:failed": "3 of 6", "since:30m": "3 of 6", "who:bob": "2 of 6", "api:alterclientquotas is:done": "1 of 6", "!is:run shop": "1 of 6", "since:2026-11-21": "4 of 6",
	} {
		d.keys(":", "audit "+filter, "enter")
		if !strings.Contains(d.screen(), want) {
			t.Errorf("%s doesn't leave %s:\n%s", filter, want, d.screen())
		}
	}
	path := filepath.Join(t.TempDir(), "audit.csv")
	d.keys(":", "audit is:run", "enter", ":", "export csv "+path, "enter")
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "when,result,who,what,cluster,why,undo,took,id\n2026-11-21T11:52:00Z,open,root (sudo alice),") || strings.Count(string(text), "\n") != 3 {
		t.Errorf("as CSV, %v: %s", err, text)
	}
	path = filepath.Join(t.TempDir(), "audit.json")
	d.keys(":", "export json "+path, "enter")
	if text, err = os.ReadFile(path); err != nil || !strings.Contains(string(text), `"cluster_id": "nVqkr9n9SEWzJzL1yHe1Yw"`) || strings.Count(string(text), `"kind": "run"`) != 2 {
		t.Errorf("as JSON, %v: %s", err, text)
	}
	d.keys(":", "filter since:never", "enter")
	if !strings.Contains(d.screen(), "never is no time") {
		t.Errorf("a time that is none is taken:\n%s", d.screen())
	}
}
