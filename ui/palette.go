package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/format"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// word is a command of the console's own; everything else the palette takes is the command line's.
type word struct {
	name, args, help string
	run              func(a *app, args []string) tea.Cmd
}

// words are the console's own commands. Panes are commands too, with a filter behind them.
func words() []word {
	return []word{
		{"rw", "10m REASON", "let commands change the cluster for a while", (*app).rwCommand},
		{"ro", "", "read-only again", func(a *app, _ []string) tea.Cmd { a.say("read-only"); return a.closeWindow() }},
		{"filter", "WORDS", "as / does", func(a *app, args []string) tea.Cmd { return a.filterCommand(strings.Join(args, " ")) }},
		{"sort", "COLUMN [desc]", "by any column; none for the pane's own order", (*app).sortCommand},
		{"group", "BY", "partitions or tenants, one row a group; none for every row", (*app).groupCommand},
		{"export", "[json|csv] [FILE]", "write the rows that pass the filter", (*app).exportCommand},
		{"save", "[FILE]", "write the screen as text", func(a *app, args []string) tea.Cmd { return a.saveScreenAs(strings.Join(args, " ")) }},
		{"theme", strings.Join(cell.Themes(), "|"), "how it looks", (*app).themeCommand},
		{"help", "", "what keys do here", func(a *app, _ []string) tea.Cmd { a.openHelp(); return nil }},
		{"quit", "", "end the console", func(*app, []string) tea.Cmd { return tea.Quit }},
		{"q", "", "end the console", func(*app, []string) tea.Cmd { return tea.Quit }},
	}
}

func (a *app) enterPrompt() tea.Cmd {
	p := &a.prompt
	mode, line := p.mode, strings.TrimSpace(p.input.Value())
	p.end()
	switch mode {
	case typingFilter:
		return a.filterCommand(line)
	case typingField:
		return a.do(p.asker, p.field.Done(line))
	}
	if line == "" {
		return nil
	}
	p.remember(line)
	return a.run(line)
}

// run carries a line of the palette out: one of the console's own words, a pane with a filter, or a command.
func (a *app) run(line string) tea.Cmd {
	args := strings.Fields(line)
	if args[0] == "kdeck" {
		if args = args[1:]; len(args) == 0 {
			return nil
		}
	}
	own := words()
	if i := slices.IndexFunc(own, func(w word) bool { return w.name == args[0] }); i >= 0 {
		return own[i].run(a, args[1:])
	}
	i, ok := a.find(args[0])
	if !ok {
		return a.ask(args)
	}
	to := pane.Open{Pane: a.panes[i].Name(), Filter: strings.Join(args[1:], " ")}
	if len(args) == 1 {
		return a.open(to)
	}
	flagged := slices.ContainsFunc(args, func(s string) bool { return strings.HasPrefix(s, "-") })
	switch effects, as := a.panes[i].Take(args[1:]); {
	case as == pane.AsOwn:
		to.Filter = ""
		return tea.Batch(a.open(to), a.do(i, effects))
	case as == pane.AsCommand, flagged:
		return a.ask(args)
	}
	return a.open(to)
}

// ownNames are the panes and the console's own words.
func (a *app) ownNames() []string {
	var names []string
	for _, p := range a.panes {
		names = append(names, p.Name())
	}
	for _, w := range words() {
		names = append(names, w.name)
	}
	return names
}

// uniquePrefix returns the one name that word is a prefix of; "" where there is none or more than one.
func uniquePrefix(word string, names []string) (name string) {
	for _, n := range names {
		if strings.HasPrefix(n, word) {
			if name != "" {
				return ""
			}
			name = n
		}
	}
	return name
}

func (a *app) filterCommand(filter string) tea.Cmd {
	cmd, err := a.setFilter(filter)
	if err != nil {
		a.fail(err.Error())
	}
	return cmd
}

func (a *app) rwCommand(args []string) tea.Cmd {
	if len(args) < 2 {
		a.fail("rw needs how long and why: :rw 10m moving leaders off broker 7")
		return nil
	}
	const most = 8 * time.Hour
	d, err := time.ParseDuration(args[0])
	if err != nil || d <= 0 || d > most {
		a.fail(fmt.Sprintf("%q is not a time between 1s and %s: write 10m or 1h", args[0], format.Duration(most)))
		return nil
	}
	return a.openWindow(d, strings.Join(args[1:], " "))
}

func (a *app) sortCommand(args []string) tea.Cmd {
	p := a.panes[a.at]
	if len(p.Columns()) == 0 {
		a.fail("there is nothing to sort here")
		return nil
	}
	column, reverse := "", false
	for _, w := range args {
		if w == "desc" || w == "reverse" {
			reverse = true
			continue
		}
		column = w
	}
	effects, err := p.SortBy(column, reverse)
	if err != nil {
		a.fail(err.Error())
	}
	return a.do(a.at, effects)
}

func (a *app) groupCommand(args []string) tea.Cmd {
	p := a.panes[a.at]
	switch words := p.Groups(); {
	case len(words) == 0:
		a.fail("there is nothing to group here")
		return nil
	case len(args) != 1:
		a.fail("group by what? There are " + strings.Join(words, ", "))
		return nil
	}
	effects, err := p.GroupBy(args[0])
	if err != nil {
		a.fail(err.Error())
	}
	return a.do(a.at, effects)
}

func (a *app) themeCommand(args []string) tea.Cmd {
	if len(args) != 1 || !a.setTheme(args[0]) {
		a.fail("themes: " + strings.Join(cell.Themes(), ", "))
		return nil
	}
	a.term.asked = true
	return nil
}
