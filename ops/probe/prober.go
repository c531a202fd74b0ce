package probe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// The defaults and the bounds of [Options].
const (
	DefaultEvery    = time.Second
	DefaultDeadline = 5 * time.Second
	DefaultTarget   = 99.9

	// maxPerSecond is how many attempts a second are made at all brokers together. Where there are more brokers, each has its turn less often.
	maxPerSecond = 200
	// reconnectEvery is how many attempts are made on a connection before a new one is made in its place.
	reconnectEvery = 10
	// layoutEvery is the shortest time between two readings of who leads what.
	layoutEvery = 100 * time.Millisecond
)

// Options say what is measured. The zero value is the default.
type Options struct {
	Topic    string        // "": [DefaultTopic]; where nothing is written, none
	ReadOnly bool          // nothing is written
	Every    time.Duration // between two attempts at one broker, at least; 0: [DefaultEvery]
	Once     bool          // one attempt at each broker, with all stages
	For      time.Duration // 0: until the context ends
	Deadline time.Duration // of one attempt, all of its tries, reading back included; 0: [DefaultDeadline]
	Target   float64       // percent of attempts that are to be good; 0: [DefaultTarget]
	Instance string        // tells the records of one prober from those of others; "" where nothing is written
	Brokers  func(id int32) bool
	Now      func() time.Time // nil: time.Now
	Each     func(Sample)     // is told of every attempt, from several goroutines; may be nil
}

func (o Options) withDefaults() Options {
	if o.Topic == "" && !o.ReadOnly {
		o.Topic = DefaultTopic
	}
	if o.Every <= 0 {
		o.Every = DefaultEvery
	}
	if o.Deadline <= 0 {
		o.Deadline = DefaultDeadline
	}
	if o.Target <= 0 {
		o.Target = DefaultTarget
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Each == nil {
		o.Each = func(Sample) {}
	}
	if o.Brokers == nil {
		o.Brokers = func(int32) bool { return true }
	}
	return o
}

// Prober measures one cluster.
type Prober struct {
	session *kafka.Session
	o       Options
	dialing protocol.Options
	layout  atomic.Pointer[Layout]

	reading sync.Mutex // one reading of the layout at a time
	readAt  time.Time

	mu        sync.Mutex
	began     time.Time
	ended     time.Time // zero: it goes on
	tallies   map[int32]*tally
	unread    error // why the layout couldn't be read last
	addresses map[string]bool
}

// New makes a prober, and reads who leads what. Nothing is measured yet. Errors are those of the session, [*NoTopicError],
// [*NotProbeTopicError], and for a topic that may not be read the error of Kafka.
func New(ctx context.Context, session *kafka.Session, o Options) (*Prober, error) {
	o = o.withDefaults()
	p := &Prober{session: session, o: o, dialing: session.Dialing(), tallies: map[int32]*tally{}, addresses: map[string]bool{}}
	dial := p.dialing.Dial
	p.dialing.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err == nil {
			p.sitsAt(c.LocalAddr())
		}
		return c, err
	}
	l, err := ReadLayout(ctx, session, o.Topic)
	switch {
	case err != nil:
		return nil, err
	case errors.Is(l.Err, kerr.TopicAuthorizationFailed):
		return nil, fmt.Errorf("topic %s may not be seen: %s (%w)", o.Topic, needed(o.ReadOnly), l.Err)
	case l.Err != nil:
		return nil, fmt.Errorf("topic %s: %w", o.Topic, l.Err)
	case o.Topic != "" && !l.Exists:
		return nil, &NoTopicError{o.Topic}
	}
	if !o.ReadOnly {
		if err := CheckTopic(ctx, session, o.Topic); err != nil {
			return nil, err
		}
	}
	p.layout.Store(l)
	p.began = o.Now()
	return p, nil
}

// needed says which ACLs a probe of a topic needs.
func needed(readOnly bool) string {
	if readOnly {
		return "it takes the ACL READ on the topic"
	}
	return "it takes the ACLs READ and WRITE on the topic"
}

// Every is the time between two attempts at one broker, with so many brokers as there are.
func (p *Prober) Every() time.Duration {
	n := 0
	for _, b := range p.layout.Load().Brokers {
		if p.o.Brokers(b.ID) {
			n++
		}
	}
	return max(p.o.Every, time.Duration(n)*time.Second/maxPerSecond)
}

// Layout is who leads what, as it was read last.
func (p *Prober) Layout() *Layout { return p.layout.Load() }

// Run measures until the time is over or the context ends. An attempt that is under way when the time is over is finished; one that
// the context ends counts for nothing.
func (p *Prober) Run(ctx context.Context) {
	p.mu.Lock()
	p.began = p.o.Now()
	p.mu.Unlock()
	over := ctx
	if p.o.For > 0 {
		var cancel context.CancelFunc
		over, cancel = context.WithTimeout(ctx, p.o.For)
		defer cancel()
	}
	var all sync.WaitGroup
	homes := map[int32]bool{}
	for {
		l := p.layout.Load()
		for i, b := range l.Brokers {
			if homes[b.ID] || !p.o.Brokers(b.ID) {
				continue
			}
			homes[b.ID] = true
			h := newHome(p, b)
			offset := p.Every() * time.Duration(i) / time.Duration(len(l.Brokers))
			all.Go(func() { h.run(ctx, over, offset) })
		}
		if p.o.Once || !rest(over, p.Every()) {
			break
		}
		p.readLayout(over)
	}
	all.Wait()
	p.mu.Lock()
	p.ended = p.o.Now()
	p.mu.Unlock()
}

// rest waits, and tells whether the context has not ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// readLayout reads again who leads what, unless that was done a moment ago. Where nobody answers, the last reading stays.
func (p *Prober) readLayout(ctx context.Context) {
	p.reading.Lock()
	defer p.reading.Unlock()
	if now := p.o.Now(); now.Sub(p.readAt) < layoutEvery {
		return
	}
	l, err := ReadLayout(ctx, p.session, p.o.Topic)
	p.readAt = p.o.Now()
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		p.layout.Store(l)
	}
	p.mu.Lock()
	p.unread = err
	p.mu.Unlock()
}

// add notes what came of an attempt.
func (p *Prober) add(s Sample) {
	p.mu.Lock()
	t := p.tallies[s.Broker]
	if t == nil {
		t = &tally{}
		p.tallies[s.Broker] = t
	}
	t.add(&s)
	p.mu.Unlock()
	p.o.Each(s)
}

// count notes what became of records after their attempts.
func (p *Prober) count(broker int32, note func(*tally)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tallies[broker]
	if t == nil {
		t = &tally{}
		p.tallies[broker] = t
	}
	note(t)
}

func (p *Prober) sitsAt(addr net.Addr) {
	if addr == nil {
		return
	}
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		host = addr.String()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.addresses) < 16 { // of a machine with many, some tell enough
		p.addresses[host] = true
	}
}

func (p *Prober) sitting() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.addresses))
}
