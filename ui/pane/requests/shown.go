package requests

import (
	"fmt"
	"strings"

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
	sent   *Sent
	node   int // whose answer and bytes are shown
	groups [][]int
	sheets [parts]sheet
}

// show writes what came of a request. before is what it is a replay of, or nil. A large answer takes long: it is called
// off the update loop.
func show(sent *Sent, node int, before *Sent, ascii bool) *shownSent {
	s := &shownSent{sent: sent, node: node, groups: sent.groups()}
	p := answer.Printer{ASCII: ascii}
	s.answer(p)
	s.differences(p, before)
	s.bytes(p)
	s.nodes()
	return s
}

func (s *shownSent) answer(p answer.Printer) {
	a, out := &s.sent.Answers[s.node], &s.sheets[partAnswer]
	out.title = "Answer of node " + a.Node
	if n := len(s.sent.Answers); n > 1 {
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

func (s *shownSent) differences(p answer.Printer, before *Sent) {
	out := &s.sheets[partDifferences]
	out.title = "Differences between nodes"
	without := ""
	if len(s.sent.Ignore) > 0 {
		without = "without " + strings.Join(s.sent.Ignore, ", ")
	}
	switch {
	case len(s.sent.Answers) == 1:
		out.say(cell.Faint, "one node was asked; --to all asks every broker")
	case len(s.groups) == 0:
		out.say(cell.Critical, "no node answered")
	case len(s.groups) == 1:
		out.say(cell.OK, s.names(s.groups[0])+" answered the same")
		out.say(cell.Faint, without)
	}
	for i, group := range s.groups {
		switch {
		case len(s.groups) == 1:
		case i == 0:
			out.say(cell.Strong, s.names(group)+" answer alike")
			out.say(cell.Faint, without)
		default:
			all := message.Differences(s.sent.Answers[s.groups[0][0]].Got, s.sent.Answers[group[0]].Got, s.sent.Ignore)
			out.say(cell.Warning, fmt.Sprintf("%s: %s otherwise", s.names(group), format.Count(len(all), "field")))
			s.write(p, all)
		}
	}
	if before != nil {
		s.since(p, before)
	}
}

// since adds what nodes answered otherwise than before.
func (s *shownSent) since(p answer.Printer, before *Sent) {
	out := &s.sheets[partDifferences]
	out.say(cell.Plain, "")
	out.say(cell.Heading, "Since "+before.At.UTC().Format("15:04:05Z"))
	for i := range s.sent.Answers {
		now := &s.sent.Answers[i]
		for j := range before.Answers {
			was := &before.Answers[j]
			if was.Node != now.Node || was.Got == nil || now.Got == nil || was.Got.Version != now.Got.Version {
				continue
			}
			all := message.Differences(was.Got, now.Got, s.sent.Ignore)
			if len(all) == 0 {
				out.say(cell.Faint, "node "+now.Node+": as it was")
				continue
			}
			out.say(cell.Warning, fmt.Sprintf("node %s: %s otherwise", now.Node, format.Count(len(all), "field")))
			s.write(p, all)
		}
	}
}

func (s *shownSent) write(p answer.Printer, all []message.Difference) {
	var text strings.Builder
	p.Differences(&text, all, "  ")
	s.sheets[partDifferences].add(text.String(), plain)
}

func (s *shownSent) names(group []int) string {
	names := make([]string, len(group))
	for i, at := range group {
		names[i] = s.sent.Answers[at].Node
	}
	if len(names) == 1 {
		return "node " + names[0]
	}
	return fmt.Sprintf("%d nodes (%s)", len(names), strings.Join(names, ", "))
}

func (s *shownSent) bytes(p answer.Printer) {
	a, out := &s.sent.Answers[s.node], &s.sheets[partBytes]
	out.title = "Bytes of node " + a.Node
	if a.Frames == nil {
		out.say(cell.Faint, "no answer, no bytes")
		return
	}
	p.PerRow = 8
	for _, f := range a.Frames() {
		out.say(cell.Strong, fmt.Sprintf("%s, %s", f.What, format.Count(len(f.Bytes), "byte")))
		spans := f.Spans[:min(len(f.Spans), mostByteRows)]
		var text strings.Builder
		p.Spans(&text, f.Bytes, spans)
		out.add(text.String(), plain)
		if more := len(f.Spans) - len(spans); more > 0 {
			out.say(cell.Faint, format.Count(more, "field")+" more; kdeck request --hex shows them")
		}
	}
}

// nodes lists who answered, how long it took, and where the time went, in milliseconds.
func (s *shownSent) nodes() {
	out := &s.sheets[partNodes]
	out.title = "Nodes and timing, ms"
	group := make([]string, len(s.sent.Answers))
	for g, of := range s.groups {
		for _, at := range of {
			group[at] = string(rune('A' + min(g, 25)))
		}
	}
	out.say(cell.Heading, "  NODE      CLASS     ms   conn  write   wait   read    out/in bytes")
	for i := range s.sent.Answers {
		a := &s.sent.Answers[i]
		mark := "  "
		if i == s.node {
			mark = "> "
		}
		if a.Err != nil {
			out.say(cell.Critical, fmt.Sprintf("%s%-10s%s", mark, a.Node, a.Err))
			continue
		}
		t, style := a.Timing, cell.Plain
		if group[i] > "A" {
			style = cell.Warning
		}
		out.say(style, fmt.Sprintf("%s%-10s%-5s%7s%7s%7s%7s%7s    %d/%d", mark, a.Node, group[i], answer.Millis(t.Total()), answer.Millis(t.DNS+t.TCP+t.TLS+t.SASL),
			answer.Millis(t.Write), answer.Millis(t.Wait), answer.Millis(t.Read), a.RequestSize, a.AnswerSize))
	}
	a := &s.sent.Answers[s.node]
	out.say(cell.Plain, "")
	out.say(cell.Faint, fmt.Sprintf("%s v%d at %s, to %s", s.sent.Request.API.Name, s.sent.Request.Version, s.sent.At.UTC().Format("15:04:05Z"), s.sent.To))
	if a.Err == nil {
		out.say(cell.Faint, fmt.Sprintf("node %s, %s", a.Node, a.Addr))
		if a.Got != nil {
			out.say(cell.Faint, a.Identity.String())
		}
		out.say(cell.Faint, answer.Stages(a.Timing))
	}
}
