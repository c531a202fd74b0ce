package ask

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Options say how nodes are asked.
type Options struct {
	Timeout time.Duration // of each step with each node: connecting, and the exchange
	Ignore  []string      // fields that don't count when answers are compared
	// Frames keeps the bytes of the answers, to be shown, and for [Reply.Message].
	Frames bool
	// Memory is how many bytes the answers of all nodes may take together, their frames included; 0 is DefaultMemory.
	Memory int64
	Gate   Gate
}

// DefaultMemory is about how many bytes all answers to a request may take together: 1 GiB. A frame of the metadata of
// 100,000 partitions takes 4 MiB and its message 50 MiB.
const DefaultMemory = 1 << 30

// Fanout is one request and the nodes that it goes to.
type Fanout struct {
	Request  *Request
	Replies  []*Reply // in the order of the targets
	Resolver *Resolver

	session *kafka.Session
	targets []Target
	options Options
	memory  *message.Memory // of the answers

	mu   sync.Mutex                  // one answer is decoded at a time
	seen map[uint64]*message.Message // the answers by their fingerprints
}

func newFanout(session *kafka.Session, resolver *Resolver, targets []Target, o Options) *Fanout {
	return &Fanout{Resolver: resolver, session: session, targets: targets, options: o, memory: message.NewMemory(cmp.Or(o.Memory, DefaultMemory))}
}

// Reply is what one node gave: an answer or an error.
type Reply struct {
	Node
	Answer   *protocol.Answer // nil where there is none
	Got      *message.Message // the answer, decoded; may be another node's that is equal but for Options.Ignore; nil where there is none
	Identity protocol.Identity
	Err      error

	conn     *protocol.Conn
	versions *kmsg.ApiVersionsResponse
	timed    bool                // an answer has the time that making conn took
	shared   bool                // Got is another node's
	said     func(string) string // hides secrets in what the node says of a failure; nil: there are none so short
	counted  protocol.Traffic    // of conn, by the session
}

// Open looks up which nodes a request goes to, and refuses what must not be sent, before anything is.
func Open(ctx context.Context, session *kafka.Session, r *Request, targets []Target, o Options) (*Fanout, error) {
	m, err := r.Build(r.newest())
	if err != nil {
		return nil, err
	}
	if _, err := o.Gate.Allow(m, targets); err != nil {
		return nil, err
	}
	f := newFanout(session, NewResolver(session), targets, o)
	f.Request = r
	nodes, err := f.Resolver.Resolve(ctx, targets)
	for _, n := range nodes {
		f.Replies = append(f.Replies, &Reply{Node: n})
	}
	return f, err
}

// Prepare connects to the nodes and makes the request in the version that they serve, with what it would do. Nothing of
// it is sent; the version counts for what may be.
func (f *Fanout) Prepare(ctx context.Context) (*message.Message, protocol.Effect, error) {
	f.each(ctx, f.connect)
	version, err := f.version()
	if err != nil {
		return nil, protocol.Effect{}, err
	}
	m, err := f.Request.Build(version)
	if err != nil {
		return nil, protocol.Effect{}, err
	}
	effect, err := f.options.Gate.Allow(m, f.targets)
	if err == nil {
		effect = f.Resolver.firstUse(ctx, m, effect)
	}
	return m, effect, err
}

// graceTime is how long nodes that are connected to have to answer when the caller gave up before they were asked.
const graceTime = time.Second

// Ask sends the request to every node that hasn't failed. A connection that has ended is made anew. When ctx ended while
// Prepare waited for nodes, those that it reached are asked all the same, and have a second to answer: a silent node must
// not cost the answers of the others.
func (f *Fanout) Ask(ctx context.Context, m *message.Message) {
	if ctx.Err() != nil {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), graceTime)
		defer stop()
	}
	f.each(ctx, func(ctx, caller context.Context, r *Reply) error {
		if err := f.connect(ctx, caller, r); err != nil {
			return err
		}
		return f.exchange(ctx, caller, r, m)
	})
}

// Again forgets what came of the nodes, and asks all of them once more. What the caller keeps of the answers before isn't
// charged to the fan-out's memory any more.
func (f *Fanout) Again(ctx context.Context, m *message.Message) {
	f.forget()
	f.Ask(ctx, m)
}

// forget drops what came of the nodes, and frees its memory.
func (f *Fanout) forget() {
	f.seen = nil
	f.memory.Free(f.memory.Used())
	for _, r := range f.Replies {
		r.Answer, r.Got, r.shared, r.Err = nil, nil, false, nil
	}
}

// Failed is how many nodes gave no answer.
func (f *Fanout) Failed() (n int) {
	for _, r := range f.Replies {
		if r.Err != nil {
			n++
		}
	}
	return n
}

// Close ends the connections.
func (f *Fanout) Close() {
	for _, r := range f.Replies {
		if r.conn != nil {
			r.conn.Close()
		}
	}
}

// each calls do for every node that hasn't failed, all at once, each with a deadline of its own. caller has no such
// deadline: it is for what takes a few seconds more after a failure, and ends when the caller gives up.
func (f *Fanout) each(caller context.Context, do func(ctx, caller context.Context, r *Reply) error) {
	var all sync.WaitGroup
	for _, r := range f.Replies {
		if r.Err != nil {
			continue
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(caller, f.options.Timeout)
			defer cancel()
			r.Err = do(ctx, caller, r)
			f.charge(r)
		})
	}
	all.Wait()
}

// charge lets the session count what went over a node's connection.
func (f *Fanout) charge(r *Reply) {
	if r.conn != nil {
		now := r.conn.Traffic()
		f.session.Charge(r.Addr, r.counted, now)
		r.counted = now
	}
}

// connect makes the connection, unless there is one, and asks what the node serves, unless that doesn't matter. A broker that is asked
// for by id is then asked whether it is that broker.
func (f *Fanout) connect(ctx, caller context.Context, r *Reply) (err error) {
	if r.conn != nil && r.conn.Usable() {
		return nil
	}
	f.charge(r)
	r.timed, r.counted = false, protocol.Traffic{}
	dialing := f.session.Dialing()
	dialing.Memory = f.memory
	if r.conn, err = protocol.Dial(ctx, r.Addr, dialing); err != nil {
		return f.explain(caller, nil, err)
	}
	if q := f.Request; q != nil && q.Pinned >= 0 && (q.Force || q.API.Key == 18) {
		return nil
	}
	if r.versions, err = r.conn.Versions(ctx); err == nil && r.broker {
		err = f.session.Identify(ctx, r.conn, kafka.Identity{Broker: r.id, ClusterID: f.Resolver.ClusterID()})
	}
	if _, other := errors.AsType[*kafka.IdentityError](err); other {
		f.charge(r)
		r.conn.Close()
		r.conn = nil
	}
	return f.explain(caller, nil, err)
}

// explain looks for the cause where a node hung up or kept silent.
func (f *Fanout) explain(caller context.Context, req protocol.Request, err error) error {
	return protocol.Explain(caller, f.session.Dialing(), req, err)
}

func (f *Fanout) exchange(ctx, caller context.Context, r *Reply, m *message.Message) error {
	var err error
	if r.Answer, err = r.conn.Exchange(ctx, m); err != nil {
		f.drop(r)
		return f.explain(caller, m, err)
	}
	if t := r.conn.Making(); !r.timed { // ApiVersions was the first exchange, and its answer has the time
		t.Write, t.Wait, t.Read = r.Answer.Timing.Write, r.Answer.Timing.Wait, r.Answer.Timing.Read
		r.Answer.Timing, r.timed = t, true
	}
	return f.keep(r)
}

// Take takes a node's answer that was had by another way.
func (f *Fanout) Take(r *Reply, answer *protocol.Answer, err error) {
	if r.Answer, r.Err = answer, err; err == nil {
		f.memory.Take(int64(len(answer.ResponseBytes)))
		r.Err = f.keep(r)
	}
}

// keep decodes an answer and keeps of it what is used. One answer at a time: those of a large cluster are large and mostly
// equal, so that there is one at the most that will be dropped again.
func (f *Fanout) keep(r *Reply) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.drop(r)
	m, identity, err := r.Answer.Decode(f.memory)
	if err != nil {
		var e *protocol.Error
		if errors.As(err, &e) {
			e.Addr, e.Tried = r.Addr, fmt.Sprintf("%s v%d", r.Answer.API.Name, r.Answer.Version)
		}
		return err
	}
	if r.Got, r.Identity = m, identity; m == nil {
		return nil
	}
	if mask := f.session.Cluster().Mask(); mask.HidesWords() {
		r.said = mask.Said
		m.ReplaceSaid(r.said)
	}
	r.shared = false
	if len(f.Replies) == 1 {
		return nil
	}
	sum := m.Fingerprint(f.options.Ignore)
	if same := f.seen[sum]; same != nil {
		r.Got, r.shared = same, true
		f.memory.Free(m.Size())
		return nil
	}
	if f.seen == nil {
		f.seen = map[uint64]*message.Message{}
	}
	f.seen[sum] = m
	return nil
}

// drop drops the bytes of an answer unless they are used.
func (f *Fanout) drop(r *Reply) {
	if a := r.Answer; a != nil && !f.options.Frames {
		f.memory.Free(int64(len(a.ResponseBytes)))
		a.ResponseBytes = nil
	}
}

// Message is the node's own answer. Where another's is kept in its place, which is equal but for Options.Ignore, the node's
// own is there only with Options.Frames; it is decoded anew and isn't charged to the fan-out's memory.
func (r *Reply) Message() *message.Message {
	if !r.shared || r.Err != nil || r.Answer.ResponseBytes == nil {
		return r.Got
	}
	own, _, _ := r.Answer.Decode(nil) // it decoded before
	if r.said != nil {
		own.ReplaceSaid(r.said)
	}
	return own
}
