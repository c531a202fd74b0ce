package requests

import (
	"strings"

	"kdeck/ops/format"
	"kdeck/ui/cell"
)

// sheet is text whose lines are kept as they are, in a window that moves over it in both directions: what stands in
// columns stays in columns.
type sheet struct {
	title     string
	lines     []cell.Span
	top, left int
	height    int
}

func (s *sheet) say(style cell.Style, text string) { s.lines = append(s.lines, style.Span(text)) }

// add adds text of many lines; of every line the style is asked.
func (s *sheet) add(text string, style func(string) cell.Style) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		s.say(style(line), line)
	}
}

func plain(string) cell.Style { return cell.Plain }

func (s *sheet) move(n int) { s.top = max(min(s.top+n, len(s.lines)-s.height), 0) }
func (s *sheet) side(n int) { s.left = max(s.left+n, 0) }

// arrange gives the sheet a window; a row of it is the title's.
func (s *sheet) arrange(height int) {
	s.height = max(height-1, 1)
	s.move(0)
}

func (s *sheet) draw(a cell.Area, focused bool) {
	w, h := a.Size()
	style := cell.Heading
	if focused {
		style |= cell.Inverse
	}
	a.Text(1, 0, style, s.title)
	for y := 1; y < h && s.top+y-1 < len(s.lines); y++ {
		l := s.lines[s.top+y-1]
		text := []rune(l.Text)
		a.Fit(1, y, w-2, l.Style, string(text[min(s.left, len(text)):]), false)
	}
	if more := len(s.lines) - s.top - s.height; more > 0 {
		t := format.Count(more, "line") + " more"
		a.Text(w-1-len(t), 0, cell.Faint, t)
	}
}
