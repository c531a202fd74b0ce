package pane

import (
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ui/cell"
)

// SeverityStyle returns the style of a severity.
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

// SeverityGlyph returns the glyph of a severity.
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

// VerdictMark returns how a verdict is written: a glyph, a word and their style.
func VerdictMark(t *cell.Theme, v state.Verdict) (glyph rune, word string, style cell.Style) {
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

// StandingStyle returns the style of a client's standing towards its quota.
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

// FigureStyle returns the style of a broker's figure. Only what is bad has a colour.
func FigureStyle(s state.Severity) cell.Style {
	switch s {
	case state.SeverityOK:
		return cell.Plain
	case "":
		return cell.Unknown
	}
	return SeverityStyle(s)
}

// IdleStyle returns the style of an idle share, from 0 to 1, that is judged without regard to other brokers.
func IdleStyle(idle float64) cell.Style { return FigureStyle(health.Idle(idle)) }

// IdlePeerStyle returns the style of a broker's idle share, judged by itself and by those of its peers.
func IdlePeerStyle(p *health.Peers, broker int32, figure string, r state.Reading[float64]) cell.Style {
	return FigureStyle(p.Idle(broker, figure, r))
}

// PeerStyle returns the style of a broker's figure, judged by those of its peers.
func PeerStyle(p *health.Peers, broker int32, figure string) cell.Style {
	return FigureStyle(p.Figure(broker, figure))
}
