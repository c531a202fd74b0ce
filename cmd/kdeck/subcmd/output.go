package subcmd

import (
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/view"
	"kdeck/protocol/document"
	"kdeck/ui/cell"
)

// The output formats.
const (
	outTable = "table"
	outWide  = "wide"
	outJSON  = "json"
	outYAML  = "yaml"
)

var outputs = []string{outTable, outWide, outJSON, outYAML}

// document writes an answer as JSON or YAML; YAML has the names and the order of JSON.
func (e *Env) document(g *globals, doc any) error {
	if g.output == outJSON {
		return format.WriteJSON(e.Out, doc)
	}
	return document.YAML(e.Out, doc)
}

// table writes rows in aligned columns. On a terminal the heading is bold and bad states are coloured; in a pipe it is
// plain. Names from brokers are made safe, and cut where they are long; JSON has them whole.
func table[R any](e *Env, g *globals, columns []view.Column[R], rows []R) error {
	if g.output != outWide {
		columns = slices.DeleteFunc(slices.Clone(columns), func(c view.Column[R]) bool { return c.Wide })
	}
	ascii := e.ascii()
	cells := make([][]string, len(rows)+1)
	widths := make([]int, len(columns))
	for i := range cells {
		cells[i] = make([]string, len(columns))
		for j, c := range columns {
			s := c.Head
			if i > 0 {
				s = cell.Cut(c.Cell(rows[i-1]), cell.Widest, ascii)
				if s == "" {
					s = "-"
				}
			}
			cells[i][j] = s
			widths[j] = max(widths[j], cell.Width(s, ascii))
		}
	}
	color := e.color(g)
	var b strings.Builder
	for i, row := range cells {
		for j, s := range row {
			pad := strings.Repeat(" ", widths[j]-cell.Width(s, ascii))
			last := j == len(row)-1
			shown := s
			switch {
			case !color:
			case i == 0:
				shown = "\x1b[1m" + s + "\x1b[0m"
			default:
				shown = paint(s)
			}
			switch {
			case columns[j].Right:
				b.WriteString(pad + shown)
			case last:
				b.WriteString(shown)
			default:
				b.WriteString(shown + pad)
			}
			if !last {
				b.WriteString("  ")
			}
		}
		b.WriteByte('\n')
		if b.Len() > 1<<16 {
			if _, err := e.Out.Write([]byte(b.String())); err != nil {
				return err
			}
			b.Reset()
		}
	}
	_, err := e.Out.Write([]byte(b.String()))
	return err
}

// paint colours the words that mean trouble or health.
func paint(word string) string {
	switch word {
	case "OFFLINE", "<MIN-ISR", "DEAD", "FENCED", "BAD-DISK", "CRIT", "CRITICAL", "critical":
		return "\x1b[31m" + word + "\x1b[0m"
	case "AT-MIN", "URP", "NO-ANSWER", "STALE", "WARN", "DEGRADED", "degraded", "warning", "UNKNOWN", "unknown", format.Unknown:
		return "\x1b[33m" + word + "\x1b[0m"
	case "ok", "HEALTHY", "healthy":
		return "\x1b[32m" + word + "\x1b[0m"
	}
	return word
}
