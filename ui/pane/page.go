package pane

import (
	"strings"

	"kdeck/ui/cell"
)

// span is a piece of a line in one style.
type span struct {
	style cell.Style
	text  string
}

// page is text that is longer than its window: a detail, the output of a command.
type page struct {
	lines  [][]span // one paragraph each; broken to the window's width by arrange
	broken [][]span
	top    int
	height int
}

// say adds a line.
func (p *page) say(spans ...span) { p.lines = append(p.lines, spans) }

// head adds a blank line and a heading.
func (p *page) head(text string) {
	if len(p.lines) > 0 {
		p.say()
	}
	p.say(span{cell.Heading, text})
}

// fact adds a name and what stands for it.
func (p *page) fact(name string, style cell.Style, text string) {
	const column = 14
	p.say(span{cell.Faint, name + blanks(max(column-len(name), 0))}, span{style, text})
}

// scroll moves the window by n lines.
func (p *page) scroll(n int) { p.top += n }

// arrange breaks the lines to the width. Only a line of a single span, or the last span of a line, is broken.
func (p *page) arrange(width, height int, ascii bool) {
	p.height = height
	p.broken = p.broken[:0]
	for _, l := range p.lines {
		if len(l) == 0 {
			p.broken = append(p.broken, nil)
			continue
		}
		indent := 0
		for _, s := range l[:len(l)-1] {
			indent += cell.Width(s.text, ascii)
		}
		last := l[len(l)-1]
		if room := width - indent; room >= 12 && cell.Width(last.text, ascii) > room {
			for i, part := range cell.Wrap(last.text, room, ascii) {
				if i == 0 {
					p.broken = append(p.broken, append(append([]span{}, l[:len(l)-1]...), span{last.style, part}))
					continue
				}
				p.broken = append(p.broken, []span{{cell.Plain, blanks(indent)}, {last.style, part}})
			}
			continue
		}
		p.broken = append(p.broken, l)
	}
	p.top = max(min(p.top, len(p.broken)-height), 0)
}

func blanks(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = ' '
	}
	return string(b)
}

func (p *page) draw(a cell.Area) {
	_, h := a.Size()
	for y := 0; y < h && p.top+y < len(p.broken); y++ {
		x := 0
		for _, s := range p.broken[p.top+y] {
			x = a.Text(x, y, s.style, s.text)
		}
	}
}

// bindings are the keys that move the window.
func (p *page) bindings() []Binding {
	do := func(f func()) func() []Effect { return func() []Effect { f(); return nil } }
	return []Binding{
		{Keys: []string{"down", "j"}, Show: "j ↓", Help: "down", Label: "scroll", Group: Moving, Do: do(func() { p.scroll(1) })},
		{Keys: []string{"k", "up"}, Show: "k ↑", Help: "up", Group: Moving, Do: do(func() { p.scroll(-1) })},
		{Keys: []string{"pgdown", "ctrl+f", "space"}, Show: "pgdn", Help: "page down", Group: Moving, Do: do(func() { p.scroll(p.height - 1) })},
		{Keys: []string{"pgup", "ctrl+b"}, Show: "pgup", Help: "page up", Group: Moving, Do: do(func() { p.scroll(1 - p.height) })},
		{Keys: []string{"g", "home"}, Show: "g", Help: "to the beginning", Group: Moving, Do: do(func() { p.top = 0 })},
		{Keys: []string{"G", "end"}, Show: "G", Help: "to the end", Group: Moving, Do: do(func() { p.top = len(p.broken) })},
	}
}

// text is the whole page as plain lines, made safe.
func (p *page) text() string {
	var b strings.Builder
	for _, l := range p.lines {
		for _, s := range l {
			b.WriteString(cell.Safe(s.text, false))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// arrangeLines breaks lines of one span wherever they end, and leaves their blanks as they are.
func (p *page) arrangeLines(width, height int, ascii bool) {
	p.height = height
	p.broken = p.broken[:0]
	for _, l := range p.lines {
		for _, part := range cell.Break(l[0].text, width, ascii) {
			p.broken = append(p.broken, []span{{l[0].style, part}})
		}
	}
	p.top = max(min(p.top, len(p.broken)-height), 0)
}
