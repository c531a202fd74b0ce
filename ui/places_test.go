package ui

import (
	"strings"
	"testing"
)

func TestEscLeadsBackToWhereOneCameFrom(t *testing.T) {
	for _, c := range []struct {
		name string
		from []string // keys that lead to the place
		to   []string // keys that lead on
		escs int      // that lead back
	}{
		{"from a pane by its number", nil, []string{"4"}, 1},
		{"from the next pane", []string{"2"}, []string{"tab"}, 1},
		{"from the pane before", []string{"2"}, []string{"shift+tab"}, 1},
		{"from two panes by their numbers", nil, []string{"2", "4"}, 2},
		{"from a pane of the palette", []string{"2"}, []string{":", "partitions is:urp", "enter"}, 1},
		{"from the place before", []string{"4", "2"}, []string{"-"}, 1},
		{"from a place of the history", []string{"4", "2"}, []string{"["}, 1},
		{"from the rows of a finding", nil, []string{"enter"}, 1},
		{"from the rows of a finding, filtered further", nil, []string{"enter", "/", " topic-0003", "enter"}, 2},
		{"from the evidence of a finding", nil, []string{"d"}, 1},
		{"from a partition", []string{"4"}, []string{"enter"}, 1},
		{"from a broker", []string{"2"}, []string{"enter"}, 1},
		{"from the partitions of a broker", []string{"2"}, []string{"p"}, 1},
		{"from the partitions that miss an open broker", []string{"2", "enter"}, []string{"m"}, 1},
		{"from a partition of an open broker", []string{"2", "enter"}, []string{"enter"}, 1},
		{"from the partition of a move", []string{"7"}, []string{"enter"}, 1},
		{"from a group", []string{"4", "b", "down"}, []string{"enter"}, 1},
		{"from a partition of a group", []string{"4", "b", "down", "enter"}, []string{"enter"}, 1},
		{"from a finding while partitions are grouped", []string{"4", "b", "1"}, []string{"enter"}, 1},
		{"from the open form of a request", []string{"5"}, []string{"enter"}, 1},
		{"from the help", []string{"4"}, []string{"?"}, 1},
		{"from a search in the help", []string{"4"}, []string{"?", "sort"}, 2},
		{"from the palette", []string{"4"}, []string{":", "bro"}, 1},
		{"from a filter", []string{"4"}, []string{"/", "topic-0003", "enter"}, 1},
		{"from a filter being typed", []string{"4"}, []string{"/", "topic-0003"}, 1},
		{"from a filter that replaces another", []string{"4", "/", "topic-0003", "enter"}, []string{"/", "ctrl+u", "is:urp"}, 1},
		{"from an output", []string{"4"}, []string{":", "status", "enter"}, 1},
		{"from a second output", []string{"4", ":", "status", "enter"}, []string{":", "drain 7", "enter"}, 1},
		{"from a pane that was opened over an output", []string{"4", ":", "status", "enter"}, []string{":", "brokers", "enter"}, 1},
		{"from a number over an output", []string{"4", ":", "status", "enter"}, []string{"2"}, 1},
		{"from a row as YAML", []string{"4"}, []string{"y"}, 1},
		{"from a filtered pane by the palette", []string{"4", "/", "topic-0003", "enter"}, []string{":", "partitions is:urp", "enter"}, 1},
		{"from a filtered pane by another pane", []string{"4", "/", "topic-0003", "enter"}, []string{"2", "p"}, 2},
		{"from a pane whose jump was left by its number", []string{"enter"}, []string{"4"}, 1},
		{"from an open partition by the palette", []string{"4", "enter"}, []string{":", "brokers", "enter"}, 1},
		{"from the summary of a plan", append([]string{"6"}, drainSeven...), []string{"enter"}, 1},
		{"from the partition of a plan", append([]string{"6"}, drainSeven...), []string{"d"}, 1},
	} {
		for _, size := range [][2]int{{80, 24}, {200, 60}} {
			t.Run(c.name, func(t *testing.T) {
				d := newDriver(t, "dark", size[0], size[1], withCommands(&commandLine{}, &readWrite{}))
				incident(d)
				d.keys(c.from...)
				before := d.quiet()
				d.keys(c.to...)
				if d.quiet() == before {
					t.Fatalf("%q lead nowhere:\n%s", c.to, before)
				}
				for range c.escs {
					d.keys("esc")
				}
				if after := d.quiet(); after != before {
					t.Errorf("esc leads to\n%s\nfrom\n%s", after, before)
				}
			})
		}
	}
}

// quiet is the screen without the line of toasts, and without the widths of columns, which only grow.
func (d *driver) quiet() string {
	d.t.Helper()
	lines := strings.Split(d.screen(), "\n")
	if d.app.prompt.mode == notTyping {
		lines[d.app.frame.Prompt.Y] = ""
	}
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

func TestEscEndsAtThePlaceWhereTheConsoleBegan(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	first := d.quiet()
	d.keys("2", "enter", "enter", "p", "4", "b", "7", "5", "3", "/", "x", "enter", "tab", "tab")
	for range 40 {
		d.keys("esc")
	}
	d.sees("nothing to go back to")
	if d.app.output != nil || d.app.at != 0 || len(d.app.trail) > 0 {
		t.Errorf("esc ends at\n%s\nthe console began at\n%s", d.screen(), first)
	}
}

func TestTheUsersOwnFilterOutlivesJumpsAndNumbers(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	d.keys("4", "/", "topic-0003", "enter", "2", "4")
	d.sees("/topic-0003")
	d.keys("1", "enter")
	d.sees("/is:under-min-isr")
	d.keys("4")
	d.sees("/topic-0003")
	d.keys("/", " is:urp", "enter", "7", "4")
	d.sees("/topic-0003 is:urp")
}

// q closes what is open and goes back, but it doesn't walk back over panes that were chosen by their numbers.
func TestQQuitsWhereNothingIsOpen(t *testing.T) {
	for _, c := range []struct {
		keys  []string
		quits bool
	}{
		{nil, true},
		{[]string{"2"}, true},
		{[]string{"2", "4", "tab"}, true},
		{[]string{"enter"}, false},
		{[]string{"4", "enter"}, false},
		{[]string{"4", "/", "x", "enter"}, false},
		{[]string{":", "brokers", "enter"}, false},
		{[]string{":", "brokers", "enter", "2", "4"}, true},
	} {
		d := newDriver(t, "dark", 80, 24, nil)
		incident(d)
		d.keys(c.keys...)
		d.keys("q")
		if d.quit != c.quits {
			t.Errorf("q after %q: quit %v", c.keys, d.quit)
		}
	}
}
