package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
)

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
	if p.mode == typingField {
		p.offer(completedMsg{p.asked, p.field.Offers(line)})
		return nil
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
	last := strings.TrimLeft(line[strings.LastIndexByte(line, ' ')+1:], "!")
	if last == "" {
		return nil
	}
	var out []string
	for _, word := range a.panes[a.at].FilterWords() {
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
		from = a.panes[a.at].Columns()
	case args[0] == "group":
		from = a.panes[a.at].Groups()
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

// drawOffers lists the completions above the prompt, or says there why the line was not taken.
func (p *prompt) drawOffers(g *cell.Grid, f layout.Frame) {
	const most = 8
	if p.mode == typingField && p.field.Refused != "" {
		p.drawRefused(g, f)
		return
	}
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

func (p *prompt) drawRefused(g *cell.Grid, f layout.Frame) {
	lines := cell.Wrap(p.field.Refused, f.Width-2, g.Theme().ASCII)
	in := g.In(layout.Rect{Y: f.Prompt.Y - len(lines), W: f.Width, H: len(lines)})
	in.Clear(cell.Plain)
	for y, l := range lines {
		in.Text(1, y, cell.Critical, l)
	}
}
