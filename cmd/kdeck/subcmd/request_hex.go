package subcmd

import (
	"fmt"
	"strings"

	"kdeck/protocol/message"
)

// hexDump writes both frames of an exchange, each byte beside the field that it belongs to.
func (f *fanout) hexDump(out *strings.Builder, l *line) {
	fmt.Fprintf(out, "\nnode %s: request, %d bytes\n", l.name, len(l.answer.RequestBytes))
	writeSpans(out, f.env, l.answer.RequestBytes, l.answer.RequestSpans())
	fmt.Fprintf(out, "\nnode %s: answer, %d bytes after its length\n", l.name, len(l.answer.ResponseBytes))
	writeSpans(out, f.env, l.answer.ResponseBytes, l.answer.ResponseSpans())
}

// mostHexRows is how many rows of one field's bytes are shown.
const mostHexRows = 16

func writeSpans(out *strings.Builder, env *Env, frame []byte, spans []message.Span) {
	const perRow = 16
	for _, s := range spans {
		at := s.From
		for row := 0; row == 0 || at < s.To; row++ {
			if row == mostHexRows {
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
				fmt.Fprintf(out, "%06x  %-*s  %s\n", at, 3*perRow-1, text, env.safe(what))
			}
			at = end
		}
	}
}

func spanDocuments(frame []byte, spans []message.Span) []spanDocument {
	docs := make([]spanDocument, len(spans))
	for i, s := range spans {
		docs[i] = spanDocument{At: s.From, Field: s.Path, Value: s.Value}
		if !s.Secret {
			docs[i].Hex = fmt.Sprintf("%x", frame[s.From:s.To])
		}
	}
	return docs
}
