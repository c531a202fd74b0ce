package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// The mouse is off until the user asks for it: while it is on, the terminal's own selection of text needs shift.

const (
	doubleClick = 400 * time.Millisecond // the longest time between two clicks on a row that open it
	wheelRows   = 3
)

// click is the latest click on a row that may become the first of two.
type click struct {
	n   int // counts clicks
	on  bool
	row table.ID
}

// clickOverMsg says that the click of that number can no longer be the first of two.
type clickOverMsg int

func (a *app) mouseCommand(args []string) tea.Cmd {
	on := !a.mouse
	if len(args) > 0 {
		on = args[0] == "on"
	}
	if len(args) > 1 || len(args) == 1 && !on && args[0] != "off" {
		a.fail("the mouse is on or off: :mouse on" + a.didYouMean(args[0], onOff))
		return nil
	}
	a.opt.Mouse = "" // what is chosen here is kept
	if a.mouse = on; on {
		a.say("the mouse selects, opens, sorts and scrolls; with shift the terminal selects text as ever")
	} else {
		a.say("the mouse is the terminal's again")
	}
	return nil
}

var onOff = []string{"on", "off"}

// pointed handles a click or a turn of the wheel.
func (a *app) pointed(msg tea.MouseMsg) tea.Cmd {
	if !a.mouse || a.dialog != nil || a.prompt.mode != notTyping || a.frame.Tiny {
		return nil
	}
	m := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		switch m.Button {
		case tea.MouseWheelUp:
			return a.wheel(m.X, m.Y, -wheelRows)
		case tea.MouseWheelDown:
			return a.wheel(m.X, m.Y, wheelRows)
		}
	case tea.MouseClickMsg:
		if m.Button == tea.MouseLeft && a.help == nil {
			a.toast.text = ""
			return a.clickAt(m.X, m.Y)
		}
	}
	return nil
}

// clickAt goes to a tab, sorts by a heading, selects a row, or opens it where it was clicked just before.
func (a *app) clickAt(x, y int) tea.Cmd {
	if y == a.frame.Tabs.Y {
		whole, short := a.titles()
		for i, tab := range layout.Tabs(whole, short, a.at, a.width) {
			if x >= tab.X && x < tab.X+tab.W {
				return a.show(i)
			}
		}
		return nil
	}
	l, x, y, ok := a.listAt(x, y)
	if !ok {
		return nil
	}
	if l.Focus != nil {
		l.Focus()
	}
	if y == 0 {
		return a.do(a.at, pane.Background(l.Table.SortAt(x)))
	}
	row, ok := l.Table.SelectAt(y - 1)
	if !ok {
		return nil
	}
	if a.click.on && a.click.row == row {
		a.click.on = false
		return a.press("enter")
	}
	a.click = click{a.click.n + 1, true, row}
	n := a.click.n
	return tea.Tick(doubleClick, func(time.Time) tea.Msg { return clickOverMsg(n) })
}

// wheel moves the cursor of the list at a place of the screen; elsewhere it scrolls what the keys scroll.
func (a *app) wheel(x, y, rows int) tea.Cmd {
	if a.help == nil {
		if l, _, _, ok := a.listAt(x, y); ok {
			l.Table.Move(rows)
			return nil
		}
	}
	key := tea.Key{Code: tea.KeyDown}
	if rows < 0 {
		key, rows = tea.Key{Code: tea.KeyUp}, -rows
	}
	moves := func(b binding) bool { return b.Disabled == "" && slices.Contains(b.Keys, key.String()) }
	if a.help == nil && !slices.ContainsFunc(a.bindings(), moves) {
		return nil
	}
	for range rows {
		if a.help != nil {
			a.helpKey(tea.KeyPressMsg(key))
			continue
		}
		a.press(key.String()) // which only moves something
	}
	return nil
}

// listAt returns the list of the pane in front at a place of the screen, and the place in it.
func (a *app) listAt(x, y int) (l pane.Placed, inX, inY int, ok bool) {
	if a.output != nil {
		return l, 0, 0, false
	}
	x, y = x-a.frame.Body.X, y-a.frame.Body.Y
	for _, l := range a.panes[a.at].Lists() {
		if at := l.At; x >= at.X && x < at.X+at.W && y >= at.Y && y < at.Y+at.H {
			return l, x - at.X, y - at.Y, true
		}
	}
	return l, 0, 0, false
}
