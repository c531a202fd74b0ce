package view

import "kdeck/ops/state"

// SeverityWord writes a severity. Bad ones are in capitals, to be told apart where there is neither colour nor glyph.
func SeverityWord(s state.Severity) string {
	switch s {
	case state.SeverityCritical:
		return "CRIT"
	case state.SeverityWarning:
		return "WARN"
	}
	return string(s)
}
