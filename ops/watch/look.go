package watch

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// Look looks at the cluster once. It fails only where no broker answers Metadata: the error names each that was tried.
func Look(ctx context.Context, s Session, o Options) (*state.Snapshot, error) {
	return newLook(s, o.orDefaults(), nil).run(ctx)
}

// look is one look in progress. The brokers are asked at the same time; assemble makes a snapshot of their answers at the end.
type look struct {
	session Session
	o       Options
	prev    *state.Snapshot // nil at the first look
	taken   time.Time

	answering string // the broker that askAny had its last answer from
	metadata  *metadata
	quorum    *quorum
	moves     *moves
	cluster   *clusterView // nil: not asked
	configs   configs
	elr       []*kmsg.DescribeTopicPartitionsResponse

	turns   chan struct{} // one for each broker that is being asked
	asking  sync.WaitGroup
	mu      sync.Mutex // guards what follows: brokers are asked at the same time
	sent    int        // requests of this look, without those that make a connection
	listed  int        // replicas in the brokers' answers that are held
	brokers map[int32]*brokerAnswer
	unknown []state.Unknown
}

func newLook(s Session, o Options, prev *state.Snapshot) *look {
	return &look{session: s, o: o, prev: prev, brokers: map[int32]*brokerAnswer{}, turns: make(chan struct{}, maxAtOnce), configs: configs{byTopic: map[string]topicConfig{}}}
}

// run asks in three steps: the metadata, without which nothing else can be asked; then what depends on it alone, of all
// brokers at the same time; then what depends on that.
func (l *look) run(ctx context.Context) (*state.Snapshot, error) {
	l.taken = l.o.Now()
	m, err := l.askMetadata(ctx, l.candidates())
	if err != nil {
		return nil, err
	}
	l.metadata = m
	l.learn()

	for _, b := range m.brokers {
		if addr := address(b.Host, b.Port); addr != m.from {
			l.asking.Go(func() { l.askBroker(ctx, b.NodeID, addr) })
		}
	}
	l.asking.Go(func() { l.askOne(ctx) })
	l.asking.Wait()

	l.askSlowAgain(ctx)
	l.lookAtCertificates(ctx)
	l.replaceStaleMetadata(ctx)
	l.askELR(ctx)
	if l.cluster == nil && l.left() > 0 {
		l.askCluster(ctx)
		l.asking.Wait()
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("look at %s: %w", l.session.Cluster().Name, err)
	}
	l.learn()
	return l.assemble(), nil
}

// askOne asks the broker that gave the metadata for everything else that one broker can answer. It asks one thing after the
// other on the open connection: another connection costs more than it saves, most of all with TLS. What the broker forwards
// to the controller comes last, because it may hang.
func (l *look) askOne(ctx context.Context) {
	l.askConfigs(ctx)
	for _, b := range l.metadata.brokers {
		if addr := address(b.Host, b.Port); addr == l.metadata.from {
			l.askBroker(ctx, b.NodeID, addr)
		}
	}
	if l.metadata.namesMissing() {
		l.askCluster(ctx)
	}
	l.askQuorum(ctx)
	l.askMoves(ctx)
}

// candidates are the addresses to ask for metadata, in order: a broker that kept up in the look before, preferably the
// one that gave the metadata then; the bootstrap addresses; the brokers that were known.
func (l *look) candidates() []string {
	var list []string
	add := func(addr string) {
		if addr != "" && !slices.Contains(list, addr) {
			list = append(list, addr)
		}
	}
	if l.prev != nil {
		add(upToDate(l.prev))
		add(l.prev.From)
	}
	for _, addr := range l.session.Cluster().Bootstrap {
		add(addr)
	}
	if l.prev != nil {
		for i := range l.prev.Brokers {
			if b := &l.prev.Brokers[i]; b.Alive {
				add(address(b.Host, b.Port))
			}
		}
	}
	return list
}

// upToDate is the address of a broker that was not far behind the others in the metadata log: the one that gave the
// metadata if it was not, else the foremost. Empty if no broker gave its offset.
func upToDate(s *state.Snapshot) string {
	var best, own int64 = -1, -1
	var foremost string
	for i := range s.Brokers {
		b := &s.Brokers[i]
		if !b.Alive || !b.MetadataOffset.Known {
			continue
		}
		addr := address(b.Host, b.Port)
		if addr == s.From {
			own = b.MetadataOffset.Value
		}
		if b.MetadataOffset.Value > best {
			best, foremost = b.MetadataOffset.Value, addr
		}
	}
	if own >= 0 && best-own <= health.FarBehind {
		return s.From
	}
	return foremost
}

// address is empty for a broker whose host or port is not known or can't be dialed.
func address(host string, port int32) string {
	if host == "" || port <= 0 || port > 65535 {
		return ""
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// learn tells the session where the brokers are.
func (l *look) learn() {
	addrs := map[int32]string{}
	if l.cluster != nil {
		for id, b := range l.cluster.brokers {
			if addr := address(b.Host, b.Port); addr != "" {
				addrs[id] = addr
			}
		}
	}
	for _, b := range l.metadata.brokers {
		if addr := address(b.Host, b.Port); addr != "" {
			addrs[b.NodeID] = addr
		}
	}
	l.session.Learn(addrs)
}

// left is how many requests the bound of a look still allows.
func (l *look) left() int {
	brokers := len(l.metadata.ids)
	if l.cluster != nil {
		for id := range l.cluster.brokers {
			if _, counted := l.metadata.ids[id]; !counted {
				brokers++
			}
		}
	}
	return 4 + 2*brokers + chunks(len(l.metadata.topics)) - l.sent
}

func (l *look) count() {
	l.mu.Lock()
	l.sent++
	l.mu.Unlock()
}

// miss notes something that could not be read.
func (l *look) miss(node int32, what, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := state.Unknown{Node: node, What: what, Why: why}
	if !slices.Contains(l.unknown, u) {
		l.unknown = append(l.unknown, u)
	}
}

// ask sends one request to one node, within its deadline.
func (l *look) ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, l.o.Deadline)
	defer cancel()
	l.count()
	return l.session.Ask(ctx, addr, req)
}

// askAny asks what any broker answers: the one that answered last, and where that fails one other.
func (l *look) askAny(ctx context.Context, req kmsg.Request) (resp kmsg.Response, from string, err error) {
	failed := &kafka.NoAnswerError{API: kmsg.NameForKey(req.Key())}
	for _, addr := range l.askableAddrs() {
		if resp, err = l.ask(ctx, addr, req); err == nil || notServed(err) {
			l.answering = addr
			return resp, addr, err
		}
		failed.Tried = append(failed.Tried, kafka.Attempt{Addr: addr, Err: err})
		if ctx.Err() != nil {
			break
		}
	}
	return nil, "", failed
}

// askableAddrs are the addresses that askAny tries: two at the most.
func (l *look) askableAddrs() []string {
	first := l.answering
	if first == "" {
		first = l.metadata.from
	}
	for _, b := range l.metadata.brokers {
		if addr := address(b.Host, b.Port); addr != "" && addr != first {
			return []string{first, addr}
		}
	}
	return []string{first}
}

// replaceStaleMetadata asks another broker for the metadata where the one that gave it turns out to be far behind the
// others in the metadata log: what it says of leaders and replicas is then of the past.
func (l *look) replaceStaleMetadata(ctx context.Context) {
	best, foremost := l.metadata.sign.offset.Or(-1), ""
	for _, b := range l.metadata.brokers {
		if a := l.brokers[b.NodeID]; a != nil && a.offset.Or(-1) > best {
			best, foremost = a.offset.Value, address(b.Host, b.Port)
		}
	}
	if own := l.metadata.sign.offset; !own.Known || best-own.Value <= health.FarBehind {
		return
	}
	l.count() // the sign of life that comes before the metadata
	if m, err := l.askMetadata(ctx, []string{foremost}); err == nil {
		l.metadata = m
	}
}
