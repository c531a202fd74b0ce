package subcmd

import (
	"fmt"
	"strings"

	"kdeck/ops/ask"
)

// writeHex writes both frames of an exchange, each byte beside the field that it belongs to.
func (f *fanout) writeHex(out *strings.Builder, answers *ask.Answers, l *ask.Reply) {
	fmt.Fprintf(out, "\nnode %s: request, %d bytes\n", l.Name, len(l.Answer.RequestBytes))
	f.printer().Spans(out, l.Answer.RequestBytes, answers.RequestSpans(l))
	fmt.Fprintf(out, "\nnode %s: answer, %d bytes after its length\n", l.Name, l.Answer.ResponseSize)
	f.printer().Spans(out, l.Answer.ResponseBytes, answers.ResponseSpans(l))
}
