package ui

import (
	tea "charm.land/bubbletea/v2"

	"kdeck/ui/pane"
)

// askField opens the prompt for a line that a pane asks for.
func (a *app) askField(from int, f pane.Field) tea.Cmd {
	if f.Err != nil {
		f.Refused = a.explain(f.Err).Error()
	}
	a.prompt.field, a.prompt.fieldPane = f, from
	return a.beginPrompt(typingField, f.Text)
}

// sign is what stands before the line.
func (p *prompt) sign() string {
	switch p.mode {
	case typingFilter:
		return "/"
	case typingField:
		return p.field.Label + " = "
	}
	return ":"
}
