package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/kballard/go-shellquote"

	"kdeck/ops/format"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// word is one of the console's own commands. The palette takes panes and the commands of the command line too.
type word struct {
	name, args, help string
	run              func(a *app, args []string) tea.Cmd
	also             []string // other names
}

// is tells whether the word has that name.
func (w word) is(name string) bool { return w.name == name || slices.Contains(w.also, name) }

// words returns the console's own commands.
func words() []word {
	return []word{
		{"rw", "10m REASON", "open the read-write window: commands may change the cluster", (*app).rwCommand, nil},
		{"ro", "", "close the read-write window", func(a *app, _ []string) tea.Cmd { a.say("read-only"); return a.closeWindow() }, nil},
		{"filter", "WORDS", "filter the rows, as / does", func(a *app, args []string) tea.Cmd { return a.filterCommand(strings.Join(args, " ")) }, nil},
		{"sort", "COLUMN [desc]", "sort the rows by a column; without one, in the pane's own order", (*app).sortCommand, nil},
		{"group", "BY", "show one row a group of partitions or tenants; none for every row", (*app).groupCommand, nil},
		{"export", "[json|csv] [FILE]", "write the filtered rows to a file", (*app).exportCommand, nil},
		{"save", "[FILE]", "write the screen to a file as text", func(a *app, args []string) tea.Cmd { return a.saveScreen(strings.Join(args, " ")) }, nil},
		{"mouse", "on|off", "let the mouse select, open, sort and scroll", (*app).mouseCommand, nil},
		{"theme", strings.Join(cell.Themes(), "|"), "choose the colours", (*app).themeCommand, nil},
		{"help", "[TOPIC]", "list the keys and explain the columns of the pane; of a topic, kdeck's page about it", (*app).helpCommand, nil},
		{"ctx", "[NAME]", "show another cluster; without a name, list them; - is the one before", (*app).contextCommand, []string{"context", "contexts"}},
		{"quit", "", "close the console; it asks while a change is running", func(a *app, _ []string) tea.Cmd { return a.leave() }, []string{"q", "exit", "qa"}},
		{"quit!", "", "close the console at once, as ctrl-c does", func(*app, []string) tea.Cmd { return tea.Quit }, []string{"q!", "exit!", "qa!"}},
	}
}

// enterPrompt closes the prompt and carries out its line.
func (a *app) enterPrompt() tea.Cmd {
	p := &a.prompt
	mode, line := p.mode, strings.TrimSpace(p.input.Value())
	p.end()
	switch mode {
	case typingFilter:
		cmd, err := a.setFilter(a.at, line)
		if err != nil { // while it was typed, the rows were filtered by what of it could be understood
			cmd, _ = a.setFilter(a.at, p.oldFilter)
			a.fail(a.explain(err).Error())
		}
		return cmd
	case typingField:
		return a.do(p.fieldPane, p.field.Done(line))
	}
	if line == "" {
		return nil
	}
	p.remember(line, a.opt.Mask)
	return a.run(line)
}

// run carries out a line of the palette: one of the console's own commands, a pane with a filter, or another command.
func (a *app) run(line string) tea.Cmd {
	if rest, of := strings.CutPrefix(line, "kdeck"); of && strings.TrimLeft(rest, " \t") != rest || rest == "" {
		line = strings.TrimSpace(rest)
	}
	args, splitErr := shellquote.Split(line)
	if splitErr != nil {
		args = strings.Fields(line) // of a filter, an apostrophe is a part
	}
	if len(args) == 0 {
		return nil
	}
	own := words()
	if i := slices.IndexFunc(own, func(w word) bool { return w.is(args[0]) }); i >= 0 {
		return own[i].run(a, args[1:])
	}
	i, ok := a.find(args[0])
	to := pane.Open{Filter: strings.Join(args[1:], " ")}
	if filter, ok := strings.CutPrefix(line, args[0]); ok { // filters have quotes of their own
		to.Filter = strings.TrimSpace(filter)
	}
	flagged := slices.ContainsFunc(args, func(s string) bool { return strings.HasPrefix(s, "-") })
	if flagged || !ok {
		if splitErr != nil {
			a.fail(noEnd(line))
			return nil
		}
		if a.opt.Commands != nil {
			if name, filter, live := a.opt.Commands.Live(args); live {
				return a.open(pane.Open{Pane: name, Filter: filter})
			}
		}
	}
	if !ok {
		return a.command(line)
	}
	if to.Pane = a.panes[i].Name(); len(args) == 1 {
		return a.open(to)
	}
	switch effects, as := a.panes[i].Take(args[1:]); {
	case as == pane.AsOwn:
		to.Filter = ""
		return tea.Batch(a.open(to), a.do(i, effects))
	case as == pane.AsCommand, flagged:
		return a.command(line)
	}
	return a.open(to)
}

// ownNames returns the names of the panes and of the console's own commands.
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

// uniquePrefix returns the only name that begins with word; "" if there is none or more than one.
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
	cmd, err := a.setFilter(a.at, filter)
	if err != nil {
		a.fail(a.explain(err).Error())
	}
	return cmd
}

func (a *app) rwCommand(args []string) tea.Cmd {
	if len(args) < 2 {
		a.fail("rw needs a time and a reason: :rw 10m moving leaders off broker 7")
		return nil
	}
	const longest = 8 * time.Hour
	d, err := time.ParseDuration(args[0])
	if err != nil || d <= 0 || d > longest {
		a.fail(fmt.Sprintf("%q is not a time between 1s and %s: write 10m or 1h", args[0], format.Duration(longest)))
		return nil
	}
	return a.openWindow(d, strings.Join(args[1:], " "))
}

func (a *app) sortCommand(args []string) tea.Cmd {
	p := a.panes[a.at]
	if len(p.Columns()) == 0 {
		a.fail("this pane has no rows to sort")
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
		a.fail(a.explain(err).Error())
	}
	return a.do(a.at, effects)
}

func (a *app) groupCommand(args []string) tea.Cmd {
	p := a.panes[a.at]
	switch words := p.Groups(); {
	case len(words) == 0:
		a.fail("this pane has no rows to group")
		return nil
	case len(args) != 1:
		a.fail("group by one of: " + strings.Join(words, ", "))
		return nil
	}
	effects, err := p.GroupBy(args[0])
	if err != nil {
		a.fail(a.explain(err).Error())
	}
	return a.do(a.at, effects)
}

func (a *app) themeCommand(args []string) tea.Cmd {
	switch {
	case len(args) != 1:
		a.fail("themes: " + strings.Join(cell.Themes(), ", "))
		return nil
	case !a.setTheme(args[0]):
		a.fail(fmt.Sprintf("unknown theme %q%s: there are %s", args[0], a.didYouMean(args[0], cell.Themes()), strings.Join(cell.Themes(), ", ")))
		return nil
	}
	a.term.chosen = true
	return nil
}

// helpCommand lists the keys, or shows the page of the command line about a topic or a command.
func (a *app) helpCommand(args []string) tea.Cmd {
	if len(args) > 0 && a.opt.Commands != nil {
		return a.command(strings.Join(append([]string{"help"}, args...), " "))
	}
	a.openHelp()
	return nil
}
