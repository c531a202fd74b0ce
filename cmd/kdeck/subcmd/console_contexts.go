package subcmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kdeck/ops/config"
	"kdeck/ui"
)

// contexts are the clusters that an open console can go to: the contexts of the configuration file, and the cluster that it
// began on.
type contexts struct {
	env   *Env
	start *globals // the flags that the console was started with: they count for the cluster that it began on, and for no other
	name  string   // of the cluster that it began on
}

// List implements [ui.Contexts].
func (c *contexts) List() ([]ui.Context, error) {
	file, err := c.env.configFile()
	if err != nil {
		return nil, err
	}
	var list []ui.Context
	begun := false
	for _, name := range file.Names() {
		of, err := file.Context(name)
		if err != nil {
			return nil, err
		}
		entry := ui.Context{Name: name, Production: of.Production}
		if n := len(of.Bootstrap); n > 0 {
			entry.About = of.Bootstrap[0]
			if n > 1 {
				entry.About += fmt.Sprintf(" and %d more", n-1)
			}
		}
		if name == c.name {
			begun = true
			if c.overrides() {
				entry.About += "  (with the flags that kdeck was started with)"
			}
		}
		list = append(list, entry)
	}
	if !begun {
		list = append(list, ui.Context{Name: c.name, About: "(the flags that kdeck was started with)"})
	}
	return list, nil
}

// overrides tells whether the console was started with more about its cluster than the name of a context.
func (c *contexts) overrides() bool {
	s := c.start
	return s.bootstrap != "" || s.bootstrapController != "" || s.commandConfig != "" || len(s.settings) > 0 || s.snapshot != ""
}

// Open implements [ui.Contexts].
func (c *contexts) Open(ctx context.Context, name string) (*ui.Cluster, error) {
	g := c.start
	if name != c.name {
		g = &globals{context: name, output: g.output, timeout: g.timeout, noColor: g.noColor}
	}
	cluster, err := c.env.consoleCluster(ctx, g)
	var unknown *config.UnknownContextError
	if errors.As(err, &unknown) {
		err = fmt.Errorf("no context %q%s: there are %s", unknown.Name, didYouMean(unknown.Name, unknown.Known), strings.Join(unknown.Known, ", "))
	}
	return cluster, err
}
