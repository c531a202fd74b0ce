package pane

import (
	"strings"

	"kdeck/ui/cell"
)

// Page is text in a window that may be shorter than the text: a detail, the output of a command.
type Page struct {
	lines  [][]cell.Span // a paragraph each
	broken [][]cell.Span // the lines as Arrange breaks them to the window's width
	top    int           // the first broken line in the window
	height int           // of the window
}

// Reset removes all lines. The window stays at its place in the text.
func (p *Page) Reset() { p.lines, p.broken = p.lines[:0], p.broken[:0] }

// Say adds a line.
func (p *Page) Say(spans ...cell.Span) { p.lines = append(p.lines, spans) }

// Head adds a heading, and a blank line before it.
func (p *Page) Head(text string) {
	if len(p.lines) > 0 {
		p.Say()
	}
	p.Say(cell.Heading.Span(text))
}

// Fact adds a line with a name and what is said under it.
func (p *Page) Fact(name string, style cell.Style, text string) {
	const column = 14
	p.Say(cell.Faint.Span(name+Blanks(max(column-len(name), 0))), style.Span(text))
}

// Append adds the lines of another page.
func (p *Page) Append(other *Page) { p.lines = append(p.lines, other.lines...) }

// Join makes the page of two others, which are arranged to the same width. It saves breaking their lines again.
func (p *Page) Join(first, second *Page, height int) {
	p.lines = append(append(p.lines[:0], first.lines...), second.lines...)
	p.broken = append(append(p.broken[:0], first.broken...), second.broken...)
	p.place(height)
}

// Flag sets flags on all the text.
func (p *Page) Flag(flags cell.Style) {
	for _, l := range p.lines {
		for i := range l {
			l[i].Style |= flags
		}
	}
}

// Arrange breaks the lines to the width. Only the last span of a line is broken.
func (p *Page) Arrange(width, height int, ascii bool) {
	p.broken = p.broken[:0]
	for _, l := range p.lines {
		if len(l) == 0 {
			p.broken = append(p.broken, nil)
			continue
		}
		indent := 0
		for _, s := range l[:len(l)-1] {
			indent += cell.Width(s.Text, ascii)
		}
		last := l[len(l)-1]
		if room := width - indent; room >= 12 && cell.Width(last.Text, ascii) > room {
			for i, part := range cell.Wrap(last.Text, room, ascii) {
				if i == 0 {
					p.broken = append(p.broken, append(append([]cell.Span{}, l[:len(l)-1]...), last.Style.Span(part)))
					continue
				}
				p.broken = append(p.broken, []cell.Span{cell.Plain.Span(Blanks(indent)), last.Style.Span(part)})
			}
			continue
		}
		p.broken = append(p.broken, l)
	}
	p.place(height)
}

// arrangeLines breaks lines of one span at the width, not at blanks, and keeps their blanks.
func (p *Page) arrangeLines(width, height int, ascii bool) {
	p.broken = p.broken[:0]
	for _, l := range p.lines {
		for _, part := range cell.Break(l[0].Text, width, ascii) {
			p.broken = append(p.broken, []cell.Span{l[0].Style.Span(part)})
		}
	}
	p.place(height)
}

// place keeps the window inside the text.
func (p *Page) place(height int) {
	p.height = height
	p.top = max(min(p.top, len(p.broken)-height), 0)
}

// Empty tells that the page has no line.
func (p *Page) Empty() bool { return len(p.lines) == 0 }

// Rows returns the number of rows that the text takes, as it was arranged.
func (p *Page) Rows() int { return len(p.broken) }

// Home moves the window to the beginning of the text.
func (p *Page) Home() { p.top = 0 }

// Follow moves the window to where another page's window is.
func (p *Page) Follow(other *Page) { p.top = other.top }

// Blanks returns n blanks.
func Blanks(n int) string { return strings.Repeat(" ", n) }

// Draw draws what is in the window.
func (p *Page) Draw(a cell.Area) {
	_, h := a.Size()
	for y := 0; y < h && p.top+y < len(p.broken); y++ {
		x := 0
		for _, s := range p.broken[p.top+y] {
			x = a.Text(x, y, s.Style, s.Text)
		}
	}
}

// Bindings returns the keys that move the window.
func (p *Page) Bindings() []Binding {
	by := func(n int) func() []Effect { return Quietly(func() { p.top += n }) }
	return []Binding{
		{Keys: []string{"down", "j"}, Show: "j ↓", Help: "down", Label: "scroll", Group: Moving, Do: by(1)},
		{Keys: []string{"k", "up"}, Show: "k ↑", Help: "up", Group: Moving, Do: by(-1)},
		{Keys: []string{"pgdown", "ctrl+f", "space"}, Show: "pgdn", Help: "page down", Group: Moving, Do: by(p.height - 1)},
		{Keys: []string{"pgup", "ctrl+b"}, Show: "pgup", Help: "page up", Group: Moving, Do: by(1 - p.height)},
		{Keys: []string{"g", "home"}, Show: "g", Help: "to the beginning", Group: Moving, Do: Quietly(p.Home)},
		{Keys: []string{"G", "end"}, Show: "G", Help: "to the end", Group: Moving, Do: by(len(p.broken))},
	}
}

// Text returns the whole page as plain lines, made safe for a terminal.
func (p *Page) Text() string {
	var b strings.Builder
	for _, l := range p.lines {
		for _, s := range l {
			b.WriteString(cell.Safe(s.Text, false))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
