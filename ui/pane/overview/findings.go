package overview

import (
	"cmp"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// finding is a row of the Overview: a finding, and how long ago it began by the scene's clock.
type finding struct {
	state.Finding
	rank  int // in the order of the State, the worst first
	since string
}

func findingColumns() []table.Column[finding] {
	text := func(head, name, help string, get func(finding) string) table.Column[finding] {
		return table.Column[finding]{Column: view.Column[finding]{Head: head, Name: name, Help: help, Cell: get,
			Compare: func(a, b finding) int { return cmp.Compare(get(a), get(b)) }}}
	}
	severity := text("SEV", "severity", "how bad it is", func(f finding) string { return pane.SeverityWord(f.Severity) })
	severity.Style = func(f finding) cell.Style { return pane.SeverityStyle(f.Severity) }
	severity.Key = func(f finding) int64 { return int64(f.rank) }
	sentence := text("FINDING", "finding", "what is wrong", func(f finding) string { return f.Sentence })
	sentence.Grow = true
	since := text("SINCE", "since", "how long ago it began", func(f finding) string { return f.since })
	since.Right = true
	since.Key = func(f finding) int64 {
		if !f.Since.Known {
			return view.NoValue
		}
		return f.Since.Value.UnixNano()
	}
	fault := text("FAULT", "fault", "whose fault it looks like", func(f finding) string { return f.Fault })
	fault.Wide = true
	leads := text("PANE", "pane", "where its rows are", func(f finding) string { return f.Pane })
	leads.Wide = true
	return []table.Column[finding]{severity, sentence, since, leads, fault}
}

// describeFinding writes all that is known of a finding.
func describeFinding(to *pane.Page, f finding) {
	to.Say(pane.SeverityStyle(f.Severity).Span(pane.SeverityWord(f.Severity)), cell.Plain.Span("  "), cell.Strong.Span(f.Sentence))
	to.Fact("about", cell.Plain, f.Scope)
	if f.Since.Known {
		to.Fact("since", cell.Plain, f.since+", "+pane.Clock(f.Since.Value))
	} else if f.Severity != state.SeverityOK {
		to.Fact("since", cell.Unknown, format.Unknown+" "+f.Since.Why)
	}
	if f.Fault != "" {
		to.Fact("fault", cell.Plain, f.Fault)
	}
	to.Fact("code", cell.Faint, f.Code)
	if len(f.Evidence) > 0 {
		to.Head("EVIDENCE")
		for _, e := range f.Evidence {
			to.Say(cell.Plain.Span("  "), cell.Plain.Span(e))
		}
	}
	if f.Next != "" {
		to.Head("NEXT")
		to.Say(cell.Plain.Span("  "), cell.Info.Span(f.Next))
	}
	if f.Pane != "" {
		to.Head("ROWS")
		to.Say(cell.Plain.Span("  "), cell.Plain.Span("enter: "+f.Pane+" "+f.Filter))
	}
}
