package ui

import (
	"errors"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
)

// plainWidth is wide enough for the whole header.
const plainWidth = 400

// printOnce waits for the first answer, and prints the header and the pane as plain text.
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
		a.runNow(a.see(stateMsg{s, past}))
	}
	if a.crash != nil {
		return a.crashed()
	}
	theme, _ := cell.NewTheme("mono", a.term.theme.ASCII)
	g := cell.NewGrid(plainWidth, 1, theme)
	a.drawHeader(g.In(layout.Rect{W: plainWidth, H: 1}))
	masked := a.opt.Mask.Writer(out)
	if _, err := io.WriteString(masked, strings.TrimLeft(g.Text(), " ")+"\n"); err != nil {
		return err
	}
	return errors.Join(a.panes[a.at].Print(masked, theme.ASCII), masked.Close())
}

// runNow runs a command and what follows from it before it returns.
func (a *app) runNow(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			a.runNow(c)
		}
	default:
		a.runNow(a.handle(msg))
	}
}
