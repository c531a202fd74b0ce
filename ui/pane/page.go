package pane

import (
	"strings"

	"kdeck/ui/cell"
)

// page is text that is longer than its window: a detail, the output of a command.
type Page struct {
	Lines  [][]cell.Span // one paragraph each; broken to the window's width by arrange
	Broken [][]cell.Span
	Top    int
	Height int
}

// say adds a line.
func (p *Page) Say(spans ...cell.Span) { p.Lines = append(p.Lines, spans) }

// head adds a blank line and a heading.
func (p *Page) Head(text string) {
	if len(p.Lines) > 0 {
		p.Say()
	}
	p.Say(cell.Heading.Span(text))
}

// fact adds a name and what stands for it.
func (p *Page) Fact(name string, style cell.Style, text string) {
	const column = 14
	p.Say(cell.Faint.Span(name+Blanks(max(column-len(name), 0))), style.Span(text))
}

// scroll moves the window by n lines.
func (p *Page) scroll(n int) { p.Top += n }

// arrange breaks the lines to the width. Only a line of a single span, or the last span of a line, is broken.
func (p *Page) Arrange(width, height int, ascii bool) {
	p.Height = height
	p.Broken = p.Broken[:0]
	for _, l := range p.Lines {
		if len(l) == 0 {
			p.Broken = append(p.Broken, nil)
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
					p.Broken = append(p.Broken, append(append([]cell.Span{}, l[:len(l)-1]...), last.Style.Span(part)))
					continue
				}
				p.Broken = append(p.Broken, []cell.Span{cell.Plain.Span(Blanks(indent)), last.Style.Span(part)})
			}
			continue
		}
		p.Broken = append(p.Broken, l)
	}
	p.Top = max(min(p.Top, len(p.Broken)-height), 0)
}

func Blanks(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = ' '
	}
	return string(b)
}

func (p *Page) Draw(a cell.Area) {
	_, h := a.Size()
	for y := 0; y < h && p.Top+y < len(p.Broken); y++ {
		x := 0
		for _, s := range p.Broken[p.Top+y] {
			x = a.Text(x, y, s.Style, s.Text)
		}
	}
}

// bindings are the keys that move the window.
func (p *Page) Bindings() []Binding {
	do := func(f func()) func() []Effect { return func() []Effect { f(); return nil } }
	return []Binding{
		{Keys: []string{"down", "j"}, Show: "j ↓", Help: "down", Label: "scroll", Group: Moving, Do: do(func() { p.scroll(1) })},
		{Keys: []string{"k", "up"}, Show: "k ↑", Help: "up", Group: Moving, Do: do(func() { p.scroll(-1) })},
		{Keys: []string{"pgdown", "ctrl+f", "space"}, Show: "pgdn", Help: "page down", Group: Moving, Do: do(func() { p.scroll(p.Height - 1) })},
		{Keys: []string{"pgup", "ctrl+b"}, Show: "pgup", Help: "page up", Group: Moving, Do: do(func() { p.scroll(1 - p.Height) })},
		{Keys: []string{"g", "home"}, Show: "g", Help: "to the beginning", Group: Moving, Do: do(func() { p.Top = 0 })},
		{Keys: []string{"G", "end"}, Show: "G", Help: "to the end", Group: Moving, Do: do(func() { p.Top = len(p.Broken) })},
	}
}

// text is the whole page as plain lines, made safe.
func (p *Page) Text() string {
	var b strings.Builder
	for _, l := range p.Lines {
		for _, s := range l {
			b.WriteString(cell.Safe(s.Text, false))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// arrangeLines breaks lines of one span wherever they end, and leaves their blanks as they are.
func (p *Page) arrangeLines(width, height int, ascii bool) {
	p.Height = height
	p.Broken = p.Broken[:0]
	for _, l := range p.Lines {
		for _, part := range cell.Break(l[0].Text, width, ascii) {
			p.Broken = append(p.Broken, []cell.Span{l[0].Style.Span(part)})
		}
	}
	p.Top = max(min(p.Top, len(p.Broken)-height), 0)
}
