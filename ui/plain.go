package ui

import (
	"errors"
	"io"
	"strings"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// plainWidth is room for the whole header where there is no terminal to fit it into.
const plainWidth = 400

// printOnce waits for the first answer, prints the header and the pane as plain text, and ends.
func (a *app) printOnce(out io.Writer) error {
	var seq uint64
	for a.shown.Snapshot == nil {
		s, past, err := a.opt.States.Next(a.ctx, seq)
		if err != nil {
			return err
		}
		if s.Snapshot == nil && s.Failed != "" {
			return errors.New(s.Failed)
		}
		seq = s.Seq
		a.shown, a.history = s, past
		a.clock.restart(s, a.clock.ticks)
	}
	p := a.panes[a.at]
	for _, e := range p.See(a.scene()) {
		if w, ok := e.(pane.Work); ok {
			w.Run()()
		}
	}
	theme, _ := cell.NewTheme("mono", a.term.theme.ASCII)
	g := cell.NewGrid(plainWidth, 1, theme)
	a.drawHeader(g.In(layout.Rect{W: plainWidth, H: 1}))
	if _, err := io.WriteString(out, strings.TrimLeft(g.Text(), " ")+"\n"); err != nil {
		return err
	}
	return p.Print(out, theme.ASCII)
}
