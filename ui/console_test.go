package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ui/cell"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

// An SRE who knows arrows, enter, esc and ? is at the partitions that a dead broker hurts within four keys.
func TestADeadBrokersPartitionsAreFourKeysAway(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		d := newDriver(t, "dark", size[0], size[1], nil)
		c := fixture.Small()
		c.Dead = 7
		d.state(c.State(1))
		d.keys("down", "enter")
		d.sees("/missing:7", "90 of 360 partitions", "topic-0003")
		d.keys("esc")
		d.sees("broker 7 is down")
		d.seesNot("/missing:7")
	}
}

func TestAFilterThatCameWithAFindingGoesWithIt(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	d.keys("enter")
	d.sees("/is:under-min-isr")
	d.keys("/", " topic:topic-0023", "enter")
	d.sees("1 of 360 partitions")
	d.keys("esc")
	d.sees("/is:under-min-isr ", "4 of 360")
	d.keys("4")
	d.seesNot("/is:under-min-isr")
	d.sees("360 partitions")
}

func TestAGroupIsLeftAsItWasEntered(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	d.keys("4", "/", "topic-000", "enter", "b", "down", "enter")
	d.sees("/topic-000 topic:topic-", "6 of 360 partitions")
	d.keys("enter")
	d.sees("REPLICAS, preferred leader first")
	d.keys("esc", "esc")
	d.sees("by topic: 10 topics", "/topic-000 ")
	d.keys("1", "enter") // a finding leads to rows, however they were gathered last
	d.sees("/is:under-min-isr", "4 of 360 partitions", "ISR/RF")
}

func TestPartitionsAreGatheredByTheTenantOfTheirTopic(t *testing.T) {
	d := newDriver(t, "dark", 100, 24, nil)
	s := fixture.Small().State(1)
	s.TenantRules = tenant.Rules{
		{Tenant: "clients only", User: regexp.MustCompile(".")},
		{Tenant: "shop floor", Topic: regexp.MustCompile("^topic-000[0-2]$")},
	}
	d.state(s)
	d.keys("4", "b", "b", "b")
	d.sees("by tenant: 2 tenants", "(no tenant)", "342", "shop floor", "18")
	d.keys("/", `tenant:"shop floor" topic-0001`, "enter")
	d.sees("by tenant: 1 tenant")
	d.keys("enter")
	d.sees("6 of 360 partitions")
	d.keys("esc", "b")
	d.seesNot("by tenant")
	d.keys("/", "ctrl+u", "tenant:shp", "enter")
	d.sees(`unknown "tenant:shp"`)
}

func TestFilters(t *testing.T) {
	for _, c := range []struct {
		name, filter, want string
	}{
		{"words", "topic-0003", "6 of 360 partitions"},
		{"a regular expression", "/000[12]$/", "12 of 360 partitions"},
		{"the inverse", "!topic-00", "0 of 360 partitions"},
		{"a field", "leader:8 is:urp", "30 of 360 partitions"},
		{"several", "is:urp missing:7 topic-0003", "3 of 360 partitions"},
		{"no regular expression", "/[/", "not a regular expression"},
		{"an unknown word", "is:sad", `unknown "is:sad"`},
		{"no broker", "missing:seven", "missing:seven is not a broker id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDriver(t, "dark", 120, 30, nil)
			dead := fixture.Small()
			dead.Dead = 7
			d.state(dead.State(1))
			d.keys("4", "/", c.filter, "enter")
			d.sees(c.want)
		})
	}
}

func TestEscRestoresTheFilterThatWasInForce(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	d.keys("4", "/", "topic-0003", "enter", "/", "9", "esc")
	d.sees("/topic-0003", "6 of 360")
}

func TestThePaletteTakesPanesFiltersAndItsOwnWords(t *testing.T) {
	d := newDriver(t, "dark", 100, 24, nil)
	incident(d)
	d.keys(":", "partitions is:moving", "enter")
	d.sees("/is:moving", "2 of 360")
	d.keys(":", "bro", "tab", "enter")
	d.sees("12 brokers")
	d.keys(":", "part is:offline", "enter")
	d.sees("/is:offline")
	d.keys(":", "theme light", "enter")
	if d.app.term.theme.Name != "light" {
		t.Error("the theme did not change")
	}
	d.keys(":", "nonsense", "enter")
	d.sees(`unknown command "nonsense"`)
	d.keys(":", "sort size_bytes", "enter")
	d.sees("by SIZE")
	d.keys(":", "sort nope", "enter")
	d.sees(`no column "nope"`)
	d.keys(":", "rw", "enter")
	d.sees("rw needs a time and a reason")
	d.keys(":", "4", "enter", ":", "group topic", "enter")
	d.sees("by topic: 60 topics")
	d.keys(":", "quit", "enter")
	if !d.quit {
		t.Error("quit did not")
	}
}

func TestWhatWasTypedComesBack(t *testing.T) {
	d := newDriver(t, "dark", 100, 24, nil)
	incident(d)
	d.keys(":", "brokers", "enter", ":", "moves", "enter", ":", "up", "up")
	d.sees(":brokers")
	d.keys("down")
	d.sees(":moves")
}

// commandLine is a Commands that notes what it is asked.
type commandLine struct {
	ran  []string
	exit int // of moves pause; 1 of all others
}

func (c *commandLine) Complete(line string) []string {
	var out []string
	for _, w := range []string{"status", "drain", "api", "help", "moves"} {
		if strings.HasPrefix(w, line) {
			out = append(out, w)
		}
	}
	return out
}
func (c *commandLine) Nearest(word string, candidates []string) string { return candidates[0] }
func (c *commandLine) Prepare(_ context.Context, words []string) Action {
	line := strings.Join(words, " ")
	a := Action{Run: func(_ context.Context, typed string) (string, int) {
		c.ran = append(c.ran, line+"|"+typed)
		exit := 1
		if line == "moves pause" {
			exit = c.exit
		}
		return "output of " + line + "\n\x1b[31msecond line", exit
	}}
	if slices.Contains(words, "--execute") {
		a.Phrase, a.About = "drain 7 prod-eu-1", []string{"312 moves, 1.94TB"}
	}
	return a
}
func (c *commandLine) Live(words []string) (pane, filter string, ok bool) {
	if strings.Join(words, " ") == "parts --under-min-isr" {
		return "partitions", "is:under-min-isr", true
	}
	return "", "", false
}
func (c *commandLine) Command(words []string) string { return "kdeck " + strings.Join(words, " ") }

type readWrite struct {
	err    error
	closed int
}

func (w *readWrite) Open(time.Duration, string) error { return w.err }
func (w *readWrite) Close()                           { w.closed++ }

func withCommands(c *commandLine, w Window) func(*Options) {
	return func(o *Options) { o.Commands, o.Window = c, w }
}

func TestACommandThatChangesNothingIsRun(t *testing.T) {
	c := &commandLine{}
	d := newDriver(t, "dark", 80, 24, withCommands(c, nil))
	incident(d)
	d.keys(":", "status -o wide", "enter")
	d.sees("output of status -o wide", `\x1b[31msecond line`, "status -o wide: exit 1")
	if len(c.ran) != 1 || c.ran[0] != "status -o wide|" {
		t.Errorf("ran %q", c.ran)
	}
	d.keys("/")
	d.sees("a command's output")
	d.keys("4")
	d.sees("ISR/RF")
	d.seesNot("second line")
	d.keys("1", ":", "status", "enter", "esc")
	d.sees("SEV")
}

func TestAChangeNeedsAWindowAndItsPhraseTyped(t *testing.T) {
	c, w := &commandLine{}, &readWrite{}
	d := newDriver(t, "dark", 80, 24, withCommands(c, w))
	incident(d)
	drain := []string{":", "drain 7 --execute", "enter"}
	d.keys(drain...)
	d.sees("read-only: open a window first")
	d.keys(":", "rw 10m disk of broker 7 fails", "enter")
	d.sees("RW 10:00", ":drain 7 --execute") // the line comes back
	d.keys("esc")
	d.sees("disk of broker 7 fails")
	d.keys(drain...)
	d.sees("312 moves", "Type drain 7 prod-eu-1")
	d.keys("enter")
	d.sees("that is not the phrase")
	d.send(tea.PasteMsg{Content: "drain 7 prod-eu-1"})
	d.sees("pasted text does not count")
	d.keys("drain 7 prod-eu-2", "enter")
	d.sees("that is not the phrase")
	if len(c.ran) != 0 {
		t.Fatalf("ran %q", c.ran)
	}
	d.keys("backspace", "1", "enter")
	if len(c.ran) != 1 || c.ran[0] != "drain 7 --execute|drain 7 prod-eu-1" {
		t.Errorf("ran %q", c.ran)
	}
	d.keys("esc")
	d.keys(drain...)
	d.wait(2 * time.Minute)
	d.sees("expired: nothing was done")
	d.seesNot("Type drain")
}

func TestAChangeOutlivesTheConsole(t *testing.T) {
	c := &commandLine{}
	d := newDriver(t, "dark", 80, 24, withCommands(c, &readWrite{}))
	incident(d)
	d.keys(":", "rw 10m why", "enter", ":", "drain 7 --execute", "enter", "drain 7 prod-eu-1")
	_, carryOut := d.app.Update(tea.KeyPressMsg(keyCodes["enter"]))
	d.send(tickMsg(d.ticks))
	d.sees("running drain 7 --execute")
	d.keys("q")
	d.sees("is still running", "does not stop it")
	d.keys("tab", "enter")
	if !d.quit {
		t.Fatal("the console did not end")
	}
	go carryOut()
	var out strings.Builder
	d.app.await(&out)
	if !strings.Contains(out.String(), "drain 7 --execute: exit 1\noutput of drain 7") {
		t.Errorf("said %q", out.String())
	}
}

func TestTheWindowClosesByItself(t *testing.T) {
	w := &readWrite{}
	d := newDriver(t, "dark", 80, 24, withCommands(&commandLine{}, w))
	incident(d)
	d.wait(time.Second)
	d.keys(":", "rw 1m leaders", "enter")
	d.wait(30 * time.Second)
	d.sees("RW 00:30")
	d.keys("q")
	d.sees("Quit?", "still open")
	d.keys("enter")
	if d.quit {
		t.Fatal("enter alone quit")
	}
	d.wait(31 * time.Second)
	d.sees(" RO ", "has closed")
	if w.closed != 1 {
		t.Errorf("closed %d times", w.closed)
	}
}

func TestAWindowThatIsRefusedSaysWhy(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, withCommands(&commandLine{}, &readWrite{err: errors.New("the context allows RO at the most")}))
	incident(d)
	d.keys(":", "rw 5m why", "enter")
	d.sees("stays closed: the context allows RO", " RO ")
	d.keys(":", "rw soon why", "enter")
	d.sees(`"soon" is not a time`)
}

func TestWhatJustChangedIsToldApart(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	c := fixture.Small()
	d.state(c.State(1))
	d.keys("2")
	c.Dead, c.At = 7, c.At.Add(5*time.Second)
	d.state(c.State(2))
	d.sees("•▸  7  a     DEAD")
	c.At = c.At.Add(5 * time.Second)
	d.keys("4")
	d.state(c.State(3))
	d.seesNot("•")
	c.Dead, c.At = 0, c.At.Add(5*time.Second)
	d.state(c.State(4))
	d.sees("•")
}

func TestRowsAreDimmedWhenNoNewerOnesCanBeHad(t *testing.T) {
	dim, _ := cell.NewTheme("dark", false)
	grey := dim.Sequence(cell.Stale)
	for _, pane := range []string{"1", "2", "4", "7"} {
		d := newDriver(t, "dark", 80, 24, nil)
		c := fixture.Small()
		c.Moving, c.BadDir = 2, 5
		s := c.State(1)
		d.keys(pane)
		d.state(s)
		if strings.Contains(d.app.View().Content, grey) {
			t.Errorf("pane %s is dimmed at first", pane)
		}
		failed := *s
		failed.Seq, failed.Now, failed.Failed = 2, s.Now.Add(20*time.Second), "i/o timeout"
		d.state(&failed)
		if !strings.Contains(d.app.View().Content, grey) {
			t.Errorf("pane %s is not dimmed after a failed poll", pane)
		}
		d.sees("data 21s OLD", "the last poll failed: i/o timeout")
	}
}

func TestFreezingKeepsTheScreenAndTheHistoryGoesOn(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	c := fixture.Small()
	d.state(c.State(1))
	d.keys("Z")
	c.Dead, c.At = 7, c.At.Add(5*time.Second)
	d.state(c.State(2))
	d.sees("FROZEN", "HEALTHY")
	d.seesNot("broker 7 died")
	d.keys("Z")
	d.sees("CRITICAL", "broker 7 died")
	d.seesNot("FROZEN")
}

func TestAgesAdvanceBetweenStates(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	d.state(fixture.Small().State(1))
	d.sees("data 1s")
	d.wait(9 * time.Second)
	d.sees("data 10s")
	d.wait(25 * time.Second)
	d.sees("data 35s OLD")
	d.state(fixture.Small().State(2))
	d.sees("data 1s")
}

func TestALateAnswerNeverLandsInAnotherPane(t *testing.T) {
	d := newDriver(t, "dark", 200, 60, nil)
	states := [...]*state.State{fixture.Large().State(1)}
	_, cmd := d.app.Update(stateMsg{states[0], nil})
	d.run(cmd)
	_, sorting := d.app.Update(tea.KeyPressMsg{Code: '4', Text: "4"})
	d.keys("2")
	before := d.screen()
	d.run(sorting)
	if d.screen() != before {
		t.Error("what the partitions had asked for changed the brokers")
	}
	d.keys("4")
	d.sees("100,000 partitions", "topic-0000")
}

func TestTheRowsAndTheCommandThatGivesThemAreCopied(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, withCommands(&commandLine{}, nil))
	incident(d)
	d.keys("4", "/", "is:urp", "enter", "C", "c")
	if len(d.copied) != 2 || d.copied[0] != "kdeck partitions --filter is:urp" || !strings.HasPrefix(d.copied[1], "topic-0003\t1\t<MIN-ISR") {
		t.Errorf("copied %q", d.copied)
	}
}

func TestExports(t *testing.T) {
	dir := t.TempDir()
	d := newDriver(t, "dark", 80, 24, func(o *Options) { o.SaveDir = dir })
	incident(d)
	d.keys("4", "/", "is:moving", "enter")
	csv, missing := filepath.Join(dir, "rows.csv"), filepath.Join(dir, "no", "where.json")
	d.keys(":", "export "+csv, "enter")
	d.sees("written: ")
	if b, err := os.ReadFile(csv); err != nil || len(strings.Split(string(b), "\n")) != 4 || !strings.HasPrefix(string(b), "topic,partition,state,") {
		t.Errorf("%v: %s", err, b)
	}
	d.keys(":", "export "+csv, "enter")
	d.sees("not written: ", "exists")
	d.keys(":", "export json "+missing, "enter")
	d.sees("not written: ")
	d.keys("ctrl+s")
	if b, err := os.ReadFile(filepath.Join(dir, "kdeck-partitions-20261121T120006Z.txt")); err != nil || !strings.Contains(string(b), "topic-0000") {
		t.Errorf("%v: %s", err, b)
	}
	d.keys("ctrl+e")
	if b, err := os.ReadFile(filepath.Join(dir, "kdeck-partitions-20261121T120006Z.json")); err != nil || !strings.Contains(string(b), `"adding":[4]`) {
		t.Errorf("%v: %s", err, b)
	}
}

func TestHowItIsSetUpIsKept(t *testing.T) {
	dir := t.TempDir()
	keep := func(o *Options) { o.StateDir = dir }
	d := newDriver(t, "dark", 200, 24, keep)
	incident(d)
	d.keys("4", ":", "sort leader desc", "enter", "w", ":", "moves", "enter", ":", "brokers", "enter")
	if err := d.app.saveView(); err != nil {
		t.Fatal(err)
	}
	again := newDriver(t, "dark", 200, 24, keep)
	incident(again)
	again.sees("SEV")
	again.keys("4")
	again.sees("by LEADER desc", "EPOCH")
	again.keys(":", "up", "up")
	again.sees(":moves")

	for _, path := range []string{filepath.Join(dir, "console.json"), viewPath(dir, "")} {
		if err := os.WriteFile(path, []byte("{broken"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	incident(newDriver(t, "dark", 80, 24, keep))
}

func TestWhatOlderVersionsKeptIsTheBeginningOfEachCluster(t *testing.T) {
	dir := t.TempDir()
	old := `{"theme":"mono","panes":{"partitions":{"sort":"leader","reverse":true}},"history":["drain 7 --execute --throttle none","moves"],"mouse":true}`
	if err := os.WriteFile(filepath.Join(dir, "console.json"), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	on := func(name string) *driver {
		d := newDriver(t, "dark", 200, 24, func(o *Options) { o.StateDir, o.Name = dir, name })
		incident(d)
		return d
	}
	d := on("east")
	if got := d.app.prompt.history; len(got) != 1 || got[0] != "moves" || !d.app.mouse {
		t.Errorf("the lines are %q, the mouse is %v", got, d.app.mouse)
	}
	d.keys("4")
	d.sees("by LEADER desc")
	d.keys(":", "sort topic", "enter", ":", "drain 5 --execute", "enter")
	if err := d.app.saveView(); err != nil {
		t.Fatal(err)
	}
	d = on("west")
	d.keys("4")
	d.sees("by LEADER desc")
	if got := d.app.prompt.history; len(got) != 1 {
		t.Errorf("what was typed on another cluster is here too: %q", got)
	}
	if got := on("east").app.prompt.history; len(got) != 3 || got[2] != "drain 5 --execute" {
		t.Errorf("the lines of the cluster itself are %q", got)
	}
}

func TestAnUnknownPaneOrFilterIsRefusedAtTheStart(t *testing.T) {
	for _, o := range []Options{{Pane: "partition"}, {Pane: "partitions", Filter: "is:sad"}} {
		o.States = noMore{}
		if _, err := newApp(context.Background(), o, readTerminal(nil, nil, "")); err == nil {
			t.Errorf("%q %q was taken", o.Pane, o.Filter)
		}
	}
}

// No key is bound twice in one pane, every one has its help, and none changes the cluster: it puts a line into the palette.
func TestBindings(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	for range d.app.panes {
		inner := map[string]bool{}
		for _, b := range d.app.panes[d.app.at].Bindings() {
			if b.Help == "" || b.Group == "" {
				t.Errorf("%v has no help or group", b.Keys)
			}
			if b.Changes && b.Disabled == "" { // it leads there: by the palette, and no other way
				for _, e := range b.Do() {
					switch e.(type) {
					case pane.Palette, pane.Say:
					default:
						t.Errorf("%v changes the cluster by %T", b.Keys, e)
					}
				}
			}
			for _, k := range b.Keys {
				if inner[k] {
					t.Errorf("%s: %s is bound twice", d.app.panes[d.app.at].Name(), k)
				}
				inner[k] = true
			}
		}
		console := map[string]bool{}
		for _, b := range d.app.consoleBindings() {
			for _, k := range b.Keys {
				if console[k] || inner[k] {
					t.Errorf("%s: %s is bound twice", d.app.panes[d.app.at].Name(), k)
				}
				console[k] = true
			}
		}
		d.keys("tab")
	}
}

func TestHelpListsEveryBinding(t *testing.T) {
	d := newDriver(t, "dark", 80, 200, nil)
	incident(d)
	for range d.app.panes {
		bindings := d.app.bindings()
		d.keys("?")
		for _, b := range bindings {
			if b.Group != "" {
				d.sees(b.Help[:min(len(b.Help), 40)])
			}
		}
		d.keys("esc", "tab")
	}
}

func TestAKeyThatDoesNothingNowSaysWhy(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	d.state(fixture.Small().State(1))
	d.keys("4", "V")
	d.sees("nothing is marked")
	d.keys("x")
	d.sees("x does nothing here")
}

func TestAPanicEndsTheConsoleWithAReport(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	d.app.panes[0] = broken{d.app.panes[0]}
	_, cmd := d.app.Update(tickMsg(time.Unix(1, 0)))
	if _, ok := cmd().(tea.QuitMsg); !ok {
		t.Fatal("the console goes on")
	}
	dir := t.TempDir()
	err := d.app.crash.report(dir, nil)
	reports, _ := filepath.Glob(filepath.Join(dir, "panic-*.txt"))
	if err == nil || len(reports) != 1 || !strings.Contains(err.Error(), reports[0]) {
		t.Fatalf("%v, reports %v", err, reports)
	}
	if b, _ := os.ReadFile(reports[0]); !strings.Contains(string(b), "torn") || !strings.Contains(string(b), "console_test.go") {
		t.Errorf("the report says %s", b)
	}
}

type broken struct{ pane.Pane }

func (broken) See(pane.Scene) []pane.Effect { panic("torn") }

func TestTheConsolesOwnWordsAreCompleted(t *testing.T) {
	for _, tt := range []struct{ typed, offers string }{
		{"theme d", "dark"}, {"rw ", "30m"}, {"rw 3", "30m"}, {"filter is:u", "is:urp"},
	} {
		d := newDriver(t, "dark", 100, 24, nil)
		incident(d)
		d.keys("4", ":", tt.typed)
		if !slices.Contains(d.app.prompt.offers, tt.offers) {
			t.Errorf("%q: %q is not among %q", tt.typed, tt.offers, d.app.prompt.offers)
		}
	}
	d := newDriver(t, "dark", 100, 24, withCommands(&commandLine{}, nil))
	incident(d)
	d.keys(":", "theme drak", "enter")
	d.sees("did you mean")
}
