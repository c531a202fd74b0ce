package answer

import (
	"fmt"
	"strings"

	"kdeck/protocol/message"
)

// maxDifferences is how many of the fields in which two answers differ are shown.
const maxDifferences = 200

// Differences writes the fields in which two messages differ, one a line.
func (p Printer) Differences(out *strings.Builder, all []message.Difference, indent string) {
	wide := 0
	for i, d := range all {
		if i < maxDifferences {
			wide = max(wide, len(d.Path))
		}
	}
	for i, d := range all {
		if i == maxDifferences {
			fmt.Fprintf(out, "%sand %d fields more\n", indent, len(all)-i)
			break
		}
		fmt.Fprintf(out, "%s%-*s  %s -> %s\n", indent, wide, p.safe(d.Path), p.oneSide(d.A), p.oneSide(d.B))
	}
}

// maxValue is how many characters of a value are shown: an element of a list may be long.
const maxValue = 120

func (p Printer) oneSide(s string) string {
	s = p.safe(s)
	if runes := []rune(s); len(runes) > maxValue {
		s = string(runes[:maxValue]) + "…"
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
