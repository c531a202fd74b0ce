package ui

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/format"
)

// window is the read-write window, in which commands may change the cluster.
type window struct {
	open   bool
	until  time.Time // on the screen's clock
	reason string
}

type windowMsg struct {
	err    error
	d      time.Duration
	reason string
}

// openWindow opens the read-write window for a while.
func (a *app) openWindow(d time.Duration, reason string) tea.Cmd {
	w := a.opt.Window
	if w == nil {
		a.fail("this console is read-only: it was started without a read-write window")
		return nil
	}
	return a.guard(func() tea.Msg { return windowMsg{w.Open(d, reason), d, reason} })
}

func (a *app) windowChanged(m windowMsg) {
	if m.err != nil {
		a.fail("the read-write window stays closed: " + m.err.Error())
		return
	}
	a.window = window{true, a.clock.now().Add(m.d), m.reason}
	a.say("read-write for " + format.Duration(m.d) + ": " + m.reason)
	if line := a.held; line != "" {
		a.held = ""
		a.whenFree(nil, func() tea.Cmd { return a.beginPrompt(typingCommand, line) })
	}
}

// readOnlyNote says of a line that is being typed and would change the cluster that it can't now; "" of any other.
func (a *app) readOnlyNote() string {
	if a.prompt.mode != typingCommand || a.writable() || !slices.Contains(strings.Fields(a.prompt.input.Value()), "--execute") {
		return ""
	}
	if a.opt.Window == nil {
		return "read-only: this console was started without a read-write window"
	}
	return "read-only: first :rw 10m REASON; this line is kept for then"
}

// writable tells whether commands may change the cluster now. The window may be over before the next tick closes it.
func (a *app) writable() bool { return a.window.open && a.clock.now().Before(a.window.until) }

// closeWindow makes the console read-only again. What waits for its phrase is given up.
func (a *app) closeWindow() tea.Cmd {
	a.window = window{}
	if d := a.dialog; d != nil && d.writes {
		a.dialog = nil
		a.fail("the read-write window has closed, so nothing was done: " + d.title)
	}
	w := a.opt.Window
	if w == nil {
		return nil
	}
	return a.guard(func() tea.Msg { w.Close(); return nil })
}

// tickWindow closes the dialog and the window when their time is over.
func (a *app) tickWindow() tea.Cmd {
	a.expire()
	if !a.window.open || a.clock.now().Before(a.window.until) {
		return nil
	}
	a.say("the read-write window has closed")
	return a.closeWindow()
}
