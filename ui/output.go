package ui

import (
	"fmt"
	"strings"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// output shows what a command wrote, in place of the pane.
type output struct {
	line string
	exit int
	text pane.Text

	under *output // which it covers; nil: the pane
}

func newOutput(line, text string, exit int) *output {
	o := &output{line: line, exit: exit}
	for l := range strings.Lines(text) {
		o.text.Line(strings.TrimRight(l, "\r\n"))
	}
	if text == "" {
		o.text.Line("(no output)")
	}
	return o
}

func (o *output) bindings() []pane.Binding { return o.text.Bindings() }

func (o *output) title() string {
	if o.exit != 0 {
		return fmt.Sprintf("%s: exit %d", o.line, o.exit)
	}
	return o.line
}

func (o *output) arrange(body layout.Rect, ascii bool) { o.text.Arrange(body.W-2, body.H, ascii) }

func (o *output) draw(a cell.Area) {
	w, h := a.Size()
	o.text.Draw(a.In(layout.Rect{X: 1, W: w - 2, H: h}))
}
