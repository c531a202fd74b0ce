package protocol

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	defs "kdeck/protocol/message"
)

// largeMetadata is the answer of a cluster of 100 brokers and 100,000 partitions of three replicas.
func largeMetadata() *kmsg.MetadataResponse {
	m := kmsg.NewPtrMetadataResponse()
	m.Version = 13
	for b := range int32(100) {
		m.Brokers = append(m.Brokers, kmsg.MetadataResponseBroker{NodeID: b, Host: fmt.Sprintf("broker-%d.example", b), Port: 9092})
	}
	for i := range 1000 {
		topic := kmsg.MetadataResponseTopic{Topic: kmsg.StringPtr(fmt.Sprintf("topic-%d", i)), AuthorizedOperations: -1}
		for p := range int32(100) {
			replicas := []int32{p % 100, (p + 1) % 100, (p + 2) % 100}
			topic.Partitions = append(topic.Partitions, kmsg.MetadataResponseTopicPartition{Partition: p, Leader: p, Replicas: replicas, ISR: replicas})
		}
		m.Topics = append(m.Topics, topic)
	}
	return m
}

// What the check by Kafka's definition adds to the decoding of an answer by the client library.
func BenchmarkDecodeMetadataOf100kPartitions(b *testing.B) {
	m := largeMetadata()
	body := m.AppendTo(nil)
	req := kmsg.NewPtrMetadataRequest()
	req.Version = 13
	frame := append([]byte{0, 0, 0, 7, 0}, body...)
	b.Run("kmsg alone", func(b *testing.B) {
		for b.Loop() {
			resp := req.ResponseKind()
			if err := resp.ReadFrom(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	api, _ := APIByKey(3)
	b.Run("checked first", func(b *testing.B) {
		for b.Loop() {
			a := Answer{API: api, Version: 13, CorrelationID: 7, ResponseBytes: frame}
			if err := a.open(req); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// One request on a warm connection beside a bare socket that carries the same bytes.
func BenchmarkExchange(b *testing.B) {
	resp := kmsg.NewPtrMetadataResponse()
	resp.Version = 13
	resp.Brokers = largeMetadata().Brokers[:3]
	answer := resp.AppendTo([]byte{0, 0, 0, 0, 0})
	req := kmsg.NewPtrMetadataRequest()
	req.Version = 13
	size := len(appendRequest(nil, req, 0, "kdeck"))
	frame := append([]byte{0, 0, byte(len(answer) >> 8), byte(len(answer))}, answer...)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				request := make([]byte, size)
				for {
					if _, err := io.ReadFull(c, request); err != nil {
						return
					}
					copy(frame[4:8], request[8:12])
					if _, err := c.Write(frame); err != nil {
						return
					}
				}
			}()
		}
	}()
	b.Run("bare socket", func(b *testing.B) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		request, in := appendRequest(nil, req, 0, "kdeck"), make([]byte, len(frame))
		for b.Loop() {
			if _, err := c.Write(request); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(c, in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("exchange", func(b *testing.B) {
		c, err := Dial(context.Background(), l.Addr().String(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		for b.Loop() {
			if _, err := c.Exchange(context.Background(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What an answer of 100,000 partitions costs to be read by Kafka's definitions, written as JSON, and compared.
func BenchmarkReadMetadataOf100kPartitions(b *testing.B) {
	api, _ := APIByKey(3)
	body := largeMetadata().AppendTo(nil)
	m, err := defs.Decode(api.API, true, 13, body)
	if err != nil {
		b.Fatal(err)
	}
	for name, do := range map[string]func(){
		"decode":      func() { _, _ = defs.Decode(api.API, true, 13, body) },
		"json":        func() { m.AppendJSON(nil) },
		"fingerprint": func() { m.Fingerprint(DefaultIgnore(3)) },
		"differences": func() { defs.Differences(m, m, DefaultIgnore(3)) },
		"identify":    func() { Identify(m, body) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do()
			}
		})
	}
}
