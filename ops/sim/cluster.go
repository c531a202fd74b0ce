package sim

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Cluster is a running simulated cluster. Its methods may be called from any goroutine.
type Cluster struct {
	options   Options
	clusterID string
	network   network
	nodes     []*node // brokers, then controllers
	backend   *backend

	brokerVersions, controllerVersions map[int16]versionRange // fixed once New returns

	mu               sync.Mutex
	model            *model
	began            time.Time     // the clock's time when the model's was 0
	skipped          time.Duration // by Advance
	stopTicking      func()
	closed           bool
	metadataRequests int
	topicsCreated    int
	requests         map[int32]map[int16]int
	mutations        []Mutation
}

// firstController is the lowest controller id.
const firstController = 3001

// tick is how often the model advances when no request comes in.
const tick = time.Second

// New starts a cluster. The caller closes it.
func New(o Options) (*Cluster, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	sc, err := scenarioNamed(o.Scenario)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		options:   o,
		clusterID: clusterID(o.Seed),
		network:   newNetwork(o.Virtual),
		requests:  map[int32]map[int16]int{},
	}
	if c.backend, err = newBackend(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	err = c.build(sc)
	c.mu.Unlock()
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) build(sc scenario) error {
	if err := c.setVersions(); err != nil {
		return err
	}
	addresses, err := c.addresses()
	if err != nil {
		return err
	}
	for i, address := range addresses {
		n := &node{address: address, network: c.network, conns: map[net.Conn]struct{}{}}
		switch exporter := i - c.options.Brokers - c.options.Controllers; {
		case i < c.options.Brokers:
			n.id = int32(i + 1)
		case exporter < 0:
			n.id, n.controller = firstController+int32(i-c.options.Brokers), true
		default:
			n.id = c.nodes[exporter].id
		}
		if len(c.nodes) < c.options.Brokers+c.options.Controllers {
			n.serve = func(conn net.Conn) { c.serve(n, conn) }
			c.nodes = append(c.nodes, n)
		} else {
			n.serve = func(conn net.Conn) { c.serveMetrics(n, conn) }
			c.node(n.id).exporter = n
		}
		if err := n.open(); err != nil {
			return err
		}
	}
	c.began = c.options.Clock.Now().Add(-sc.elapsed)
	c.model = &model{
		start: c.began, events: c.options.Events, rng: rand.New(rand.NewPCG(c.options.Seed, 0x6b6465636b)),
		sessionTimeout: c.options.SessionTimeout, bandwidth: float64(c.options.Bandwidth), elr: !c.options.WithoutELR,
		byName: map[string]*topic{}, byID: map[[16]byte]*topic{}, defaults: map[string]string{}, groupConfigs: map[string]map[string]string{},
	}
	if err := c.seed(); err != nil {
		return err
	}
	if c.options.Groups {
		c.beginGroups()
	}
	if c.options.Live {
		c.model.scheduleFlap()
	}
	if c.options.Metrics {
		if err := c.beginTraffic(sc); err != nil {
			return err
		}
	}
	if sc.prepare != nil {
		if err := sc.prepare(c); err != nil {
			return fmt.Errorf("sim: scenario %s: %w", sc.Name, err)
		}
	}
	c.model.advance(sc.elapsed)
	c.stopTicking = c.options.Clock.AfterFunc(tick, c.tick)
	return nil
}

// setVersions sets which APIs and versions the listeners serve: those of kfake that the model supports, and the model's own.
func (c *Cluster) setVersions() error {
	fake, err := c.backend.versions()
	if err != nil {
		return err
	}
	c.brokerVersions, c.controllerVersions = map[int16]versionRange{}, map[int16]versionRange{}
	for key := range int16(kmsg.MaxKey + 1) {
		versions, ok := ownVersions[key]
		if !ok {
			versions, ok = fake[key]
		}
		if !ok {
			continue
		}
		if brokerHandlers[key] != nil || forwarded[key] {
			c.brokerVersions[key] = versions
		}
		if controllerHandlers[key] != nil {
			c.controllerVersions[key] = versions
		}
	}
	return nil
}

// addresses lists where the nodes listen, in order.
func (c *Cluster) addresses() ([]string, error) {
	listen := c.options.Listen
	if listen == "" {
		listen = "127.0.0.1:0"
		if c.options.Virtual {
			listen = "127.0.0.1:9092"
		}
	}
	host, portText, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, fmt.Errorf("sim: address to listen on %q: %w", listen, err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	count := c.options.Brokers + c.options.Controllers
	if c.options.Metrics {
		count += c.options.Brokers
	}
	if err != nil || int(port)+count > 65536 {
		return nil, fmt.Errorf("sim: address to listen on %q: no port from 0 to %d", listen, 65536-count)
	}
	all := make([]string, count)
	for i := range all {
		p := int(port)
		if p != 0 {
			p += i
		}
		all[i] = net.JoinHostPort(host, strconv.Itoa(p))
	}
	return all, nil
}

// Close ends every connection and stops listening. It may be called again.
func (c *Cluster) Close() {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	if c.stopTicking != nil {
		c.stopTicking()
	}
	nodes := c.nodes
	c.mu.Unlock()
	for _, n := range nodes {
		n.close()
	}
	c.backend.close()
}

// Bootstrap lists the brokers' addresses, by id.
func (c *Cluster) Bootstrap() []string { return c.listeners(false) }

// BootstrapControllers lists the controllers' addresses, by id.
func (c *Cluster) BootstrapControllers() []string { return c.listeners(true) }

func (c *Cluster) listeners(controllers bool) []string {
	var all []string
	for _, n := range c.nodes {
		if n.controller == controllers {
			all = append(all, n.address)
		}
	}
	return all
}

// DialContext connects to a node, over the cluster's own network if it is virtual.
func (c *Cluster) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return c.network.DialContext(ctx, network, address)
}

// ClusterID returns the cluster's id as Kafka writes it: 22 characters of base64.
func (c *Cluster) ClusterID() string { return c.clusterID }

func clusterID(seed uint64) string {
	sum := sha256.Sum256([]byte("cluster " + strconv.FormatUint(seed, 10)))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Advance moves the cluster's time forward by d, besides the time that passes by the clock.
func (c *Cluster) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skipped += d
	c.catchUp()
}

// Now returns the cluster's time.
func (c *Cluster) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	return c.began.Add(c.model.now)
}

// catchUp brings the model to the present. Called with mu held.
func (c *Cluster) catchUp() {
	c.model.advance(max(c.options.Clock.Now().Sub(c.began)+c.skipped, c.model.now))
}

func (c *Cluster) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.catchUp()
	c.stopTicking = c.options.Clock.AfterFunc(tick, c.tick)
}

func (c *Cluster) served(n *node) map[int16]versionRange {
	if n.controller {
		return c.controllerVersions
	}
	return c.brokerVersions
}

func (c *Cluster) node(id int32) *node {
	for _, n := range c.nodes {
		if n.id == id {
			return n
		}
	}
	return nil
}

// unregister takes a broker off the cluster, until it is started again. Called with mu held.
func (c *Cluster) unregister(b *broker) {
	c.model.unregister(b)
	n := c.node(b.id)
	go func() { _ = n.setMode(refusing) }() // not here: the connection that asked waits for its answer
}

func itoa[T ~int | ~int32 | ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }
