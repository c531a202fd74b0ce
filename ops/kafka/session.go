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

	"kdeck/ops/config"
	"kdeck/protocol"
)

// DefaultTimeout is how long one exchange may take where neither Options nor the cluster's settings say. It
// counts from the moment the budget admits the exchange, and includes a connection that must be made first.
const DefaultTimeout = 5 * time.Second

// Options are what a session takes from outside. The zero value is the real network and the real clock.
type Options struct {
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error) // nil: a net.Dialer
	Now     func() time.Time                                                  // nil: time.Now
	Timeout time.Duration                                                     // of one exchange; 0: the cluster's, or DefaultTimeout
	Budget  Budget                                                            // of requests to each node; zero: DefaultBudget
}

// Session reads one cluster. It is safe for concurrent use.
type Session struct {
	cluster *config.Cluster
	options protocol.Options
	timeout time.Duration
	budget  Budget
	now     func() time.Time

	mu     sync.Mutex
	closed bool
	nodes  map[string]*node
	known  map[int32]string
	sticky string // the address that answered Any last
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
		known:   map[int32]string{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	dial := o.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	s.options = protocol.Options{
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return dial(ctx, network, s.MapAddr(addr))
		},
		ClientID: cluster.ClientID,
		Now:      s.now,
	}
	var err error
	if cluster.Security.Encrypted() {
		if s.options.TLS, err = tlsConfig(cluster.TLS); err != nil {
			return nil, fmt.Errorf("cluster %s: %w", cluster.Name, err)
		}
	}
	if cluster.Security.Authenticated() {
		if s.options.SASL, err = mechanism(cluster.SASL, dial, s.now); err != nil {
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

// Dialing returns how this session dials, for connections that it doesn't keep: address map, TLS and SASL
// included. Addresses are given as they are advertised.
func (s *Session) Dialing() protocol.Options { return s.options }

// MapAddr returns the address that is dialed in the place of an advertised one.
func (s *Session) MapAddr(addr string) string {
	if to, ok := s.cluster.AddressMap[addr]; ok {
		return to
	}
	return addr
}

// Learn sets which brokers there are, by id, at which advertised addresses.
func (s *Session) Learn(addrs map[int32]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = maps.Clone(addrs)
}

// Addr returns the advertised address of a broker that [Session.Learn] told of.
func (s *Session) Addr(id int32) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	addr, ok := s.known[id]
	return addr, ok
}

// Close ends all connections. Exchanges that are under way fail.
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

// Ask sends a read-only request to one node, by its advertised address, and returns that node's answer. The
// version is the newest that the node and kmsg both know; a version above 0 that is set in the request caps it.
// The request itself is left as it is. An error code inside the answer is the answer. Errors are
// [*protocol.Error] and [*RefusedError]; finding out why a node hung up or kept silent takes up to three seconds
// more, once ([protocol.Explain]).
func (s *Session) Ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	if err := s.refuse(req, newest(req)); err != nil {
		return nil, err
	}
	n, err := s.node(addr)
	if err != nil {
		return nil, err
	}
	return n.ask(ctx, req)
}

// Any sends a read-only request to any node and returns the answer and the address that gave it: the node that
// answered last, else the bootstrap addresses in order (the controllers'
// where there are none), else the brokers that [Session.Learn] told of. Where all
// fail the error is a [*NobodyError].
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
		resp, err := n.ask(ctx, req)
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

// Explain looks for the cause of a failure to reach a node that another's deadline cut short, by probes of its own
// ([protocol.Explain]). It takes three seconds at the most.
func (s *Session) Explain(ctx context.Context, addr string, err error) error {
	n, nerr := s.node(addr)
	if nerr != nil {
		return err
	}
	return n.explain(ctx, nil, err)
}

// Versions returns what a node said it serves when its connection was made.
func (s *Session) Versions(ctx context.Context, addr string) (*kmsg.ApiVersionsResponse, error) {
	n, err := s.node(addr)
	if err != nil {
		return nil, err
	}
	return n.versions(ctx, false)
}

// Refresh asks a node anew what it serves. It is the cheapest sign of life, and a broker's answer holds the
// offset of its own metadata (FinalizedFeaturesEpoch; not on controllers).
func (s *Session) Refresh(ctx context.Context, addr string) (*kmsg.ApiVersionsResponse, error) {
	n, err := s.node(addr)
	if err != nil {
		return nil, err
	}
	return n.versions(ctx, true)
}

// RefusedError is a request that a session doesn't send, because it would change something or is above the
// context's cap.
type RefusedError struct {
	API   string
	Class protocol.Class
	Why   string // the field that makes it so, or empty
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

// NoAnswerError says that no node answered: which were tried, and why each failed.
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
