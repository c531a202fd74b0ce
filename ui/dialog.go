package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/cell"
	"kdeck/ui/layout"
)

// dialog is a question that has to be answered before anything else. Enter alone never agrees: the user has to type the
// phrase exactly, or to choose the second button, which is not chosen at first.
type dialog struct {
	title   string
	lines   []string
	phrase  string // to be typed; "": there are two buttons, cancel and yes
	yes     string // the text of the second button
	writes  bool   // it asks for a change of the cluster, which needs the read-write window
	do      func(typed string) tea.Cmd
	typed   []rune
	chosen  bool      // yes is chosen
	refused string    // why the last answer was refused
	expires time.Time // on the screen's clock; zero: never
}

// dialogFor is how long the user has to type a phrase: after that the cluster may differ from what the dialog says.
const dialogFor = time.Minute

func (a *app) dialogKey(msg tea.KeyPressMsg) tea.Cmd {
	d := a.dialog
	d.refused = ""
	switch name := msg.String(); {
	case name == "esc", name == "q" && d.phrase == "":
		a.dialog = nil
	case name == "enter":
		return a.answer()
	case d.phrase == "":
		switch name {
		case "tab", "shift+tab", "left", "right", "h", "l":
			d.chosen = !d.chosen
		}
	case name == "backspace":
		d.typed = d.typed[:max(len(d.typed)-1, 0)]
	case name == "ctrl+u":
		d.typed = nil
	case msg.Text != "" && len(d.typed) < 2*len(d.phrase)+20:
		d.typed = append(d.typed, []rune(msg.Text)...)
	}
	return nil
}

func (a *app) answer() tea.Cmd {
	a.expire() // it may be too old before the next tick closes it
	d := a.dialog
	switch {
	case d == nil:
		return nil
	case d.phrase == "" && !d.chosen:
		a.dialog = nil
		return nil
	case d.phrase != "" && string(d.typed) != d.phrase:
		d.refused = "that is not the phrase"
		return nil
	}
	a.dialog = nil
	return d.do(string(d.typed))
}

// expire closes the dialog if its time is over.
func (a *app) expire() {
	if d := a.dialog; d != nil && !d.expires.IsZero() && a.clock.now().After(d.expires) {
		a.dialog = nil
		a.fail(d.title + " expired: nothing was done")
	}
}

func (d *dialog) draw(g *cell.Grid, body layout.Rect) {
	const most = 72
	w := min(most, body.W)
	var lines []string
	for _, l := range d.lines {
		lines = append(lines, cell.Wrap(l, w-6, g.Theme().ASCII)...)
	}
	box := drawBox(g, body.Centered(w, len(lines)+6), d.title, cell.Critical)
	for y, l := range lines {
		box.Text(1, y, cell.Plain, l)
	}
	y := len(lines) + 1
	if d.phrase == "" {
		x := d.button(box, 1, y, "cancel", !d.chosen)
		d.button(box, x+2, y, d.yes, d.chosen)
		box.Text(1, y+1, cell.Faint, "tab chooses, enter answers, esc cancels")
		return
	}
	x := box.Text(1, y, cell.Plain, "Type ")
	x = box.Text(x, y, cell.Strong, d.phrase)
	box.Text(x, y, cell.Plain, " or esc")
	x = box.Text(1, y+1, cell.Input, "> "+string(d.typed))
	box.Text(x, y+1, cell.Input|cell.Inverse, " ")
	if d.refused != "" {
		box.Text(x+2, y+1, cell.Critical, d.refused)
	}
}

func (d *dialog) button(box cell.Area, x, y int, text string, chosen bool) int {
	style := cell.Plain
	if chosen {
		style = cell.Strong | cell.Inverse
	}
	return box.Text(x, y, style, "[ "+text+" ]")
}

// drawBox clears a rectangle, draws a frame around it and returns its inside.
func drawBox(g *cell.Grid, r layout.Rect, title string, style cell.Style) cell.Area {
	a := g.In(r)
	a.Clear(cell.Plain)
	w, h := a.Size()
	t := g.Theme()
	for _, y := range []int{0, h - 1} {
		a.Fill(1, y, w-2, style, t.Horizontal)
	}
	for y := 1; y < h-1; y++ {
		a.Glyph(0, y, style, t.Vertical)
		a.Glyph(w-1, y, style, t.Vertical)
	}
	for i, at := range [4][2]int{{0, 0}, {w - 1, 0}, {0, h - 1}, {w - 1, h - 1}} {
		a.Glyph(at[0], at[1], style, t.Corners[i])
	}
	if title != "" {
		a.In(layout.Rect{X: 2, W: w - 4, H: 1}).Text(0, 0, style, " "+title+" ")
	}
	return a.In(layout.Rect{X: 1, Y: 1, W: w - 2, H: h - 2})
}
