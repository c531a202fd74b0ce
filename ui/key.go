package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/pane"
)

// key gives a key to whatever has the focus: the dialog, the prompt, the help, or the bindings.
func (a *app) key(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	if a.prompt.mode == notTyping { // what is typed hides the toast
		a.toast.text = ""
	}
	switch {
	case name == "ctrl+c":
		return tea.Quit
	case name == "ctrl+z":
		return tea.Suspend
	case name == "ctrl+l":
		return tea.ClearScreen
	case a.dialog != nil:
		return a.dialogKey(msg)
	case a.prompt.mode != notTyping:
		return a.promptKey(msg)
	case a.help != nil:
		return a.helpKey(msg)
	}
	return a.press(name)
}

// press does what a key does where nothing takes the keyboard.
func (a *app) press(name string) tea.Cmd {
	b, found := boundTo(name, a.innerBindings())
	if !found {
		b, found = boundTo(name, a.consoleBindings())
	}
	switch {
	case !found:
		a.fail(fmt.Sprintf("%s does nothing here; ? lists the keys", keyName(name)))
		return nil
	case b.Disabled != "":
		a.fail(keyName(name) + ": " + b.Disabled)
		return nil
	case b.run != nil:
		return b.run()
	case b.Press != nil:
		return a.do(a.at, b.Press(name))
	}
	return a.do(a.at, b.Do())
}

func boundTo(name string, among []binding) (b binding, found bool) {
	i := slices.IndexFunc(among, func(b binding) bool { return slices.Contains(b.Keys, name) })
	if i < 0 {
		return binding{}, false
	}
	return among[i], true
}

func keyName(name string) string {
	if len(name) > 20 {
		name = name[:20]
	}
	return name
}

// paste puts text into the line being typed. A dialog refuses it: its phrase has to be typed.
func (a *app) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case a.dialog != nil:
		a.dialog.refused = "type it: pasted text does not count"
		return nil
	case a.prompt.mode != notTyping:
		a.prompt.edit(msg)
		return a.typed()
	}
	return nil
}

// binding is a pane's binding or one of the console, and what it runs.
type binding struct {
	pane.Binding
	run func() tea.Cmd // nil: what the pane in front does
}

// bindings returns the bindings in force, those of the pane or of the output before those of the console.
func (a *app) bindings() []binding { return append(a.innerBindings(), a.consoleBindings()...) }

// innerBindings returns those of the pane or of the output.
func (a *app) innerBindings() []binding {
	inner := a.panes[a.at].Bindings()
	if a.output != nil {
		inner = a.output.bindings()
	}
	all := make([]binding, 0, len(inner)+40) // room for those of the console
	for _, b := range inner {
		all = append(all, binding{Binding: b})
	}
	return all
}
