package ui

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"kdeck/ui/pane"
)

// viewState is how the console was set up when it ended. Which pane was shown is not part of it: whoever opens a
// console wants to know first whether anything is wrong.
type viewState struct {
	Theme   string                 `json:"theme,omitempty"`
	Panes   map[string]pane.Layout `json:"panes"`
	History []string               `json:"history"`
}

func (a *app) viewPath() string { return filepath.Join(a.opt.StateDir, "console.json") }

// loadView reads how the console was set up last time. A file that is missing or can't be read is as none: a console
// must open at night, whatever lies on the disk.
func (a *app) loadView() (v viewState) {
	if a.opt.StateDir == "" {
		return v
	}
	b, err := os.ReadFile(a.viewPath())
	if err != nil || json.Unmarshal(b, &v) != nil {
		return viewState{}
	}
	a.prompt.history = v.History
	if v.Theme != "" && a.opt.Theme == "" && a.term.query {
		a.term.asked = a.setTheme(v.Theme)
	}
	return v
}

// saveView keeps how the console is set up.
func (a *app) saveView() error {
	if a.opt.StateDir == "" {
		return nil
	}
	v := viewState{Panes: map[string]pane.Layout{}, History: a.prompt.history}
	if a.term.asked && a.opt.Theme == "" {
		v.Theme = a.term.theme.Name
	}
	for _, p := range a.panes {
		v.Panes[p.Name()] = p.Layout()
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(a.opt.StateDir, 0o700); err != nil {
		return fmt.Errorf("how the console is set up was not kept: %w", err)
	}
	if err := renameio.WriteFile(a.viewPath(), b, 0o600); err != nil {
		return fmt.Errorf("how the console is set up was not kept: %w", err)
	}
	return nil
}
