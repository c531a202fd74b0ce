package ask

import (
	"context"
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
	Ignore  []string      // fields that may differ between answers that are kept as one
	Gate    Gate
}

// Fanout is one request on its way to its nodes.
type Fanout struct {
	Request  *Request
	Replies  []*Reply // in the order of the targets
	Resolver *Resolver

	session *kafka.Session
	targets []Target
	options Options

	mu   sync.Mutex
	seen map[uint64]*message.Message
}

// Reply is what came of one node: an answer or an error.
type Reply struct {
	Node
	Answer   *protocol.Answer // nil where there is none
	Got      *message.Message // nil where there is no answer, or none that decodes; equal but for Options.Ignore to the node's own
	Identity protocol.Identity
	Err      error

	conn     *protocol.Conn
	versions *kmsg.ApiVersionsResponse
	told     bool             // where the time of making the connection went
	shared   bool             // Got is another node's
	charged  protocol.Traffic // of conn, that the session has counted
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
	f := &Fanout{Request: r, Resolver: NewResolver(session), session: session, targets: targets, options: o}
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
	return m, effect, err
}

// lastMoment is how long nodes have to answer after the caller gave up.
const lastMoment = time.Second

// Ask sends the request to every node that hasn't failed. A node's connection that has ended is made anew. Where the
// caller gave up while nodes were being connected to, those that were reached are asked all the same, for a moment: one
// that is silent must not keep the others' answers back.
func (f *Fanout) Ask(ctx context.Context, m *message.Message) {
	if ctx.Err() != nil {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), lastMoment)
		defer stop()
	}
	f.each(ctx, func(ctx, patient context.Context, r *Reply) error {
		if err := f.connect(ctx, patient, r); err != nil {
			return err
		}
		return f.exchange(ctx, patient, r, m)
	})
}

// Again forgets what came of the nodes, and asks all of them once more.
func (f *Fanout) Again(ctx context.Context, m *message.Message) {
	f.seen = nil
	for _, r := range f.Replies {
		r.Err = nil
	}
	f.Ask(ctx, m)
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

// Messages are the answers by node; nil where there is none.
func (f *Fanout) Messages() []*message.Message {
	messages := make([]*message.Message, len(f.Replies))
	for i, r := range f.Replies {
		if r.Err == nil {
			messages[i] = r.Got
		}
	}
	return messages
}

// Close ends the connections.
func (f *Fanout) Close() {
	for _, r := range f.Replies {
		if r.conn != nil {
			r.conn.Close()
		}
	}
}

// each does the same with every node that hasn't failed, side by side, each within a deadline of its own. What costs
// moments after the deadline, which are bounded, is done within patient: it ends only when the caller gives up.
func (f *Fanout) each(patient context.Context, do func(ctx, patient context.Context, r *Reply) error) {
	var all sync.WaitGroup
	for _, r := range f.Replies {
		if r.Err != nil {
			continue
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(patient, f.options.Timeout)
			defer cancel()
			r.Err = do(ctx, patient, r)
			f.charge(r)
		})
	}
	all.Wait()
}

// charge lets the session count what went over a node's connection.
func (f *Fanout) charge(r *Reply) {
	if r.conn != nil {
		now := r.conn.Traffic()
		f.session.Charge(r.Addr, r.charged, now)
		r.charged = now
	}
}

// connect makes the connection, unless there is one, and asks what the node serves, unless that doesn't matter.
func (f *Fanout) connect(ctx, patient context.Context, r *Reply) (err error) {
	if r.conn != nil && r.conn.Usable() {
		return nil
	}
	f.charge(r)
	r.told, r.charged = false, protocol.Traffic{}
	if r.conn, err = protocol.Dial(ctx, r.Addr, f.session.Dialing()); err != nil {
		return f.explain(patient, nil, err)
	}
	if q := f.Request; q != nil && q.Pinned >= 0 && (q.Force || q.API.Key == 18) {
		return nil
	}
	r.versions, err = r.conn.Versions(ctx)
	return f.explain(patient, nil, err)
}

// explain looks for the cause where a node hung up or kept silent.
func (f *Fanout) explain(patient context.Context, req protocol.Request, err error) error {
	return protocol.Explain(patient, f.session.Dialing(), req, err)
}

func (f *Fanout) exchange(ctx, patient context.Context, r *Reply, m *message.Message) error {
	var err error
	if r.Answer, err = r.conn.Exchange(ctx, m); err != nil {
		return f.explain(patient, m, err)
	}
	if t := r.conn.Making(); !r.told { // ApiVersions was the first exchange, and had it told
		t.Write, t.Wait, t.Read = r.Answer.Timing.Write, r.Answer.Timing.Wait, r.Answer.Timing.Read
		r.Answer.Timing, r.told = t, true
	}
	f.keep(r)
	return nil
}

// Take takes a node's answer that was had by another way.
func (f *Fanout) Take(r *Reply, answer *protocol.Answer, err error) {
	if r.Answer, r.Err = answer, err; err == nil {
		f.keep(r)
	}
}

// keep keeps of an answer what is shown.
func (f *Fanout) keep(r *Reply) {
	if r.Got = r.Answer.Message; r.Got == nil {
		return
	}
	r.Identity = r.Answer.Identity()
	f.share(r)
}

// share keeps one message for all nodes whose answers are equal: a hundred answers of a large cluster are too many.
func (f *Fanout) share(r *Reply) {
	if len(f.Replies) < 2 {
		return
	}
	sum := r.Got.Fingerprint(f.options.Ignore)
	f.mu.Lock()
	defer f.mu.Unlock()
	if same := f.seen[sum]; same != nil {
		r.Got, r.shared = same, true
		return
	}
	if f.seen == nil {
		f.seen = map[uint64]*message.Message{}
	}
	f.seen[sum] = r.Got
	r.shared = false
}

// Message is the node's own answer, also where another's that is equal but for ignored fields is kept in its place.
func (r *Reply) Message() *message.Message {
	if !r.shared || r.Err != nil {
		return r.Got
	}
	own, _ := r.Answer.Decode() // it decoded before
	return own
}
