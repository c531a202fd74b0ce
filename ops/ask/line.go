package ask

import (
	"context"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Line is a connection to one node, for one request after the other. It is made anew where it ended.
type Line struct{ fanout *Fanout }

// Connect connects to the one node that targets stand for.
func Connect(ctx context.Context, session *kafka.Session, targets []Target, o Options) (*Line, error) {
	resolver := NewResolver(session)
	node, err := resolver.One(ctx, targets)
	if err != nil {
		return nil, err
	}
	l := &Line{newFanout(session, resolver, targets, o)}
	l.fanout.Replies = []*Reply{{Node: node}}
	l.fanout.each(ctx, l.fanout.connect)
	return l, l.fanout.Replies[0].Err
}

// Addr is the node's address.
func (l *Line) Addr() string { return l.fanout.Replies[0].Addr }

// Versions are what the node serves.
func (l *Line) Versions() *kmsg.ApiVersionsResponse { return l.fanout.Replies[0].versions }

// Close ends the connection.
func (l *Line) Close() { l.fanout.Close() }

// Prepare makes a request in the version that the node serves, with what it would do, and the fan-out to one node that
// sends it. Nothing of it is sent.
func (l *Line) Prepare(ctx context.Context, r *Request) (*Fanout, *message.Message, protocol.Effect, error) {
	f, reply := l.fanout, l.fanout.Replies[0]
	f.Request = r
	f.forget()
	m, effect, err := f.Prepare(ctx)
	if err == nil {
		err = reply.Err
	}
	return f, m, effect, err
}
