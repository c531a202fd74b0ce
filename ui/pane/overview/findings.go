package overview

import (
	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// finding is a row of the Overview.
type finding struct {
	state.Finding
	rank  int    // in the order of the State, the worst first
	since string // how long ago it began, by the scene's clock
}

// findingColumns returns the columns of findings, dressed for the screen.
func findingColumns() []table.Column[finding] {
	severity := view.Text("SEV", "severity", "how bad it is: CRIT (data or service is lost), WARN (less to spare), info, or ok", func(f finding) string { return view.SeverityWord(f.Severity) })
	severity.Key = func(f finding) int64 { return int64(f.rank) }
	return table.Dress([]view.Column[finding]{
		severity,
		view.Text("FINDING", "finding", "what is wrong, in a sentence; d shows the evidence", func(f finding) string { return f.Sentence }),
		{Head: "SINCE", Name: "since", Help: "how long ago it began, as far as the cluster tells; ?? where nothing tells", Right: true, Cell: func(f finding) string { return f.since },
			Key: func(f finding) int64 {
				if !f.Since.Known {
					return view.NoValue
				}
				return f.Since.Value.UnixNano()
			}},
	}, map[string]func(*table.Column[finding]){
		"severity": func(c *table.Column[finding]) {
			c.Style = func(f finding) cell.Style { return pane.SeverityStyle(f.Severity) }
		},
		"finding": func(c *table.Column[finding]) { c.Grow = true },
	})
}

// describeFinding writes all that is known of a finding.
func describeFinding(to *pane.Page, f finding) {
	to.Say(pane.SeverityStyle(f.Severity).Span(view.SeverityWord(f.Severity)), cell.Plain.Span("  "), cell.Strong.Span(f.Sentence))
	to.Fact("about", cell.Plain, f.Scope)
	if f.Since.Known {
		to.Fact("since", cell.Plain, f.since+", "+pane.Clock(f.Since.Value))
	} else if f.Severity != state.SeverityOK {
		to.Fact("since", cell.Unknown, format.Unknown+" "+f.Since.Why)
	}
	if f.Fault != "" {
		to.Fact("fault", cell.Plain, f.Fault)
	}
	if f.ExplainedBy != "" {
		to.Fact("comes from", cell.Plain, f.ExplainedBy)
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
