package ui

import (
	tea "charm.land/bubbletea/v2"

	"kdeck/ui/pane"
)

// askField opens the prompt for a line that a pane asks for.
func (a *app) askField(asker int, f pane.Field) tea.Cmd {
	a.prompt.field, a.prompt.asker = f, asker
	a.prompt.begin(typingField, f.Text)
	return a.typed()
}

// sign stands before what is being typed.
func (p *prompt) sign() string {
	switch p.mode {
	case typingFilter:
		return "/"
	case typingField:
		return p.field.Label + " = "
	}
	return ":"
}
