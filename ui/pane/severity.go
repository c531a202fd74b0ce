package pane

import (
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
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

// StandingStyle is how a client's standing is written.
func StandingStyle(s tenant.Standing) cell.Style {
	switch severity := health.OfTenant(s); {
	case severity == "":
		return cell.Unknown
	case s == tenant.Unlimited:
		return cell.Faint
	default:
		return SeverityStyle(severity)
	}
}

// FigureStyle is how a figure of a broker is written: only what is bad has a colour.
func FigureStyle(s state.Severity) cell.Style {
	switch s {
	case state.SeverityOK:
		return cell.Plain
	case "":
		return cell.Unknown
	}
	return SeverityStyle(s)
}
