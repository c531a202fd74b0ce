package ui

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"kdeck/ops/files"
	"kdeck/protocol/printable"
	"kdeck/ui/pane"
)

// viewState is what the console keeps between starts. The pane in front is not part of it: the console opens on the
// Overview, which shows whether anything is wrong.
type viewState struct {
	Theme   string                 `json:"theme,omitempty"`
	Panes   map[string]pane.Layout `json:"panes"`
	History []string               `json:"history"`
	Mouse   bool                   `json:"mouse,omitempty"`
}

func (a *app) viewPath() string { return filepath.Join(a.opt.StateDir, "console.json") }

// loadView reads what the console kept. It ignores a file that is missing or damaged: the console must open anyway.
func (a *app) loadView() (v viewState) {
	if a.opt.StateDir == "" {
		return v
	}
	b, err := files.ReadOwn(a.viewPath(), files.MaxState)
	if err != nil || json.Unmarshal(b, &v) != nil {
		return viewState{}
	}
	if v.Theme != "" && a.opt.Theme == "" && a.term.query {
		a.term.chosen = a.setTheme(v.Theme)
	}
	return v
}

// furnish sets the console up as it was left.
func (a *app) furnish(v viewState) {
	if a.mouse = v.Mouse; a.opt.Mouse != "" {
		a.mouse = a.opt.Mouse == "on"
	}
	a.prompt.history = v.History
	for _, p := range a.panes {
		p.See(a.scene())
		p.SetLayout(v.Panes[p.Name()])
	}
}

// viewNow returns how the console is set up now.
func (a *app) viewNow() viewState {
	v := viewState{Panes: map[string]pane.Layout{}, History: a.prompt.history, Mouse: a.mouse && a.opt.Mouse == ""}
	if a.term.chosen && a.opt.Theme == "" {
		v.Theme = a.term.theme.Name
	}
	for _, p := range a.panes {
		v.Panes[p.Name()] = p.Layout()
	}
	return v
}

// saveView writes what the console keeps.
func (a *app) saveView() error {
	if a.opt.StateDir == "" {
		return nil
	}
	b, err := printable.MarshalIndent(a.viewNow(), "  ")
	if err != nil {
		return err
	}
	if err := files.WriteOwn(a.viewPath(), []byte(a.opt.Mask.Text(string(b)))); err != nil {
		return fmt.Errorf("the layout of the console was not saved: %w", err)
	}
	return nil
}
