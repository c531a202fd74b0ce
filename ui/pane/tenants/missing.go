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

// unknowns returns what isn't known of the usage, a line each.
func (p *Pane) unknowns() []cell.Span {
	var notes []cell.Span
	u, s := p.usage, p.Scene
	if why := s.State.LimitsUnknown(); why != "" {
		notes = append(notes, cell.Unknown.Span(format.Unknown+" limits: "+why))
	}
	var old []int32
	var oldest = health.OldAfter
	for _, id := range u.brokers {
		if age, known := s.MetricsAge(id); known && age >= health.OldAfter {
			old, oldest = append(old, id), max(oldest, age)
		}
	}
	if len(old) > 0 {
		notes = append(notes, cell.Warning.Span(fmt.Sprintf("old: the metrics of %s were read up to %s ago", brokersWord(old), format.Duration(oldest))))
	}
	for _, m := range u.missing {
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

// describeNoUsage writes why there is no usage, and what to do about it.
func (p *Pane) describeNoUsage(to *pane.Page) {
	s := p.Scene.State
	to.Say(cell.Strong.Span("What clients use isn't known."))
	if s.Metrics == nil {
		to.Say(cell.Unknown.Span(cmp.Or(s.NoMetrics, "no metrics are read")))
	}
	for _, m := range p.usage.missing {
		to.Say(cell.Unknown.Span(brokersWord(m.brokers) + ": " + m.why))
	}
	to.Head("NEXT")
	say := func(key, what, line string) {
		to.Say(cell.KeyName.Span(" "+key+" "), cell.Info.Span(fmt.Sprintf("%-17s", line)), cell.Plain.Span(what))
	}
	say("D", "shows what each exporter tells, and the rules that it lacks", ":doctor")
	say("O", "counts every client's thread time, and throttles nobody", ":quota observe")
	to.Say(cell.Plain.Span("   "), cell.Plain.Span("in config.yaml: metrics: {prometheus: \"http://{host}:9404/metrics\"}"))
}
