package ui

import (
	"errors"
	"io"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// The size of what is printed where there is no terminal: wide enough that no column is left out.
const (
	plainWidth   = 200
	plainMinRows = 60
	plainMaxRows = 1_000
)

// printOnce waits for the first answer, prints the pane as plain text, and ends. Long panes are cut after
// plainMaxRows rows: the command of the same name writes them all.
func (a *app) printOnce(out io.Writer) error {
	var seq uint64
	for a.shown.Snapshot == nil {
		s, err := a.opt.States.Next(a.ctx, seq)
		if err != nil {
			return err
		}
		if s.Snapshot == nil && s.Failed != "" {
			return errors.New(s.Failed)
		}
		seq = s.Seq
		a.latest, a.shown = s, s
		a.clock.restart(s)
	}
	a.history.Add(a.shown.Snapshot)
	theme, _ := cell.NewTheme("mono", a.term.theme.ASCII)
	p := a.panes[a.at]
	for _, e := range p.See(a.scene()) {
		if w, ok := e.(pane.Work); ok {
			w.Run()()
		}
	}
	rows := plainMinRows
	if r, ok := p.(interface{ Rows() int }); ok {
		rows = min(max(rows, r.Rows()), plainMaxRows)
	}
	g := cell.NewGrid(plainWidth, rows+3, theme)
	a.drawHeader(g.In(layout.Rect{W: plainWidth, H: 1}))
	body := layout.Rect{Y: 2, W: plainWidth, H: rows + 1}
	p.Arrange(body.W, body.H, theme.ASCII)
	p.Draw(g.In(body))
	_, err := io.WriteString(out, trimEnd(g.Text()))
	return err
}

// trimEnd takes blank lines away from the end.
func trimEnd(s string) string {
	end := len(s)
	for end > 1 && s[end-1] == '\n' && s[end-2] == '\n' {
		end--
	}
	return s[:end]
}
