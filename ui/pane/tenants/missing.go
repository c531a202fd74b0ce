package tenants

import (
	"cmp"
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// notes are what isn't known beside the list, a line each.
func (p *Pane) notes() []cell.Span {
	var notes []cell.Span
	b, s := p.board, p.Scene
	if b.custom != "" {
		notes = append(notes, cell.Unknown.Span(format.Unknown+" limits: the cluster's own "+b.custom+" decides on quotas"))
	} else if q := s.State.Quotas; !q.Known {
		notes = append(notes, cell.Unknown.Span(format.Unknown+" limits: "+cmp.Or(q.Why, "the quota records aren't known")))
	}
	var old []int32
	var oldest = health.OldAfter
	for _, id := range b.brokers {
		if age, known := s.MetricsAge(id); known && age >= health.OldAfter {
			old, oldest = append(old, id), max(oldest, age)
		}
	}
	if len(old) > 0 {
		notes = append(notes, cell.Warning.Span(fmt.Sprintf("old: metrics of %s were read up to %s ago", brokersWord(old), format.Duration(oldest))))
	}
	for _, m := range b.missing {
		notes = append(notes, cell.Unknown.Span(format.Unknown+" "+brokersWord(m.brokers)+": "+m.why))
	}
	return notes
}

func brokersWord(ids []int32) string {
	if len(ids) == 1 {
		return "broker " + view.IDs(ids)
	}
	return "brokers " + view.IDs(ids)
}

func drawNotes(a cell.Area, notes []cell.Span) {
	w, h := a.Size()
	for y := range min(h, len(notes)) {
		text := notes[y].Text
		if more := len(notes) - h; y == h-1 && more > 0 {
			text = fmt.Sprintf("and %s more: %s", format.Count(more+1, "reason"), text)
		}
		a.Fit(1, y, w-2, notes[y].Style, text, false)
	}
}

// describeNoUse says why there are no rows, and what to do about it.
func (p *Pane) describeNoUse(to *pane.Page) {
	s := p.Scene.State
	to.Say(cell.Strong.Span("What clients use isn't known."))
	if s.Metrics == nil {
		to.Say(cell.Unknown.Span(cmp.Or(s.NoMetrics, "no metrics are read")))
	}
	for _, m := range p.board.missing {
		to.Say(cell.Unknown.Span(brokersWord(m.brokers) + ": " + m.why))
	}
	to.Head("NEXT")
	say := func(key, what, line string) {
		to.Say(cell.KeyName.Span(" "+key+" "), cell.Info.Span(fmt.Sprintf("%-17s", line)), cell.Plain.Span(what))
	}
	say("D", "what exporters show of each broker, and the rules to paste", ":doctor")
	say("O", "counts every client's thread time, and holds nobody back", ":quota observe")
	to.Say(cell.Plain.Span("   "), cell.Plain.Span("in config.yaml: metrics: {prometheus: \"http://{host}:9404/metrics\"}"))
}
