package requests

import (
	"fmt"
	"strings"

	"kdeck/ui/pane"

	"kdeck/protocol"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
)

// Arrange implements [pane.Screen].
func (r *Pane) Arrange(width, height int, ascii bool) {
	r.ascii = ascii
	if r.open != nil {
		r.places = layout.ComputeRequests(layout.Rect{W: width, H: height})
		r.open.arrange(r.places)
		return
	}
	r.List.Arrange(width, height, ascii)
}

// formRest is how many rows of the form its title and what is said of the row take.
const formRest = 6

func (o *openRequest) arrange(at layout.Requests) {
	form := at.Form
	if !at.Single.Empty() {
		form = at.Single
	}
	o.height = max(form.H-formRest, 1)
	o.top = max(min(o.top, o.at), o.at-o.height+1)
	o.top = max(min(o.top, len(o.rows)-o.height), 0)
	if o.shown == nil {
		return
	}
	heights := [parts]int{partAnswer: at.Answer.H, partDifferences: at.Differences.H, partBytes: at.Bytes.H, partNodes: at.Nodes.H}
	for p := partAnswer; p <= partNodes; p++ {
		if at.Answer.Empty() {
			heights[p] = at.Single.H + at.Beside.H
		}
		o.shown.sheets[p].arrange(heights[p])
	}
}

// Draw implements [pane.Screen].
func (r *Pane) Draw(a cell.Area) {
	if r.open == nil {
		r.List.Draw(a)
		return
	}
	at, o := r.places, r.open
	for _, bar := range at.Bars {
		a.In(bar).Bar(cell.Frame)
	}
	for _, rule := range at.Rules {
		a.In(rule).Rule(cell.Frame)
	}
	r.drawPart(a.In(at.Single), o.focus)
	r.drawPart(a.In(at.Form), partForm)
	r.drawPart(a.In(at.Beside), o.side)
	middle := partAnswer
	if o.focus == partHistory {
		middle = partHistory
	}
	r.drawPart(a.In(at.Answer), middle)
	r.drawPart(a.In(at.Differences), partDifferences)
	r.drawPart(a.In(at.Nodes), partNodes)
	r.drawPart(a.In(at.Bytes), partBytes)
}

var partTitles = [parts]string{partAnswer: "Answer", partDifferences: "Differences between nodes", partBytes: "Bytes", partNodes: "Nodes and timing"}

// drawPart draws a part into an area, which may be empty.
func (r *Pane) drawPart(a cell.Area, p part) {
	w, h := a.Size()
	if w == 0 || h == 0 {
		return
	}
	o := r.open
	focused := o.focus == p
	switch {
	case p == partForm:
		r.drawForm(a, focused)
	case p == partHistory:
		r.drawHistory(a)
	case o.shown != nil:
		o.shown.sheets[p].draw(a, focused)
	default:
		a.Text(1, 0, cell.Heading, partTitles[p])
		text := "nothing was sent yet; s sends the request"
		if r.asking != nil && r.asking == o.asked {
			text = "asking " + r.asking.to + "; esc gives up"
		}
		a.Text(1, 1, cell.Faint, text)
	}
}

func (r *Pane) drawForm(a cell.Area, focused bool) {
	w, h := a.Size()
	o := r.open
	title := cell.Heading
	if focused {
		title |= cell.Inverse
	}
	x := a.Text(1, 0, title, fmt.Sprintf("%s v%d", o.api.Name, o.message.Version))
	style, does := cell.OK, "only reads: s sends it"
	if o.effect.Class != protocol.ClassRO {
		style, does = cell.Warning, o.effect.String()+"; s puts the command behind :"
	}
	a.Fit(x+2, 0, w-x-3, style, does, false)

	wide := 12
	for i := o.top; i < min(o.top+o.height, len(o.rows)); i++ {
		wide = max(wide, len(o.rows[i].label))
	}
	wide = min(wide, (w-4)*3/5)
	for y := 0; y < o.height && o.top+y < len(o.rows); y++ {
		row := o.rows[o.top+y]
		style, value := cell.Plain, row.value
		name := cell.Plain
		switch {
		case row.kind == formTo && value == "":
			style, value = cell.Warning, "to which nodes?"
		case row.typed:
			style = cell.Strong
		case row.kind == formNext, row.kind == formList && value == "":
			style, name, value = cell.Faint, cell.Faint, row.field.Type()+" "+row.field.Entity
		}
		a.Fit(2, y+1, wide, name, row.label, false)
		a.Fit(wide+4, y+1, w-wide-5, style, value, false)
		if o.top+y == o.at {
			if focused {
				a.Flag(y+1, cell.Selected)
			}
			a.Glyph(0, y+1, cell.Strong, a.Theme().Cursor)
		}
	}
	y := h - formRest + 2
	text, style := o.about(o.rows[o.at]), cell.Faint
	if o.asked != nil && o.asked.error != "" {
		text, style = o.asked.error, cell.Critical
	}
	for i, l := range cell.Wrap(text, w-3, a.Theme().ASCII) {
		if i < formRest-2 {
			a.Text(2, y+i, style, l)
		}
	}
}

func (r *Pane) drawHistory(a cell.Area) {
	w, h := a.Size()
	a.Text(1, 0, cell.Heading|cell.Inverse, "Sent in this session")
	first := max(r.back-h+3, 0)
	for y := 1; y < h && first+y-1 < len(r.history); y++ {
		back := first + y - 1
		e := r.history[len(r.history)-1-back]
		style := cell.Plain
		if e.error != "" {
			style = cell.Critical
		}
		a.Fit(2, y, w-3, style, fmt.Sprintf("%s  %s --to %s  (%s)", e.at.UTC().Format("15:04:05Z"), strings.Join(e.words, " "), e.to, e.what), false)
		if back == r.back {
			a.Flag(y, cell.Selected)
			a.Glyph(0, y, cell.Strong, a.Theme().Cursor)
		}
	}
}

// copyPart copies the part in focus, made safe.
func (o *openRequest) copyPart() []pane.Effect {
	if o.shown == nil {
		return nil
	}
	var b strings.Builder
	for _, l := range o.shown.sheets[o.focus].lines {
		b.WriteString(cell.Safe(l.Text, false))
		b.WriteByte('\n')
	}
	return []pane.Effect{pane.Copy{Text: b.String(), What: "the " + partWords[o.focus]}}
}
