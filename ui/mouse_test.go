package ui

import (
	"os"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// clickOn clicks on a text of the screen. What comes of it by the time is left out: the next click is soon enough.
func (d *driver) clickOn(text string) {
	d.t.Helper()
	for y, line := range strings.Split(d.screen(), "\n") {
		if x := strings.Index(line, text); x >= 0 {
			d.app.Update(tea.MouseClickMsg{X: len([]rune(line[:x])), Y: y, Button: tea.MouseLeft})
			return
		}
	}
	d.t.Fatalf("%q is not on the screen:\n%s", text, d.screen())
}

func (d *driver) turn(text string, button tea.MouseButton) {
	d.t.Helper()
	for y, line := range strings.Split(d.screen(), "\n") {
		if x := strings.Index(line, text); x >= 0 {
			d.send(tea.MouseWheelMsg{X: len([]rune(line[:x])), Y: y, Button: button})
			return
		}
	}
	d.t.Fatalf("%q is not on the screen:\n%s", text, d.screen())
}

func TestTheMouseIsTheTerminalsUntilItIsAskedFor(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	before := d.screen()
	d.clickOn("2 Broker")
	if d.screen() != before || d.app.view.MouseMode != tea.MouseModeNone {
		t.Errorf("a click does something, or the terminal is asked for clicks (%v):\n%s", d.app.view.MouseMode, d.screen())
	}
	d.keys(":", "mouse on", "enter")
	if d.app.view.MouseMode != tea.MouseModeCellMotion {
		t.Error("the terminal is not asked for clicks")
	}
	d.keys(":", "mouse off", "enter")
	if d.app.view.MouseMode != tea.MouseModeNone {
		t.Error("the mouse stays on")
	}
	d.keys(":", "mouse over", "enter")
	d.sees("the mouse is on or off")
}

func TestTheMouseIsKeptAsItWasLeft(t *testing.T) {
	dir := t.TempDir()
	open := func(mouse string) *driver {
		return newDriver(t, "dark", 80, 24, func(o *Options) { o.StateDir, o.Mouse = dir, mouse })
	}
	d := open("")
	d.keys(":", "mouse on", "enter")
	if err := d.app.saveView(); err != nil {
		t.Fatal(err)
	}
	if d = open(""); !d.app.mouse {
		text, _ := os.ReadFile(d.app.settingsPath())
		t.Errorf("the mouse is off again: %s", text)
	}
	if open("off").app.mouse || !open("on").app.mouse {
		t.Error("the flag doesn't count")
	}
}

func TestClicksAndTheWheel(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		d := newDriver(t, "dark", size[0], size[1], nil)
		incident(d)
		d.keys(":", "mouse on", "enter")
		d.clickOn("2 Br")
		d.sees("12 brokers")
		d.clickOn("4 Pa")
		d.sees("360 partitions")
		d.keys("esc", "esc")
		d.sees("FINDING")
		d.keys("4")

		d.clickOn("topic-0023")
		d.sees("▸ topic-0023")
		d.clickOn("topic-0003     2") // another row: not the second click on the same
		d.sees("▸ topic-0003     2")
		d.clickOn("topic-0003     2")
		d.sees("→ topic-0003-2")
		d.keys("esc")

		d.clickOn("MIN  MISSING")
		d.sees("↑MIN")
		d.clickOn("MIN  MISSING")
		d.sees("↓MIN")
		d.clickOn("TOPIC")
		d.sees("TOPIC↑", "▸ topic-0003     2")

		d.keys("g")
		d.sees("▸ topic-0000     0")
		d.turn("topic-0000     4", tea.MouseWheelDown)
		d.sees("▸ topic-0000     3")
		d.turn("topic-0000     4", tea.MouseWheelUp)
		d.sees("▸ topic-0000     0")

		d.keys("?")
		d.clickOn("Help: Partitions") // nothing
		d.turn("Help: Partitions", tea.MouseWheelDown)
		d.sees("Help: Partitions")
		d.keys("esc")
	}
}

func TestAnOutputAndADetailAreScrolledByTheWheel(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, withCommands(&commandLine{}, nil))
	incident(d)
	d.keys(":", "mouse on", "enter", "4", "y")
	d.sees("topic: topic-0003")
	d.turn("partition: 1", tea.MouseWheelDown)
	d.seesNot("topic: topic-0003")
	d.turn("leader_epoch", tea.MouseWheelUp)
	d.sees("topic: topic-0003")
}

func TestASlowSecondClickDoesNotOpen(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	d.keys(":", "mouse on", "enter", "4")
	d.clickOn("topic-0023")
	d.send(clickOverMsg(d.app.click.n))
	d.clickOn("topic-0023")
	d.seesNot("→ topic-0023")
	d.clickOn("topic-0023")
	d.sees("→ topic-0023")
}

func TestAClickGivesTheKeysToTheListThatItIsOn(t *testing.T) {
	d := newDriver(t, "dark", 200, 60, nil)
	loaded(d)
	d.keys(":", "mouse on", "enter")
	d.clickOn("DEAD")
	d.keys("enter")
	d.sees("→ broker")
	d.keys("esc")
	d.sees("FINDING")
}

func TestAClickIsNoAnswerToADialogAndDoesNotDisturbWhatIsTyped(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, withCommands(&commandLine{}, &readWrite{}))
	incident(d)
	d.keys(":", "mouse on", "enter", ":", "rw 10m trying", "enter", ":", "quit", "enter")
	d.sees("[ quit ]")
	d.clickOn("[ quit ]")
	d.sees("[ quit ]")
	d.keys("esc", ":", "sta")
	d.clickOn("2 Br")
	d.sees(":sta", "FINDING")
}
