package kafka

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol"
)

// connsPerNode limits how many exchanges with one node are in progress at once, each on a connection of its own. Kafka answers the
// requests of one connection one after the other.
const connsPerNode = 3

// expiryMargin is how long before the end of its SASL session a kept connection is no longer used for new exchanges.
const expiryMargin = 10 * time.Second

// node is one address and the connections to it that are kept.
type node struct {
	session *Session
	addr    string
	slots   chan struct{} // one for each exchange under way

	mu          sync.Mutex
	closed      bool
	idle        []*protocol.Conn
	busy        map[*protocol.Conn]bool     // under way; true: made for the exchange that is under way on it
	proved      map[*protocol.Conn]Identity // the brokers that connections were found to lead to
	latest      *kmsg.ApiVersionsResponse   // what the node said last
	answerTime  protocol.Timing             // of the latest answer to ApiVersions that was asked for; zero: none was
	certificate shown                       // zero: none was
	lastFailure *explainedFailure           // the last failure; nil after a success
	pace        pace
	spent       spending
}

// explainedFailure is a failure with the cause that was found.
type explainedFailure struct {
	tried string
	cause protocol.Cause
	err   error
}

func newNode(s *Session, addr string) *node {
	return &node{session: s, addr: addr, slots: make(chan struct{}, connsPerNode), busy: map[*protocol.Conn]bool{},
		proved: map[*protocol.Conn]Identity{}}
}

// ask does one exchange within its own deadline, over a connection that leads to the broker wanted; nil: whoever answers.
func (n *node) ask(ctx context.Context, want *peer, req kmsg.Request) (kmsg.Response, error) {
	var resp kmsg.Response
	err := n.use(ctx, func(ctx context.Context, c *protocol.Conn) error {
		versions, err := c.Versions(ctx)
		if err != nil {
			return err
		}
		version, err := protocol.Pick(versions, req.Key(), newest(req))
		if err != nil {
			return n.withAddr(err)
		}
		if err := n.session.refuse(req, version); err != nil {
			return err
		}
		answer, err := c.Exchange(ctx, inVersion(req, version))
		if err != nil {
			return err
		}
		if err := n.prove(ctx, c, want, answer.Response); err != nil {
			return err
		}
		if resp = answer.Response; n.session.mask.HidesWords() {
			hideSaid(resp, n.session.mask.Said)
		}
		return nil
	})
	return resp, n.explain(ctx, req, err)
}

// versions returns what the node said it serves; anew asks again.
func (n *node) versions(ctx context.Context, anew bool) (*kmsg.ApiVersionsResponse, error) {
	n.mu.Lock()
	known := n.latest
	n.mu.Unlock()
	if known != nil && !anew {
		return known, nil
	}
	var resp *kmsg.ApiVersionsResponse
	err := n.use(ctx, func(ctx context.Context, c *protocol.Conn) (err error) {
		if n.isNew(c) {
			resp, err = c.Versions(ctx)
		} else {
			resp, err = c.AskVersions(ctx)
		}
		if err == nil {
			n.mu.Lock()
			n.answerTime = c.VersionsTiming()
			n.mu.Unlock()
		}
		return err
	})
	return resp, n.explain(ctx, nil, err)
}

// explain looks for the cause of a failure ([protocol.Explain]). If the same failure occurs again, the earlier explanation is returned.
// A node that has answered before and times out now is not probed, because the settings are known to be right.
func (n *node) explain(ctx context.Context, req kmsg.Request, err error) error {
	n.mu.Lock()
	told, contact := n.lastFailure, n.latest != nil
	if err == nil {
		n.lastFailure = nil
	}
	n.mu.Unlock()
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || ctx.Err() != nil || (contact && e.Cause == protocol.Timeout) {
		return err
	}
	if told == nil || told.tried != e.Tried || told.cause != e.Cause {
		told = &explainedFailure{e.Tried, e.Cause, protocol.Explain(ctx, n.session.options, n.sent(req), err)}
		n.mu.Lock()
		n.lastFailure = told
		n.mu.Unlock()
	}
	return told.err
}

// sent returns a request in the version that the node got.
func (n *node) sent(req kmsg.Request) kmsg.Request {
	n.mu.Lock()
	defer n.mu.Unlock()
	if req == nil || n.latest == nil {
		return nil
	}
	version, err := protocol.Pick(n.latest, req.Key(), newest(req))
	if err != nil {
		return nil
	}
	return inVersion(req, version)
}

// isNew reports whether a connection was made for the present exchange and is otherwise unused.
func (n *node) isNew(c *protocol.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.busy[c]
}

// use runs one exchange on a kept connection to the node, or on a new one. If the node has closed a kept connection meanwhile, the
// exchange is tried on another.
func (n *node) use(ctx context.Context, exchange func(context.Context, *protocol.Conn) error) error {
	if err := n.admit(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, n.session.timeout)
	defer cancel()
	select {
	case n.slots <- struct{}{}:
		defer func() { <-n.slots }()
	case <-ctx.Done():
		return &protocol.Error{Addr: n.addr, Tried: "wait for a free connection", Cause: protocol.Timeout,
			Detail: "earlier requests to the node are still under way", Err: ctx.Err()}
	}
	for {
		c, fresh, err := n.conn(ctx)
		if err != nil {
			return err
		}
		var before protocol.Traffic
		if !fresh {
			before = c.Traffic()
		}
		err = exchange(ctx, c)
		n.release(c, isIdentity(err))
		n.account(before, c.Traffic())
		if err != nil && !fresh && protocol.CauseOf(err) == protocol.ClosedWithoutAnswer && ctx.Err() == nil {
			continue
		}
		return err
	}
}

// prove makes sure that an answer came from the broker wanted.
func (n *node) prove(ctx context.Context, c *protocol.Conn, want *peer, answer kmsg.Response) error {
	if want == nil {
		return nil
	}
	shown := want.shows(answer)
	if shown == Own {
		return nil
	}
	n.mu.Lock()
	known, proved := n.proved[c]
	n.mu.Unlock()
	if proved && known == want.Identity {
		return nil
	}
	if err := n.session.identify(ctx, c, want.Identity, shown); err != nil {
		return err
	}
	n.mu.Lock()
	n.proved[c] = want.Identity
	n.mu.Unlock()
	return nil
}

// conn takes a kept connection, or makes one.
func (n *node) conn(ctx context.Context) (c *protocol.Conn, fresh bool, err error) {
	if c = n.kept(); c != nil {
		return c, false, nil
	}
	if c, err = protocol.Dial(ctx, n.addr, n.session.options); err != nil {
		n.sawCertificate(protocol.Certificate{}, err)
		return nil, true, err
	}
	certificate, _ := c.Certificate()
	n.sawCertificate(certificate, nil)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		c.Close()
		return nil, true, errSessionClosed
	}
	n.busy[c] = true
	return c, true, nil
}

// kept takes a connection that is free and whose SASL session lasts, or returns nil.
func (n *node) kept() *protocol.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.idle) > 0 {
		c := n.idle[len(n.idle)-1]
		n.idle = n.idle[:len(n.idle)-1]
		if end := c.Expires(); end.IsZero() || n.session.now().Add(expiryMargin).Before(end) {
			n.busy[c] = false
			return c
		}
		n.drop(c)
	}
	return nil
}

// drop ends a connection. The caller holds the lock.
func (n *node) drop(c *protocol.Conn) {
	delete(n.proved, c)
	c.Close()
}

// release keeps a connection for the next exchange, unless it failed or leads elsewhere.
func (n *node) release(c *protocol.Conn, elsewhere bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.busy, c)
	if v := c.KnownVersions(); v != nil {
		n.latest = v
	}
	if n.closed || elsewhere || !c.Usable() {
		n.drop(c)
		return
	}
	n.idle = append(n.idle, c)
}

// close ends all connections to the node, for good.
func (n *node) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, c := range n.idle {
		c.Close()
	}
	for c := range n.busy {
		c.Close()
	}
	n.idle = nil
}

// withAddr returns an error with the node's address, if it has none.
func (n *node) withAddr(err error) error {
	if e, ok := err.(*protocol.Error); ok && e.Addr == "" {
		copied := *e
		copied.Addr = n.addr
		return &copied
	}
	return err
}
