package ui

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

// twoClusters are the clusters east, with 12 brokers, and west, which has 4 and is production; north can't be reached.
type twoClusters struct {
	opened, closed []string
	windows        map[string]*readWrite
}

// onlyState has one State to deliver.
type onlyState struct{ s *state.State }

func (o onlyState) Next(_ context.Context, after uint64) (*state.State, *history.History, error) {
	if after >= o.s.Seq {
		return nil, nil, io.EOF
	}
	var r history.Recorder
	return o.s, r.Add(o.s), nil
}

func (c *twoClusters) List() ([]Context, error) {
	return []Context{{"east", "e1:9092", false}, {"north", "n1:9092", false}, {"west", "w1:9092", true}}, nil
}

func (c *twoClusters) Open(_ context.Context, name string) (*Cluster, error) {
	c.opened = append(c.opened, name)
	s := &state.State{Seq: 1, Now: fixture.Noon, Context: name, Waiting: "the first answer", Verdict: state.VerdictUnknown}
	switch name {
	case "east":
		s = fixture.Small().State(1)
	case "west":
		few := fixture.Small()
		few.Brokers = 4
		s = few.State(1)
		s.Production = true
	case "north":
		s.Failed = "n1:9092: connect: connection refused"
	default:
		return nil, errors.New("no context " + name + ` (did you mean "west"?)`)
	}
	s.Context = name
	w := &readWrite{}
	c.windows[name] = w
	return &Cluster{Name: name, States: onlyState{s}, Commands: &commandLine{}, Window: w,
		Close: func() { c.closed = append(c.closed, name) }}, nil
}

// onEast is a console with several clusters that shows east.
func onEast(t *testing.T, w, h int) (*driver, *twoClusters) {
	t.Helper()
	c := &twoClusters{windows: map[string]*readWrite{}}
	east, err := c.Open(t.Context(), "east")
	if err != nil {
		t.Fatal(err)
	}
	d := newDriver(t, "dark", w, h, func(o *Options) { o.Cluster, o.Contexts = *east, c })
	d.run(d.app.Init())
	return d, c
}

func TestCtxShowsAnotherClusterAndNothingOfTheOldOne(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		d, c := onEast(t, size[0], size[1])
		d.keys(":", "rw 10m moving", "enter")
		d.sees("east", " RW ")
		d.keys("4", "/", "topic-0003", "enter", "enter") // a filter and an open partition
		d.keys("2", "enter", ":", "status", "enter")     // an open broker, and an output
		d.sees("output of status")
		d.keys(":", "ctx west", "enter")
		if head := d.line(0); !strings.Contains(head, "west PROD") || !strings.Contains(head, "RO") || !strings.Contains(head, "4/4 brokers") {
			t.Errorf("the header is %q", head)
		}
		d.seesNot("east  ", "output of status", "12/12", "FROZEN")
		d.sees("now on west, read-only; :ctx - goes back to east")
		for i, p := range d.app.panes {
			if f := p.Filter(); f != "" || len(p.Trail()) > 0 {
				t.Errorf("pane %s still has the filter %q and %v open", p.Name(), f, p.Trail())
			}
			d.keys(string(rune('1' + i)))
			d.seesNot("12 brokers", "broker 7", "/topic-0003")
		}
		d.keys("1", "esc")
		if strings.Contains(d.line(0), "east") {
			t.Error("esc led back to the other cluster")
		}
		if len(c.closed) != 1 || c.closed[0] != "east" {
			t.Errorf("closed were %v", c.closed)
		}
		if c.windows["east"].closed == 0 {
			t.Error("the window of east was left open")
		}
		d.keys(":", "ctx -", "enter")
		d.sees("east", "12/12 brokers")
	}
}

func TestALateAnswerOfTheOldClusterIsDropped(t *testing.T) {
	late := pane.Work(func() func() []pane.Effect {
		return func() []pane.Effect { panic("the pane of the other cluster was changed") }
	})
	d, _ := onEast(t, 100, 24)
	work := d.app.do(3, []pane.Effect{late})
	poll := d.app.nextState(0)
	command := d.app.run("status")
	d.keys(":", "ctx west", "enter")
	for _, cmd := range []tea.Cmd{work, poll, command} {
		d.run(cmd)
	}
	d.seesNot("output of status", "12/12")
	d.sees("west PROD", "4/4 brokers")
}

func TestTheClusterThatWasAskedForLastIsShown(t *testing.T) {
	d, c := onEast(t, 100, 24)
	first := d.app.run("ctx north")
	d.keys(":", "ctx west", "enter")
	d.run(first) // north was opened slowly
	d.sees("west PROD")
	if len(c.closed) != 2 || c.closed[1] != "north" {
		t.Errorf("closed were %v: the connections to north stay open", c.closed)
	}
}

func TestACtxThatComesWhileALineIsTypedWaits(t *testing.T) {
	d, _ := onEast(t, 100, 24)
	open := d.app.run("ctx west")
	d.keys("4", "/", "topic")
	d.run(open)
	d.sees("/topic", "east")
	d.keys("esc")
	d.sees("west PROD")
}

func TestAnUnreachableClusterSaysSoAndIsLeftAgain(t *testing.T) {
	d, c := onEast(t, 80, 24)
	d.keys(":", "ctx north", "enter")
	d.sees("north", "connection refused")
	d.wait(10 * time.Second)
	d.sees("no answer; :ctx - goes back to east")
	d.keys("esc")
	d.sees("nothing to go back to; :ctx - shows east again")
	d.keys(":", "ctx -", "enter")
	d.sees("east", "12/12 brokers")
	if len(c.closed) != 2 {
		t.Errorf("closed were %v", c.closed)
	}
}

func TestAContextThatDoesNotExistChangesNothing(t *testing.T) {
	d, c := onEast(t, 100, 24)
	d.keys(":", "ctx wset", "enter")
	d.sees(`did you mean "west"?`, "east", "12/12 brokers")
	d.keys(":", "ctx east west", "enter")
	d.sees("one name was expected")
	d.keys(":", "ctx -", "enter")
	d.sees("there is no cluster to go back to")
	if len(c.closed) != 0 {
		t.Errorf("closed were %v", c.closed)
	}
}

func TestCtxAloneListsTheClusters(t *testing.T) {
	for _, word := range []string{"ctx", "context", "contexts"} {
		d, _ := onEast(t, 100, 24)
		d.keys(":", word, "enter")
		d.sees("* east   e1:9092", "  west   w1:9092  PROD", ":ctx NAME goes there")
		d.keys("esc")
		d.sees("FINDING")
	}
}

func TestCtxIsCompletedByTheNamesOfClusters(t *testing.T) {
	d, _ := onEast(t, 100, 24)
	d.keys(":", "ctx ", "tab")
	d.sees(":ctx east")
	d.keys("ctrl+u", "context we", "tab", "enter")
	d.sees("west PROD")
}

func TestARunningChangeKeepsTheConsoleOnItsCluster(t *testing.T) {
	d, c := onEast(t, 100, 24)
	change := &running{line: "drain 7", done: make(chan struct{})}
	open := d.app.run("ctx west")
	d.app.running = append(d.app.running, change)
	d.run(open) // the change began while west was being opened
	d.sees("drain 7 is still running on east")
	d.keys(":", "ctx west", "enter")
	d.sees("drain 7 is still running on east: the console stays there until it is done")
	if len(c.closed) != 1 || c.closed[0] != "west" {
		t.Errorf("closed were %v", c.closed)
	}
	d.send(endedMsg{change})
	d.keys("esc", ":", "ctx west", "enter")
	d.sees("west PROD")
}

func TestEachClusterHasItsOwnOrderGroupsAndLines(t *testing.T) {
	d, _ := onEast(t, 100, 24)
	dir := t.TempDir()
	d.app.opt.StateDir = dir
	d.keys(":", "theme light", "enter", "4", ":", "sort size_bytes desc", "enter", ":", "drain 7 --execute --throttle none", "enter")
	d.keys("esc", ":", "ctx west", "enter", "4")
	d.seesNot("by SIZE desc")
	if d.app.term.theme.Name != "light" {
		t.Error("the theme is another one")
	}
	if h := d.app.prompt.history; len(h) > 0 {
		t.Errorf("lines of another cluster are here: %q", h)
	}
	d.keys(":", "sort leader", "enter", ":", "ctx -", "enter", "4")
	d.sees("by SIZE desc")
	d.keys(":", "up", "up")
	d.sees(":drain 7 --execute --throttle none")
	d.keys("esc")
	if err := d.app.saveView(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{"east": {"size_bytes", "drain 7"}, "west": {"leader", "sort leader"}} {
		text, err := os.ReadFile(viewPath(dir, name))
		if err != nil || !strings.Contains(string(text), want[0]) || !strings.Contains(string(text), want[1]) {
			t.Errorf("of %s is kept %s, %v", name, text, err)
		}
		if name == "west" && strings.Contains(string(text), "drain 7") {
			t.Errorf("what changes east is kept for west: %s", text)
		}
	}
}

func TestAConsoleWithOneClusterSaysSo(t *testing.T) {
	d := newDriver(t, "dark", 100, 24, nil)
	incident(d)
	d.keys(":", "ctx west", "enter")
	d.sees("it knows no other")
}

func TestQuitWords(t *testing.T) {
	for _, c := range []struct {
		line string
		asks bool // while the read-write window is open
	}{{"q", true}, {"quit", true}, {"exit", true}, {"qa", true}, {"q!", false}, {"quit!", false}} {
		d, _ := onEast(t, 100, 24)
		d.keys(":", c.line, "enter")
		if !d.quit {
			t.Errorf(":%s does not quit", c.line)
		}
		d, _ = onEast(t, 100, 24)
		d.keys(":", "rw 10m moving", "enter", ":", c.line, "enter")
		if d.quit == c.asks {
			t.Errorf(":%s with an open window: quit %v", c.line, d.quit)
		}
		if c.asks {
			d.sees("[ quit ]")
		}
	}
}

func TestCtrlLDrawsTheWholeScreenAgain(t *testing.T) {
	for _, before := range [][]string{nil, {":"}, {"?"}, {"4", "/"}} {
		d, _ := onEast(t, 100, 24)
		d.keys(before...)
		_, cmd := d.app.Update(tea.KeyPressMsg{Code: 'l', Mod: tea.ModCtrl})
		if !asksFor(cmd, tea.ClearScreen()) {
			t.Errorf("ctrl-l after %q does not clear the screen", before)
		}
	}
}

// asksFor tells whether a command, or one of those that it is made of, ends in that message.
func asksFor(cmd tea.Cmd, want tea.Msg) bool {
	if cmd == nil {
		return false
	}
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, c := range batch {
			if asksFor(c, want) {
				return true
			}
		}
		return false
	}
	return msg == want
}
