package ui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ui/fixture"
)

const wayLine, wayPhrase = "drain 7 --execute", "drain 7 prod-eu-1"

// What the console itself refuses, whatever the command line is.
func TestTheConsoleCarriesOutNothingWithoutWindowAndPhrase(t *testing.T) {
	ask := func(d *driver) { d.keys(":", wayLine, "enter") }
	open := func(d *driver) { d.keys(":", "rw 30s trying", "enter") }
	answer := func(d *driver, typed string) {
		if d.app.dialog != nil {
			d.keys(typed, "enter")
		}
	}
	typing := func(typed string) func(*driver) {
		return func(d *driver) { open(d); ask(d); answer(d, typed) }
	}
	for _, tt := range []struct {
		name string
		do   func(*driver)
		runs bool
	}{
		{"no window was ever opened", func(d *driver) { ask(d); answer(d, wayPhrase) }, false},
		{"the window was closed by a tick", func(d *driver) { open(d); d.wait(31 * time.Second); ask(d); answer(d, wayPhrase) }, false},
		{"the window is over, before any tick", func(d *driver) { open(d); d.app.window.until = d.app.clock.now(); ask(d); answer(d, wayPhrase) }, false},
		{"the window ends beside the dialog, by a tick", func(d *driver) { open(d); ask(d); d.wait(31 * time.Second); answer(d, wayPhrase) }, false},
		{"the window ends beside the dialog, before any tick", func(d *driver) {
			open(d)
			ask(d)
			d.app.window.until = d.app.clock.now()
			answer(d, wayPhrase)
		}, false},
		{"the window was closed by hand", func(d *driver) { open(d); d.keys(":", "ro", "enter"); ask(d); answer(d, wayPhrase) }, false},
		{"the dialog is too old, before any tick", func(d *driver) {
			d.keys(":", "rw 30m trying", "enter")
			ask(d)
			d.app.dialog.expires = d.app.clock.now().Add(-time.Second)
			answer(d, wayPhrase)
		}, false},
		{"enter alone", typing(""), false},
		{"yes", typing("yes"), false},
		{"another object's phrase", typing("drain 8 prod-eu-1"), false},
		{"another cluster's phrase", typing("drain 7 prod-us-1"), false},
		{"in capitals", typing(strings.ToUpper(wayPhrase)), false},
		{"a blank behind", typing(wayPhrase + " "), false},
		{"two blanks", typing("drain  7 prod-eu-1"), false},
		{"a no-break space", typing("drain\u00a07 prod-eu-1"), false},
		{"the phrase, and esc", func(d *driver) { open(d); ask(d); d.keys(wayPhrase, "esc", "enter") }, false},
		{"the phrase in an open window", typing(wayPhrase), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &commandLine{}
			d := newDriver(t, "dark", 120, 24, withCommands(c, &readWrite{}))
			incident(d)
			tt.do(d)
			if ran := len(c.ran) > 0; ran != tt.runs {
				t.Errorf("carried out: %q", c.ran)
			}
		})
	}
}

// changing is a command line of which every line is a change.
type changing struct {
	commandLine
	prepared int
}

func (c *changing) Prepare(_ context.Context, words []string) Action {
	c.prepared++
	return Action{Phrase: wayPhrase, Run: func(_ context.Context, typed string) (string, int) {
		c.ran = append(c.ran, strings.Join(words, " ")+"|"+typed)
		return "", 0
	}}
}

func (c *changing) Live([]string) (pane, filter string, ok bool) { return "", "", false }

func TestNoKeyOfAnyPaneChangesAnything(t *testing.T) {
	keys := slices.Clone(fuzzKeys)
	for r := 'a'; r <= 'z'; r++ {
		keys = append(keys, string(r), strings.ToUpper(string(r)), "ctrl+"+string(r))
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == "ctrl+c" }) // ends the console
	for pane := '0'; pane <= '9'; pane++ {
		c := &changing{}
		var d *driver
		fresh := func() {
			d = newDriver(t, "dark", 120, 30, func(o *Options) {
				o.SaveDir, o.Commands, o.Window, o.Requests = t.TempDir(), c, &readWrite{}, &fakeRequests{}
			})
			incident(d)
			d.state(fixture.Readers{}.State(3))
			d.keys(":", "rw 30m trying", "enter", string(pane))
		}
		fresh()
		for _, key := range keys {
			for _, then := range []string{"", "enter"} {
				d.keys(key)
				if then != "" {
					d.keys(then, then, then)
				}
				if d.app.crash != nil || d.quit {
					fresh()
					continue
				}
				d.keys("esc", "esc", "esc", string(pane))
			}
		}
		if len(c.ran) > 0 {
			t.Errorf("pane %c: carried out %q", pane, c.ran)
		}
	}
}
