package requests

import (
	"fmt"
	"strings"

	"kdeck/ops/ask"
	"kdeck/ops/format"
	"kdeck/protocol/message"
	"kdeck/ui/answer"
	"kdeck/ui/cell"
)

// The parts of an open request.
type part uint8

const (
	partForm part = iota
	partAnswer
	partDifferences
	partBytes
	partNodes
	partHistory
	parts
)

// mostByteRows is how many fields' bytes are shown: more are not read on a screen, and kdeck request --hex has them.
const mostByteRows = 5000

// shownSent is what came of a request as it is shown, seen from one of its nodes.
type shownSent struct {
	sent   *ask.Answers
	node   int // whose answer and bytes are shown
	groups [][]int
	sheets [parts]sheet
}

// show writes what came of a request. before is what it is a replay of, or nil. A large answer takes long: it is called
// off the update loop.
func show(sent *ask.Answers, node int, before *ask.Answers, ascii bool) *shownSent {
	s := &shownSent{sent: sent, node: node, groups: sent.Groups()}
	p := answer.Printer{ASCII: ascii}
	s.answer(p)
	s.differences(p, before)
	s.bytes(p)
	s.nodes()
	return s
}

func (s *shownSent) answer(p answer.Printer) {
	a, out := s.sent.Replies[s.node], &s.sheets[partAnswer]
	out.title = "Answer of node " + a.Name
	if n := len(s.sent.Replies); n > 1 {
		out.title += fmt.Sprintf(", %d of %d", s.node+1, n)
	}
	if a.Err != nil {
		out.add(strings.Join(cell.Wrap(a.Err.Error(), 60, p.ASCII), "\n"), func(string) cell.Style { return cell.Critical })
	}
	switch {
	case a.Got != nil:
		var text strings.Builder
		p.Message(&text, a.Got)
		out.add(text.String(), answerStyle)
	case a.Err == nil:
		out.say(cell.Faint, "a request that isn't answered")
	}
}

// answerStyle sees an error code that isn't none.
func answerStyle(line string) cell.Style {
	name, value, found := strings.Cut(line, ": ")
	if found && strings.HasSuffix(strings.ToLower(name), "errorcode") && value != "0" && value != "null" {
		return cell.Critical
	}
	return cell.Plain
}

func (s *shownSent) differences(p answer.Printer, before *ask.Answers) {
	out := &s.sheets[partDifferences]
	out.title = "Differences between nodes"
	without := ""
	if len(s.sent.Ignore) > 0 {
		without = "without " + strings.Join(s.sent.Ignore, ", ")
	}
	switch {
	case len(s.sent.Replies) == 1:
		out.say(cell.Faint, "one node was asked; --to all asks every broker")
	case len(s.groups) == 0:
		out.say(cell.Critical, "no node answered")
	case len(s.groups) == 1:
		out.say(cell.OK, s.sent.Names(s.groups[0])+" answered the same")
		out.say(cell.Faint, without)
	}
	for i, group := range s.groups {
		switch {
		case len(s.groups) == 1:
		case i == 0:
			out.say(cell.Strong, s.sent.Names(group)+" answer alike")
			out.say(cell.Faint, without)
		default:
			all := s.sent.Differences(s.groups[0], group)
			out.say(cell.Warning, fmt.Sprintf("%s: different in %s", s.sent.Names(group), format.Count(len(all), "field")))
			s.write(p, all)
		}
	}
	if before != nil {
		s.since(p, before)
	}
}

// since adds the fields in which nodes answer differently than before.
func (s *shownSent) since(p answer.Printer, before *ask.Answers) {
	out := &s.sheets[partDifferences]
	out.say(cell.Plain, "")
	out.say(cell.Heading, "Since "+before.At.UTC().Format("15:04:05Z"))
	for _, now := range s.sent.Replies {
		for _, was := range before.Replies {
			if was.Name != now.Name || was.Got == nil || now.Got == nil || was.Got.Version != now.Got.Version {
				continue
			}
			all := message.Differences(was.Got, now.Got, s.sent.Ignore)
			if len(all) == 0 {
				out.say(cell.Faint, "node "+now.Name+": as it was")
				continue
			}
			out.say(cell.Warning, fmt.Sprintf("node %s: different in %s", now.Name, format.Count(len(all), "field")))
			s.write(p, all)
		}
	}
}

func (s *shownSent) write(p answer.Printer, all []message.Difference) {
	var text strings.Builder
	p.Differences(&text, all, "  ")
	s.sheets[partDifferences].add(text.String(), plain)
}

func (s *shownSent) bytes(p answer.Printer) {
	a, out := s.sent.Replies[s.node], &s.sheets[partBytes]
	out.title = "Bytes of node " + a.Name
	if a.Answer == nil {
		out.say(cell.Faint, "no answer, no bytes")
		return
	}
	p.PerRow = 8
	for _, f := range []struct {
		what  string
		bytes []byte
		spans []message.Span
	}{{"request", a.Answer.RequestBytes, s.sent.RequestSpans(a)}, {"answer after its length", a.Answer.ResponseBytes, s.sent.ResponseSpans(a)}} {
		out.say(cell.Strong, fmt.Sprintf("%s, %s", f.what, format.Count(len(f.bytes), "byte")))
		spans := f.spans[:min(len(f.spans), mostByteRows)]
		var text strings.Builder
		p.Spans(&text, f.bytes, spans)
		out.add(text.String(), plain)
		if more := len(f.spans) - len(spans); more > 0 {
			out.say(cell.Faint, format.Count(more, "field")+" more; kdeck request --hex shows them")
		}
	}
}

// nodes lists who answered, how long it took, and where the time went, in milliseconds.
func (s *shownSent) nodes() {
	out := &s.sheets[partNodes]
	out.title = "Nodes and timing, ms"
	group := make([]string, len(s.sent.Replies))
	for g, of := range s.groups {
		for _, at := range of {
			group[at] = string(rune('A' + min(g, 25)))
		}
	}
	out.say(cell.Heading, "  NODE      CLASS     ms   conn  write   wait   read    out/in bytes")
	for i, a := range s.sent.Replies {
		mark := "  "
		if i == s.node {
			mark = "> "
		}
		if a.Err != nil {
			out.say(cell.Critical, fmt.Sprintf("%s%-10s%s", mark, a.Name, a.Err))
			continue
		}
		t, style := a.Answer.Timing, cell.Plain
		if group[i] > "A" {
			style = cell.Warning
		}
		out.say(style, fmt.Sprintf("%s%-10s%-5s%7s%7s%7s%7s%7s    %d/%d", mark, a.Name, group[i], answer.Millis(t.Total()), answer.Millis(t.DNS+t.TCP+t.TLS+t.SASL),
			answer.Millis(t.Write), answer.Millis(t.Wait), answer.Millis(t.Read), len(a.Answer.RequestBytes), a.Answer.ResponseSize))
	}
	a := s.sent.Replies[s.node]
	out.say(cell.Plain, "")
	out.say(cell.Faint, fmt.Sprintf("%s v%d at %s, to %s", s.sent.Request.API.Name, s.sent.Request.Version, s.sent.At.UTC().Format("15:04:05Z"), s.sent.To))
	if a.Err == nil {
		out.say(cell.Faint, fmt.Sprintf("node %s, %s", a.Name, a.Addr))
		if a.Got != nil {
			out.say(cell.Faint, a.Identity.String())
		}
		out.say(cell.Faint, answer.Stages(a.Answer.Timing))
	}
}
