package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/plan"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

// planning is a console on the Plan pane of the incident's cluster, after some keys.
func planning(t *testing.T, theme string, w, h int, keys ...string) *driver {
	d := newDriver(t, theme, w, h, nil)
	incident(d)
	d.keys(append([]string{"6"}, keys...)...)
	return d
}

var drainSeven = []string{"+", "drain 7", "enter", "+", "leaders", "enter"}

func TestPlanScreens(t *testing.T) {
	for _, theme := range []string{"dark", "ascii"} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			name := fmt.Sprintf("plan-%dx%d-%s.txt", size[0], size[1], theme)
			t.Run(name, func(t *testing.T) {
				compareGolden(t, name, planning(t, theme, size[0], size[1], drainSeven...).screen())
			})
		}
	}
	for name, keys := range map[string][]string{
		"plan-empty":     nil,
		"plan-adding":    {"+", "d", "tab"},
		"plan-refused":   {"+", "drain 7 --to 8 9", "enter"},
		"plan-clash":     {"+", "drain 1 2 3 4 5 6 7 8 9 10 11 12", "enter"},
		"plan-summary":   append(drainSeven, "enter"),
		"plan-unchanged": {"+", "elect", "enter"},
	} {
		name += "-80x24-dark.txt"
		t.Run(name, func(t *testing.T) { compareGolden(t, name, planning(t, "dark", 80, 24, keys...).screen()) })
	}
}

// A chain is put together by keys alone, changed, and saved as the file that kdeck apply takes.
func TestAPlanIsBuiltByKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drain7.json")
	d := planning(t, "dark", 120, 40, "+", "drain 7", "enter")
	d.sees(" 1 drain 7", "COST", "planned on the cluster of 12:00:05Z")
	d.keys("+", "leaders", "enter")
	d.sees(" 1 drain 7", " 2 leaders")
	d.keys("{")
	d.sees(" 1 leaders", " 2 drain 7")
	moves := d.figure("moves")

	d.keys("down", "down", "down", "x") // the first that moves data
	d.sees("1 dropped", "1 change dropped by hand")
	if left := d.figure("moves"); left >= moves {
		t.Errorf("%d moves after a change was dropped, %d before", left, moves)
	}
	d.keys("w", "ctrl+u", path, "enter")
	d.sees("written: " + path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := plan.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.Header.Stages, " + "); got != "leaders + drain 7" {
		t.Errorf("the file's stages: %s", got)
	}
	if len(p.Header.Drained) != 0 {
		t.Errorf("the file says that %v hold nothing any more, and a change that was dropped leaves a replica there", p.Header.Drained)
	}
	if p.Header.Moves != d.figure("moves") {
		t.Errorf("the file has %d moves, the screen %d", p.Header.Moves, d.figure("moves"))
	}

	d.keys("u")
	d.seesNot("dropped")
	if got := d.figure("moves"); got != moves {
		t.Errorf("%d moves after the change was brought back, %d at first", got, moves)
	}
	d.keys("u")
	d.sees(" 1 drain 7", " 2 leaders")
	d.keys(")", "X")
	d.seesNot("2 leaders")
}

// figure is the number before a word on the screen.
func (d *driver) figure(word string) (n int) {
	d.t.Helper()
	before, _, ok := strings.Cut(d.screen(), " "+word)
	fields := strings.Fields(before)
	if _, err := fmt.Sscan(fields[len(fields)-1], &n); !ok || err != nil {
		d.t.Fatalf("no number before %q:\n%s", word, d.screen())
	}
	return n
}

func TestApplyingAPlanSavesItAndGoesByThePalette(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	d := planning(t, "dark", 200, 60, "+", "drain 7", "enter", "a", "ctrl+u", path, "enter")
	d.sees(":apply " + path + " --execute --throttle")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	d.keys("esc", "a")
	d.sees(":apply " + path + " --execute --throttle")
}

func TestAPlanThatCopiesNothingAsksForNoThrottle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	d := planning(t, "dark", 200, 60, "+", "demote 7", "enter", "a")
	d.sees("read-only: the plan is saved now, and can be applied after :rw 10m REASON")
	d.keys("ctrl+u", path, "enter")
	if got := d.app.prompt.input.Value(); got != "apply "+path+" --execute --throttle none" {
		t.Errorf("the palette has %q", got)
	}
	d.sees("read-only: this console was started without a read-write window")
}

func TestAPlanIsNotSavedOverAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := planning(t, "dark", 200, 60, "+", "drain 7", "enter", "a", "ctrl+u", path, "enter")
	d.sees("not written", "file exists")
	d.seesNot(":apply")
}

func TestThePaletteTakesAChain(t *testing.T) {
	d := planning(t, "dark", 120, 40, "1", ":", "plan drain 7 --to 4,8,9,10 + leaders", "enter")
	d.sees(" 1 drain 7 --to 4,8,9,10", " 2 leaders", "COST")
}

func TestTheCommandOfAPlanIsItsChain(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, withCommands(&commandLine{}, nil))
	incident(d)
	d.keys("6", "+", "drain 7", "enter", "+", "leaders", "enter", "/", "topic-0001", "enter", "C")
	if want := "kdeck plan drain 7 + leaders"; len(d.copied) != 1 || d.copied[0] != want {
		t.Errorf("copied %q, want the chain: %q", d.copied, want)
	}
}

// What is no chain of stages is the command line's: it may have flags of its own, or be wrong in a way that it explains.
func TestThePaletteLeavesOtherWordsOfPlanToTheCommandLine(t *testing.T) {
	for _, line := range []string{"plan drain 7 -o json", "plan --check FILE", "plan drian 7"} {
		d := newDriver(t, "dark", 80, 24, withCommands(&commandLine{}, nil))
		incident(d)
		d.keys(":", line, "enter", "6")
		d.sees("No stage yet")
	}
}

func TestStagesAreCompleted(t *testing.T) {
	for _, tc := range []struct{ typed, offers string }{
		{"dr", "drain"},
		{"drain 7 --t", "drain 7 --to"},
		{"drain 7 --to 8,1", "drain 7 --to 8,10"},
		{"balance c", "balance count"},
		{"drain 7 + lead", "drain 7 + leaders"},
		{"racks --topics topic-003", "racks --topics topic-0030"},
		{"set-replication-factor 3 --ex", "set-replication-factor 3 --exclude-topics"},
	} {
		d := planning(t, "dark", 120, 40, "+", tc.typed)
		found := false
		for _, o := range d.app.prompt.offers {
			found = found || o == tc.offers
		}
		if !found {
			t.Errorf("%q: %q is not among %q", tc.typed, tc.offers, d.app.prompt.offers)
		}
	}
}

func TestAPlanSaysWhenTheClusterHasChanged(t *testing.T) {
	d := planning(t, "dark", 80, 24, "+", "drain 7", "enter")
	c := fixture.Small()
	c.Dead, c.At = 7, c.At.Add(72*time.Second)
	same := c.State(3)
	d.state(same)
	d.sees("1m08s ago")
	c.Topics--
	d.state(c.State(4))
	d.sees("R plans again: the cluster changed")
	d.keys("R")
	d.sees("planned on the cluster of 12:01:12Z")
}

// Planning 100,000 partitions is not done on the update loop: keys are answered meanwhile, and what comes back for a
// chain that is no longer the one in force is dropped.
func TestPlanningDoesNotBlockKeys(t *testing.T) {
	d := newDriver(t, "dark", 200, 60, nil)
	d.state(fixture.Large().State(1))
	d.keys("6")
	late := d.hold("drain 7")
	if len(late) != 1 {
		t.Fatalf("%d works for one chain", len(late))
	}
	d.sees("planning")
	d.keys("?")
	d.sees("Help: Plan")
	d.keys("esc")
	if more := d.hold("leaders"); len(more) != 0 {
		t.Fatal("two plans are worked out at once")
	}
	d.run(late[0])
	d.sees(" 2 leaders", "COST", "no plan needs fewer")
	at := slices.IndexFunc(d.app.panes, func(p pane.Pane) bool { return p.Name() == "plan" })
	if got := d.app.panes[at].Status(); !strings.Contains(got, "changes") {
		t.Errorf("status %q", got)
	}
}

// hold adds a stage and keeps back what is to be worked out off the update loop.
func (d *driver) hold(stage string) (held []tea.Cmd) {
	msgs := []tea.KeyPressMsg{{Code: '+', Text: "+"}}
	for _, r := range stage {
		msgs = append(msgs, tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	for _, m := range append(msgs, tea.KeyPressMsg(keyCodes["enter"])) {
		if _, cmd := d.app.Update(m); cmd != nil {
			held = append(held, cmd)
		}
	}
	return held
}

func TestAPlanOfUnknownMovesIsRefused(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	s := fixture.Small().State(1)
	s.Snapshot.Moves = state.Missing[int]("CLUSTER_AUTHORIZATION_FAILED", s.Now, "broker 1")
	d.state(s)
	d.keys("6", "+", "drain 7", "enter")
	d.sees("No plan: ", "CLUSTER_AUTHORIZATION_FAILED")
	d.keys("a")
	d.sees("a: there is no plan of this chain")
}

// A plan of a huge cluster may take a minute: esc gives it up, and what was planned before can be had again.
func TestAPlanInTheMakingIsGivenUp(t *testing.T) {
	d := planning(t, "dark", 120, 40, "+", "drain 7")
	_, work := d.app.Update(tea.KeyPressMsg(keyCodes["enter"]))
	d.sees("planning; esc cancels it")
	d.keys("esc")
	d.run(work)
	d.sees("No plan: cancelled; R plans again")
	d.keys("R")
	d.sees("planned on the cluster of")
}

// What is wanted while a plan is being made takes its place at once.
func TestAPlanInTheMakingGivesWayToTheNext(t *testing.T) {
	d := planning(t, "dark", 120, 40, "+", "drain 7")
	_, work := d.app.Update(tea.KeyPressMsg(keyCodes["enter"]))
	d.keys("+", "leaders", "enter")
	d.sees("planning", " 2 leaders")
	d.run(work)
	d.sees("planned on the cluster of", " 1 drain 7", " 2 leaders")
	d.seesNot("cancelled")
}
