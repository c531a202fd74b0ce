package ask

import (
	"encoding/json"
	"fmt"
	"time"

	"kdeck/ops/format"
	"kdeck/protocol/message"
)

// Document is answers as JSON (DESIGN §3, request).
type Document struct {
	Version   int              `json:"version"`
	ClusterID *string          `json:"cluster_id"`
	TakenAt   string           `json:"taken_at"`
	Unknown   []unknown        `json:"unknown"`
	Answers   []answerDocument `json:"answers"`
	Classes   [][]string       `json:"classes,omitempty"`
	Changes   []difference     `json:"differences,omitempty"`
	Would     *Would           `json:"would,omitempty"`
}

// Would says what a request would change that was not sent, or sent only to be checked.
type Would struct {
	Node    string   `json:"node"`
	Address string   `json:"address"`
	Class   string   `json:"class"`
	Does    string   `json:"does"`
	Why     string   `json:"why"`
	Targets []string `json:"targets"`
	Confirm string   `json:"confirm"`
}

type unknown struct {
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
	Decoded       *Decoded           `json:"decoded"`
	TimingMS      map[string]float64 `json:"timing_ms"`
	RequestHex    []Span             `json:"request_hex,omitempty"`
	ResponseHex   []Span             `json:"response_hex,omitempty"`
}

// Decoded says how much of a frame was understood.
type Decoded struct {
	Bytes     int  `json:"bytes"`
	Of        int  `json:"of"`
	Identical bool `json:"identical"` // encoded again it is the same
}

// Span is the bytes of one field. Those of a secret are left out.
type Span struct {
	At    int    `json:"at"`
	Hex   string `json:"hex"`
	Field string `json:"field"`
	Value string `json:"value"`
}

type difference struct {
	Nodes []string `json:"nodes"` // that have b where the largest class has a
	Path  string   `json:"path"`
	A     *string  `json:"a"`
	B     *string  `json:"b"`
}

// Document is the answers as JSON, with the bytes of every field where hex is set. Nodes that nothing was sent to are left
// out.
func (a *Answers) Document(hex bool) *Document {
	doc := &Document{Version: 1, ClusterID: format.OrNull(a.ClusterID), TakenAt: a.At.UTC().Format(time.RFC3339), Unknown: []unknown{}, Answers: []answerDocument{}}
	m := a.Request
	for _, r := range a.Replies {
		if r.Answer == nil && r.Err == nil {
			continue
		}
		d := answerDocument{Node: r.Name, Address: r.Addr, API: m.API.Name, APIKey: m.API.Key, Version: m.Version,
			Request: m.AppendJSON(nil), Response: json.RawMessage("null")}
		if r.Err != nil {
			text := r.Err.Error()
			d.Error = &text
			doc.Unknown = append(doc.Unknown, unknown{r.Name, m.API.Name, text})
		}
		if r.Answer != nil {
			out, in := len(r.Answer.RequestBytes), r.Answer.ResponseSize
			d.RequestBytes, d.ResponseBytes, d.CorrelationID = &out, &in, &r.Answer.CorrelationID
			d.TimingMS = r.Answer.Timing.Milliseconds()
			if got := r.Message(); got != nil {
				d.Response = got.AppendJSON(nil)
				d.Decoded = &Decoded{r.Identity.Decoded, r.Identity.Total, r.Identity.Whole()}
			}
			if hex {
				d.RequestHex = Spans(r.Answer.RequestBytes, a.RequestSpans(r))
				d.ResponseHex = Spans(r.Answer.ResponseBytes, a.ResponseSpans(r))
			}
		}
		doc.Answers = append(doc.Answers, d)
	}
	if len(a.Replies) < 2 {
		return doc
	}
	groups := a.Groups()
	for i, group := range groups {
		var names []string
		for _, at := range group {
			names = append(names, a.Replies[at].Name)
		}
		doc.Classes = append(doc.Classes, names)
		if i > 0 {
			for _, d := range a.Differences(groups[0], group) {
				doc.Changes = append(doc.Changes, difference{names, d.Path, format.OrNull(d.A), format.OrNull(d.B)})
			}
		}
	}
	return doc
}

// Spans are the fields of a frame with their bytes.
func Spans(frame []byte, fields []message.Span) []Span {
	spans := make([]Span, len(fields))
	for i, f := range fields {
		spans[i] = Span{At: f.From, Field: f.Path, Value: f.Value}
		if !f.Secret {
			spans[i].Hex = fmt.Sprintf("%x", frame[f.From:f.To])
		}
	}
	return spans
}
