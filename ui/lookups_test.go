package ui

import (
	"slices"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestTabCompletesTheLineThatIsTyped(t *testing.T) {
	d := newDriver(t, "dark", 120, 30, withCommands(&commandLine{}, nil))
	incident(d)
	press := func(keys ...tea.KeyPressMsg) (lookup tea.Cmd) {
		for _, k := range keys {
			_, lookup = d.app.Update(k)
		}
		return lookup
	}
	d.keys(":") // all commands are offered
	lookup := press(keyPress('b'), keyPress('r'), keyPress('o'))
	press(tea.KeyPressMsg(keyCodes["tab"])) // before the line was looked up
	d.sees(":brokers")
	d.run(lookup)
	d.sees(":brokers")
	if p := d.app.prompt; p.chosen != 0 {
		t.Errorf("of %q the offer %d is chosen", p.offers, p.chosen)
	}
	d.keys("enter")
	d.sees("12 brokers")

	d.keys(":")
	press(keyPress('d'), keyPress('r'))
	press(tea.KeyPressMsg(keyCodes["tab"]))
	d.sees(":drain") // one of the command line, which was offered for the line before
	d.keys("esc", ":", "theme")
	press(keyPress(' '), tea.KeyPressMsg(keyCodes["tab"]))
	d.sees(":theme dark") // and none that was offered for the word before
}

func TestALineThatWasTypedOnIsNotCompleted(t *testing.T) {
	l, began, let := new(lookups), make(chan struct{}), make(chan struct{})
	var completed []uint64
	var all sync.WaitGroup
	l.latest.Store(1)
	all.Go(func() {
		l.look(1, func() []string {
			completed = append(completed, 1)
			close(began)
			<-let
			return nil
		})
	})
	<-began
	l.latest.Store(9) // while the first is under way, as of a line that is pasted
	for version := uint64(2); version <= 9; version++ {
		all.Go(func() {
			if _, current := l.look(version, func() []string { completed = append(completed, version); return nil }); current != (version == 9) {
				t.Errorf("of version %d it said current: %v", version, current)
			}
		})
	}
	close(let)
	all.Wait()
	if !slices.Equal(completed, []uint64{1, 9}) {
		t.Errorf("completed were the versions %v", completed)
	}
}
