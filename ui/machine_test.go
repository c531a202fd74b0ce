package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
)

// onMachine is a console that shows a broker's machine.
func onMachine(t *testing.T, theme string, w, h int) *driver {
	return newDriver(t, theme, w, h, func(o *Options) { o.Machine, o.Name = true, "broker 7 on b7" })
}

// looked is the State after a look.
func looked(seq uint64, h *state.Host, failed string) *state.State {
	s := &state.State{Seq: seq, Now: fixture.Noon.Add(time.Duration(seq) * 10 * time.Second), Context: "broker 7 on b7", Waiting: "the first look at broker 7 on b7, which takes 10s", Failed: failed, Host: h}
	if h != nil {
		if failed == "" {
			h.At = s.Now
		}
		s.Findings = health.HostFindings(h)
		s.Verdict = health.VerdictOf(s.Findings)
	}
	return s
}

func TestScreensOfAMachine(t *testing.T) {
	for _, s := range []struct {
		name  string
		sizes [][2]int
		do    func(d *driver)
	}{
		{"machine-cold-read", [][2]int{{80, 24}, {120, 40}, {200, 60}, {60, 12}}, func(d *driver) { d.state(looked(2, fixture.ColdRead(), "")) }},
		{"machine-cold-thread", [][2]int{{80, 24}}, func(d *driver) { d.state(looked(2, fixture.ColdRead(), "")); d.keys("enter") }},
		{"machine-idle", [][2]int{{80, 24}, {120, 40}}, func(d *driver) { d.state(looked(2, fixture.IdleMachine(), "")) }},
		{"machine-all-threads", [][2]int{{80, 24}}, func(d *driver) { d.state(looked(2, fixture.IdleMachine(), "")); d.keys("a") }},
		{"machine-waiting", [][2]int{{80, 24}}, func(d *driver) { d.state(looked(1, nil, "")) }},
		{"machine-ended", [][2]int{{80, 24}}, func(d *driver) {
			d.state(looked(2, fixture.ColdRead(), ""))
			d.state(looked(5, fixture.ColdRead(), "process 100 has ended"))
		}},
		{"machine-help", [][2]int{{80, 24}}, func(d *driver) { d.state(looked(2, fixture.ColdRead(), "")); d.keys("?") }},
	} {
		for _, size := range s.sizes {
			for _, theme := range []string{"dark", "ascii"} {
				if theme == "ascii" && size[0] != 80 {
					continue
				}
				name := fmt.Sprintf("%s-%dx%d-%s.txt", s.name, size[0], size[1], theme)
				t.Run(name, func(t *testing.T) {
					d := onMachine(t, theme, size[0], size[1])
					s.do(d)
					compareGolden(t, name, d.screen())
				})
			}
		}
	}
}

func TestKeysOnAMachine(t *testing.T) {
	d := onMachine(t, "dark", 120, 40)
	d.keys("tab", "2", "enter", "/", "esc") // nothing to act on yet
	d.state(looked(2, fixture.ColdRead(), ""))
	d.sees("broker 7 on b7", "1 warn", "click-stream-17", "10.4.5.6:51622", "EXTERNAL-1", "looked 0s ago")

	d.keys("/", "handler", "enter")
	d.sees("handler", "/handler")
	d.seesNot("EXTERNAL-1 ")
	d.keys("esc")
	d.sees("EXTERNAL-1 ")

	d.keys("enter")
	d.sees("WAITS FOR", "at least 37 other connections")
	d.keys("esc", "Z")
	d.wait(12 * time.Second)
	d.sees("FROZEN")
	d.state(looked(3, fixture.IdleMachine(), ""))
	d.sees("click-stream-17")
	d.keys("Z")
	d.sees("nothing keeps it waiting")
	d.seesNot("click-stream-17", "FROZEN")

	d.keys("a")
	d.sees("request-handler-3")
	d.keys("a")
	d.seesNot("request-handler-3")

	d.keys(":", "sort idle", "enter")
	d.sees("by IDLE")
	d.keys(":", "brokers", "enter")
	d.sees("unknown command")
	d.send(tea.WindowSizeMsg{Width: 20, Height: 5})
	d.sees("too small")
	d.keys("q")
	if !d.quit {
		t.Error("q doesn't end it")
	}
}

func TestNamesOnAMachineCantWriteToTheTerminal(t *testing.T) {
	h := fixture.ColdRead()
	const evil = "\x1b[2J\x07\u202eevil\n"
	for i := range h.Threads {
		h.Threads[i].Name = evil + h.Threads[i].Name
		h.Threads[i].Calls = append(h.Threads[i].Calls, state.CallShare{Call: evil, Share: 0.2})
	}
	for i := range h.Waits {
		w := &h.Waits[i]
		w.Topic, w.File, w.LogDir, w.Client, w.Thread, w.ClientName = evil, evil, evil, evil, evil, evil
	}
	h.Machine, h.Java = evil, evil
	h.Dirs[0].Path, h.Dirs[0].Device = evil, evil
	h.Unknown = []state.HostUnread{{What: evil, Why: evil, Who: evil}}
	for _, keys := range [][]string{nil, {"enter"}, {"a"}} {
		d := onMachine(t, "dark", 200, 60)
		s := looked(2, h, evil)
		s.Context = evil
		d.state(s)
		d.keys(keys...)
		d.sees("evil")
		if at := strings.IndexAny(d.screen(), "\x1b\x07\u202e"); at >= 0 {
			t.Errorf("%v: %q is on the screen", keys, d.screen()[at:at+10])
		}
	}
}
