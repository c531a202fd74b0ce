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
	p := &o.parts
	o.drawCard(a.In(p.Card))
	o.Table.Draw(a.In(p.Findings), !o.focused, o.Empty())
	for _, r := range p.Rules {
		a.In(r).Rule(cell.Frame)
	}
	for _, r := range p.Bars {
		a.In(r).Bar(cell.Frame)
	}
	if o.roomy {
		o.brokers.Draw(a.In(p.Brokers), o.focused, "no broker is known")
	} else {
		o.matrix.draw(a.In(p.Brokers), o.focused)
	}
	if !p.Trends.Empty() {
		o.drawTrends(a.In(p.Trends))
	}
	if !p.Detail.Empty() {
		o.drawDetail(a.In(p.Detail.Inset()))
	}
	if !p.Banded {
		o.drawChanges(a.In(p.Changes))
		return
	}
	title := func(r layout.Rect, text string) {
		if !r.Empty() {
			a.Fit(r.X+1, r.Y-1, min(r.W-2, len(text)+2), cell.Heading, " "+text+" ", false)
		}
	}
	title(p.Findings, "FINDINGS")
	title(p.Detail, "EVIDENCE")
	title(p.Brokers, "BROKERS")
	if o.roomy && o.matrix.noMetrics != "" {
		title(p.Brokers, "BROKERS, "+o.matrix.noMetrics)
	} else if o.roomy && o.metered {
		title(p.Brokers, "BROKERS; "+view.IdleShares)
	}
	if !p.Charts.Empty() {
		o.charts.draw(a)
		title(p.Charts, o.charts.title())
	}
	o.drawTenants(a.In(p.Tenants))
	title(p.Tenants, "TENANTS, each on the broker where it stands worst")
	o.drawGroups(a.In(p.Groups))
	title(p.Groups, "GROUPS, records to read, how old")
	o.listChanges(a.In(p.Changes))
	title(p.Changes, o.changesTitle())
}

// drawDetail draws what is known of a finding, and how to see the rest where there is no room for all.
func (o *Pane) drawDetail(a cell.Area) {
	o.Page.Draw(a)
	w, h := a.Size()
	if more := o.Page.Rows() - h; more > 0 {
		a.Fit(0, h-1, w, cell.Faint, fmt.Sprintf("d: %s more", format.Count(more+1, "line")), false)
	}
}

// drawCard draws the verdict, and what it rests on in numbers.
func (o *Pane) drawCard(a cell.Area) {
	glyph, word, style := pane.VerdictMark(a.Theme(), o.Scene.State.Verdict)
	a.Glyph(1, 0, style, glyph)
	x := a.Text(3, 0, style, word+health.Headline(o.Scene.State))
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

func (o *Pane) changesTitle() string {
	return fmt.Sprintf("CHANGED IN THE LAST %d MINUTES", changesBack/time.Minute)
}

// drawChanges lists what changed under a heading.
func (o *Pane) drawChanges(a cell.Area) {
	w, h := a.Size()
	if h == 0 {
		return
	}
	a.Text(1, 0, cell.Heading, o.changesTitle())
	if more := len(o.changes) - (h - 1); more > 0 && h > 1 {
		text := fmt.Sprintf("%d more", more)
		a.Text(w-len(text)-1, 0, cell.Faint, text)
	}
	o.listChanges(a.In(layout.Rect{Y: 1, W: w, H: h - 1}))
}

// listChanges lists what changed, the latest first.
func (o *Pane) listChanges(a cell.Area) {
	w, h := a.Size()
	if len(o.changes) == 0 {
		began := "nothing"
		if !o.Scene.History.Began().IsZero() {
			began = "nothing since " + pane.Clock(o.Scene.History.Began())
		}
		a.Text(1, 0, cell.Faint, began)
		return
	}
	for i, c := range o.changes {
		if i >= h {
			break
		}
		a.Text(1, i, cell.Faint, pane.Clock(c.At))
		a.Glyph(12, i, pane.SeverityStyle(c.Severity), pane.SeverityGlyph(a.Theme(), c.Severity))
		a.Fit(14, i, w-15, cell.Plain, c.Sentence, false)
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
