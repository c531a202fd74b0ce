package ask

import (
	"context"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Conn is a connection to one node, for one request after the other. Where it has ended, the next request makes it anew.
type Conn struct{ fanout *Fanout }

// Connect connects to the one node that targets stand for.
func Connect(ctx context.Context, session *kafka.Session, targets []Target, o Options) (*Conn, error) {
	resolver := NewResolver(session)
	node, err := resolver.One(ctx, targets)
	if err != nil {
		return nil, err
	}
	c := &Conn{newFanout(session, resolver, targets, o)}
	c.fanout.Replies = []*Reply{{Node: node}}
	c.fanout.each(ctx, c.fanout.connect)
	return c, c.fanout.Replies[0].Err
}

// Addr is the node's address.
func (c *Conn) Addr() string { return c.fanout.Replies[0].Addr }

// Versions are what the node serves.
func (c *Conn) Versions() *kmsg.ApiVersionsResponse { return c.fanout.Replies[0].versions }

// Close ends the connection.
func (c *Conn) Close() { c.fanout.Close() }

// Prepare makes a request in a version that the node serves, says what it would do, and returns the fan-out of one node
// that sends it. It doesn't send it.
func (c *Conn) Prepare(ctx context.Context, r *Request) (*Fanout, *message.Message, protocol.Effect, error) {
	f, reply := c.fanout, c.fanout.Replies[0]
	f.Request = r
	f.forget()
	m, effect, err := f.Prepare(ctx)
	if err == nil {
		err = reply.Err
	}
	return f, m, effect, err
}
