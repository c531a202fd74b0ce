package answer

import (
	"fmt"
	"strings"

	"kdeck/protocol/message"
	"kdeck/ui/cell"
)

// maxDifferences is how many of the fields in which two answers differ are shown.
const maxDifferences = 200

// Differences writes the fields in which two messages differ, one a line.
func (p Printer) Differences(out *strings.Builder, all []message.Difference, indent string) {
	shown := all[:min(len(all), maxDifferences)]
	paths := make([]string, len(shown))
	wide := 0
	for i, d := range shown {
		paths[i] = p.path(d.Path)
		wide = max(wide, cell.Width(paths[i], p.ASCII))
	}
	for i, d := range shown {
		pad := strings.Repeat(" ", wide-cell.Width(paths[i], p.ASCII))
		fmt.Fprintf(out, "%s%s%s  %s -> %s\n", indent, paths[i], pad, p.oneSide(d.A), p.oneSide(d.B))
	}
	if n := len(all) - len(shown); n > 0 {
		fmt.Fprintf(out, "%sand %d fields more\n", indent, n)
	}
}

// path writes the path of a field. The names in it come from nodes; where they are long, its beginning and its end are shown.
func (p Printer) path(path string) string {
	const end = 60 // bytes, more than the last field's name
	if cell.Width(path, p.ASCII) <= cell.Widest {
		return cell.Safe(path, p.ASCII)
	}
	tail := strings.ToValidUTF8(path[len(path)-end:], "")
	return cell.Cut(path, cell.Widest-end, p.ASCII) + cell.Cut(tail, end, p.ASCII)
}

// maxValue is how many columns of a value are shown: an element of a list may be long.
const maxValue = 120

func (p Printer) oneSide(s string) string {
	return Absent(cell.Cut(s, maxValue, p.ASCII))
}

// Absent is how a value is written that may be missing.
func Absent(s string) string {
	if s == "" {
		return "(absent)"
	}
	return s
}
