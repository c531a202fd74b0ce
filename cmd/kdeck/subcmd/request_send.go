package subcmd

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol"
	"kdeck/protocol/message"
)

// fanout is one request on its way to its nodes.
type fanout struct {
	env      *Env
	g        *globals
	o        *requestOptions
	draft    *draft
	peers    []peer
	dialing  protocol.Options
	timeout  time.Duration
	targets  []target
	most     protocol.Class // the context's cap
	resolver *resolver
	src      *source

	lines []*line
	would *wouldDocument // what isn't done without --execute

	mu   sync.Mutex
	seen map[uint64]*message.Message
}

// line is what came of one node: an answer or an error.
type line struct {
	peer
	conn     *protocol.Conn
	versions *kmsg.ApiVersionsResponse
	told     bool // where the time of making the connection went
	answer   *protocol.Answer
	got      *message.Message // nil where there is no answer, or none that decodes
	shared   bool             // got is another node's
	identity protocol.Identity
	err      error
}

// each does the same with every node that hasn't failed, side by side, each within a deadline of its own.
func (f *fanout) each(ctx context.Context, do func(context.Context, *line) error) {
	var all sync.WaitGroup
	for _, l := range f.lines {
		if l.err != nil {
			continue
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, f.timeout)
			defer cancel()
			l.err = do(ctx, l)
		})
	}
	all.Wait()
}

func (f *fanout) run(ctx context.Context) error {
	defer f.close()
	m, effect, err := f.prepare(ctx)
	if err != nil {
		return err
	}
	if mutates(effect.Class) && f.failures() == 0 {
		send, err := f.confirm(ctx, m, effect)
		if !send {
			return err
		}
	}
	f.ask(ctx, m)
	if f.o.watch > 0 {
		return f.watch(ctx, m)
	}
	if f.o.save != "" {
		if err := f.save(m); err != nil {
			return err
		}
	}
	if err := f.show(m); err != nil {
		return err
	}
	return f.outcome()
}

// prepare connects to the nodes and makes the request in the version that they serve. Nothing of it is sent.
func (f *fanout) prepare(ctx context.Context) (*message.Message, protocol.Effect, error) {
	for _, p := range f.peers {
		f.lines = append(f.lines, &line{peer: p})
	}
	f.each(ctx, f.connect)
	version, err := f.version()
	if err != nil {
		return nil, protocol.Effect{}, err
	}
	m, err := f.draft.build(version)
	if err != nil {
		return nil, protocol.Effect{}, fieldError(err)
	}
	effect, err := protocol.EffectOf(m)
	if err != nil {
		return nil, protocol.Effect{}, refused("%w", err)
	}
	return m, effect, gate(m, f.o, f.targets, f.most) // the version counts
}

// ask sends the request to every node that was reached.
func (f *fanout) ask(ctx context.Context, m *message.Message) {
	f.each(ctx, func(ctx context.Context, l *line) error { return f.exchange(ctx, l, m) })
}

func (f *fanout) close() {
	for _, l := range f.lines {
		if l.conn != nil {
			l.conn.Close()
		}
	}
}

// connect makes the connection and asks what the node serves, unless that doesn't matter.
func (f *fanout) connect(ctx context.Context, l *line) (err error) {
	l.told = false
	if l.conn, err = protocol.Dial(ctx, l.addr, f.dialing); err != nil {
		return f.explain(ctx, nil, err)
	}
	if f.draft.pinned >= 0 && (f.o.force || f.draft.api.Key == 18) {
		return nil
	}
	l.versions, err = l.conn.Versions(ctx)
	return f.explain(ctx, nil, err)
}

// explain looks for the cause where a node hung up or kept silent: that takes moments of its own, which are bounded.
func (f *fanout) explain(ctx context.Context, req kmsg.Request, err error) error {
	return protocol.Explain(context.WithoutCancel(ctx), f.dialing, req, err)
}

// version is the one to send: the pinned one, or the newest that every node serves and that can carry the request.
func (f *fanout) version() (int16, error) {
	d := f.draft
	candidates := slices.Clone(d.known)
	for _, l := range f.lines {
		if l.versions == nil {
			continue
		}
		low, high, served := protocol.VersionRange(l.versions, d.api.Key)
		switch {
		case !served && !f.o.force:
			l.err = fmt.Errorf("%s: it doesn't serve %s on this listener (kdeck api --to %s lists what it does); --force sends it all the same", l.addr, d.api.Name, l.addr)
		case d.pinned >= 0 && (d.pinned < low || d.pinned > high) && !f.o.force:
			l.err = fmt.Errorf("%s: it serves %s v%d to v%d, not v%d; --force sends it all the same", l.addr, d.api.Name, low, high, d.pinned)
		case d.pinned < 0 && served:
			candidates = slices.DeleteFunc(candidates, func(v int16) bool { return v < low || v > high })
		}
	}
	if len(candidates) == 0 {
		return 0, refused("no version of %s that can carry this request is served by all of the nodes: it takes v%d to v%d", d.api.Name, d.known[0], d.known[len(d.known)-1])
	}
	return candidates[len(candidates)-1], nil
}

func (f *fanout) exchange(ctx context.Context, l *line, m *message.Message) error {
	req, err := protocol.Request(m)
	if err != nil {
		return err
	}
	if l.answer, err = l.conn.Exchange(ctx, req); err != nil {
		return f.explain(ctx, req, err)
	}
	if t := l.conn.Making(); !l.told { // ApiVersions was the first exchange, and had it told
		t.Write, t.Wait, t.Read = l.answer.Timing.Write, l.answer.Timing.Wait, l.answer.Timing.Read
		l.answer.Timing, l.told = t, true
	}
	return f.read(l)
}

// read decodes an answer and keeps of it what is shown.
func (f *fanout) read(l *line) (err error) {
	if l.got, err = l.answer.Got(); err != nil || l.got == nil {
		return err
	}
	l.answer.Response = nil // the same once more, and as large
	l.identity = l.answer.Identity(l.got)
	f.share(l)
	return nil
}

// share keeps one message for all nodes whose answers are equal: a hundred answers of a large cluster are too many.
func (f *fanout) share(l *line) {
	if len(f.lines) < 2 {
		return
	}
	sum := l.got.Fingerprint(f.ignore())
	f.mu.Lock()
	defer f.mu.Unlock()
	if same := f.seen[sum]; same != nil {
		l.got, l.shared = same, true
		return
	}
	if f.seen == nil {
		f.seen = map[uint64]*message.Message{}
	}
	f.seen[sum] = l.got
	l.shared = false
}

// message is the node's own answer, also where [fanout.share] put one that is equal but for ignored fields in its place.
func (l *line) message() *message.Message {
	if !l.shared || l.err != nil {
		return l.got
	}
	own, _ := l.answer.Got() // it decoded before
	return own
}

// mutates reports whether a request of a class needs the phrase.
func mutates(c protocol.Class) bool {
	switch c {
	case protocol.ClassRO, protocol.ClassROX, protocol.ClassCONN, protocol.ClassIBR:
		return false
	}
	return true
}

// confirm says what a request that changes something would do. send is true where it is to be sent all the same: as a
// check that changes nothing.
func (f *fanout) confirm(ctx context.Context, m *message.Message, e protocol.Effect) (send bool, err error) {
	if on, _ := m.Root.Get("validateOnly"); on == true {
		return true, nil
	}
	to := f.peers[0]
	fmt.Fprintf(f.env.Err, "%s v%d to node %s (%s), %s\n", m.API.Name, m.Version, to.name, to.addr, e)
	for i, t := range e.Targets {
		if i == mostTargets {
			fmt.Fprintf(f.env.Err, "  and %d more\n", len(e.Targets)-i)
			break
		}
		fmt.Fprintf(f.env.Err, "  %s\n", f.env.safe(t))
	}
	if f.o.execute {
		return false, f.change(ctx, m)
	}
	f.would = &wouldDocument{to.name, to.addr, e.Class.String(), e.Does, e.Why, append([]string{}, e.Targets...), f.phrase(m)}
	if e.DryRun {
		if protocol.ValidateOnly(m) {
			fmt.Fprintln(f.env.Err, "nothing is changed: the node is asked to check it only (validateOnly=true)")
			return true, nil
		}
	}
	fmt.Fprintf(f.env.Err, "nothing was sent; --execute sends it, after the phrase: %s\n", f.phrase(m))
	if f.g.document() {
		return false, f.env.document(f.g, f.document(m))
	}
	return false, nil
}

// mostTargets is how many of the things that a request names are shown.
const mostTargets = 20

// outcome is 0 where every node answered, 1 where some did, 2 where none did.
func (f *fanout) outcome() error {
	switch f.failures() {
	case 0:
		return nil
	case len(f.lines):
		return &exit{code: exitRefused}
	}
	return no()
}

func (f *fanout) failures() (n int) {
	for _, l := range f.lines {
		if l.err != nil {
			n++
		}
	}
	return n
}
