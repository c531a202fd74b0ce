package plan

import (
	"fmt"
	"strings"

	"kdeck/ops/plan"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// Draw implements [pane.Screen].
func (p *Pane) Draw(a cell.Area) {
	if p.Scene.Snapshot() == nil {
		pane.DrawWaiting(a, p.Scene)
		return
	}
	if len(p.draft.stages) == 0 {
		p.drawEmpty(a)
		return
	}
	p.drawChain(a.In(p.parts.Chain))
	a.In(p.parts.Rules[0]).Rule(cell.Frame)
	p.drawNote(a.In(p.parts.Note))
	switch {
	case p.outcome == nil:
		a.Text(3, 3, cell.Faint, "planning; this changes nothing")
		return
	case p.outcome.err != nil:
		p.drawRefusal(a)
		return
	}
	for _, r := range p.parts.Rules {
		a.In(r).Rule(cell.Frame)
	}
	if !p.parts.List.Empty() {
		p.Table.Draw(a.In(p.parts.List), true, p.noRow())
	}
	a.In(p.parts.Bar).Bar(cell.Frame)
	p.drawFacts(a.In(p.parts.Facts))
	p.drawBrokers(a.In(p.parts.Brokers))
	p.summary.Draw(a.In(p.parts.Detail.Inset()))
}

func (p *Pane) noRow() string {
	switch {
	case p.Filter() != "" && !p.outcome.empty():
		return p.Empty()
	case p.outcome.dropped > 0:
		return "every change is dropped; u brings the last ones back"
	}
	return "there is nothing to change: the cluster already meets every stage"
}

// drawEmpty lists the stages that a chain may begin with.
func (p *Pane) drawEmpty(a cell.Area) {
	w, h := a.Size()
	a.Text(3, 1, cell.Strong, "No stage yet: + adds one. A plan changes nothing.")
	y := 3
	for line := range strings.Lines(plan.Usage()) {
		if y >= h {
			break
		}
		a.Fit(1, y, w-2, cell.Plain, strings.TrimRight(spelled(line, a.Theme()), "\n"), false)
		y++
	}
	a.Text(3, y+1, cell.Faint, "each also takes --topics RE and --exclude-topics RE,")
	a.Text(3, y+2, cell.Faint, "and the plan as a whole --max-moves N and --max-bytes SIZE")
}

// spelled writes a line of the usage in the theme's characters.
func spelled(line string, t *cell.Theme) string {
	if t.ASCII {
		return strings.ReplaceAll(line, "…", " ")
	}
	return line
}

// drawChain draws the stages in a line that ends at the earliest with the chosen one.
func (p *Pane) drawChain(a cell.Area) {
	w, _ := a.Size()
	ascii := a.Theme().ASCII
	x := a.Text(1, 0, cell.Heading, "CHAIN") + 1
	chips := make([]string, len(p.draft.stages))
	for i, s := range p.draft.stages {
		chips[i] = fmt.Sprintf(" %d %s ", i+1, s)
	}
	first, room := 0, w-x-2
	for {
		need := 0
		for _, c := range chips[first : p.chosen+1] {
			need += cell.Width(c, ascii) + 1
		}
		if need <= room || first == p.chosen {
			break
		}
		first++
	}
	if first > 0 {
		a.Glyph(x, 0, cell.Faint, a.Theme().Ellipsis)
	}
	x++
	for i := first; i < len(chips); i++ {
		n := cell.Width(chips[i], ascii)
		if x+n >= w && i > first {
			a.Glyph(w-1, 0, cell.Faint, a.Theme().Ellipsis)
			break
		}
		style := cell.Info
		if i == p.chosen {
			style = cell.Strong | cell.Inverse
		}
		a.Fit(x, 0, min(n, w-x-1), style, chips[i], false)
		x += n + 1
	}
}

// drawNote says which snapshot the plan was made on, and whether the planned partitions have changed since.
func (p *Pane) drawNote(a cell.Area) {
	w, _ := a.Size()
	o := p.outcome
	switch {
	case p.pending():
		text := "planning; esc cancels it"
		if p.hasPlan() {
			text += "; this is still the plan before"
		}
		a.Fit(1, 0, w-2, cell.Info, text, false)
	case p.changed != "":
		a.Fit(1, 0, w-2, cell.Warning, "R plans again: "+p.changed, false)
	default:
		done := "planned"
		if o.err != nil {
			done = "tried"
		}
		text := fmt.Sprintf("%s on the cluster of %s, %s ago; R plans again", done, pane.Clock(o.snap.Taken), p.Scene.Ago(o.snap.Taken))
		if p.saved != "" {
			text = "saved: " + p.saved + "; " + text
		}
		a.Fit(1, 0, w-2, cell.Faint, text, false)
	}
}

// drawRefusal draws why there is no plan.
func (p *Pane) drawRefusal(a cell.Area) {
	w, _ := a.Size()
	x := a.Text(3, 3, cell.Critical, "No plan: ")
	y := 3
	for _, l := range cell.Wrap(p.outcome.err.Error(), w-x-2, a.Theme().ASCII) {
		a.Text(x, y, cell.Plain, l)
		y++
	}
	a.Text(3, y+1, cell.Faint, "e edits the chosen stage, X removes it, u undoes the last change")
}

// drawFacts draws the first line of each fact.
func (p *Pane) drawFacts(a cell.Area) {
	w, h := a.Size()
	if h == 0 {
		return
	}
	for y, f := range p.outcome.facts {
		a.Text(1, y, cell.Heading, f.name)
		more := ""
		if n := len(f.lines) - 1; n > 0 {
			more = fmt.Sprintf(" +%d", n)
		}
		const label = 8
		text := f.lines[0].Text
		n := min(cell.Width(text, a.Theme().ASCII), w-label-1-len(more))
		a.Fit(label, y, n, f.lines[0].Style, text, false)
		a.Text(label+n, y, cell.Faint, more)
	}
}

// describe writes the summary: every fact, the load of the brokers, and the row under the cursor.
func (p *Pane) describe(width, height int, ascii bool) {
	if !p.hasPlan() {
		p.summary = pane.Page{}
		return
	}
	brokers := len(p.outcome.loads)
	if !p.open { // beside the list, where it can't be scrolled
		brokers = max(p.parts.Detail.H-32, 12)
	}
	if bars := (barsInput{p.outcome, p.quantity, width, brokers, ascii}); p.barsInput != bars {
		p.barsInput, p.fixed = bars, pane.Page{}
		p.describeFacts(&p.fixed)
		p.describeBrokers(&p.fixed, bars)
		p.fixed.Arrange(width, height, ascii)
	}
	current := pane.Page{}
	if r, ok := p.Table.Current(); ok {
		current.Say()
		current.Say(cell.Heading.Span(pane.PartitionName(r.id())))
		current.Fact("now", cell.Plain, view.IDs(r.before()))
		current.Fact("next", cell.Plain, view.IDs(r.after().Replicas))
		for i, stage := range p.outcome.because[r.i] {
			name := ""
			if i == 0 {
				name = "because of"
			}
			current.Fact(name, cell.Plain, stage)
		}
		current.Arrange(width, height, ascii)
	}
	p.summary.Join(&p.fixed, &current, height)
}

// describeFacts writes every line of the facts.
func (p *Pane) describeFacts(to *pane.Page) {
	for _, f := range p.outcome.facts {
		for j, l := range f.lines {
			name := ""
			if j == 0 {
				name = f.name
			}
			to.Say(cell.Heading.Span(fmt.Sprintf("%-8s", name)), l)
		}
	}
}
