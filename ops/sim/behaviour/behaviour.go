// Package behaviour describes how a Kafka cluster behaves, as tests that run on the simulated cluster and on real Apache
// Kafka alike.
//
// It is imported by tests alone and never asserts anything that only the simulation could know. A body uses topics of its own and
// leaves every broker running. Start reading at All.
package behaviour

import (
	"context"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Brokers is how many brokers the tests need. They have the ids 1 to Brokers, two log dirs each, min.insync.replicas=1 and a
// session timeout of at most ten seconds.
const Brokers = 4

// Cluster is a cluster that the tests can use and break.
type Cluster interface {
	Bootstrap() []string
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
	Kill(id int32) error
	Silence(id int32) error
	// Start undoes Kill, Silence and FailLogDir.
	Start(id int32) error
	FailLogDir(id int32, dir int) error
	// Pass lets about d pass: a simulated cluster moves its clock, a real one is waited for.
	Pass(d time.Duration)
	// HasELR reports whether the cluster keeps eligible leader replicas (KIP-966).
	HasELR() bool
}

// Behaviour is one thing that a cluster does.
type Behaviour struct {
	Name string // a sentence
	Run  func(testing.TB, Cluster)
}

// All lists the behaviours. Those that change the cluster for good come last.
func All() []Behaviour {
	return slices.Concat(wire, metadata, offsets, configs, groups, committing, transactions, nodes, reassigning, electing, throttling, death, disks, leaving)
}

// lab gives the body of one test access to its cluster.
type lab struct {
	testing.TB
	Cluster
	ctx context.Context
	cl  *kgo.Client
}

// limit ends a test that hangs.
const limit = 10 * time.Minute

func body(run func(*lab)) func(testing.TB, Cluster) {
	return func(t testing.TB, c Cluster) {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		l := &lab{TB: t, Cluster: c, ctx: ctx}
		l.cl = l.client()
		defer l.cl.Close()
		l.await("the client knows all brokers", func() bool { return l.metadataAt(1) != nil }) // before one of them falls silent
		run(l)
	}
}

func (l *lab) client(opts ...kgo.Opt) *kgo.Client {
	l.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(l.Bootstrap()...), kgo.Dialer(l.DialContext), kgo.DisableClientMetrics(), kgo.MetadataMinAge(100 * time.Millisecond),
		kgo.RequestTimeoutOverhead(30 * time.Second), kgo.RetryTimeout(limit),
	}, opts...)...)
	l.must(err)
	return cl
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// ask sends a request where Kafka's clients would.
func ask[R kmsg.Response](l *lab, req kmsg.Request) R {
	l.Helper()
	resp, err := l.cl.Request(l.ctx, req)
	l.must(err)
	return resp.(R)
}

// askBroker sends a request to one broker.
func askBroker[R kmsg.Response](l *lab, id int32, req kmsg.Request) R {
	l.Helper()
	resp, err := l.cl.Broker(int(id)).RetriableRequest(l.ctx, req)
	l.must(err)
	return resp.(R)
}

// await polls until ok returns true, while time passes.
func (l *lab) await(what string, ok func() bool) {
	l.Helper()
	for range 1200 {
		if ok() {
			return
		}
		if l.ctx.Err() != nil {
			break
		}
		l.Pass(100 * time.Millisecond)
	}
	l.Fatalf("waited in vain until %s", what)
}

// stays polls for two seconds and fails as soon as ok returns false.
func (l *lab) stays(what string, ok func() bool) {
	l.Helper()
	for range 20 {
		if !ok() {
			l.Fatalf("no longer: %s", what)
		}
		l.Pass(100 * time.Millisecond)
	}
}

func (l *lab) wantCode(what string, got int16, want *kerr.Error) {
	l.Helper()
	var code int16
	if want != nil {
		code = want.Code
	}
	if got != code {
		l.Errorf("%s: answered %v, want %v", what, errorName(got), errorName(code))
	}
}

func errorName(code int16) string {
	if e := kerr.TypedErrorForCode(code); e != nil {
		return e.Message
	}
	return "no error"
}

func (l *lab) wantIDs(what string, got []int32, want ...int32) {
	l.Helper()
	if !slices.Equal(got, want) {
		l.Errorf("%s: %v, want %v", what, got, want)
	}
}

func sameSet(a, b []int32) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// create makes a topic with the given replicas by partition, and removes it when the body ends.
func (l *lab) create(topic string, configs map[string]string, assignment ...[]int32) {
	l.Helper()
	req := kmsg.NewPtrCreateTopicsRequest()
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, -1, -1
	for i, replicas := range assignment {
		ra := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		ra.Partition, ra.Replicas = int32(i), replicas
		t.ReplicaAssignment = append(t.ReplicaAssignment, ra)
	}
	for k, v := range configs {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = k, kmsg.StringPtr(v)
		t.Configs = append(t.Configs, c)
	}
	req.Topics = append(req.Topics, t)
	req.TimeoutMillis = 10_000
	resp := ask[*kmsg.CreateTopicsResponse](l, req)
	l.wantCode("creating "+topic, resp.Topics[0].ErrorCode, nil)
	l.Cleanup(func() { l.remove(topic) })
	l.await("every broker knows "+topic, func() bool {
		for id := range int32(Brokers) {
			p := l.partitionAt(id+1, topic, 0)
			if p == nil || p.Leader < 0 || !sameSet(p.ISR, p.Replicas) {
				return false
			}
		}
		return true
	})
}

func (l *lab) remove(topic string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cl := l.client()
	defer cl.Close()
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TopicNames = []string{topic}
	t := kmsg.NewDeleteTopicsRequestTopic()
	t.Topic = kmsg.StringPtr(topic)
	req.Topics = append(req.Topics, t)
	req.TimeoutMillis = 5000
	if _, err := cl.Request(ctx, req); err != nil {
		l.Logf("removing topic %s: %v", topic, err)
	}
}

// metadataAt is the metadata of one broker; nil if it doesn't answer.
func (l *lab) metadataAt(id int32, topics ...string) *kmsg.MetadataResponse {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{}
	for _, name := range topics {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, t)
	}
	resp, err := l.cl.Broker(int(id)).RetriableRequest(l.ctx, req)
	if err != nil {
		return nil
	}
	return resp.(*kmsg.MetadataResponse)
}

// partitionAt is the partition as one broker knows it; nil if it doesn't know it.
func (l *lab) partitionAt(id int32, topic string, partition int32) *kmsg.MetadataResponseTopicPartition {
	m := l.metadataAt(id, topic)
	if m == nil || len(m.Topics) == 0 {
		return nil
	}
	for i := range m.Topics[0].Partitions {
		if p := &m.Topics[0].Partitions[i]; p.Partition == partition {
			return p
		}
	}
	return nil
}

// awaitPartition waits until a broker knows the partition as it should be, and returns it.
func (l *lab) awaitPartition(id int32, topic string, partition int32, what string, ok func(*kmsg.MetadataResponseTopicPartition) bool) *kmsg.MetadataResponseTopicPartition {
	l.Helper()
	var last *kmsg.MetadataResponseTopicPartition
	defer func() {
		if l.Failed() && last != nil {
			l.Logf("%s-%d: leader %d epoch %d replicas %v isr %v offline %v", topic, partition, last.Leader, last.LeaderEpoch, last.Replicas, last.ISR, last.OfflineReplicas)
		}
	}()
	l.await(fmt.Sprintf("%s-%d %s", topic, partition, what), func() bool {
		last = l.partitionAt(id, topic, partition)
		return last != nil && ok(last)
	})
	return last
}

// kill kills a broker and restores it when the body ends.
func (l *lab) kill(id int32) {
	l.Helper()
	l.must(l.Kill(id))
	l.Cleanup(func() { l.restore(id) })
}

// restore starts a broker and waits until the others count it as alive.
func (l *lab) restore(id int32) {
	l.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	own := &lab{TB: l.TB, Cluster: l.Cluster, ctx: ctx}
	own.cl = own.client()
	defer own.cl.Close()
	if err := own.Start(id); err != nil {
		l.Error(err)
		return
	}
	witness := id%Brokers + 1
	own.await(fmt.Sprintf("broker %d is back", id), func() bool {
		m := own.metadataAt(witness)
		return m != nil && slices.ContainsFunc(m.Brokers, func(b kmsg.MetadataResponseBroker) bool { return b.NodeID == id }) && own.metadataAt(id) != nil
	})
}

// produce writes records of the given size in all, in bytes, to a partition.
func (l *lab) produce(topic string, partition int32, bytes int) {
	l.Helper()
	cl := l.client(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer cl.Close()
	const each = 100_000
	value := make([]byte, each)
	for sent := 0; sent < bytes; sent += each {
		l.must(cl.ProduceSync(l.ctx, &kgo.Record{Topic: topic, Partition: partition, Value: value[:min(each, bytes-sent)]}).FirstErr())
	}
}
