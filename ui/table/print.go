package table

import (
	"bufio"
	"io"
	"strings"

	"kdeck/ui/cell"
)

// Print writes all rows as plain text, every column that a wide table has, as wide as they are up to [cell.Widest].
func (t *Table[R]) Print(w io.Writer, ascii bool) error {
	lines := make([][]string, 1, len(t.index)+1)
	for i := range t.columns {
		lines[0] = append(lines[0], t.columns[i].Head)
	}
	widths := make([]int, len(t.columns))
	for i := range t.index {
		r := t.Row(i)
		cells := make([]string, len(t.columns))
		for c := range t.columns {
			cells[c] = cell.Cut(t.columns[c].Cell(r), cell.Widest, ascii)
		}
		lines = append(lines, cells)
	}
	for _, l := range lines {
		for c := range l {
			widths[c] = max(widths[c], cell.Width(l[c], ascii))
		}
	}
	out := bufio.NewWriter(w)
	for _, l := range lines {
		var b strings.Builder
		for c := range l {
			pad := strings.Repeat(" ", widths[c]-cell.Width(l[c], ascii))
			if t.columns[c].Right {
				b.WriteString(pad + l[c] + "  ")
			} else {
				b.WriteString(l[c] + pad + "  ")
			}
		}
		out.WriteString(strings.TrimRight(b.String(), " "))
		out.WriteByte('\n')
	}
	return out.Flush()
}
