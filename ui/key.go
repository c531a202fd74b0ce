package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/pane"
)

// key routes a key to whatever has the focus: dialog, prompt, help, a command's output, the pane, the console.
func (a *app) key(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	a.toast.text = ""
	switch {
	case name == "ctrl+c":
		return tea.Quit
	case name == "ctrl+z":
		return tea.Suspend
	case a.dialog != nil:
		return a.dialogKey(msg)
	case a.prompt.mode != notTyping:
		return a.promptKey(msg)
	case a.help != nil:
		return a.helpKey(msg)
	}
	bindings := a.bindings()
	i := slices.IndexFunc(bindings, func(b binding) bool { return slices.Contains(b.Keys, name) })
	if i < 0 {
		a.fail(fmt.Sprintf("%s does nothing here; ? shows what does", keyName(name)))
		return nil
	}
	if why := bindings[i].Disabled; why != "" {
		a.fail(keyName(name) + ": " + why)
		return nil
	}
	return bindings[i].run()
}

func keyName(name string) string {
	if len(name) > 20 {
		name = name[:20]
	}
	return name
}

// paste goes into what is being typed. A confirmation refuses it: the phrase is there to be typed.
func (a *app) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case a.dialog != nil:
		a.dialog.refused = "type it: what is pasted does not count"
		return nil
	case a.prompt.mode != notTyping:
		a.prompt.edit(msg)
		return a.typed()
	}
	return nil
}

// binding is a key of the screen as it is now: a pane's, or the console's own.
type binding struct {
	pane.Binding
	run func() tea.Cmd
}

// bindings are all keys that mean something now, those of the innermost first.
func (a *app) bindings() []binding {
	at := a.at
	inner := a.panes[at].Bindings()
	if a.output != nil {
		inner = a.output.bindings()
	}
	all := make([]binding, 0, len(inner)+24)
	for _, b := range inner {
		all = append(all, binding{b, func() tea.Cmd { return a.do(at, b.Do()) }})
	}
	return append(all, a.consoleBindings()...)
}
