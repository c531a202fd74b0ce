package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
	"kdeck/ui/fixture"
)

// draining is a healthy cluster on which so many partitions of a run are in flight.
func draining(d *driver, moving int, run state.Reading[*state.Run]) {
	c := fixture.Small()
	c.Moving = moving
	s := c.State(1)
	s.Audit = state.Read(fixture.Audit(), s.Now, "")
	d.state(s)
	d.send(runMsg{run: run, seq: 1})
	d.keys("7")
}

// runs are the states in which a run may be.
var runs = []struct {
	name   string
	moving int
	run    state.Reading[*state.Run]
}{
	{"none", 0, state.Read[*state.Run](nil, fixture.Noon, "")},
	{"others", 2, state.Read[*state.Run](nil, fixture.Noon, "")},
	{"unread", 1, state.Missing[*state.Run]("the record of a run, /home/sre/.local/state/kdeck/runs/c/20261121T115200-drain-7.json, is damaged: unexpected end of JSON input; move it away to go on without", fixture.Noon, "")},
	{"running", 3, fixture.Run(3, nil)},
	{"paused", 3, fixture.Run(3, func(r *state.Run) {
		r.State, r.Why, r.Left = state.RunPaused, "paused by alice at 11:58:10", nil
	})},
	{"held", 3, fixture.Run(3, func(r *state.Run) {
		r.State, r.Why, r.Left = state.RunPaused, "3 partitions are under min ISR that weren't before: orders-4, orders-9, payments-0", nil
	})},
	{"orphaned", 3, fixture.Run(3, func(r *state.Run) {
		r.State, r.Why, r.Left, r.Rate, r.ToldAt = state.RunOrphaned, "its process 4242 is gone", nil, nil, fixture.Noon.Add(-90*time.Second)
		for i := range r.Flying {
			r.Flying[i].Rate = nil
		}
	})},
	{"stopping", 2, fixture.Run(2, func(r *state.Run) { r.State, r.Why, r.Left = state.RunStopping, "stopped by alice", nil })},
	{"unknown-bytes", 2, fixture.Run(2, func(r *state.Run) {
		r.Bytes, r.BytesDone, r.Rate, r.Left, r.Throttle, r.AtOnce, r.Auto = nil, nil, nil, nil, nil, 0, false
		for i := range r.Flying {
			r.Flying[i] = state.RunMove{Topic: r.Flying[i].Topic, Partition: r.Flying[i].Partition, From: r.Flying[i].From, To: r.Flying[i].To}
		}
	})},
	{"auto", 1, fixture.Run(1, func(r *state.Run) {
		r.Auto, r.Flying[0].Why = true, "broker 4 is not alive"
	})},
}

func TestMovesScreens(t *testing.T) {
	for _, c := range runs {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			if size[0] != 80 && c.name != "running" && c.name != "orphaned" && c.name != "none" {
				continue
			}
			name := fmt.Sprintf("moves-%s-%dx%d-dark.txt", c.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				d := newDriver(t, "dark", size[0], size[1], nil)
				draining(d, c.moving, c.run)
				compareGolden(t, name, d.screen())
			})
		}
	}
}

func TestTheKeysOfARunSayTheirCommandsAndChangeNothing(t *testing.T) {
	for _, c := range []struct {
		run, key, line, says string
	}{
		{"running", "t", "moves throttle --execute 80MB", ""},
		{"running", "m", "moves limit --execute 10", ""},
		{"running", "S", "moves stop --execute", ""},
		{"running", "X", "moves cancel --execute", ""},
		{"running", "u", "", "the run is on"},
		{"running", "R", "", "no run was left undone"},
		{"paused", "p", "moves continue --execute", ""},
		{"orphaned", "R", "moves resume --execute", ""},
		{"orphaned", "S", "", "the process of the run is gone: R goes on with it"},
		{"orphaned", "u", "moves undo", ""},
		{"stopping", "S", "", "the run is stopping already"},
		{"stopping", "p", "", "the run is stopping already"},
		{"unknown-bytes", "t", "moves throttle --execute none", ""},
		{"auto", "t", "moves throttle --execute auto", ""},
		{"none", "p", "", "no run is on"},
		{"none", "X", "", "nothing is being reassigned"},
		{"unread", "S", "", "whether a run is on isn't known"},
	} {
		t.Run(c.run+" "+c.key, func(t *testing.T) {
			line := &commandLine{}
			d := newDriver(t, "dark", 120, 40, func(o *Options) { o.Commands = line })
			for _, r := range runs {
				if r.name == c.run {
					draining(d, r.moving, r.run)
				}
			}
			d.keys(c.key)
			if got := d.app.prompt.input.Value(); got != c.line || (d.app.prompt.mode == typingCommand) != (c.line != "") {
				t.Errorf("the palette has %q", got)
			}
			if c.says != "" {
				d.sees(c.says)
			}
			if d.app.dialog != nil || len(d.app.running) > 0 {
				t.Error("more happened than a line in the palette")
			}
		})
	}
}

func TestARunThatWasStoppedIsGoneOnWithByAKey(t *testing.T) {
	d := newDriver(t, "dark", 120, 40, nil)
	s := fixture.Small().State(1)
	s.Audit = state.Read(&state.Audit{Actions: []state.Action{{ID: "20261121T115200-drain-7", Run: "20261121T115200-drain-7", Is: state.ActionRun,
		What: "drain 7: 118 of 205 partitions moved", Result: state.ActionPartial, Ended: s.Now}}}, s.Now, "")
	d.state(s)
	d.send(runMsg{run: state.Read[*state.Run](nil, fixture.Noon, ""), seq: 1})
	d.keys("7")
	d.sees("118 of 205 partitions moved, partial", "R goes on with it (moves resume)")
	d.keys("R")
	if got := d.app.prompt.input.Value(); got != "moves resume --execute" {
		t.Errorf("the palette has %q", got)
	}
}

func TestPausingIsOneKeyWithoutAWindow(t *testing.T) {
	line := &commandLine{}
	d := newDriver(t, "dark", 120, 40, func(o *Options) { o.Commands = line })
	draining(d, 3, fixture.Run(3, nil))
	d.keys("p")
	if d.app.prompt.mode != notTyping || d.app.dialog != nil {
		t.Error("something is asked for")
	}
	d.sees("output of moves pause", "drain 7  RUNNING")
	d.seesNot("second line")
	line.exit = 1
	d.keys("p")
	d.sees("output of moves pause", "second line")
}

func TestMarkedMovesAreCancelledByName(t *testing.T) {
	d := newDriver(t, "dark", 120, 40, nil)
	draining(d, 3, fixture.Run(3, nil))
	d.keys("space", "space", "X")
	if got := d.app.prompt.input.Value(); got != "moves cancel topic-0000/0 topic-0000/1 --execute" && got != "moves cancel topic-0000/2 topic-0000/1 --execute" {
		t.Errorf("the palette has %q", got)
	}
}

func TestWhatWaitsIsListedAndIsNotCancelled(t *testing.T) {
	d := newDriver(t, "dark", 120, 40, nil)
	draining(d, 3, fixture.Run(3, nil))
	d.sees("3 in flight, 183 waiting")
	d.keys("j", "j", "j")
	d.sees("number 1 in the queue: broker 1", "1 2 3 -> 4 2 3")
	d.keys("space", "X")
	if d.app.prompt.mode == typingCommand {
		t.Errorf("the palette has %q", d.app.prompt.input.Value())
	}
	d.sees("what is marked waits")
	d.keys("k", "k", "space", "X")
	if got := d.app.prompt.input.Value(); got != "moves cancel topic-0000/2 --execute" && got != "moves cancel topic-0000/1 --execute" {
		t.Errorf("the palette has %q", got)
	}
	d.keys("esc", "enter")
	d.sees("topic-0001-0", "6 of 360 partitions")
}

func TestTheRunThatMadeAMoveIsNamed(t *testing.T) {
	d := newDriver(t, "dark", 200, 60, nil)
	c := fixture.Small()
	c.Moving = 3
	s := c.State(1)
	p, _ := s.Snapshot.FindPartition("topic-0000", 1)
	s.Audit = state.Read(&state.Audit{Sent: map[state.PartitionName][]state.SentMove{
		{Topic: "topic-0000", Partition: 1}: {{Replicas: p.AppendLasting(nil), Run: "20261121T090000-drain-3"}},
	}}, s.Now, "")
	d.state(s)
	d.send(runMsg{run: fixture.Run(1, nil), seq: 1})
	d.keys("7")
	d.sees("20261121T115200-drain-7", "others")
	d.keys("j")
	d.sees("kdeck's run 20261121T090000-drain-3")
}

func TestWordsBehindMovesAreCommandsOrAFilter(t *testing.T) {
	line := &commandLine{}
	d := newDriver(t, "dark", 120, 40, func(o *Options) { o.Commands = line })
	draining(d, 3, fixture.Run(3, nil))
	d.keys(":", "moves cancel", "enter")
	d.sees("output of moves cancel")
	d.keys("esc", ":", "moves topic-0001", "enter")
	d.sees("4 shown of 3 in flight, 183 waiting", "/topic-0001")
}

func TestARunThatGoesOnIsToldWhenTheConsoleHasClosed(t *testing.T) {
	for name, want := range map[string]string{
		"running": "drain 7 goes on without the console; to see it: kdeck moves\n", "paused": "drain 7 goes on without the console; to see it: kdeck moves\n", "orphaned": "", "none": "", "unread": ""} {
		line := &commandLine{}
		d := newDriver(t, "dark", 80, 24, func(o *Options) { o.Commands = line })
		for _, r := range runs {
			if r.name == name {
				draining(d, r.moving, r.run)
			}
		}
		var out strings.Builder
		d.app.sayRunGoesOn(&out)
		if out.String() != want {
			t.Errorf("%s: %q", name, out.String())
		}
	}
}

func TestReadOnlyIsSaidBeforeALineIsTypedAndTheLineComesBack(t *testing.T) {
	line := &commandLine{}
	d := newDriver(t, "dark", 120, 40, withCommands(line, &readWrite{}))
	draining(d, 3, fixture.Run(3, nil))
	d.keys("S")
	d.sees("read-only: first :rw 10m REASON; this line is kept for then", ":moves stop --execute")
	d.keys("enter")
	d.sees("read-only: open a window first, :rw 10m REASON; the line is kept for then")
	d.keys(":", "rw 10m the drain hurts", "enter")
	d.sees(":moves stop --execute")
	d.seesNot("read-only:")
	if d.app.dialog != nil || d.app.prompt.mode != typingCommand {
		t.Error("the line wasn't only offered")
	}
	d.keys("enter")
	if d.app.dialog == nil {
		t.Error("no phrase is asked for")
	}
	d.keys("esc", ":", "ro", "enter", ":", "rw 10m again", "enter")
	if d.app.prompt.mode != notTyping {
		t.Error("the line comes back twice")
	}
}

func TestARunIsShownAlsoWhereTheClusterIsNotKnownAnyMore(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	draining(d, 3, fixture.Run(3, nil))
	s := fixture.Small().State(2)
	s.Snapshot, s.Waiting = nil, "the first answer from b1:9092"
	d.state(s)
	d.sees("drain 7  RUNNING", "112 of 300 partitions")
	d.keys("y", "ctrl+e")
	draining(d, 0, state.Read[*state.Run](nil, fixture.Noon, ""))
	d.state(s)
	d.sees("no run is on")
}
