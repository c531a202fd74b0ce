package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"

	"kdeck/ops/config"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// DefaultTimeout is how long one exchange may take if neither Options nor the cluster's settings say. It counts from when the budget
// admits the exchange, and includes making a connection.
const DefaultTimeout = 5 * time.Second

// Options are the settings of a session. The zero value means the real network and the real clock.
type Options struct {
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error) // nil: a net.Dialer
	Now     func() time.Time                                                  // nil: time.Now
	Timeout time.Duration                                                     // of one exchange; 0: the cluster's, or DefaultTimeout
	Budget  Budget                                                            // of requests to each node; zero: DefaultBudget
}

// maxDecoding is how many bytes the frames of answers may take together until they are decoded: those of the metadata of a million
// partitions and of all brokers' log dirs at once. What they are decoded to takes a few times as much.
const maxDecoding = 256 << 20

// Session reads one cluster. It is safe for concurrent use.
type Session struct {
	cluster *config.Cluster
	options protocol.Options
	timeout time.Duration
	budget  Budget
	now     func() time.Time
	mask    *config.Mask

	mu     sync.Mutex
	closed bool
	nodes  map[string]*node
	known  map[int32]string
	sticky string          // the address that answered Any last
	dials  map[string]bool // the addresses that were connected to
}

// Open makes a session. Nothing is sent; certificate files are read and checked.
func Open(cluster *config.Cluster, o Options) (*Session, error) {
	if len(cluster.Bootstrap) == 0 && len(cluster.Controllers) == 0 {
		return nil, fmt.Errorf("cluster %s: no bootstrap address", cluster.Name)
	}
	s := &Session{
		cluster: cluster,
		timeout: firstSet(o.Timeout, cluster.Timeout, DefaultTimeout),
		budget:  o.Budget.orDefault(),
		now:     o.Now,
		nodes:   map[string]*node{},
		dials:   map[string]bool{},
		known:   map[int32]string{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	dial := o.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	s.mask = cluster.Mask()
	s.options = protocol.Options{
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, s.MapAddr(addr))
			return conn, s.dialed(addr, err)
		},
		ClientID: cluster.ClientID,
		Decoding: message.NewMemory(maxDecoding),
		Now:      s.now,
		Mask:     s.mask.Said,
	}
	var err error
	if cluster.Security.Encrypted() {
		if s.options.TLS, err = tlsConfig(cluster.TLS); err != nil {
			return nil, fmt.Errorf("cluster %s: %w", cluster.Name, err)
		}
	}
	if cluster.Security.Authenticated() {
		if s.options.SASL, err = mechanism(cluster.SASL, s.mask, dial, s.now); err != nil {
			return nil, fmt.Errorf("cluster %s: %w", cluster.Name, err)
		}
	}
	return s, nil
}

func firstSet(ds ...time.Duration) time.Duration {
	for _, d := range ds {
		if d > 0 {
			return d
		}
	}
	return 0
}

// Cluster returns the cluster that the session reads.
func (s *Session) Cluster() *config.Cluster { return s.cluster }

// Dialing returns the options for connections that the session doesn't keep, with its address map, TLS and SASL. Addresses are those
// that brokers advertise.
func (s *Session) Dialing() protocol.Options { return s.options }

// MapAddr returns the address to dial for an advertised one.
func (s *Session) MapAddr(addr string) string {
	if to, ok := s.cluster.AddressMap[addr]; ok {
		return to
	}
	return addr
}

// Learn sets the advertised addresses of the brokers, by id.
func (s *Session) Learn(addrs map[int32]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = maps.Clone(addrs)
}

// Addr returns the advertised address of a broker, as set by [Session.Learn].
func (s *Session) Addr(id int32) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	addr, ok := s.known[id]
	return addr, ok
}

// Close closes all connections. Exchanges in progress fail.
func (s *Session) Close() {
	s.mu.Lock()
	s.closed = true
	nodes := make([]*node, 0, len(s.nodes))
	for _, n := range s.nodes {
		nodes = append(nodes, n)
	}
	s.mu.Unlock()
	for _, n := range nodes {
		n.close()
	}
	if m, ok := s.options.SASL.(sasl.ClosingMechanism); ok {
		m.Close()
	}
}

var errSessionClosed = errors.New("the session is closed")

func (s *Session) node(addr string) (*node, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errSessionClosed
	}
	n := s.nodes[addr]
	if n == nil {
		n = newNode(s, addr)
		s.nodes[addr] = n
	}
	return n, nil
}

// Ask sends a read-only request to one node, by its advertised address, and returns that node's answer. The version is the newest
// that the node and kmsg both know, but not above a version that is set in the request. The request itself isn't changed. An error
// code inside the answer is not an error of Ask. Errors are [*protocol.Error] and [*RefusedError]. When a node hangs up or is
// silent, looking for the cause takes up to three seconds more ([protocol.Explain]).
func (s *Session) Ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	return s.askNode(ctx, addr, nil, req)
}

func (s *Session) askNode(ctx context.Context, addr string, want *peer, req kmsg.Request) (kmsg.Response, error) {
	if err := s.refuse(req, newest(req)); err != nil {
		return nil, err
	}
	n, err := s.node(addr)
	if err != nil {
		return nil, err
	}
	return n.ask(ctx, want, req)
}

// Any sends a read-only request to one node after the other until one answers, and returns the answer and the address of that node. It
// tries the node that answered last, then the bootstrap addresses (or those of the controllers if there are none), and then the
// brokers of [Session.Learn]. If all fail, the error is a [*NobodyError].
func (s *Session) Any(ctx context.Context, req kmsg.Request) (kmsg.Response, string, error) {
	if err := s.refuse(req, newest(req)); err != nil {
		return nil, "", err
	}
	var failed []Attempt
	for _, addr := range s.candidates() {
		n, err := s.node(addr)
		if err != nil {
			return nil, "", err
		}
		resp, err := n.ask(ctx, nil, req)
		if err == nil {
			s.mu.Lock()
			s.sticky = addr
			s.mu.Unlock()
			return resp, addr, nil
		}
		failed = append(failed, Attempt{addr, err})
		if ctx.Err() != nil {
			break
		}
	}
	return nil, "", &NoAnswerError{kmsg.NameForKey(req.Key()), failed}
}

// candidates lists the addresses for Any, each once.
func (s *Session) candidates() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	seen := map[string]bool{"": true}
	add := func(addr string) {
		if !seen[addr] {
			seen[addr] = true
			list = append(list, addr)
		}
	}
	add(s.sticky)
	first := s.cluster.Bootstrap
	if len(first) == 0 {
		first = s.cluster.Controllers
	}
	for _, addr := range first {
		add(addr)
	}
	for _, id := range sortedIDs(s.known) {
		add(s.known[id])
	}
	return list
}

// Explain looks for the cause of a failure to reach a node, by probes of its own ([protocol.Explain]). It takes at most three seconds.
func (s *Session) Explain(ctx context.Context, addr string, err error) error {
	n, nerr := s.node(addr)
	if nerr != nil {
		return err
	}
	return n.explain(ctx, nil, err)
}

// Versions returns the API versions of a node, as it gave them when a connection was made.
func (s *Session) Versions(ctx context.Context, addr string) (*kmsg.ApiVersionsResponse, error) {
	n, err := s.node(addr)
	if err != nil {
		return nil, err
	}
	return n.versions(ctx, false)
}

// Refresh asks a node again for its API versions. That is the cheapest sign of life, and a broker's answer has the offset of its
// metadata (FinalizedFeaturesEpoch; not from controllers).
func (s *Session) Refresh(ctx context.Context, addr string) (*kmsg.ApiVersionsResponse, error) {
	n, err := s.node(addr)
	if err != nil {
		return nil, err
	}
	return n.versions(ctx, true)
}

// RefusedError is a request that was not sent, because it would change something or its class is above the context's cap.
type RefusedError struct {
	API   string
	Class protocol.Class
	Why   string // the field that decides the class, or empty
}

func (e *RefusedError) Error() string {
	msg := fmt.Sprintf("%s is not read-only (class %s) and was not sent", e.API, e.Class)
	if e.Why != "" {
		msg += ": " + e.Why
	}
	return msg
}

// refuse returns an error for a request that isn't read-only in the given version.
func (s *Session) refuse(req kmsg.Request, version int16) error {
	class, why := protocol.Classify(inVersion(req, version))
	if !class.Reads() || (s.cluster.MaxClass != 0 && class > s.cluster.MaxClass) {
		return &RefusedError{kmsg.NameForKey(req.Key()), class, why}
	}
	return nil
}

// newest returns the newest version that a request may be sent in.
func newest(req kmsg.Request) int16 {
	if v := req.GetVersion(); v > 0 {
		return min(v, req.MaxVersion())
	}
	return req.MaxVersion()
}

// inVersion returns a shallow copy of a request in another version, so that one request can be sent to many
// nodes at once.
func inVersion(req kmsg.Request, version int16) kmsg.Request {
	copied := reflect.New(reflect.TypeOf(req).Elem())
	copied.Elem().Set(reflect.ValueOf(req).Elem())
	r := copied.Interface().(kmsg.Request)
	r.SetVersion(version)
	return r
}

// Attempt is one node that was tried and why it failed.
type Attempt struct {
	Addr string
	Err  error
}

// NoAnswerError says that no node answered, and why each failed.
type NoAnswerError struct {
	API   string
	Tried []Attempt
}

func (e *NoAnswerError) Error() string {
	if len(e.Tried) == 1 {
		return e.Tried[0].Err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "none of %d nodes answered %s:", len(e.Tried), e.API)
	for _, t := range e.Tried {
		b.WriteString("\n  " + t.Err.Error())
	}
	return b.String()
}

// Unwrap returns the error of each attempt.
func (e *NoAnswerError) Unwrap() []error {
	errs := make([]error, len(e.Tried))
	for i, t := range e.Tried {
		errs[i] = t.Err
	}
	return errs
}
