package ui

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"kdeck/ops/config"
	"kdeck/ops/files"
	"kdeck/ops/format"
	"kdeck/protocol/printable"
	"kdeck/ui/pane"
)

// settings is what the console keeps between starts for all clusters.
type settings struct {
	Theme string `json:"theme,omitempty"`
	Mouse bool   `json:"mouse,omitempty"`
	// Of versions that kept one view for all clusters: what a cluster begins with that has none of its own yet.
	Panes   map[string]pane.Layout `json:"panes,omitempty"`
	History []string               `json:"history,omitempty"`
}

// clusterView is what the console keeps between starts for one cluster. The pane in front is not part of it: the console opens on
// the Overview, which shows whether anything is wrong.
type clusterView struct {
	Cluster string                 `json:"cluster"`
	Panes   map[string]pane.Layout `json:"panes"`
	History []string               `json:"history"`
}

// kept is the view of a cluster as it is to be written.
type kept struct {
	view clusterView
	mask *config.Mask
}

func (a *app) settingsPath() string { return filepath.Join(a.opt.StateDir, "console.json") }

// key tells a cluster from others in what is kept.
func (c *Cluster) key() string {
	if c.Key != "" {
		return c.Key
	}
	return c.Name
}

// viewPath is the file of a cluster's view.
func viewPath(stateDir, key string) string {
	return filepath.Join(stateDir, "console", format.Digest(key)[:32]+".json")
}

// readKept reads a file that the console kept. It leaves v as it is where the file is missing or damaged: the console must open
// anyway.
func readKept[V any](path string, v *V) {
	b, err := files.ReadOwn(path, files.MaxState)
	var read V
	if err == nil && json.Unmarshal(b, &read) == nil {
		*v = read
	}
}

// loadSettings reads what is kept for all clusters.
func (a *app) loadSettings() {
	if a.opt.StateDir == "" {
		return
	}
	s := &a.settings
	readKept(a.settingsPath(), s)
	s.History = slices.DeleteFunc(s.History, func(line string) bool { // nobody knows which cluster it was meant for
		return strings.Contains(line, "--execute")
	})
	if s.Theme != "" && a.opt.Theme == "" && a.term.query {
		a.term.chosen = a.setTheme(s.Theme)
	}
	if a.mouse = s.Mouse; a.opt.Mouse != "" {
		a.mouse = a.opt.Mouse == "on"
	}
}

// loadView reads what is kept for a cluster.
func loadView(stateDir string, c *Cluster, s settings) clusterView {
	v := clusterView{Panes: s.Panes, History: slices.Clone(s.History)}
	if stateDir != "" {
		readKept(viewPath(stateDir, c.key()), &v)
	}
	return v
}

// furnish sets the console up as it was left on its cluster.
func (a *app) furnish(v clusterView) {
	a.prompt.history = v.History
	for _, p := range a.panes {
		p.See(a.scene())
		p.SetLayout(v.Panes[p.Name()])
	}
}

// viewNow returns how the console is set up on its cluster now.
func (a *app) viewNow() clusterView {
	v := clusterView{Cluster: a.opt.Cluster.Name, Panes: map[string]pane.Layout{}, History: a.prompt.history}
	for _, p := range a.panes {
		v.Panes[p.Name()] = p.Layout()
	}
	return v
}

// keepView remembers how the console is set up on its cluster, until it is written.
func (a *app) keepView() {
	if a.stay.kept == nil {
		a.stay.kept = map[string]kept{}
	}
	a.stay.kept[a.opt.Cluster.key()] = kept{a.viewNow(), a.opt.Mask}
}

// saveView writes what the console keeps.
func (a *app) saveView() error {
	if a.opt.StateDir == "" {
		return nil
	}
	a.keepView()
	s := a.settings
	s.Mouse, s.Theme = a.mouse && a.opt.Mouse == "", ""
	if a.term.chosen && a.opt.Theme == "" {
		s.Theme = a.term.theme.Name
	}
	err := writeKept(a.settingsPath(), s, a.opt.Mask)
	for _, key := range slices.Sorted(maps.Keys(a.stay.kept)) {
		if err == nil {
			err = writeKept(viewPath(a.opt.StateDir, key), a.stay.kept[key].view, a.stay.kept[key].mask)
		}
	}
	if err != nil {
		return fmt.Errorf("the layout of the console was not saved: %w", err)
	}
	return nil
}

func writeKept(path string, v any, mask *config.Mask) error {
	b, err := printable.MarshalIndent(v, "  ")
	if err != nil {
		return err
	}
	return files.WriteOwn(path, []byte(mask.Text(string(b))))
}
