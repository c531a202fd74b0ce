package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/format"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// compose draws the screen into the grid and makes the view of it. Update calls it at its end; View only returns the view.
func (a *app) compose() {
	if a.width <= 0 || a.height <= 0 {
		a.view = tea.View{AltScreen: true}
		return
	}
	a.frame = layout.Compute(a.width, a.height)
	theme := a.term.theme
	a.grid.Reset(a.width, a.height, theme)
	a.drawHeader(a.grid.In(a.frame.Header))
	if a.frame.Tiny {
		a.drawTiny(a.grid.In(a.frame.Body))
	} else {
		a.drawBody()
	}
	a.grid.Hide(a.opt.Mask.Cells)
	a.content = a.grid.AppendANSI(a.content[:0])
	a.view = tea.View{Content: string(a.content), AltScreen: true, WindowTitle: "kdeck " + cell.Safe(a.opt.Mask.Text(a.shown.Context), true)}
	a.view.Cursor = a.cursor()
	if a.mouse {
		a.view.MouseMode = tea.MouseModeCellMotion
	}
}

func (a *app) drawBody() {
	g, f := a.grid, a.frame
	a.drawTabs(g.In(f.Tabs))
	a.drawRule(g.In(f.Rule))
	if a.output != nil {
		a.output.arrange(f.Body, g.Theme().ASCII)
		a.output.draw(g.In(f.Body))
	} else {
		p := a.panes[a.at]
		p.Arrange(f.Body.W, f.Body.H, g.Theme().ASCII)
		p.Draw(g.In(f.Body))
	}
	a.drawPrompt(g.In(f.Prompt))
	a.drawKeys(g.In(f.Keys))
	a.drawOffers(g)
	if a.help != nil {
		a.help.draw(g, f.Body)
	}
	if a.dialog != nil {
		a.dialog.draw(g, f.Body)
	}
}

// drawTiny draws the worst finding on a terminal that is too small for anything else.
func (a *app) drawTiny(area cell.Area) {
	w, _ := area.Size()
	text := fmt.Sprintf("%dx%d is too small, %dx%d is needed", a.width, a.height, layout.MinWidth, layout.MinHeight)
	if fs := a.shown.Findings; len(fs) > 0 {
		text = fs[0].Sentence + " (" + text + ")"
	}
	for y, l := range cell.Wrap(text, w, area.Theme().ASCII) {
		area.Text(0, y, cell.Plain, l)
	}
}

// cursor returns where the terminal's cursor is: in the line being typed.
func (a *app) cursor() *tea.Cursor {
	if a.prompt.mode == notTyping || a.frame.Tiny || a.dialog != nil {
		return nil
	}
	x, _ := a.promptWindow()
	return tea.NewCursor(min(x, a.width-1), a.frame.Prompt.Y)
}

// promptWindow returns the cursor's column, and the part of the line that is visible.
func (a *app) promptWindow() (cursor int, text string) {
	ascii := a.term.theme.ASCII
	runes := []rune(a.prompt.input.Value())
	pos := min(a.prompt.input.Position(), len(runes))
	first := 0
	lead := 1 + cell.Width(a.prompt.sign(), ascii)
	for first < pos && lead+cell.Width(string(runes[first:pos]), ascii) > a.width-2 {
		first++
	}
	return lead + cell.Width(string(runes[first:pos]), ascii), string(runes[first:])
}

func (a *app) drawPrompt(area cell.Area) {
	w, _ := area.Size()
	switch {
	case a.prompt.mode != notTyping:
		x := area.Text(1, 0, cell.Input, a.prompt.sign())
		_, text := a.promptWindow()
		area.Text(x, 0, cell.Input, text)
	case a.toast.text != "":
		glyph, style := area.Theme().Note, cell.Info
		if a.toast.bad {
			glyph, style = area.Theme().Bad, cell.Critical
		}
		area.Glyph(1, 0, style, glyph)
		area.Fit(3, 0, w-4, cell.Plain, a.toast.text, false)
	case len(a.running) > 0:
		area.Glyph(1, 0, cell.Warning, area.Theme().Note)
		area.Fit(3, 0, w-4, cell.Warning, "running "+a.running[0].line+"; the Moves pane shows what is in flight", false)
	case a.stopped != "":
		area.Glyph(1, 0, cell.Critical, area.Theme().Bad)
		area.Fit(3, 0, w-4, cell.Critical, "polling has ended: "+a.stopped, false)
	case a.shown.Failed != "":
		text := "the last poll failed: " + a.shown.Failed
		if a.single() {
			text = "the last look failed: " + a.shown.Failed
		}
		if a.shown.Snapshot == nil && a.stay.before != "" {
			text = "no answer; :ctx - goes back to " + a.stay.before
		}
		area.Glyph(1, 0, cell.Critical, area.Theme().Bad)
		area.Fit(3, 0, w-4, cell.Critical, text, false)
	case a.single():
		area.Fit(1, 0, w-2, cell.Faint, machineCost(a.shown.Host), false)
	default:
		s := a.shown.Spent
		area.Fit(1, 0, w-2, cell.Faint, fmt.Sprintf("kdeck's own load: %.1f requests/s, %s in all, %s", s.PerSecond, format.Thousands(s.Requests), format.Bytes(s.Bytes)), false)
	}
}

// drawKeys draws the key line: as many keys as there is room for, and always the one of the help.
func (a *app) drawKeys(area cell.Area) {
	w, _ := area.Size()
	line := a.lineBindings()
	ascii := area.Theme().ASCII
	size := func(b binding) int { return cell.Width(b.Keys[0]+" "+b.Label, ascii) }
	room := w - 1
	for _, b := range line {
		if b.Keys[0] == "?" {
			room -= size(b) + 2
		}
	}
	x := 1
	taken := map[string]bool{}
	for _, b := range line {
		if b.Label == "" || b.Disabled != "" || taken[b.Keys[0]] {
			continue
		}
		taken[b.Keys[0]] = true
		if b.Keys[0] != "?" && x+size(b) > room {
			continue
		}
		x = area.Text(x, 0, cell.KeyName, b.Keys[0])
		x = area.Text(x+1, 0, cell.Faint, b.Label) + 2
	}
}

// lineBindings returns the bindings of whatever has the focus, for the key line.
func (a *app) lineBindings() []binding {
	line := func(pairs ...string) []binding {
		var out []binding
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, binding{Binding: pane.Binding{Keys: []string{pairs[i]}, Label: pairs[i+1]}})
		}
		return out
	}
	switch {
	case a.dialog != nil:
		return line("esc", "cancel")
	case a.prompt.mode == typingCommand:
		return line("enter", "run", "tab", "complete", "up", "history", "esc", "cancel")
	case a.prompt.mode == typingFilter:
		return line("enter", "filter", "esc", "cancel")
	case a.prompt.mode == typingField:
		return line("enter", "done", "tab", "complete", "esc", "cancel")
	case a.help != nil:
		return line("esc", "close", "down", "more")
	}
	return a.bindings()
}
