package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// help is the overlay that lists the bindings in force. Typing searches it.
type help struct {
	title  string
	all    []binding
	search string
	top    int
}

func (a *app) openHelp() {
	a.help = &help{title: a.panes[a.at].Title(), all: a.bindings()}
}

func (a *app) helpKey(msg tea.KeyPressMsg) tea.Cmd {
	h := a.help
	page := max(a.frame.Body.H-6, 1)
	switch name := msg.String(); name {
	case "esc":
		if h.search != "" {
			h.search = ""
			break
		}
		a.help = nil
	case "?", "enter":
		a.help = nil
	case "q":
		if h.search == "" {
			a.help = nil
			break
		}
		h.search += "q"
	case "down":
		h.top++
	case "up":
		h.top--
	case "pgdown", "ctrl+f":
		h.top += page
	case "pgup", "ctrl+b":
		h.top -= page
	case "backspace":
		r := []rune(h.search)
		h.search = string(r[:max(len(r)-1, 0)])
	default:
		if msg.Text != "" && len(h.search) < 40 {
			h.search += msg.Text
			h.top = 0
		}
	}
	if a.help != nil {
		h.top = max(min(h.top, len(h.lines())-page), 0)
	}
	return nil
}

// helpLine is a heading or a key with its help.
type helpLine struct{ heading, keys, text, disabled string }

var groupOrder = []string{pane.Going, pane.Moving, pane.OnRows, pane.OnColumns, pane.OnScreen}

func (h *help) lines() []helpLine {
	var lines []helpLine
	taken := map[string]bool{} // a key of the pane hides the same key of the console
	for _, group := range groupOrder {
		begun := false
		for _, b := range h.all {
			if b.Group != group || taken[b.Keys[0]] || !b.about(h.search) {
				continue
			}
			taken[b.Keys[0]] = true
			if !begun {
				begun = true
				lines = append(lines, helpLine{heading: group})
			}
			text := b.Help
			if b.Changes {
				text += " (changes the cluster, after you type a phrase)"
			}
			lines = append(lines, helpLine{keys: b.shown(), text: text, disabled: b.Disabled})
		}
	}
	return lines
}

// shown returns the binding's keys as the help shows them.
func (b *binding) shown() string {
	if b.Show != "" {
		return b.Show
	}
	return strings.Join(b.Keys, " ")
}

// about tells whether the binding's help, group or keys contain a word.
func (b *binding) about(word string) bool {
	word = strings.ToLower(word)
	return strings.Contains(strings.ToLower(b.Help), word) || strings.Contains(strings.ToLower(b.Group), word) || strings.Contains(b.shown(), word)
}

func (h *help) draw(g *cell.Grid, body layout.Rect) {
	box := drawBox(g, body.Centered(76, body.H), "Help: "+h.title, cell.Frame)
	w, height := box.Size()
	lines := h.lines()
	for y := 0; y < height-2 && h.top+y < len(lines); y++ {
		l := lines[h.top+y]
		if l.heading != "" {
			box.Text(1, y, cell.Heading, l.heading)
			continue
		}
		box.Fit(2, y, 11, cell.KeyName, l.keys, false)
		style, text := cell.Plain, l.text
		if l.disabled != "" {
			style, text = cell.Faint, text+" (not now: "+l.disabled+")"
		}
		box.Fit(14, y, w-15, style, text, false)
	}
	if len(lines) == 0 {
		box.Text(1, 0, cell.Plain, "no key matches "+h.search)
	}
	if more := len(lines) - h.top - (height - 2); more > 0 {
		box.Text(w-10, height-1, cell.Faint, "more "+string(g.Theme().Down))
	}
	x := box.Text(1, height-1, cell.Faint, "search: ")
	x = box.Text(x, height-1, cell.Input, h.search)
	box.Text(x, height-1, cell.Input|cell.Inverse, " ")
	if h.search == "" {
		box.Text(x+2, height-1, cell.Faint, "type a word; esc closes")
	}
}
