package sim

import (
	"context"
	"fmt"
	"net"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// backend is one kfake node on a network of its own. It keeps records, groups, transactions and quotas. It leads every
// partition and coordinates every group; the model decides, before a request gets here, which broker of the cluster does.
// A topic is created in it when a client first reads or writes its records, so that a cluster of 100,000 partitions costs
// nothing here.
//
// Its methods are called with Cluster.mu held, except request and the methods of backendConn.
type backend struct {
	fake    *kfake.Cluster
	network kfake.VirtualNetwork
	address string
	topics  map[string]*backendTopic
}

type backendTopic struct {
	id     [16]byte // kfake's own
	epochs []int32  // leader epochs, kept level with the model's
}

func newBackend() (*backend, error) {
	b := &backend{topics: map[string]*backendTopic{}}
	const port = 9092
	fake, err := kfake.NewCluster(kfake.Ports(port), kfake.ListenFn(b.network.Listen))
	if err != nil {
		return nil, fmt.Errorf("starting kfake: %w", err)
	}
	b.fake, b.address = fake, fmt.Sprintf("localhost:%d", port)
	return b, nil
}

func (b *backend) close() { b.fake.Close() }

// versions is what kfake serves.
func (b *backend) versions() (map[int16]versionRange, error) {
	req := kmsg.NewPtrApiVersionsRequest()
	resp, err := b.request(req)
	if err != nil {
		return nil, err
	}
	served := map[int16]versionRange{}
	for _, k := range resp.(*kmsg.ApiVersionsResponse).ApiKeys {
		served[k.ApiKey] = versionRange{k.MinVersion, k.MaxVersion}
	}
	return served, nil
}

// ready creates the topic in kfake if it isn't there, and raises the partition's leader epoch to the model's, so that kfake
// checks epochs as the cluster would.
func (b *backend) ready(p *partition) error {
	t, err := b.topic(p.topic)
	if err != nil {
		return err
	}
	if int(p.id) >= len(t.epochs) {
		return fmt.Errorf("kfake has %d partitions of %s, not %v", len(t.epochs), p.topic.name, p)
	}
	for t.epochs[p.id] < p.leaderEpoch {
		if err := b.fake.MoveTopicPartition(p.topic.name, p.id, 0); err != nil {
			return err
		}
		t.epochs[p.id]++
	}
	return nil
}

func (b *backend) topic(t *topic) (*backendTopic, error) {
	if bt := b.topics[t.name]; bt != nil {
		return bt, nil
	}
	if err := b.fake.CreateTopic(t.name, int32(len(t.parts)), t.configs); err != nil {
		return nil, fmt.Errorf("creating topic %s in kfake: %w", t.name, err)
	}
	bt := &backendTopic{id: b.fake.TopicInfo(t.name).TopicID, epochs: make([]int32, len(t.parts))}
	b.topics[t.name] = bt
	return bt, nil
}

func (b *backend) deleteTopic(name string) {
	if b.topics[name] != nil {
		delete(b.topics, name)
		_ = b.fake.DeleteTopic(name) // it fails only where the topic isn't
	}
}

func (b *backend) growTopic(name string, partitions int) {
	bt := b.topics[name]
	if bt == nil {
		return
	}
	req := kmsg.NewPtrCreatePartitionsRequest()
	t := kmsg.NewCreatePartitionsRequestTopic()
	t.Topic, t.Count = name, int32(partitions)
	req.Topics = append(req.Topics, t)
	if _, err := b.request(req); err == nil {
		bt.epochs = append(bt.epochs, make([]int32, partitions-len(bt.epochs))...)
	}
}

// setTopicConfigs passes on what decides how kfake keeps records (cleanup.policy, max.message.bytes, …).
func (b *backend) setTopicConfigs(name string, configs map[string]string) {
	if b.topics[name] == nil {
		return
	}
	req := kmsg.NewPtrAlterConfigsRequest()
	r := kmsg.NewAlterConfigsRequestResource()
	r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeTopic, name
	for k, v := range configs {
		c := kmsg.NewAlterConfigsRequestResourceConfig()
		c.Name, c.Value = k, kmsg.StringPtr(v)
		r.Configs = append(r.Configs, c)
	}
	req.Resources = append(req.Resources, r)
	_, _ = b.request(req) // the model has taken them; kfake may not know all
}

// request asks kfake on a connection of its own, in the newest version of the API.
func (b *backend) request(req kmsg.Request) (kmsg.Response, error) {
	if req.Key() != int16(kmsg.ApiVersions) {
		req.SetVersion(req.MaxVersion())
	}
	return b.requestAsIs(req)
}

// requestAsIs asks kfake on a connection of its own, in the version that the request has.
func (b *backend) requestAsIs(req kmsg.Request) (kmsg.Response, error) {
	conn, err := b.dial("kdeck-sim")
	if err != nil {
		return nil, err
	}
	defer conn.close()
	return conn.exchange(req, nil)
}

// backendConn is a connection to kfake. Like Kafka's, it serves one request at a time.
type backendConn struct {
	conn        net.Conn
	format      *kmsg.RequestFormatter
	correlation int32
	out         []byte
}

func (b *backend) dial(clientID string) (*backendConn, error) {
	conn, err := b.network.DialContext(context.Background(), "tcp", b.address)
	if err != nil {
		return nil, fmt.Errorf("connecting to kfake: %w", err)
	}
	return &backendConn{conn: conn, format: kmsg.NewRequestFormatter(kmsg.FormatterClientID(clientID))}, nil
}

func (bc *backendConn) close() { bc.conn.Close() }

// send writes the request and waits for nothing.
func (bc *backendConn) send(req kmsg.Request) error {
	bc.correlation++
	bc.out = bc.format.AppendRequest(bc.out[:0], req, bc.correlation)
	if _, err := bc.conn.Write(bc.out); err != nil {
		return fmt.Errorf("sending %s to kfake: %w", kmsg.NameForKey(req.Key()), err)
	}
	return nil
}

// exchange sends the request and waits for the answer, until gone is closed.
func (bc *backendConn) exchange(req kmsg.Request, gone <-chan struct{}) (kmsg.Response, error) {
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-gone:
			bc.conn.Close()
		case <-done:
		}
	}()
	if err := bc.send(req); err != nil {
		return nil, err
	}
	header := int32(4) // the correlation id
	if req.IsFlexible() && req.Key() != int16(kmsg.ApiVersions) {
		header++ // kfake sends no tags
	}
	frame, err := readFrame(bc.conn, header)
	if err != nil {
		return nil, fmt.Errorf("kfake's answer to %s: %w", kmsg.NameForKey(req.Key()), err)
	}
	resp := req.ResponseKind()
	if err := resp.ReadFrom(frame[header:]); err != nil {
		return nil, fmt.Errorf("kfake's answer to %s: %w", kmsg.NameForKey(req.Key()), err)
	}
	return resp, nil
}

// forward sends a client's request to kfake and returns kfake's answer. Each client connection has a connection to kfake of
// its own.
func (s *session) forward(req kmsg.Request, clientID string) (kmsg.Response, error) {
	if err := s.dialBackend(clientID); err != nil {
		return nil, err
	}
	return s.backend.exchange(req, s.gone)
}

func (s *session) dialBackend(clientID string) error {
	if s.backend != nil {
		return nil
	}
	conn, err := s.c.backend.dial(clientID)
	s.backend = conn
	return err
}
