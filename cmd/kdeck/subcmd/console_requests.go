package subcmd

import (
	"context"
	"fmt"
	"io"

	"kdeck/ops/ask"
	"kdeck/ops/kafka"
	"kdeck/protocol"
	"kdeck/protocol/message"
	"kdeck/ui/pane/requests"
)

// consoleRequests sends the console's requests as the request command does, but none that does more than read.
type consoleRequests struct {
	env     *Env
	g       *globals
	session *kafka.Session
}

// Send implements [ui.Requests].
func (c *consoleRequests) Send(ctx context.Context, to string, words []string) (*requests.Sent, error) {
	o := &requestOptions{to: to, frames: true}
	d, targets, err := c.env.read(o, words)
	if err != nil {
		return nil, err
	}
	f, err := newFanout(ctx, c.env, c.g, o, d, targets, &source{live: true, session: c.session})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, effect, err := f.prepare(ctx)
	if err != nil {
		return nil, err
	}
	if effect.Class != protocol.ClassRO {
		return nil, fmt.Errorf("%s v%d is of class %s, and only what reads is sent by a key: %s", m.API.Name, m.Version, effect.Class, effect)
	}
	sent := &requests.Sent{At: c.env.Now(), To: to, Request: m, Ignore: f.ignore()}
	f.Ask(ctx, m)
	for _, l := range f.Replies {
		sent.Answers = append(sent.Answers, shown(l))
	}
	sent.Document = func(w io.Writer) error {
		env := *c.env
		env.Out = w
		return env.document(&globals{output: outJSON}, f.document(m))
	}
	return sent, nil
}

// Serves implements [ui.Requests].
func (c *consoleRequests) Serves(ctx context.Context, to string, api *protocol.API) (message.Range, error) {
	targets, err := ask.ParseTargets(to)
	if err != nil {
		return api.Versions, err
	}
	return ask.Served(ctx, c.session, api, targets)
}

// shown is what came of a node as the console shows it.
func shown(l *ask.Reply) requests.Answer {
	a := requests.Answer{Node: l.Name, Addr: l.Addr, Err: l.Err, Got: l.Got, Identity: l.Identity}
	if got := l.Answer; got != nil {
		a.Own, a.Timing, a.RequestSize, a.AnswerSize = l.Message, got.Timing, len(got.RequestBytes), got.ResponseSize
		a.Frames = func() []requests.Frame {
			return []requests.Frame{
				{What: "request", Bytes: got.RequestBytes, Spans: got.RequestSpans()},
				{What: "answer after its length", Bytes: got.ResponseBytes, Spans: got.ResponseSpans()},
			}
		}
	}
	return a
}
