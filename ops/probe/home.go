package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// A client's tries within one attempt.
const (
	maxTries   = 4
	retryPause = 100 * time.Millisecond // as retry.backoff.ms of Kafka's clients
)

// home makes the attempts for the partition of one broker, one after the other.
type home struct {
	p      *Prober
	broker int32
	ticks  int // attempts so far
	conns  map[int32]*protocol.Conn
	muted  map[int32]time.Time // until when a quota holds back what is sent to a broker
	log    readBack
	topic  [16]byte // that log is of
}

func newHome(p *Prober, b Broker) *home {
	return &home{p: p, broker: b.ID, conns: map[int32]*protocol.Conn{}, muted: map[int32]time.Time{},
		log: readBack{next: unknownOffset, waiting: map[uint64]written{}, instance: p.o.Instance, home: b.ID}}
}

// follow forgets what was written to the topic where another one has taken its place: nothing of that is lost.
func (h *home) follow(l *Layout) {
	if h.topic != l.TopicID {
		h.topic = l.TopicID
		h.log.startAnew()
	}
}

// run makes attempts until over ends. ctx ends one that is under way.
func (h *home) run(ctx, over context.Context, offset time.Duration) {
	defer h.hangUp()
	now := h.p.o.Now
	if !rest(over, offset) {
		return
	}
	for due := now(); ; {
		samples := h.tick(ctx)
		if aborted(ctx) {
			return
		}
		every := h.p.Every()
		passed := 0
		for due = due.Add(every); due.Before(now()); due = due.Add(every) {
			passed++
		}
		for _, s := range samples {
			s.Ticks = 1
			if s.Outcome == Failed || s.Outcome == Late {
				s.Ticks += passed // they would have come to nothing as well
			}
			h.p.add(s)
		}
		if h.p.o.Once || !rest(over, due.Sub(now())) {
			return
		}
	}
}

func (h *home) hangUp() {
	for _, c := range h.conns {
		c.Close()
	}
}

// tick makes one attempt. Where another broker leads the partition there are two samples: that of the leader, and one that says what
// the home does instead.
func (h *home) tick(ctx context.Context) []Sample {
	ctx, cancel := context.WithTimeout(ctx, h.p.o.Deadline)
	defer cancel()
	defer func() { h.ticks++ }()
	s := Sample{At: h.p.o.Now(), Broker: h.broker, Home: h.broker, Partition: -1}
	l := h.p.layout.Load()
	if h.p.o.ReadOnly {
		h.try(ctx, &s, h.lookOnly)
		return []Sample{s}
	}
	h.follow(l)
	part, has := l.Home(h.broker)
	switch {
	case !l.Exists && l.Err == nil:
		s.Outcome, s.Err = Gone, (&NoTopicError{l.Topic}).Error()
		return []Sample{s}
	case l.Err != nil:
		s.Outcome, s.Err = Refused, fmt.Sprintf("topic %s: %v", l.Topic, l.Err)
		return []Sample{s}
	case !has:
		s.Outcome, s.Err = NotLeading, h.idle(ctx, "it is the preferred leader of no partition of "+l.Topic)
		return []Sample{s}
	}
	if part.Leader == h.broker {
		h.try(ctx, &s, h.writeAndRead)
		return []Sample{s}
	}
	why := fmt.Sprintf("its partition %d has no leader", part.ID)
	if part.Leader >= 0 {
		why = fmt.Sprintf("broker %d leads its partition %d", part.Leader, part.ID)
	}
	away := Sample{At: s.At, Broker: h.broker, Home: h.broker, Partition: part.ID, Outcome: NotLeading}
	var both sync.WaitGroup
	both.Go(func() { away.Err = h.idle(ctx, why) })
	h.try(ctx, &s, h.writeAndRead)
	both.Wait()
	if s.Broker == h.broker { // there was no leader: that is its sample
		return []Sample{s}
	}
	return []Sample{s, away}
}

// idle says why nothing is written through the broker, and whether it answers at all.
func (h *home) idle(ctx context.Context, why string) string {
	b, ok := h.p.layout.Load().Broker(h.broker)
	if !ok {
		return why + "; it isn't among the live brokers"
	}
	c, err := protocol.Dial(ctx, b.Addr, h.p.dialing)
	if err == nil {
		defer h.charge(c)
		defer c.Close()
		_, err = c.Versions(ctx)
	}
	if err != nil {
		return fmt.Sprintf("%s; it doesn't answer: %v", why, err)
	}
	return why + "; it answers"
}

// try makes the tries of one attempt. What each does it is told by once, which is given who is to be asked.
func (h *home) try(ctx context.Context, s *Sample, once func(context.Context, *Sample, bool) *failure) {
	for {
		f := once(ctx, s, s.Retries > 0)
		if until, held := h.muted[s.Broker]; held && h.p.o.Now().Before(until) {
			s.Outcome, s.Err = Throttled, "a quota holds the probe back"
			return
		}
		if f == nil {
			s.Outcome, s.Err = Good, ""
			return
		}
		s.Outcome, s.Stage, s.Err = f.outcome, f.stage, f.err.Error()
		unknown := errors.Is(f.err, kerr.UnknownTopicOrPartition)
		if !(f.again || unknown) || s.Retries+1 == maxTries || !rest(ctx, retryPause<<s.Retries) {
			return
		}
		h.p.readLayout(ctx)
		if l := h.p.layout.Load(); h.p.o.Topic != "" && l.Err == nil && (!l.Exists || unknown && h.topic != l.TopicID) {
			s.Outcome, s.Err = Gone, (&NoTopicError{l.Topic}).Error()
			return
		}
		if !f.again {
			return
		}
		s.Retries++
	}
}

// connect returns a connection to a broker: the one that is kept, unless a new one is due.
func (h *home) connect(ctx context.Context, id int32, s *Sample) (*protocol.Conn, *failure) {
	if c := h.conns[id]; c != nil {
		if end := c.Expires(); c.Usable() && (s.Retries > 0 || h.ticks%reconnectEvery != 0) && (end.IsZero() || h.p.o.Now().Add(2*h.p.o.Deadline).Before(end)) {
			return c, nil
		}
		c.Close()
		delete(h.conns, id)
	}
	l := h.p.layout.Load()
	b, ok := l.Broker(id)
	if !ok {
		return nil, &failure{stage: TCP, outcome: Failed, again: true, err: fmt.Errorf("broker %d isn't among the live brokers", id)}
	}
	var resolving, looked atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { resolving.Store(true); looked.Store(true) },
		DNSDone:  func(httptrace.DNSDoneInfo) { resolving.Store(false) },
	})
	c, err := protocol.Dial(traced, b.Addr, h.p.dialing)
	if err != nil {
		return nil, failed(unreached(err, resolving.Load()), err)
	}
	defer h.charge(c)
	made := c.Making()
	s.mark(TCP, made.TCP)
	if looked.Load() { // else the address has no name
		s.mark(DNS, made.DNS)
	}
	if h.p.dialing.TLS != nil {
		s.mark(TLS, made.TLS)
	}
	if h.p.dialing.SASL != nil {
		s.mark(SASL, made.SASL)
	}
	start := h.p.o.Now()
	if _, err := c.AskVersions(ctx); err != nil {
		c.Close()
		return nil, failed(FirstAnswer, err)
	}
	s.mark(FirstAnswer, h.p.o.Now().Sub(start))
	if err := h.p.session.Identify(ctx, c, kafka.Identity{Broker: id, ClusterID: l.ClusterID}); err != nil {
		c.Close()
		return nil, failed(FirstAnswer, err)
	}
	h.conns[id] = c
	return c, nil
}

// charge counts what went over a connection that ends, or has just been made, as the session's.
func (h *home) charge(c *protocol.Conn) {
	h.p.session.Charge(c.Addr(), protocol.Traffic{}, c.Traffic())
}

// answer asks for ApiVersions on a connection that has been used, every few attempts.
func (h *home) answer(ctx context.Context, c *protocol.Conn, s *Sample) *failure {
	if !h.p.o.Once && h.ticks%reconnectEvery%3 != 1 {
		return nil
	}
	before := c.Traffic()
	defer func() { h.p.session.Charge(c.Addr(), before, c.Traffic()) }()
	start := h.p.o.Now()
	if _, err := c.AskVersions(ctx); err != nil {
		return failed(Answer, err)
	}
	s.mark(Answer, h.p.o.Now().Sub(start))
	return nil
}

// exchange sends a request in the newest version that the broker serves, up to one, and notes how long it took and whether a quota holds back what comes next.
func (h *home) exchange(ctx context.Context, c *protocol.Conn, id int32, stage Stage, req kmsg.Request, newest int16) (kmsg.Response, time.Duration, *failure) {
	versions, err := c.Versions(ctx)
	if err != nil {
		return nil, 0, failed(stage, err)
	}
	version, err := protocol.Pick(versions, req.Key(), min(newest, req.MaxVersion()))
	if err != nil {
		return nil, 0, failed(stage, err)
	}
	req.SetVersion(version)
	before := c.Traffic()
	answer, err := c.Exchange(ctx, req)
	h.p.session.Charge(c.Addr(), before, c.Traffic())
	if err != nil {
		return nil, 0, failed(stage, err)
	}
	if t, ok := answer.Response.(kmsg.ThrottleResponse); ok {
		if ms, _ := t.Throttle(); ms > 0 {
			h.muted[id] = h.p.o.Now().Add(time.Duration(ms) * time.Millisecond)
		}
	}
	return answer.Response, answer.Timing.Write + answer.Timing.Wait + answer.Timing.Read, nil
}

// isMuted tells whether a quota holds back what is sent to a broker.
func (h *home) isMuted(id int32) bool { return h.p.o.Now().Before(h.muted[id]) }

// errMuted is the failure of an attempt that isn't made, because its times would be the quota's.
func errMuted() *failure {
	return &failure{outcome: Throttled, err: fmt.Errorf("a quota holds the probe back")}
}
