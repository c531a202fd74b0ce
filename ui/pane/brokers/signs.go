package brokers

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// describeSigns writes what is bad in a broker's metrics, or that nothing is.
func describeSigns(to *pane.Page, m *state.BrokerMetrics, p *health.Peers, ascii bool) {
	signs := p.Signs(m)
	for _, s := range signs {
		glyph := cell.GlyphsFor(ascii).Warn
		if s.Severity == state.SeverityCritical {
			glyph = cell.GlyphsFor(ascii).Bad
		}
		to.Say(pane.SeverityStyle(s.Severity).Span(string(glyph)+" "), cell.Plain.Span(s.Sentence))
	}
	if len(signs) > 0 {
		return
	}
	text := "threads, request times and disk reads as those of its peers"
	if !health.AllShown(m) {
		to.Say(cell.Unknown.Span(format.Unknown+" "), cell.Plain.Span("nothing stands out in what its exporter shows, which isn't all"))
		return
	}
	if !p.Enough() {
		text = "threads have time left; " + format.Count(p.Brokers, "broker") + " are too few to be peers"
	}
	to.Say(cell.OK.Span(string(cell.GlyphsFor(ascii).Good)+" "), cell.Plain.Span(text))
}

// notExported returns the kinds of metrics that the exporter ought to show and doesn't.
func notExported(m *state.BrokerMetrics) []state.Pillar {
	var missing []state.Pillar
	for _, p := range m.Coverage.Pillars {
		if p.Have == state.NotExported && p.Name != state.TenantsPillar {
			missing = append(missing, p)
		}
	}
	return missing
}

// describeSource says where metrics come from, how old they are, and what the exporter doesn't show.
func describeSource(to *pane.Page, s pane.Scene, r state.Reading[*state.BrokerMetrics], fresh bool) {
	m := r.Value
	to.Head("METRICS")
	to.Fact("from", cell.Plain, m.From)
	if m.Coverage.Dialect != "" {
		to.Fact("written by", cell.Plain, fmt.Sprintf("%s, %s", m.Coverage.Dialect, format.Count(m.Coverage.Lines, "line")))
	}
	if fresh {
		to.Fact("read", cell.Plain, pane.Clock(m.At))
	} else {
		to.Fact("read", cell.Warning, fmt.Sprintf("%s, %s before the latest look at the cluster", pane.Clock(m.At), format.Duration(s.State.Now.Sub(m.At))))
	}
	if !r.Known {
		to.Fact("last tried", cell.Unknown, pane.UnknownFor(s, r.Why, r.At))
	}
	if m.Coverage.Bad > 0 {
		to.Fact("unreadable", cell.Warning, fmt.Sprintf("%s: %s", format.Count(m.Coverage.Bad, "line"), m.Coverage.FirstBad))
	}
	missing := notExported(m)
	for _, p := range missing {
		to.Fact("not shown", cell.Unknown, p.Name+": "+p.Why)
	}
	if len(missing) > 0 {
		to.Fact("next", cell.Plain, "kdeck doctor: the rules that make the exporter show it")
	}
}
