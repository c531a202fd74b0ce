package sim

import (
	"encoding/binary"
	"io"
	"math"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol/alloctest"
)

// FuzzFrame sends frames of any content to a broker and a controller. A crash of either, or of kfake, ends the run.
func FuzzFrame(f *testing.F) {
	format := kmsg.NewRequestFormatter(kmsg.FormatterClientID("fuzz"))
	for key := range int16(kmsg.MaxKey + 1) {
		req := kmsg.RequestForKey(key)
		for _, version := range []int16{0, req.MaxVersion() / 2, req.MaxVersion()} {
			req.SetVersion(version)
			f.Add(format.AppendRequest(nil, req, 7)[4:])
		}
	}
	for _, req := range append(seedGroups(), seedProduce(), seedFetch(), seedReassign()) {
		req.SetVersion(req.MaxVersion())
		f.Add(format.AppendRequest(nil, req, 7)[4:])
	}
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add([]byte{0x27, 0x0f, 0, 0, 0, 0, 0, 1})
	var clusters []*Cluster
	for _, o := range []Options{{}, {Groups: true, PartitionBytes: 20_000, Scenario: "hanging-transaction"}} {
		o.Virtual, o.Brokers, o.Topics, o.Partitions, o.Clock = true, 3, 6, 12, FrozenClock(time.Unix(1e9, 0))
		c, err := New(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(c.Close)
		clusters = append(clusters, c)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		defer alloctest.Bound(t, len(frame))()
		if absurdCount(frame) {
			t.Skip("kmsg counts to four billion")
		}
		for _, c := range clusters {
			send(t, c, frame)
		}
	})
}

// send sends a frame to a broker and a controller of a cluster.
func send(t *testing.T, c *Cluster, frame []byte) {
	for _, id := range []int32{1, firstController} {
		ours, theirs := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, ours) }()
		gone := make(chan struct{})
		s := &session{c: c, n: c.node(id), conn: theirs, gone: gone}
		hangUp := time.AfterFunc(20*time.Millisecond, func() { close(gone) })
		_ = s.exchange(frame) // it may refuse, or be left waiting for records
		if hangUp.Stop() {
			close(gone)
		}
		if s.backend != nil {
			s.backend.close()
		}
		ours.Close()
		theirs.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if broken := c.model.violation(); broken != "" {
		t.Fatal(broken)
	}
}

// seedGroups are requests about a tenant's group, log and transactions.
func seedGroups() []kmsg.Request {
	const group = "checkout-orders"
	fetch := kmsg.NewPtrOffsetFetchRequest()
	fg := kmsg.NewOffsetFetchRequestGroup()
	fg.Group, fg.Topics = group, nil
	fetch.Groups = append(fetch.Groups, fg)
	describe := kmsg.NewPtrDescribeGroupsRequest()
	describe.Groups = []string{group, "nobody"}
	consumer := kmsg.NewPtrConsumerGroupDescribeRequest()
	consumer.Groups = []string{group, "nobody"}
	remove := kmsg.NewPtrDeleteGroupsRequest()
	remove.Groups = []string{group}
	list := kmsg.NewPtrListOffsetsRequest()
	lt := kmsg.NewListOffsetsRequestTopic()
	lt.Topic = "orders"
	for _, timestamp := range []int64{-1, -2, -3, 0, 1e12, math.MaxInt64, math.MinInt64} {
		lp := kmsg.NewListOffsetsRequestTopicPartition()
		lp.Timestamp = timestamp
		lt.Partitions = append(lt.Partitions, lp)
	}
	list.Topics = append(list.Topics, lt)
	producers := kmsg.NewPtrDescribeProducersRequest()
	producers.Topics = []kmsg.DescribeProducersRequestTopic{{Topic: "orders", Partitions: []int32{0, 1}}}
	markers := kmsg.NewPtrWriteTxnMarkersRequest()
	mk := kmsg.NewWriteTxnMarkersRequestMarker()
	mk.ProducerID, mk.Topics = 3977, []kmsg.WriteTxnMarkersRequestMarkerTopic{{Topic: "orders", Partitions: []int32{0, 1}}}
	markers.Markers = append(markers.Markers, mk)
	return []kmsg.Request{fetch, describe, consumer, remove, list, producers, markers}
}

// absurdCount reports whether the frame may hold a count of tags in the hundreds of millions. kmsg's decoders
// go on counting when the bytes have run out. That takes a minute, which a fuzzer takes for a hang.
func absurdCount(frame []byte) bool {
	high := 0
	for _, b := range frame[min(8, len(frame)):] {
		if b < 0x80 {
			high = 0
			continue
		}
		if high++; high == 3 {
			return true
		}
	}
	return false
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{0, 0, 0, 8, 0, 3, 0, 1, 0, 0, 0, 1})
	f.Add([]byte{0x7f, 0xff, 0xff, 0xff, 0})
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		defer alloctest.Bound(t, len(stream))()
		ours, theirs := net.Pipe()
		go func() {
			_, _ = ours.Write(stream)
			ours.Close()
		}()
		frame, err := readFrame(theirs, leastRequest)
		theirs.Close()
		if err == nil && (len(frame) < 8 || uint32(len(frame)) != binary.BigEndian.Uint32(stream)) {
			t.Fatalf("frame of %d bytes from %x", len(frame), stream)
		}
	})
}

// violation describes an invariant of the model that doesn't hold; "" if all do.
func (m *model) violation() string {
	what := ""
	m.eachPartition(func(p *partition) {
		switch {
		case len(p.logs) != len(p.replicas):
			what = "logs that are not the replicas' of " + p.String()
		case p.leader >= 0 && p.log(p.leader) == nil:
			what = "a leader that is no replica of " + p.String()
		case len(without(p.isr, p.replicas...)) > 0:
			what = "in-sync replicas that are none of " + p.String()
		case len(without(p.adding, p.replicas...)) > 0 || len(without(p.removing, p.replicas...)) > 0:
			what = "adding or removing replicas that are none of " + p.String()
		case p.bytes < 0:
			what = "fewer than no bytes in " + p.String()
		}
	})
	return what
}

func seedProduce() kmsg.Request {
	req := kmsg.NewPtrProduceRequest()
	req.Acks = -1
	t := kmsg.NewProduceRequestTopic()
	t.Topic = "orders"
	p := kmsg.NewProduceRequestTopicPartition()
	p.Records = make([]byte, 70)
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}

func seedFetch() kmsg.Request {
	req := kmsg.NewPtrFetchRequest()
	t := kmsg.NewFetchRequestTopic()
	t.Topic = "orders"
	t.Partitions = append(t.Partitions, kmsg.NewFetchRequestTopicPartition())
	req.Topics = append(req.Topics, t)
	return req
}

func seedReassign() kmsg.Request {
	req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	t := kmsg.NewAlterPartitionAssignmentsRequestTopic()
	t.Topic = "orders"
	p := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
	p.Replicas = []int32{3, 1}
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}
