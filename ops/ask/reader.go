package ask

import (
	"context"
	"fmt"
	"time"

	"kdeck/ops/kafka"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Reader asks nodes what only reads, over one session.
type Reader struct {
	Session *kafka.Session
	Timeout time.Duration // of each step with each node
	Now     func() time.Time
}

// Ask sends the request that words are (see [ParseRequest]) to the nodes that to names, and returns what they answered.
// Where ctx ends first, these are the answers that came until then. A request that does more than read is an error, and
// isn't sent.
func (r *Reader) Ask(ctx context.Context, to string, words []string) (*Answers, error) {
	request, err := ParseRequest(words, nil, false)
	if err != nil {
		return nil, err
	}
	targets, err := ParseTargets(to)
	if err != nil {
		return nil, err
	}
	f, err := Open(ctx, r.Session, request, targets, Options{Timeout: r.Timeout, Ignore: protocol.DefaultIgnore(request.API.Key), Frames: true,
		Gate: Gate{MaxClass: r.Session.Cluster().MaxClass}})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, effect, err := f.Prepare(ctx)
	if err != nil {
		return nil, err
	}
	if effect.Class != protocol.ClassRO {
		return nil, fmt.Errorf("%s v%d is of class %s, and only what reads is sent by a key: %s", m.API.Name, m.Version, effect.Class, effect)
	}
	at := r.Now()
	f.Ask(ctx, m)
	return f.Answers(m, to, at), nil
}

// Served returns the versions of an API that all of the nodes serve that to names.
func (r *Reader) Served(ctx context.Context, to string, api *protocol.API) (message.Range, error) {
	targets, err := ParseTargets(to)
	if err != nil {
		return api.Versions, err
	}
	return Served(ctx, r.Session, api, targets)
}
