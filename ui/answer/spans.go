package answer

import (
	"fmt"
	"strings"

	"kdeck/protocol/message"
)

// maxHexRows is how many rows of one field's bytes are shown.
const maxHexRows = 16

// Spans writes the bytes of a frame, each beside the field that it belongs to. Those of a secret are left out.
func (p Printer) Spans(out *strings.Builder, frame []byte, spans []message.Span) {
	perRow := p.PerRow
	if perRow == 0 {
		perRow = 16
	}
	for _, s := range spans {
		at := s.From
		for row := 0; row == 0 || at < s.To; row++ {
			if row == maxHexRows {
				fmt.Fprintf(out, "%06x  … %d bytes more\n", at, s.To-at)
				break
			}
			end := min(at+perRow, s.To)
			text := strings.TrimSpace(strings.Repeat("** ", end-at))
			if !s.Secret {
				text = fmt.Sprintf("% x", frame[at:end])
			}
			if row > 0 {
				fmt.Fprintf(out, "%06x  %s\n", at, text)
			} else {
				what := s.Path
				if s.Value != "" {
					what += " = " + s.Value
				}
				fmt.Fprintf(out, "%06x  %-*s  %s\n", at, 3*perRow-1, text, p.safe(what))
			}
			at = end
		}
	}
}
