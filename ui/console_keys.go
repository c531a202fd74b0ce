package ui

import (
	tea "charm.land/bubbletea/v2"

	"kdeck/ui/pane"
)

// consoleBindings returns the bindings that are the same in every pane.
func (a *app) consoleBindings() []binding {
	b := func(help, group, label string, run func() tea.Cmd, keys ...string) binding {
		return binding{pane.Binding{Keys: keys, Help: help, Group: group, Label: label}, run}
	}
	quietly := func(f func()) func() tea.Cmd { return func() tea.Cmd { f(); return nil } }
	show := func(bind binding, keys string) binding { bind.Show = keys; return bind }
	off := func(bind binding, why string) binding { bind.Disabled = why; return bind }

	refresher, ok := a.opt.States.(Refresher)
	noRefresh, noCommands, noRows := "", "", ""
	if a.output != nil {
		noRows = "this is a command's output; esc closes it"
	}
	if !ok {
		noRefresh = "this console does not poll a cluster"
		if a.single() {
			noRefresh = "one look follows the other"
		}
	}
	if a.opt.Commands == nil {
		noCommands = "this console was started without a command line"
	}
	mouseOff := ""
	if !a.mouse {
		mouseOff = ":mouse on"
	}
	freeze := "freeze the screen; kdeck goes on polling"
	if a.single() {
		freeze = "freeze the screen; kdeck goes on looking"
	}
	if a.frozen {
		freeze = "show new data again"
	}
	all := []binding{
		off(b("filter: words, /regex/, field:value, ! for not", pane.OnRows, "filter", func() tea.Cmd { return a.beginPrompt(typingFilter, a.panes[a.at].Filter()) }, "/"), noRows),
		b("command: a pane, a filter, any kdeck command", pane.Going, "command", func() tea.Cmd { return a.beginPrompt(typingCommand, "") }, ":"),
		b("close, clear the filter, or go back", pane.Going, "back", a.escape, "esc"),
		b("go back, or else quit", pane.Going, "", a.quit, "q"),
		b("list the keys and explain the columns of the pane", pane.OnScreen, "help", quietly(a.openHelp), "?"),
		show(b("quit at once", pane.OnScreen, "", func() tea.Cmd { return tea.Quit }, "ctrl+c"), "^c"),
		show(b("suspend; fg resumes it", pane.OnScreen, "", func() tea.Cmd { return tea.Suspend }, "ctrl+z"), "^z"),
		show(b("draw the whole screen again", pane.OnScreen, "", func() tea.Cmd { return tea.ClearScreen }, "ctrl+l"), "^l"),
		off(b("click: select, sort, a tab; twice: open; wheel: scroll", pane.OnScreen, "", nil, "mouse"), mouseOff),
		b(freeze, pane.OnScreen, "", a.toggleFreeze, "Z"),
		off(show(b("poll the cluster now", pane.OnScreen, "", quietly(func() {
			if refresher != nil {
				refresher.Refresh()
				a.say("polling now")
			}
		}), "r", "ctrl+r"), "r"), noRefresh),
		off(b("copy the command that shows the same", pane.Going, "", a.copyCommand, "C"), noCommands),
		show(b("write the screen to a file as text", pane.OnScreen, "", func() tea.Cmd { return a.saveScreen("") }, "ctrl+s", "ctrl+t"), "^s ^t"),
		off(show(b("write the filtered rows to a file as JSON", pane.OnRows, "", func() tea.Cmd { return a.export("json", "") }, "ctrl+e"), "^e"), noRows),
		b("previous place", pane.Going, "", func() tea.Cmd { return a.visit(a.visits.pos - 1) }, "["),
		b("next place", pane.Going, "", func() tea.Cmd { return a.visit(a.visits.pos + 1) }, "]"),
		b("the place before this one, and back", pane.Going, "", func() tea.Cmd { return a.visit(a.visits.last) }, "-"),
	}
	if a.single() { // there is nowhere to go
		return all
	}
	all = append(all,
		show(b("next pane", pane.Going, "", func() tea.Cmd { return a.show((a.at + 1) % len(a.panes)) }, "tab"), "tab"),
		show(b("previous pane", pane.Going, "", func() tea.Cmd { return a.show((a.at + len(a.panes) - 1) % len(a.panes)) }, "shift+tab"), "shift+tab"),
	)
	for i, p := range a.panes {
		number := b("", "", "", func() tea.Cmd { return a.show(i) }, digit(p))
		if i == 0 {
			number.Help, number.Group, number.Show = "pane by its number", pane.Going, "0-9"
		}
		all = append(all, number)
	}
	return all
}

func (a *app) escape() tea.Cmd {
	if a.output != nil {
		a.output = a.output.under
		return nil
	}
	cmd, ok := a.back(true)
	switch {
	case ok:
	case a.stay.before != "":
		a.say("nothing to go back to; :ctx - shows " + a.stay.before + " again, q quits")
	default:
		a.say("nothing to go back to; q quits")
	}
	return cmd
}

// quit goes back or, if there is nothing to go back to, closes the console.
func (a *app) quit() tea.Cmd {
	if a.output != nil {
		a.output = a.output.under
		return nil
	}
	if cmd, ok := a.back(false); ok {
		return cmd
	}
	return a.leave()
}

// leave closes the console; it asks first while a change is running or the read-write window is open.
func (a *app) leave() tea.Cmd {
	var lines []string
	for _, r := range a.running {
		lines = append(lines, r.line+" is still running. Quitting does not stop it: kdeck stays until it is done.")
	}
	if a.window.open {
		lines = append(lines, "The read-write window is still open. Quitting closes it.")
	}
	if lines == nil {
		return tea.Quit
	}
	a.dialog = &dialog{title: "Quit?", lines: lines, yes: "quit", do: func(string) tea.Cmd { return tea.Quit }}
	return nil
}

// toggleFreeze stops showing new States, or shows them again.
func (a *app) toggleFreeze() tea.Cmd {
	a.frozen = !a.frozen
	if a.frozen || a.latest.state == nil {
		return nil
	}
	return a.showLatest()
}

func (a *app) copyCommand() tea.Cmd {
	words := a.panes[a.at].Command()
	if len(words) == 0 {
		a.fail("no command shows the same as this pane")
		return nil
	}
	line := a.opt.Mask.Text(a.opt.Commands.Command(words))
	a.say("copied: " + line)
	return tea.SetClipboard(line)
}
