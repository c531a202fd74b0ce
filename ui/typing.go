package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
)

// promptKey edits the line, runs it or gives it up.
func (a *app) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	p := &a.prompt
	switch name := msg.String(); {
	case name == "esc":
		mode := p.mode
		p.end()
		if mode == typingFilter {
			return a.filterCommand(p.oldFilter)
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

// typed filters by the line if it is a filter, and looks up its completions.
func (a *app) typed() tea.Cmd {
	p := &a.prompt
	line := p.input.Value()
	p.version++
	switch p.mode {
	case typingFilter:
		p.offer(completedMsg{p.version, a.filterWords(line)})
		return a.filterTyped(line)
	case typingField:
		p.offer(completedMsg{p.version, p.field.Offers(line)})
		return nil
	}
	own := a.ownCompletions(line)
	p.narrow(own)
	version, commands := p.version, a.opt.Commands
	if words := strings.Fields(line); len(words) > 0 && (words[0] == "ctx" || words[0] == "context") && line != words[0] {
		return a.guard(func() tea.Msg {
			last := line[strings.LastIndexByte(line, ' ')+1:]
			return completedMsg{version, beginningWith(last, a.contextNames())}
		})
	}
	if commands == nil {
		p.offer(completedMsg{version, own})
		return nil
	}
	lookups := p.lookups
	lookups.latest.Store(version)
	return a.guard(func() tea.Msg {
		offers, current := lookups.look(version, func() []string { return commands.Complete(line) })
		if !current {
			return nil
		}
		for _, o := range offers {
			if !slices.Contains(own, o) {
				own = append(own, o)
			}
		}
		return completedMsg{version, own}
	})
}

// complete puts the next completion, or the one before, into the line.
func (a *app) complete(by int) tea.Cmd {
	a.prompt.complete(by)
	if a.prompt.mode == typingFilter {
		return a.filterTyped(a.prompt.input.Value())
	}
	return nil
}

// filterTyped filters by the line, without a last word that is the beginning of one of the pane's filter words: no row
// would contain it.
func (a *app) filterTyped(line string) tea.Cmd {
	if words := a.filterWords(line); len(words) > 0 {
		line = line[:strings.LastIndexByte(line, ' ')+1]
	}
	cmd, _ := a.setFilter(a.at, line) // an unfinished regular expression is no error yet
	return cmd
}

// filterWords returns the pane's filter words that begin with the last word of the line.
func (a *app) filterWords(line string) []string {
	last := strings.TrimLeft(line[strings.LastIndexByte(line, ' ')+1:], "!")
	if last == "" {
		return nil
	}
	return beginningWith(last, a.panes[a.at].FilterWords())
}

// beginningWith returns the words that begin with prefix and are longer.
func beginningWith(prefix string, words []string) []string {
	var out []string
	for _, w := range words {
		if strings.HasPrefix(w, strings.ToLower(prefix)) && w != prefix {
			out = append(out, w)
		}
	}
	return out
}

// ownCompletions returns the console's own commands, panes and arguments that begin with the last word of the line.
func (a *app) ownCompletions(line string) []string {
	args := strings.Fields(line)
	last := ""
	if len(args) > 0 && !strings.HasSuffix(line, " ") {
		last, args = args[len(args)-1], args[:len(args)-1]
	}
	var from []string
	switch {
	case len(args) == 0:
		from = a.ownNames()
	case args[0] == "theme" && len(args) == 1:
		from = cell.Themes()
	case args[0] == "mouse" && len(args) == 1:
		from = onOff
	case args[0] == "rw" && len(args) == 1:
		from = []string{"10m", "30m", "1h"}
	case args[0] == "filter":
		from = a.panes[a.at].FilterWords()
	case args[0] == "sort" && len(args) == 1:
		from = a.panes[a.at].Columns()
	case args[0] == "group":
		from = a.panes[a.at].Groups()
	case args[0] == "export" && len(args) == 1:
		from = []string{"json", "csv"}
	}
	return beginningWith(last, from)
}

// drawRefused draws above the line that is being typed why it is refused, and returns the number of rows that takes.
func (p *prompt) drawRefused(g *cell.Grid, f layout.Frame, why string) (rows int) {
	lines := cell.Wrap(why, f.Width-2, g.Theme().ASCII)
	in := g.In(layout.Rect{Y: f.Prompt.Y - len(lines), W: f.Width, H: len(lines)})
	in.Clear(cell.Plain)
	for y, l := range lines {
		in.Text(1, y, cell.Critical, l)
	}
	return len(lines)
}
