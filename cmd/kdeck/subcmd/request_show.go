package subcmd

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kdeck/ops/ask"
	"kdeck/ops/format"
	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/ui/answer"
)

// answersDocument is the answer as JSON (DESIGN §3, request).
type answersDocument struct {
	Version   int              `json:"version"`
	ClusterID *string          `json:"cluster_id"`
	TakenAt   string           `json:"taken_at"`
	Unknown   []unknownAnswer  `json:"unknown"`
	Answers   []answerDocument `json:"answers"`
	Classes   [][]string       `json:"classes,omitempty"`
	Changes   []changeDocument `json:"differences,omitempty"`
	Would     *wouldDocument   `json:"would,omitempty"`
}

// wouldDocument says what a request would change that was not sent, or sent only to be checked.
type wouldDocument struct {
	Node    string   `json:"node"`
	Address string   `json:"address"`
	Class   string   `json:"class"`
	Does    string   `json:"does"`
	Why     string   `json:"why"`
	Targets []string `json:"targets"`
	Confirm string   `json:"confirm"`
}

type unknownAnswer struct {
	Node string `json:"node"`
	What string `json:"what"`
	Why  string `json:"why"`
}

type answerDocument struct {
	Node          string             `json:"node"`
	Address       string             `json:"address"`
	API           string             `json:"api"`
	APIKey        int16              `json:"api_key"`
	Version       int16              `json:"version"`
	Request       json.RawMessage    `json:"request"`
	Response      json.RawMessage    `json:"response"`
	Error         *string            `json:"error"`
	CorrelationID *int32             `json:"correlation_id"`
	RequestBytes  *int               `json:"request_bytes"`
	ResponseBytes *int               `json:"response_bytes"`
	Decoded       *decodedDocument   `json:"decoded"`
	TimingMS      map[string]float64 `json:"timing_ms"`
	RequestHex    []spanDocument     `json:"request_hex,omitempty"`
	ResponseHex   []spanDocument     `json:"response_hex,omitempty"`
}

type decodedDocument struct {
	Bytes     int  `json:"bytes"`
	Of        int  `json:"of"`
	Identical bool `json:"identical"` // encoded again it is the same
}

type spanDocument struct {
	At    int    `json:"at"`
	Hex   string `json:"hex"`
	Field string `json:"field"`
	Value string `json:"value"`
}

type changeDocument struct {
	Nodes []string `json:"nodes"` // that have b where the largest class has a
	Path  string   `json:"path"`
	A     *string  `json:"a"`
	B     *string  `json:"b"`
}

// show writes the answers.
func (f *fanout) show(m *message.Message) error {
	if f.o.diff {
		return f.showDiff()
	}
	if f.g.document() {
		return f.env.document(f.g, f.document(m))
	}
	groups := protocol.GroupAnswers(f.Messages(), f.ignore())
	for _, l := range f.Replies {
		f.heading(l, m)
	}
	var out strings.Builder
	switch {
	case len(groups) == 1:
		if len(f.Replies) > 1 {
			fmt.Fprintf(&out, "%s:\n", f.names(groups[0]))
		}
		l := f.Replies[groups[0][0]]
		f.printer().Message(&out, l.Got)
	case len(groups) > 1:
		f.compare(&out, groups)
	}
	if f.o.hex {
		for _, l := range f.Replies {
			if l.Answer != nil {
				f.writeHex(&out, l)
			}
		}
	}
	_, err := f.env.Out.Write([]byte(out.String()))
	if len(groups) == 1 && len(f.Replies) > 1 {
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
func (f *fanout) compare(out *strings.Builder, groups [][]int) {
	for i, group := range groups {
		if i == 0 {
			fmt.Fprintf(out, "%s answer alike\n", f.names(group))
			continue
		}
		all := message.Differences(f.Replies[groups[0][0]].Got, f.Replies[group[0]].Got, f.ignore())
		fmt.Fprintf(out, "%s: different in %s\n", f.names(group), format.Count(len(all), "field"))
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

func (f *fanout) names(group []int) string {
	names := make([]string, len(group))
	for i, at := range group {
		names[i] = f.Replies[at].Name
	}
	if len(names) == 1 {
		return "node " + names[0]
	}
	return fmt.Sprintf("%d nodes (%s)", len(names), strings.Join(names, ", "))
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

func (f *fanout) document(m *message.Message) answersDocument {
	doc := answersDocument{Version: 1, TakenAt: f.env.Now().UTC().Format(time.RFC3339), Unknown: []unknownAnswer{}, Answers: []answerDocument{}, Would: f.would}
	if id := f.Resolver.ClusterID(); id != "" {
		doc.ClusterID = &id
	}
	for _, l := range f.Replies {
		if l.Answer == nil && l.Err == nil {
			continue // it wasn't sent
		}
		a := answerDocument{Node: l.Name, Address: l.Addr, API: m.API.Name, APIKey: m.API.Key, Version: m.Version,
			Request: m.AppendJSON(nil), Response: json.RawMessage("null")}
		if l.Err != nil {
			text := l.Err.Error()
			a.Error = &text
			doc.Unknown = append(doc.Unknown, unknownAnswer{l.Name, m.API.Name, text})
		}
		if l.Answer != nil {
			out, in := len(l.Answer.RequestBytes), l.Answer.ResponseSize
			a.RequestBytes, a.ResponseBytes, a.CorrelationID = &out, &in, &l.Answer.CorrelationID
			a.TimingMS = answer.Timing(l.Answer.Timing)
			if got := l.Message(); got != nil {
				a.Response = got.AppendJSON(nil)
				a.Decoded = &decodedDocument{l.Identity.Decoded, l.Identity.Total, l.Identity.Whole()}
			}
			if f.o.hex {
				a.RequestHex = spanDocuments(l.Answer.RequestBytes, l.Answer.RequestSpans())
				a.ResponseHex = spanDocuments(l.Answer.ResponseBytes, l.Answer.ResponseSpans())
			}
		}
		doc.Answers = append(doc.Answers, a)
	}
	if len(f.Replies) > 1 {
		groups := protocol.GroupAnswers(f.Messages(), f.ignore())
		for i, group := range groups {
			var names []string
			for _, at := range group {
				names = append(names, f.Replies[at].Name)
			}
			doc.Classes = append(doc.Classes, names)
			if i > 0 {
				for _, d := range message.Differences(f.Replies[groups[0][0]].Got, f.Replies[group[0]].Got, f.ignore()) {
					doc.Changes = append(doc.Changes, changeDocument{names, d.Path, orNull(d.A), orNull(d.B)})
				}
			}
		}
	}
	return doc
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
