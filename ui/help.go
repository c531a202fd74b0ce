package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// help is the overlay that lists the bindings in force, and explains the columns of the pane. Typing searches it.
type help struct {
	title   string
	all     []binding
	legends []pane.Legend
	search  string
	top     int
}

func (a *app) openHelp() {
	p := a.panes[a.at]
	a.help = &help{title: p.Title(), all: a.bindings(), legends: p.Legends()}
}

const (
	helpWidth     = 76
	helpWidthWide = 110
	keyWidth      = 11 // of the keys, before what they do
	columnWidth   = 16 // of the heading of a column, before what it says
)

// helpBox is where the overlay lies.
func helpBox(body layout.Rect) layout.Rect {
	if body.W >= layout.ThreeColumns {
		return body.Centered(helpWidthWide, body.H)
	}
	return body.Centered(helpWidth, body.H)
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
	case "tab":
		h.top = h.nextPart(a.helpTextWidth())
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
		h.top = max(min(h.top, len(h.lines(a.helpTextWidth()))-page), 0)
	}
	return nil
}

// helpTextWidth is the width of the text of the overlay.
func (a *app) helpTextWidth() int { return helpBox(a.frame.Body).W - 2 }

// nextPart returns the line at which the explanations of columns begin, or the first line if those are shown.
func (h *help) nextPart(width int) int {
	keys := h.keyLines()
	if h.top >= len(keys) || len(keys) == len(h.lines(width)) {
		return 0
	}
	return len(keys)
}

// helpLine is a heading, a key with its help, or a column with its explanation, which may go on in the next lines.
type helpLine struct {
	heading, keys, text, disabled string
	column                        bool
	letter                        string // of a column
}

var groupOrder = []string{pane.Going, pane.Moving, pane.OnRows, pane.OnColumns, pane.OnScreen}

// lines returns the keys and then the columns, as the search leaves them.
func (h *help) lines(width int) []helpLine { return append(h.keyLines(), h.columnLines(width)...) }

// columnLines explains the columns; their texts are broken to the width.
func (h *help) columnLines(width int) []helpLine {
	var lines []helpLine
	word := strings.ToLower(h.search)
	for _, l := range h.legends {
		heading := "Columns of " + l.Of
		begun := false
		for _, c := range l.Columns {
			if !strings.Contains(strings.ToLower(heading+" "+c.Head+" "+c.Help), word) {
				continue
			}
			if !begun {
				begun = true
				lines = append(lines, helpLine{heading: heading})
			}
			head, letter := c.Head, c.Letter
			for _, part := range cell.Wrap(c.Help, max(width-columnWidth-5, 20), false) {
				lines = append(lines, helpLine{keys: head, text: part, column: true, letter: letter})
				head, letter = "", ""
			}
		}
	}
	return lines
}

func (h *help) keyLines() []helpLine {
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
			if b.Each != nil && (h.search != "" || h.legends == nil) { // else the columns show their letters
				for _, key := range b.Keys {
					lines = append(lines, helpLine{keys: "  " + key, text: b.Each(key)})
				}
			}
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
	if strings.Contains(strings.ToLower(b.Help), word) || strings.Contains(strings.ToLower(b.Group), word) || strings.Contains(b.shown(), word) {
		return true
	}
	return b.Each != nil && slices.ContainsFunc(b.Keys, func(key string) bool { return strings.Contains(strings.ToLower(b.Each(key)), word) })
}

func (h *help) draw(g *cell.Grid, body layout.Rect) {
	box := drawBox(g, helpBox(body), "Help: "+h.title, cell.Frame)
	w, height := box.Size()
	lines := h.lines(w)
	for y := 0; y < height-2 && h.top+y < len(lines); y++ {
		l := lines[h.top+y]
		if l.heading != "" {
			box.Text(1, y, cell.Heading, l.heading)
			continue
		}
		if l.column {
			box.Fit(2, y, columnWidth, cell.Strong, l.keys, false)
			if at := strings.Index(l.keys, l.letter); l.letter != "" {
				box.Text(2+at, y, cell.SortLetter, l.letter)
			}
			box.Fit(columnWidth+4, y, w-columnWidth-5, cell.Plain, l.text, false)
			continue
		}
		box.Fit(2, y, keyWidth, cell.KeyName, l.keys, false)
		style, text := cell.Plain, l.text
		if l.disabled != "" {
			style, text = cell.Faint, text+" (not now: "+l.disabled+")"
		}
		box.Fit(keyWidth+3, y, w-keyWidth-4, style, text, false)
	}
	if len(lines) == 0 {
		box.Text(1, 0, cell.Plain, "no key and no column matches "+h.search)
	}
	if more := len(lines) - h.top - (height - 2); more > 0 {
		box.Text(w-10, height-1, cell.Faint, "more "+string(g.Theme().Down))
	}
	x := box.Text(1, height-1, cell.Faint, "search: ")
	x = box.Text(x, height-1, cell.Input, h.search)
	box.Text(x, height-1, cell.Input|cell.Inverse, " ")
	if h.search == "" {
		box.Text(x+2, height-1, cell.Faint, "type a word; tab shows the columns; esc closes")
	}
}
