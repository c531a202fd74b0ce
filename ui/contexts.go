package ui

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/cell"
)

// stay is the console's time on one cluster, from when it comes to when it leaves for another.
type stay struct {
	root   context.Context // of the console; the context of a stay ends with it
	end    context.CancelFunc
	visit  int             // counts the stays
	before string          // the cluster of the stay before; "": there was none
	asked  int             // counts the clusters that were asked for: only the one asked for last is shown
	kept   map[string]kept // how the console was set up on the clusters that it left, by their keys
}

type (
	openedMsg struct {
		asked   int
		name    string
		cluster *Cluster
		view    clusterView
		err     error
	}
	contextsMsg struct {
		contexts []Context
		err      error
	}
)

// contextCommand goes to another cluster, or lists those that there are. "-" is the one before.
func (a *app) contextCommand(args []string) tea.Cmd {
	contexts := a.opt.Contexts
	switch {
	case contexts == nil:
		a.fail("this console was started on one cluster; it knows no other")
		return nil
	case len(args) == 0:
		return a.guard(func() tea.Msg {
			list, err := contexts.List()
			return contextsMsg{list, err}
		})
	case len(args) > 1:
		a.fail("one name was expected: :ctx NAME; :ctx alone lists them")
		return nil
	case len(a.running) > 0:
		a.fail(a.staysFor())
		return nil
	}
	name := args[0]
	if name == "-" {
		if name = a.stay.before; name == "" {
			a.fail("there is no cluster to go back to; :ctx lists them")
			return nil
		}
	}
	a.stay.asked++
	asked, root, dir, settings := a.stay.asked, a.stay.root, a.opt.StateDir, a.settings
	a.say("opening " + name)
	return a.guard(func() tea.Msg {
		c, err := contexts.Open(root, name)
		m := openedMsg{asked: asked, name: name, cluster: c, err: err}
		if err == nil {
			m.view = loadView(dir, c, settings)
		}
		return m
	})
}

// staysFor says that a change keeps the console on its cluster.
func (a *app) staysFor() string {
	return fmt.Sprintf("%s is still running on %s: the console stays there until it is done", a.running[0].line, a.clusterName())
}

// clusterName is the name of the cluster as the header has it.
func (a *app) clusterName() string {
	if a.shown.Context != "" {
		return a.shown.Context
	}
	return a.opt.Cluster.Name
}

// opened goes to a cluster that was opened, as soon as nothing is being typed.
func (a *app) opened(m openedMsg) tea.Cmd {
	if m.err != nil {
		a.fail(m.err.Error())
		return nil
	}
	a.whenFree(nil, func() tea.Cmd {
		switch {
		case m.asked != a.stay.asked:
			return a.guard(closing(m.cluster))
		case len(a.running) > 0:
			a.fail(a.staysFor())
			return a.guard(closing(m.cluster))
		}
		return a.goTo(m.cluster, m.view)
	})
	return nil
}

// goTo leaves the cluster for another one, and sets the console up as it was left there. Nothing that was seen, opened, filtered,
// typed or sent goes along, and the read-write window closes; the theme and the mouse stay.
func (a *app) goTo(c *Cluster, view clusterView) tea.Cmd {
	a.keepView()
	left, wasOpen := a.opt.Cluster, a.window.open
	a.stay.end()
	opt := a.opt
	opt.Cluster = *c
	next := newConsole(a.stay.root, opt, a.term)
	next.stay.visit, next.stay.asked, next.stay.before = a.stay.visit+1, a.stay.asked, a.clusterName()
	next.stay.kept, next.settings = a.stay.kept, a.settings
	if k, was := a.stay.kept[c.key()]; was {
		view = k.view
	}
	next.width, next.height, next.grid, next.content = a.width, a.height, a.grid, a.content
	next.limit, next.clock, next.latestTick = a.limit, a.clock, a.latestTick
	next.furnish(view)
	next.mouse = a.mouse
	next.visits.add(next.place())
	*a = *next
	a.say(fmt.Sprintf("now on %s, read-only; :ctx - goes back to %s", c.Name, a.stay.before))
	return tea.Batch(a.nextState(0), a.nextTick(), a.guard(func() tea.Msg {
		if wasOpen {
			left.Window.Close()
		}
		return closing(&left)()
	}))
}

// closing returns the command that closes a cluster.
func closing(c *Cluster) tea.Cmd {
	return func() tea.Msg {
		if c.Close != nil {
			c.Close()
		}
		return nil
	}
}

// listContexts shows the clusters in place of the pane.
func (a *app) listContexts(m contextsMsg) {
	if m.err != nil {
		a.fail(m.err.Error())
		return
	}
	width := 0
	for _, c := range m.contexts {
		width = max(width, cell.Width(c.Name, a.term.theme.ASCII))
	}
	var b strings.Builder
	for _, c := range m.contexts {
		sign := "  "
		if c.Name == a.clusterName() {
			sign = "* "
		}
		line := sign + c.Name + strings.Repeat(" ", width-cell.Width(c.Name, a.term.theme.ASCII)+2) + c.About
		if c.Production {
			line += "  PROD"
		}
		fmt.Fprintln(&b, line)
	}
	if len(m.contexts) == 0 {
		fmt.Fprintln(&b, "There is no context; kdeck config add NAME --bootstrap-server HOST:PORT makes one.")
	}
	fmt.Fprintln(&b, "\n:ctx NAME goes there; tab completes the name.")
	if a.stay.before != "" {
		fmt.Fprintf(&b, ":ctx - goes back to %s.\n", a.stay.before)
	}
	a.showOutput("ctx", b.String(), 0)
}

// contextNames returns the names of the clusters; none if they can't be read.
func (a *app) contextNames() []string {
	if a.opt.Contexts == nil {
		return nil
	}
	list, _ := a.opt.Contexts.List()
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name
	}
	return names
}
