package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
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
		{"group", "topic|missing|none", "gather partitions", (*app).groupCommand},
		{"export", "[json|csv] [FILE]", "write the rows that pass the filter", (*app).exportCommand},
		{"save", "[FILE]", "write the screen as text", func(a *app, args []string) tea.Cmd { return a.saveScreenAs(strings.Join(args, " ")) }},
		{"theme", strings.Join(cell.Themes(), "|"), "how it looks", (*app).themeCommand},
		{"help", "", "what keys do here", func(a *app, _ []string) tea.Cmd { a.openHelp(); return nil }},
		{"quit", "", "end the console", func(*app, []string) tea.Cmd { return tea.Quit }},
		{"q", "", "end the console", func(*app, []string) tea.Cmd { return tea.Quit }},
	}
}

// promptKey edits what is being typed.
func (a *app) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	p := &a.prompt
	switch name := msg.String(); {
	case name == "esc":
		mode, before := p.mode, p.before
		p.end()
		if mode == typingFilter {
			return a.filterCommand(before)
		}
		return nil
	case name == "enter":
		return a.enterPrompt()
	case name == "backspace" && p.input.Value() == "":
		p.end()
		return nil
	case name == "tab", name == "down" && len(p.offers) > 0:
		return a.complete(1)
	case name == "shift+tab", name == "up" && p.chosen >= 0:
		return a.complete(-1)
	case p.mode == typingCommand && (name == "up" || name == "ctrl+p"):
		p.recall(1)
		return nil
	case p.mode == typingCommand && (name == "down" || name == "ctrl+n"):
		p.recall(-1)
		return nil
	}
	p.edit(msg)
	return a.typed()
}

// typed follows what was typed: a filter works as it grows, a command gets its completions.
func (a *app) typed() tea.Cmd {
	p := &a.prompt
	line := p.input.Value()
	p.asked++
	if p.mode == typingFilter {
		p.offer(completedMsg{p.asked, a.filterWords(line)})
		return a.filterTyped(line)
	}
	own := a.ownCompletions(line)
	asked, commands := p.asked, a.opt.Commands
	if commands == nil {
		p.offer(completedMsg{asked, own})
		return nil
	}
	return a.guard(func() tea.Msg {
		for _, o := range commands.Complete(line) {
			if !slices.Contains(own, o) {
				own = append(own, o)
			}
		}
		return completedMsg{asked, own}
	})
}

// complete puts the next completion into the line.
func (a *app) complete(by int) tea.Cmd {
	a.prompt.complete(by)
	if a.prompt.mode == typingFilter {
		return a.filterTyped(a.prompt.input.Value())
	}
	return nil
}

// filterTyped filters by as much of the line as is a filter. A last word that is still becoming one of the pane's
// words would hide everything as a plain one: it waits.
func (a *app) filterTyped(line string) tea.Cmd {
	if words := a.filterWords(line); len(words) > 0 {
		line = line[:strings.LastIndexByte(line, ' ')+1]
	}
	cmd, _ := a.setFilter(line) // half a regular expression is none yet
	return cmd
}

// filterWords are the pane's filter words that the last word of the line may become.
func (a *app) filterWords(line string) []string {
	w, ok := a.panes[a.at].(interface{ FilterWords() []string })
	last := strings.TrimLeft(line[strings.LastIndexByte(line, ' ')+1:], "!")
	if !ok || last == "" {
		return nil
	}
	var out []string
	for _, word := range w.FilterWords() {
		if strings.HasPrefix(word, strings.ToLower(last)) && word != last {
			out = append(out, word)
		}
	}
	return out
}

// ownCompletions are the console's own words, panes and arguments that the last word of line may become.
func (a *app) ownCompletions(line string) []string {
	args := strings.Fields(line)
	last := ""
	if len(args) > 0 && !strings.HasSuffix(line, " ") {
		last, args = args[len(args)-1], args[:len(args)-1]
	}
	var from []string
	switch {
	case len(args) == 0:
		for _, p := range a.panes {
			from = append(from, p.Name())
		}
		for _, w := range words() {
			from = append(from, w.name)
		}
	case args[0] == "theme":
		from = cell.Themes()
	case args[0] == "sort" && len(args) == 1:
		if s, ok := a.panes[a.at].(sorter); ok {
			from = s.SortColumns()
		}
	case args[0] == "group":
		from = []string{"topic", "missing", "none"}
	case args[0] == "export" && len(args) == 1:
		from = []string{"json", "csv"}
	}
	var out []string
	for _, w := range from {
		if strings.HasPrefix(w, strings.ToLower(last)) && w != last {
			out = append(out, w)
		}
	}
	return out
}

func (a *app) enterPrompt() tea.Cmd {
	p := &a.prompt
	mode, line := p.mode, strings.TrimSpace(p.input.Value())
	p.end()
	if mode == typingFilter {
		return a.filterCommand(line)
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
	flagged := slices.ContainsFunc(args, func(s string) bool { return strings.HasPrefix(s, "-") })
	if i, ok := a.find(args[0]); ok && !flagged {
		return a.open(pane.Open{Pane: a.panes[i].Name(), Filter: strings.Join(args[1:], " ")})
	}
	if a.opt.Commands == nil || !slices.Contains(a.opt.Commands.Complete(""), args[0]) {
		a.unknown(args[0])
		return nil
	}
	return a.ask(strings.Join(args, " "))
}

// unknown says that a word is none, with the one that was probably meant.
func (a *app) unknown(name string) {
	var known []string
	for _, p := range a.panes {
		known = append(known, p.Name())
	}
	for _, w := range words() {
		known = append(known, w.name)
	}
	nearest := ""
	if c := a.opt.Commands; c != nil {
		known = append(known, c.Complete("")...)
		nearest = c.Nearest(name, known)
	}
	if nearest != "" {
		a.fail(fmt.Sprintf("unknown command %q: did you mean %s?", name, nearest))
		return
	}
	a.fail(fmt.Sprintf("unknown command %q: tab behind : shows what there is", name))
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
		a.fail(fmt.Sprintf("%q is not a time between 1s and %s: write 10m or 1h", args[0], view.Duration(most)))
		return nil
	}
	return a.openWindow(d, strings.Join(args[1:], " "))
}

// sorter is a pane whose rows can be sorted by name of a column.
type sorter interface {
	SortColumns() []string
	SortBy(column string, reverse bool) ([]pane.Effect, error)
}

func (a *app) sortCommand(args []string) tea.Cmd {
	s, ok := a.panes[a.at].(sorter)
	if !ok {
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
	effects, err := s.SortBy(column, reverse)
	if err != nil {
		a.fail(err.Error())
	}
	return a.do(effects)
}

// grouper is a pane whose rows can be gathered.
type grouper interface {
	GroupBy(by string) ([]pane.Effect, error)
}

func (a *app) groupCommand(args []string) tea.Cmd {
	g, ok := a.panes[a.at].(grouper)
	if !ok || len(args) != 1 {
		a.fail("group by what? :group topic, missing or none, in the partitions")
		return nil
	}
	effects, err := g.GroupBy(args[0])
	if err != nil {
		a.fail(err.Error())
	}
	return a.do(effects)
}

func (a *app) themeCommand(args []string) tea.Cmd {
	if len(args) != 1 || !a.setTheme(args[0]) {
		a.fail("themes: " + strings.Join(cell.Themes(), ", "))
		return nil
	}
	a.term.asked = true
	return nil
}

// confirmedMsg is what a command line would do.
type confirmedMsg struct {
	line, phrase string
	about        []string
	err          error
}

// ask finds out whether a line changes anything before it is run.
func (a *app) ask(line string) tea.Cmd {
	c := a.opt.Commands
	a.say("running " + line)
	return a.guard(func() tea.Msg {
		phrase, about, err := c.Confirm(a.ctx, line)
		return confirmedMsg{line, phrase, about, err}
	})
}

// confirmed runs a line that changes nothing, and asks for the phrase of one that does.
func (a *app) confirmed(m confirmedMsg) tea.Cmd {
	switch {
	case m.err != nil:
		a.fail(m.err.Error())
		return nil
	case m.phrase == "":
		return a.runLine(m.line, "")
	case !a.window.open:
		a.fail("read-only: open a window first, :rw 10m REASON")
		return nil
	}
	a.dialog = &dialog{title: m.line, lines: m.about, phrase: m.phrase, expires: a.clock.now().Add(dialogFor),
		do: func(typed string) tea.Cmd { return a.runLine(m.line, typed) }}
	return nil
}

type ranMsg struct {
	line, output string
	exit         int
}

func (a *app) runLine(line, phrase string) tea.Cmd {
	c := a.opt.Commands
	return a.guard(func() tea.Msg {
		output, exit := c.Run(a.ctx, line, phrase)
		return ranMsg{line, output, exit}
	})
}

// ran shows what a command wrote.
func (a *app) ran(m ranMsg) {
	a.toast.text = ""
	a.output = newOutput(m.line, m.output, m.exit)
}

// drawOffers lists the completions above the prompt.
func (p *prompt) drawOffers(g *cell.Grid, f layout.Frame) {
	const most = 8
	if p.mode == notTyping || len(p.offers) == 0 {
		return
	}
	first := max(p.chosen-most+1, 0)
	shown := p.offers[first:min(first+most, len(p.offers))]
	w := 12
	for _, o := range shown {
		w = max(w, cell.Width(o, g.Theme().ASCII)+4)
	}
	r := layout.Rect{X: 1, Y: f.Prompt.Y - len(shown), W: w, H: len(shown)}
	in := g.In(r)
	in.Clear(cell.Plain)
	for y, o := range shown {
		in.Text(1, y, cell.Plain, o)
		if first+y == p.chosen {
			in.Flag(y, cell.Inverse)
		}
	}
	if more := len(p.offers) - first - len(shown); more > 0 {
		in.Text(w-2, len(shown)-1, cell.Faint, "+")
	}
}
