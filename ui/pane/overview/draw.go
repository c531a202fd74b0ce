package overview

import (
	"fmt"
	"io"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// Draw implements [pane.Screen].
func (o *Pane) Draw(a cell.Area) {
	if o.Scene.Snapshot() == nil && len(o.Scene.State.Findings) == 0 {
		pane.DrawWaiting(a, o.Scene)
		return
	}
	if o.open {
		w, h := a.Size()
		o.Page.Draw(a.In(layout.Rect{X: 1, W: w - 2, H: h}))
		return
	}
	card, list := o.parts.Findings.Top(1)
	o.drawCard(a.In(card))
	o.Table.Draw(a.In(list), !o.focused, o.Empty())
	for _, r := range o.parts.Rules {
		a.In(r).Rule(cell.Frame)
	}
	for _, r := range o.parts.Bars {
		a.In(r).Bar(cell.Frame)
	}
	if o.roomy {
		in := o.parts.Brokers
		o.brokers.Draw(a.In(in), o.focused, "no broker is known")
		if y := o.brokers.Len() + 2; o.matrix.noMetrics != "" && y < in.H {
			a.In(in).Fit(1, y, in.W-2, cell.Faint, o.matrix.noMetrics, false)
		}
	} else {
		o.matrix.draw(a.In(o.parts.Brokers), o.focused)
	}
	if t := o.parts.Trends; !t.Empty() {
		o.drawTrends(a.In(t))
	}
	o.drawTenants(a.In(o.parts.Tenants))
	o.drawChanges(a.In(o.parts.Changes))
	if d := o.parts.Detail; !d.Empty() {
		o.Page.Draw(a.In(d.Inset()))
	}
}

// drawCard draws the verdict, and what it rests on in numbers.
func (o *Pane) drawCard(a cell.Area) {
	glyph, word, style := pane.VerdictMark(a.Theme(), o.Scene.State.Verdict)
	a.Glyph(1, 0, style, glyph)
	x := a.Text(3, 0, style, word+health.Headline(o.Scene.State.Findings))
	w, _ := a.Size()
	a.Fit(x+2, 0, w-x-2, cell.Plain, o.cardText(), false)
}

func (o *Pane) cardText() string {
	n := map[state.Severity]int{}
	for _, f := range o.Scene.State.Findings {
		n[f.Severity]++
	}
	var parts []string
	if c := n[state.SeverityCritical]; c > 0 {
		parts = append(parts, fmt.Sprintf("%d critical", c))
	}
	if c := n[state.SeverityWarning]; c > 0 {
		parts = append(parts, format.Count(c, "warning"))
	}
	if snap := o.Scene.Snapshot(); snap != nil {
		if u := len(snap.Unknown); u > 0 {
			parts = append(parts, format.Count(u, "thing")+" could not be read")
		}
		parts = append(parts, format.Count(snap.NumTopics(), "topic"), format.Count(snap.NumPartitions(), "partition"))
	}
	return strings.Join(parts, ", ")
}

// drawChanges lists what changed, the latest first.
func (o *Pane) drawChanges(a cell.Area) {
	_, h := a.Size()
	if h == 0 {
		return
	}
	a.Text(1, 0, cell.Heading, fmt.Sprintf("CHANGED IN THE LAST %d MINUTES", changesBack/time.Minute))
	if len(o.changes) == 0 {
		began := "nothing"
		if !o.Scene.History.Began().IsZero() {
			began = "nothing since " + pane.Clock(o.Scene.History.Began())
		}
		a.Text(3, 1, cell.Faint, began)
		return
	}
	for i, c := range o.changes {
		if i+1 >= h {
			break
		}
		a.Text(3, i+1, cell.Faint, pane.Clock(c.At))
		a.Glyph(14, i+1, pane.SeverityStyle(c.Severity), pane.SeverityGlyph(a.Theme(), c.Severity))
		a.Text(16, i+1, cell.Plain, c.Sentence)
	}
	if more := len(o.changes) - (h - 1); more > 0 && h > 1 {
		text := fmt.Sprintf("%d more", more)
		w, _ := a.Size()
		a.Text(w-len(text)-1, 0, cell.Faint, text)
	}
}

// Print implements [pane.Screen].
func (o *Pane) Print(w io.Writer, ascii bool) error {
	var b strings.Builder
	fmt.Fprintln(&b, o.cardText())
	for i := range o.Table.Len() {
		f := o.Table.Row(i)
		line := view.SeverityWord(f.Severity) + "  " + f.Sentence
		if f.Since.Known {
			line += " (since " + f.since + ")"
		}
		fmt.Fprintln(&b, cell.Safe(line, ascii))
		if f.Next != "" {
			fmt.Fprintln(&b, "      next: "+cell.Safe(f.Next, ascii))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
