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

// look is one look in the making. Its answers are filled in side by side, and laid over one another at the end.
type look struct {
	session Session
	o       Options
	prev    *state.Snapshot // nil at the first look
	taken   time.Time

	mu       sync.Mutex
	sent     int // requests of this look
	metadata *metadata
	quorum   *quorum
	moves    *moves
	cluster  *clusterView
	configs  configs
	brokers  map[int32]*brokerAnswer
	elr      []*kmsg.DescribeTopicPartitionsResponse
	unknown  []state.Unknown
}

func newLook(s Session, o Options, prev *state.Snapshot) *look {
	return &look{session: s, o: o, prev: prev, brokers: map[int32]*brokerAnswer{}, configs: configs{byTopic: map[string]topicConfig{}}}
}

// run asks in three steps: the metadata, without which nothing else can be asked; then everything that depends on it
// alone, side by side; then what depends on that.
func (l *look) run(ctx context.Context) (*state.Snapshot, error) {
	l.taken = l.o.Now()
	m, err := l.askMetadata(ctx, l.candidates())
	if err != nil {
		return nil, err
	}
	l.metadata = m
	l.learn()

	var all sync.WaitGroup
	for _, b := range m.brokers {
		all.Go(func() { l.askBroker(ctx, b.NodeID, address(b.Host, b.Port)) })
	}
	all.Go(func() { l.askQuorum(ctx) })
	all.Go(func() { l.askMoves(ctx) })
	all.Go(func() { l.askConfigs(ctx) })
	if m.namesMissing() {
		all.Go(func() { l.askCluster(ctx) })
	}
	all.Wait()

	l.replaceStaleMetadata(ctx)
	l.askELR(ctx)
	if l.cluster == nil && l.left() > 0 {
		l.askCluster(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("look at %s: %w", l.session.Cluster().Name, err)
	}
	l.learn()
	return l.assemble(), nil
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
	l.mu.Lock()
	defer l.mu.Unlock()
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

// others is how many more brokers are asked what any could answer, where the one that gave the metadata doesn't.
const others = 2

// askAny asks what any broker answers: first the one that gave the metadata, and where that fails a few others.
func (l *look) askAny(ctx context.Context, req kmsg.Request) (resp kmsg.Response, from string, err error) {
	from = l.metadata.from
	if resp, err = l.ask(ctx, from, req); err == nil || notServed(err) {
		return resp, from, err
	}
	tried := []kafka.Attempt{{Addr: from, Err: err}}
	for _, b := range l.metadata.brokers {
		addr := address(b.Host, b.Port)
		if addr == "" || addr == l.metadata.from {
			continue
		}
		if len(tried) > others || ctx.Err() != nil {
			break
		}
		if resp, err = l.ask(ctx, addr, req); err == nil || notServed(err) {
			return resp, addr, err
		}
		tried = append(tried, kafka.Attempt{Addr: addr, Err: err})
	}
	return nil, "", &kafka.NobodyError{API: kmsg.NameForKey(req.Key()), Tried: tried}
}

// replaceStaleMetadata asks another broker for the metadata where the one that gave it turns out to be far behind the
// others in the metadata log: what it says of leaders and replicas is then of the past.
func (l *look) replaceStaleMetadata(ctx context.Context) {
	var best, own int64 = -1, -1
	var foremost string
	for _, b := range l.metadata.brokers {
		a, addr := l.brokers[b.NodeID], address(b.Host, b.Port)
		if a == nil || !a.offset.Known {
			continue
		}
		if addr == l.metadata.from {
			own = a.offset.Value
		}
		if a.offset.Value > best {
			best, foremost = a.offset.Value, addr
		}
	}
	if own < 0 {
		// It was asked by an address that it doesn't advertise. What it said when it was connected to costs nothing.
		if v, err := l.session.Versions(ctx, l.metadata.from); err == nil {
			own = v.FinalizedFeaturesEpoch
		}
	}
	if own < 0 || best-own <= health.FarBehind {
		return
	}
	if m, err := l.askMetadata(ctx, []string{foremost}); err == nil {
		l.metadata = m
	}
}
