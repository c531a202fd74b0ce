package pane

import (
	"kdeck/ops/state"
	"kdeck/ui/cell"
)

// severityWord is how a severity is written; its case tells it apart where there is neither colour nor glyph.
func SeverityWord(s state.Severity) string {
	switch s {
	case state.SeverityCritical:
		return "CRIT"
	case state.SeverityWarning:
		return "WARN"
	}
	return string(s)
}

func SeverityStyle(s state.Severity) cell.Style {
	switch s {
	case state.SeverityCritical:
		return cell.Critical
	case state.SeverityWarning:
		return cell.Warning
	case state.SeverityOK:
		return cell.OK
	}
	return cell.Info
}

func SeverityGlyph(t *cell.Theme, s state.Severity) rune {
	switch s {
	case state.SeverityCritical:
		return t.Bad
	case state.SeverityWarning:
		return t.Warn
	case state.SeverityOK:
		return t.Good
	}
	return t.Note
}

// VerdictLook is how a verdict is written: glyph, word and style.
func VerdictLook(t *cell.Theme, v state.Verdict) (glyph rune, word string, style cell.Style) {
	switch v {
	case state.VerdictHealthy:
		return t.Good, "HEALTHY", cell.OK
	case state.VerdictDegraded:
		return t.Warn, "DEGRADED", cell.Warning
	case state.VerdictCritical:
		return t.Bad, "CRITICAL", cell.Critical
	}
	return '?', "UNKNOWN", cell.Unknown
}
