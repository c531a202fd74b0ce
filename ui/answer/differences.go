package answer

import (
	"fmt"
	"strings"

	"kdeck/protocol/message"
)

// mostDifferences is how many fields are shown that two answers have otherwise.
const mostDifferences = 200

// Differences writes what two messages have otherwise, a field a line.
func (p Printer) Differences(out *strings.Builder, all []message.Difference, indent string) {
	wide := 0
	for i, d := range all {
		if i < mostDifferences {
			wide = max(wide, len(d.Path))
		}
	}
	for i, d := range all {
		if i == mostDifferences {
			fmt.Fprintf(out, "%sand %d fields more\n", indent, len(all)-i)
			break
		}
		fmt.Fprintf(out, "%s%-*s  %s -> %s\n", indent, wide, p.safe(d.Path), p.oneSide(d.A), p.oneSide(d.B))
	}
}

// mostValue is how much of one value is shown where two are compared: an element of a list may be long.
const mostValue = 120

func (p Printer) oneSide(s string) string {
	s = p.safe(s)
	if runes := []rune(s); len(runes) > mostValue {
		s = string(runes[:mostValue]) + "…"
	}
	return Absent(s)
}

// Absent is how a value is written that may be missing.
func Absent(s string) string {
	if s == "" {
		return "(absent)"
	}
	return s
}
