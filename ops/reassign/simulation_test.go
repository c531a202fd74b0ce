package reassign

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/plan"
	"kdeck/ops/sim"
	"kdeck/ops/state"
	"kdeck/ops/watch"
	"kdeck/protocol"
)

// simulation is a simulated cluster in a bubble of virtual time, and what an operator's machine has of it.
type simulation struct {
	*testing.T
	sim     *sim.Cluster
	session *kafka.Session
	network *network
	dir     string
	events  []Event
	foreign map[change.TopicPartition]bool // moves of others

	cordonsBefore map[int32]string
}

// small is a cluster on which a drain takes a handful of requests and some minutes.
var small = sim.Options{Brokers: 5, Topics: 6, Partitions: 12, PartitionBytes: 200_000_000, Seed: 3}

// large is one on which a broker can be missed and the rest still goes on.
var large = sim.Options{Brokers: 9, Topics: 9, Partitions: 40, PartitionBytes: 200_000_000, Seed: 3}

func simulate(t *testing.T, o sim.Options, test func(*simulation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newSimulation(t, o)
		defer w.close()
		test(w)
	})
}

func newSimulation(t *testing.T, o sim.Options) *simulation {
	t.Helper()
	o.Virtual = true
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w := &simulation{T: t, sim: c, dir: stateDir(t), network: &network{dial: c.DialContext, before: map[int16]func(){}}, foreign: map[change.TopicPartition]bool{}}
	w.network.sent = w.guard
	w.session = w.open()
	return w
}

// stateDir is in memory where that can be had: the campaigns put thousands of ledgers and journal lines on disk.
func stateDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "kdeck-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// guard looks at every request that changes something, right before the cluster gets it: as long as a move of ours is in
// flight, no rate and no list entry may be taken away, and no rate of a broker that anybody's move touches.
func (w *simulation) guard(req kmsg.Request) {
	alter, ok := req.(*kmsg.IncrementalAlterConfigsRequest)
	if !ok {
		return
	}
	for _, r := range alter.Resources {
		for _, c := range r.Configs {
			if c.Name == change.CordonedLogDirs { // it limits nothing that moves
				continue
			}
			if c.Op == kmsg.IncrementalAlterConfigOpAppend || c.Op == kmsg.IncrementalAlterConfigOpSet && slices.Contains(ourRates, *c.Value) {
				continue
			}
			for _, m := range w.sim.Reassignments() {
				if r.ResourceType == kmsg.ConfigResourceTypeBroker && slices.ContainsFunc(m.Replicas, func(b int32) bool { return fmt.Sprint(b) == r.ResourceName }) {
					w.Errorf("%s of broker %s is taken away under %s-%d\n%s", c.Name, r.ResourceName, m.Topic, m.Partition, w.log())
					return
				}
				if !w.foreign[change.TopicPartition{Topic: m.Topic, Partition: m.Partition}] {
					w.Errorf("%s of %s is taken away while %s-%d is in flight\n%s", c.Name, r.ResourceName, m.Topic, m.Partition, w.log())
					return
				}
			}
		}
	}
}

func (w *simulation) open() *kafka.Session {
	w.Helper()
	cluster, err := config.Resolve(&config.File{}, config.Flags{Bootstrap: strings.Join(w.sim.Bootstrap(), ",")}, nil)
	if err != nil {
		w.Fatal(err)
	}
	s, err := kafka.Open(cluster, kafka.Options{Dial: w.network.Dial})
	if err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *simulation) close() {
	w.session.Close()
	w.sim.Close()
}

func (w *simulation) look(ctx context.Context) (*state.Snapshot, error) {
	return watch.Look(ctx, w.session, watch.Options{})
}

func (w *simulation) snapshot() *state.Snapshot {
	w.Helper()
	s, err := w.look(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// plan plans a chain in the words of the command line.
func (w *simulation) plan(words string) *plan.Plan {
	w.Helper()
	stages, err := plan.Parse(strings.Fields(words))
	if err != nil {
		w.Fatal(err)
	}
	p, err := plan.Make(w.Context(), w.snapshot(), stages)
	if err != nil {
		w.Fatal(err)
	}
	return p.Plan
}

func (w *simulation) door() *change.Door {
	w.Helper()
	j, err := change.OpenJournal(w.dir, w.sim.ClusterID())
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { j.Close() })
	d, err := change.Open(w.Context(), w.session, change.Options{
		ClusterID: w.sim.ClusterID(), Journal: j, Confirm: change.Confirm{Want: "drain 1 sim", Got: "drain 1 sim"},
	})
	if err != nil {
		w.Fatal(err)
	}
	return d
}

const testRate = 10_000_000

// ourRates are the rates that the tests throttle with; any other that is set is one that is put back.
var ourRates = []string{fmt.Sprint(testRate), fmt.Sprint(2 * testRate), fmt.Sprint(5 * testRate)}

func (w *simulation) options(p *plan.Plan) Options {
	return Options{
		Plan: p, Session: w.session, Door: w.door(), Look: w.look, StateDir: w.dir, Rate: testRate, Moves: 3,
		Sink: func(e Event) { w.events = append(w.events, e) }, Finish: "again", Cancel: "cancel",
	}
}

func (w *simulation) executor(o Options) *Executor {
	w.Helper()
	e, err := New(o)
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// run carries a plan out to the end.
func (w *simulation) run(o Options) End {
	w.Helper()
	end, err := w.executor(o).Run(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return end
}

func (w *simulation) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// ask sends any request to broker at, as another tool would.
func (w *simulation) ask(at int32, req kmsg.Request) kmsg.Response {
	w.Helper()
	conn, err := protocol.Dial(w.Context(), w.sim.Bootstrap()[at-1], protocol.Options{Dial: w.sim.DialContext})
	w.must(err)
	defer conn.Close()
	versions, err := conn.Versions(w.Context())
	w.must(err)
	v, err := protocol.Pick(versions, req.Key(), req.MaxVersion())
	w.must(err)
	req.SetVersion(v)
	answer, err := conn.Exchange(w.Context(), req)
	w.must(err)
	return answer.Response
}

// set sets a config as another tool would; value "" removes it.
func (w *simulation) set(r change.Resource, name, value string) {
	w.Helper()
	req := newConfig(r, name, value)
	for _, r := range w.ask(max(r.Broker, 1), req).(*kmsg.IncrementalAlterConfigsResponse).Resources {
		if r.ErrorCode != 0 {
			w.Fatalf("setting %s of %s: error %d", name, r.ResourceName, r.ErrorCode)
		}
	}
}

// newConfig asks for a config; value "" removes it.
func newConfig(r change.Resource, name, value string) *kmsg.IncrementalAlterConfigsRequest {
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	rr := kmsg.NewIncrementalAlterConfigsRequestResource()
	rr.ResourceType, rr.ResourceName = r.Kafka()
	rc := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	rc.Name, rc.Op, rc.Value = name, kmsg.IncrementalAlterConfigOpSet, &value
	if value == "" {
		rc.Op, rc.Value = kmsg.IncrementalAlterConfigOpDelete, nil
	}
	rr.Configs = append(rr.Configs, rc)
	req.Resources = append(req.Resources, rr)
	return req
}

// throttles are all throttle configs of the cluster, "broker 1 leader.…" to value, of the brokers that live.
func (w *simulation) throttles() map[string]string {
	w.Helper()
	all := map[string]string{}
	c := &cluster{session: w.session, look: w.look}
	w.must(c.refresh(w.Context()))
	for _, b := range c.snap.Brokers {
		if !b.Alive {
			continue
		}
		set, err := c.brokerConfigs(w.Context(), b.ID, change.LeaderRate, change.FollowerRate)
		w.must(err)
		for name, v := range set {
			all[fmt.Sprintf("broker %d %s", b.ID, name)] = v
		}
	}
	var topics []string
	for i := range c.snap.NumTopics() {
		topics = append(topics, c.snap.Topic(i).Name())
	}
	set, err := c.topicConfigs(w.Context(), topics, change.LeaderReplicas, change.FollowerReplicas)
	w.must(err)
	for t, configs := range set {
		for name, v := range configs {
			all[fmt.Sprintf("topic %s %s", t, name)] = v
		}
	}
	return all
}

func (w *simulation) sameThrottles(want map[string]string) {
	w.Helper()
	if got := w.throttles(); !maps.Equal(got, want) {
		w.Errorf("throttle configs are\n%v, want\n%v", got, want)
	}
	if got := w.cordons(); !maps.Equal(got, w.cordonsBefore) {
		w.Errorf("cordoned are %v, want %v", got, w.cordonsBefore)
	}
}

// cordons are the cordoned log dirs of the brokers that live.
func (w *simulation) cordons() map[int32]string {
	w.Helper()
	var all map[int32]string
	c := &cluster{session: w.session, snap: w.snapshot()}
	for _, b := range c.snap.Brokers {
		if !b.Alive {
			continue
		}
		set, err := c.brokerConfigs(w.Context(), b.ID, change.CordonedLogDirs)
		w.must(err)
		if v, ok := set[change.CordonedLogDirs]; ok {
			if all == nil {
				all = map[int32]string{}
			}
			all[b.ID] = v
		}
	}
	return all
}

// factors are the replication factors of all partitions.
func (w *simulation) factors() map[string]int {
	all := map[string]int{}
	for _, p := range w.sim.Partitions() {
		all[fmt.Sprintf("%s-%d", p.Topic, p.Partition)] = len(p.Replicas) - len(p.Adding)
	}
	return all
}

// holds counts the partitions that have a replica on a broker.
func (w *simulation) holds(broker int32) (n int) {
	for _, p := range w.sim.Partitions() {
		if slices.Contains(p.Replicas, broker) {
			n++
		}
	}
	return n
}

func (w *simulation) ledgerIsGone() {
	w.Helper()
	l, err := openLedger(w.dir, w.sim.ClusterID())
	w.must(err)
	if !l.empty() {
		w.Errorf("the ledger still tells of %d rates, %d lists, %d moves", len(l.Rates), len(l.Lists), len(l.Moves))
	}
}

// note is an event for the log of the test alone.
type note string

func (note) Kind() string     { return "note" }
func (n note) String() string { return "---- " + string(n) }

func (w *simulation) note(format string, args ...any) {
	w.events = append(w.events, note(fmt.Sprintf(format, args...)))
}

func (w *simulation) said(kind string) (n int) {
	for _, e := range w.events {
		if e.Kind() == kind {
			n++
		}
	}
	return n
}

func (w *simulation) log() string {
	var b strings.Builder
	for _, e := range w.events {
		fmt.Fprintln(&b, e)
	}
	return b.String()
}

// network is the network between the operator's machine and the cluster. It counts the requests that change something, shows
// them, and can do harm at one of them.
type network struct {
	dial func(context.Context, string, string) (net.Conn, error)
	sent func(kmsg.Request)

	mu      sync.Mutex
	before  map[int16]func() // by API key: is called once, before the next request of that API is sent
	changes int              // seen so far
	at      int              // harm the change with this number, counted from 1; 0: none
	harm    harm
	times   int // how many changes are harmed, from that one on; 0: one
}

// harm is what happens to a request.
type harm int

const (
	lost    harm = iota // the connection breaks before the cluster gets it
	unheard             // the cluster carries it out, and the connection breaks before the answer
	killed              // the process is killed before it is sent
	orphan              // the cluster carries it out, and the process is killed before the answer
)

var harmNames = map[harm]string{lost: "lost", unheard: "unheard", killed: "killed before", orphan: "killed after"}

func (w *network) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := w.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &networkConn{Conn: c, network: w}, nil
}

type networkConn struct {
	net.Conn
	network *network
	deaf    bool // the answer doesn't come through
	kill    bool // nor does the process outlive it
}

var errCut = errors.New("the cable was cut")

func (c *networkConn) Write(b []byte) (int, error) {
	c.network.hold(b)
	req := mutation(b)
	if req == nil {
		return c.Conn.Write(b)
	}
	w := c.network
	w.mu.Lock()
	w.changes++
	harmed := w.at > 0 && w.changes >= w.at && w.changes < w.at+max(1, w.times)
	harm := w.harm
	w.mu.Unlock()
	if harmed && harm == killed {
		runtime.Goexit()
	}
	if harmed && harm == lost {
		c.Close()
		return 0, errCut
	}
	w.sent(req)
	c.deaf, c.kill = harmed, harmed && harm == orphan
	return c.Conn.Write(b)
}

func (c *networkConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.kill {
		runtime.Goexit()
	}
	if c.deaf {
		c.Close()
		return 0, errCut
	}
	return n, err
}

// hold calls what is to be done before a request is sent.
func (w *network) hold(frame []byte) {
	if len(frame) < 6 {
		return
	}
	key := int16(binary.BigEndian.Uint16(frame[4:]))
	w.mu.Lock()
	do := w.before[key]
	delete(w.before, key)
	w.mu.Unlock()
	if do != nil {
		do()
	}
}

// mutation decodes a frame that holds a request which changes something, and returns nil for any other.
func mutation(frame []byte) kmsg.Request {
	if len(frame) < 14 {
		return nil
	}
	key, version := int16(binary.BigEndian.Uint16(frame[4:])), int16(binary.BigEndian.Uint16(frame[6:]))
	if !slices.Contains([]int16{43, 44, 45, 64}, key) {
		return nil
	}
	req := kmsg.RequestForKey(key)
	req.SetVersion(version)
	body := frame[14+max(0, int(int16(binary.BigEndian.Uint16(frame[12:])))):] // after the client id
	if req.IsFlexible() {
		body = body[1:] // no tags
	}
	if err := req.ReadFrom(body); err != nil {
		panic(fmt.Sprintf("a %s that can't be read: %v", kmsg.NameForKey(key), err))
	}
	return req
}
