package kafkatest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Cluster is a running Kafka cluster. Its methods may be called from any
// goroutine, but only one goroutine at a time may stop and start the same node.
type Cluster struct {
	Options
	ID    string  // Kafka's cluster id
	Dir   string  // all files of the cluster; Close removes it
	Nodes []*Node // brokers by id, then the controllers that are not brokers

	jars      string
	client    *kgo.Client // seeded with every broker
	authority *authority  // with Options.SASL
	release   []func() error
}

// Start gives the test a cluster whose brokers are all unfenced, and ends it
// with the test. It skips the test where Require does.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	Require(t)
	c, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("ending Kafka: %v", err)
		}
	})
	return c
}

// maxStarts is how often a start is tried. Another program may take a port after
// it was found free and before Kafka binds it.
const maxStarts = 3

// Run starts a cluster and waits until its brokers are all unfenced. The context
// bounds the start alone; the cluster lives until Close.
func Run(ctx context.Context, o Options) (*Cluster, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		c, err := run(ctx, o)
		if err == nil {
			return c, nil
		}
		if !errors.Is(err, errPortTaken) || try == maxStarts {
			return nil, fmt.Errorf("starting Kafka %s: %w", o.Version, err)
		}
	}
}

func run(ctx context.Context, o Options) (*Cluster, error) {
	c := &Cluster{Options: o, ID: newClusterID()}
	err := c.prepare(ctx)
	if err == nil {
		err = c.launch(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// prepare makes the directories, files and ports that the nodes need to start.
func (c *Cluster) prepare(ctx context.Context) (err error) {
	if c.jars, err = Jars(c.Version); err != nil {
		return err
	}
	dir, remove, err := newWorkDir()
	if err != nil {
		return err
	}
	c.Dir = dir
	c.release = append(c.release, remove)

	c.addNodes()
	if err := c.assignPorts(); err != nil {
		return err
	}
	if err := c.writeFiles(); err != nil {
		return err
	}
	c.client, err = kgo.NewClient(kgo.SeedBrokers(strings.Split(c.Bootstrap(), ",")...), kgo.ClientID("kafkatest"))
	if err != nil {
		return err
	}
	return c.each(func(n *Node) error { return n.format(ctx) })
}

// launch starts the nodes and waits until the brokers are unfenced.
func (c *Cluster) launch(ctx context.Context) error {
	if err := c.each((*Node).Start); err != nil {
		return err
	}
	return c.awaitUnfenced(ctx, c.Nodes)
}

// Close kills every node and removes all data.
func (c *Cluster) Close() error {
	if c.client != nil {
		c.client.Close()
	}
	errs := []error{c.each(func(n *Node) error {
		if err := n.Kill(); !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		return nil
	})}
	for _, release := range slices.Backward(c.release) {
		errs = append(errs, release())
	}
	return errors.Join(errs...)
}

// each calls do for all nodes in parallel.
func (c *Cluster) each(do func(*Node) error) error {
	errs := make([]error, len(c.Nodes))
	var all sync.WaitGroup
	for i, n := range c.Nodes {
		all.Go(func() { errs[i] = do(n) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// Node returns the node of an id, and panics where there is none: the test is wrong.
func (c *Cluster) Node(id int32) *Node {
	for _, n := range c.Nodes {
		if n.ID == id {
			return n
		}
	}
	panic(fmt.Sprintf("kafkatest: no node %d in a cluster of %v", id, c.Nodes))
}

// Brokers returns the nodes that are brokers, by id.
func (c *Cluster) Brokers() []*Node { return c.Nodes[:c.Options.Brokers] }

// BrokerIDs returns the ids of the brokers, ascending.
func (c *Cluster) BrokerIDs() (ids []int32) {
	for _, n := range c.Brokers() {
		ids = append(ids, n.ID)
	}
	return ids
}

// Bootstrap returns the PLAINTEXT addresses of all brokers, as --bootstrap-server takes them.
func (c *Cluster) Bootstrap() string { return joined(c.Brokers(), (*Node).Addr) }

// BootstrapSASL returns the SASL_SSL addresses of all brokers; they are there with Options.SASL.
func (c *Cluster) BootstrapSASL() string { return joined(c.Brokers(), (*Node).AddrSASL) }

// BootstrapKerberos returns the SASL_PLAINTEXT addresses of all brokers; they are there with Options.Kerberos.
func (c *Cluster) BootstrapKerberos() string { return joined(c.Brokers(), (*Node).addrKerberos) }

// ControllerAddrs returns the addresses of all controllers, as --bootstrap-controller takes them.
func (c *Cluster) ControllerAddrs() string { return joined(c.controllers(), (*Node).ControllerAddr) }

func (c *Cluster) controllers() (nodes []*Node) {
	for _, n := range c.Nodes {
		if n.Controller {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// joined returns a comma list of what text returns for each node.
func joined(nodes []*Node, text func(*Node) string) string {
	var all []string
	for _, n := range nodes {
		all = append(all, text(n))
	}
	return strings.Join(all, ",")
}

// addNodes adds the nodes with their roles, racks and directories.
func (c *Cluster) addNodes() {
	combined := 0
	if c.Controllers == 0 {
		combined = min(c.Options.Brokers, 5)
		combined -= 1 - combined%2
	}
	for i := range c.Options.Brokers {
		n := c.addNode(c.FirstBrokerID + int32(i))
		n.Broker, n.Controller = true, i < combined
		if len(c.Racks) > 0 {
			n.Rack = c.Racks[i%len(c.Racks)]
		}
		for d := range c.LogDirs {
			n.logDirs = append(n.logDirs, filepath.Join(n.Dir, fmt.Sprintf("log-%d", d)))
		}
	}
	for i := range c.Controllers {
		c.addNode(FirstControllerID + int32(i)).Controller = true
	}
}

func (c *Cluster) addNode(id int32) *Node {
	n := &Node{ID: id, Dir: filepath.Join(c.Dir, fmt.Sprintf("node-%d", id)), cluster: c}
	c.Nodes = append(c.Nodes, n)
	return n
}

// portsPerNode is one for each listener and agent that a node can have.
const portsPerNode = 6

// assignPorts gives every node all the ports that it can need.
func (c *Cluster) assignPorts() error {
	ports, release, err := claimPorts(portsPerNode * len(c.Nodes))
	if err != nil {
		return err
	}
	c.release = append(c.release, func() error { release(); return nil })
	for i, n := range c.Nodes {
		p := ports[portsPerNode*i:]
		n.ports = nodePorts{plaintext: p[0], sasl: p[1], controller: p[2], exporter: p[3], jolokia: p[4], kerberos: p[5]}
	}
	return nil
}

func (c *Cluster) writeFiles() error {
	if c.SASL {
		if err := c.writeCertificates(time.Now()); err != nil {
			return err
		}
	}
	if c.JMXExporter {
		if err := c.writeExporterConfig(); err != nil {
			return err
		}
	}
	for _, n := range c.Nodes {
		if err := n.writeProperties(); err != nil {
			return err
		}
	}
	return nil
}

// newClusterID makes an id as Kafka's StorageTool random-uuid does.
func newClusterID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	id[0] &= 0x7f           // no leading '-', which would read as a flag
	return base64.RawURLEncoding.EncodeToString(id[:])
}
