package subcmd

import (
	"fmt"
	"strings"

	"kdeck/ops/ask"
	"kdeck/ops/format"
	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/ui/answer"
)

// show writes the answers.
func (f *fanout) show(m *message.Message) error {
	if f.o.diff {
		return f.showDiff()
	}
	if f.g.document() {
		return f.env.document(f.g, f.document(m))
	}
	answers := f.answers(m)
	groups := answers.Groups()
	for _, l := range f.Replies {
		f.heading(l, m)
	}
	var out strings.Builder
	switch {
	case len(groups) == 1:
		if len(f.Replies) > 1 {
			fmt.Fprintf(&out, "%s:\n", answers.Names(groups[0]))
		}
		l := f.Replies[groups[0][0]]
		f.printer().Message(&out, l.Got)
	case len(groups) > 1:
		f.compare(&out, answers, groups)
	}
	if f.o.hex {
		for _, l := range f.Replies {
			if l.Answer != nil {
				f.writeHex(&out, answers, l)
			}
		}
	}
	_, err := f.env.Out.Write([]byte(out.String()))
	if len(groups) == 1 && len(groups[0]) > 1 {
		fmt.Fprintf(f.env.Err, "the %s answer the same%s\n", format.Count(len(groups[0]), "node"), f.ignored())
	} else if len(groups) > 1 {
		fmt.Fprintf(f.env.Err, "%d different answers%s; -o json shows them whole\n", len(groups), f.ignored())
	}
	return err
}

func (f *fanout) printer() answer.Printer { return f.env.printer(f.g) }

func (e *Env) printer(g *globals) answer.Printer {
	return answer.Printer{ASCII: e.ascii(), Color: e.color(g)}
}

// compare writes which nodes answer alike, and the fields in which the others differ from the largest group.
func (f *fanout) compare(out *strings.Builder, answers *ask.Answers, groups [][]int) {
	for i, group := range groups {
		if i == 0 {
			fmt.Fprintf(out, "%s answer alike\n", answers.Names(group))
			continue
		}
		all := answers.Differences(groups[0], group)
		fmt.Fprintf(out, "%s: different in %s\n", answers.Names(group), format.Count(len(all), "field"))
		f.printer().Differences(out, all, "  ")
	}
}

// heading writes to Err who answered, or why not.
func (f *fanout) heading(l *ask.Reply, m *message.Message) {
	if l.Err != nil {
		f.warn(l)
		return
	}
	id := ""
	if l.Got != nil {
		id = "  " + l.Identity.String()
	}
	fmt.Fprintf(f.env.Err, "node %s  %s  %s v%d  %d bytes out, %d in%s  %s\n", l.Name, f.env.safe(l.Addr), m.API.Name, m.Version,
		len(l.Answer.RequestBytes), l.Answer.ResponseSize, id, answer.Stages(l.Answer.Timing))
	for _, t := range l.Answer.HeaderTags {
		fmt.Fprintf(f.env.Err, "  the answer's header has tagged field %d, which isn't known: %x\n", t.Tag, t.Data)
	}
}

// warn writes why there is no answer of a node to show.
func (f *fanout) warn(l *ask.Reply) {
	text := f.env.safe(l.Err.Error())
	if l.Name != l.Addr {
		text = "node " + l.Name + ": " + text
	}
	fmt.Fprintln(f.env.Err, text)
}

func (f *fanout) ignore() []string { return f.o.ignored(f.Request.API) }

// ignored are the fields that may differ between answers.
func (o *requestOptions) ignored(api *protocol.API) []string {
	switch {
	case len(o.ignore) == 1 && o.ignore[0] == "none":
		return nil
	case len(o.ignore) > 0:
		return o.ignore
	}
	return protocol.DefaultIgnore(api.Key)
}

func (f *fanout) ignored() string {
	if ignore := f.ignore(); len(ignore) > 0 && len(f.Replies) > 1 {
		return " (without " + strings.Join(ignore, ", ") + ")"
	}
	return ""
}

// answers are what the nodes have answered.
func (f *fanout) answers(m *message.Message) *ask.Answers { return f.Answers(m, f.o.to, f.env.Now()) }

func (f *fanout) document(m *message.Message) *ask.Document {
	doc := f.answers(m).Document(f.o.hex)
	doc.Would = f.would
	return doc
}
