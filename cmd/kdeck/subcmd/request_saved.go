package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/renameio/v2"

	"kdeck/ops/ask"
	"kdeck/ops/files"
	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/ui/answer"
)

// save writes the request and its answers to a file that only its owner can read.
func (f *fanout) save(m *message.Message) error {
	text, err := f.answers(m).Save()
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(f.o.save, text, 0o600); err != nil {
		return failed(fmt.Errorf("--save: %w", err))
	}
	return nil
}

// replayDraft is the request of a .kreq file, in its version. Without --to it goes to the nodes that it was saved from.
func replayDraft(o *requestOptions, args []string) (*draft, error) {
	if len(args) > 0 || o.file != "" {
		return nil, refused("--replay %s sends what the file holds: no name, path=value or -f goes with it", o.replay)
	}
	text, err := files.Read(o.replay, files.MaxRequest)
	if err != nil {
		return nil, refused("--replay: %w", err)
	}
	saved, err := protocol.ReadSaved(text)
	if err != nil {
		return nil, refused("--replay %s: %w", o.replay, err)
	}
	m, err := saved.Message()
	if err != nil {
		return nil, refused("--replay %s: %w", o.replay, err)
	}
	if o.to == "" {
		o.to, o.toOfFile = string(saved.To), true
	}
	api, _ := protocol.APIByKey(saved.Key)
	return &draft{saved: saved, Request: &ask.Request{API: api, Pinned: saved.Version, Versions: []int16{saved.Version}, Force: o.force,
		Build: func(int16) (*message.Message, error) { return m, nil }}}, nil
}

// checkReplayed refuses to send what a file holds to an address that stands in the file and isn't one of the cluster's: with the
// request go the credentials of the cluster.
func (e *Env) checkReplayed(ctx context.Context, g *globals, o *requestOptions, targets []ask.Target) error {
	foreign := map[string]bool{}
	for _, t := range targets {
		if addr, is := t.Address(); o.toOfFile && is {
			foreign[addr] = true
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	src, err := e.open(g)
	if err == nil {
		resolver := ask.NewResolver(src.session)
		_ = resolver.Brokers(ctx) // without an answer the bootstrap addresses are all that is known
		c := src.session.Cluster()
		for _, addr := range slices.Concat(c.Bootstrap, c.Controllers, resolver.Addresses()) {
			delete(foreign, addr)
		}
	}
	if len(foreign) > 0 {
		return refused("--replay %s: it was sent to %s, which isn't known to be of this cluster: nothing is sent to an address of a file, unless you type it: --to %s",
			o.replay, o.to, o.to)
	}
	return nil
}

// showDiff writes the fields in which the answers differ from the saved ones of the same nodes. Where only one answer was
// saved, all are compared with that one.
func (f *fanout) showDiff() error {
	var out strings.Builder
	different := false
	for _, l := range f.Replies {
		if l.Err != nil {
			f.warn(l)
			continue
		}
		was := f.savedAnswer(l)
		if was == nil {
			fmt.Fprintf(f.env.Err, "node %s: no answer of it was saved\n", l.Name)
			continue
		}
		before, err := f.saved.Got(was)
		if err != nil {
			return refused("--replay %s: %w", f.o.replay, err)
		}
		if before == nil || l.Got == nil {
			fmt.Fprintf(f.env.Err, "node %s: saved was %s\n", l.Name, answer.Absent(f.env.safe(string(was.Error))))
			continue
		}
		all := message.Differences(before, l.Got, f.ignore())
		if len(all) == 0 {
			fmt.Fprintf(&out, "node %s: as it was saved%s\n", l.Name, f.ignored())
			continue
		}
		different = true
		fmt.Fprintf(&out, "node %s: since %s\n", l.Name, f.saved.SavedAt.Format("2006-01-02 15:04:05Z"))
		f.printer().Differences(&out, all, "  ")
	}
	if _, err := f.env.Out.Write([]byte(out.String())); err != nil {
		return err
	}
	if different {
		return answerNo()
	}
	return nil
}

func (f *fanout) savedAnswer(l *ask.Reply) *protocol.SavedAnswer {
	answers := f.saved.Answers
	for i := range answers {
		if string(answers[i].Node) == l.Name {
			return &answers[i]
		}
	}
	if len(answers) == 1 {
		return &answers[0]
	}
	return nil
}

// runDecode decodes bytes that were captured elsewhere; nothing is sent.
func runDecode(env *Env, g *globals, o *requestOptions, args []string) error {
	others := o.to + o.file + o.replay + o.save + o.allow + o.confirm
	if others != "" || o.watch != 0 || o.execute || o.diff || o.force || len(o.ignore) > 0 || len(args) > 1 {
		return refused("--decode sends nothing: with it go NAME@VERSION, for an answer, --hex and -o")
	}
	var api *protocol.API
	version := int16(-1)
	if len(args) == 1 {
		var err error
		if api, version, err = findAPI(args[0]); err != nil {
			return err
		}
		if version < 0 {
			return refused("--decode %s: an answer doesn't say its version: write %s@%d", o.decode, api.Name, api.Versions.To)
		}
	}
	text, err := env.readInput(o.decode)
	if err != nil {
		return err
	}
	b, err := protocol.ParseHex(text)
	if err != nil {
		return refused("--decode %s: %w", o.decode, err)
	}
	d, err := protocol.DecodeCapture(b, api, version)
	if err != nil {
		return refused("--decode %s: %w", o.decode, err)
	}
	if g.document() {
		return env.document(g, decodeDocument(d))
	}
	m := d.Message
	what := "request"
	if m.Response {
		what = "answer"
	}
	fmt.Fprintf(env.Err, "%s v%d %s", m.API.Name, m.Version, what)
	if h := d.Header; h != nil {
		fmt.Fprintf(env.Err, ", correlation id %d", h.CorrelationID)
		if h.ClientID != nil {
			fmt.Fprintf(env.Err, ", client id %s", env.safe(*h.ClientID))
		}
	}
	fmt.Fprintf(env.Err, "; %s\n", protocol.Identify(m, d.Body))
	var out strings.Builder
	env.printer(g).Message(&out, m)
	if o.hex {
		out.WriteByte('\n')
		env.printer(g).Spans(&out, d.Frame, d.Spans)
	}
	_, err = env.Out.Write([]byte(out.String()))
	return err
}

// decodedBytes is what --decode answers as JSON.
type decodedBytes struct {
	Version       int              `json:"version"`
	API           string           `json:"api"`
	APIKey        int16            `json:"api_key"`
	APIVersion    int16            `json:"api_version"`
	CorrelationID *int32           `json:"correlation_id"`
	ClientID      *string          `json:"client_id"`
	Request       *message.Message `json:"request"`
	Response      *message.Message `json:"response"`
	Decoded       ask.Decoded      `json:"decoded"`
	Hex           []ask.Span       `json:"hex"`
}

func decodeDocument(d *protocol.Capture) decodedBytes {
	m := d.Message
	id := protocol.Identify(m, d.Body)
	doc := decodedBytes{Version: 1, API: m.API.Name, APIKey: m.API.Key, APIVersion: m.Version,
		Decoded: ask.Decoded{Bytes: id.Decoded, Of: id.Total, Identical: id.Whole()}, Hex: ask.Spans(d.Frame, d.Spans)}
	if d.Header != nil {
		doc.CorrelationID, doc.ClientID = &d.Header.CorrelationID, d.Header.ClientID
	}
	if m.Response {
		doc.Response = m
	} else {
		doc.Request = m
	}
	return doc
}
