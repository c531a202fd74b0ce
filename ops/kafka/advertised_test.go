package kafka_test

import (
	"context"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
)

func TestAnAdvertisedAddressThatIsNotReachedSaysHowToMapIt(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	unknown := &net.OpError{Op: "dial", Err: &net.DNSError{Name: "b3.internal", IsNotFound: true}}
	const advice = `address_map: {"b3.internal:9092": "HOST:PORT"}`
	for _, test := range []struct {
		name      string
		bootstrap []string
		mapped    map[string]string
		known     map[int32]string // as the brokers advertise them
		err       error            // of b3.internal:9092; nil: silence
		want      bool
	}{
		{"its name has no address", []string{"tunnel:1"}, nil, map[int32]string{3: "b3.internal:9092"}, unknown, true},
		{"its name has no address, and others are reached", []string{"b1:9092"}, nil, map[int32]string{1: "b1:9092", 3: "b3.internal:9092"}, unknown, true},
		{"through a tunnel it refuses", []string{"tunnel:1"}, nil, map[int32]string{3: "b3.internal:9092"}, refused, true},
		{"through a tunnel it is silent", []string{"tunnel:1"}, nil, map[int32]string{3: "b3.internal:9092"}, nil, true},
		{"it refuses, and others are reached as they are advertised", []string{"b1:9092"}, nil, map[int32]string{1: "b1:9092", 3: "b3.internal:9092"}, refused, false},
		{"it is mapped", []string{"tunnel:1"}, map[string]string{"b3.internal:9092": "tunnel:3"}, map[int32]string{3: "b3.internal:9092"}, refused, false},
		{"it was typed", []string{"tunnel:1", "b3.internal:9092"}, nil, map[int32]string{3: "b3.internal:9092"}, refused, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			node := kafkaAt(t)
			s := opened(t, kafka.Options{Timeout: time.Second / 2, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				switch {
				case addr != "b3.internal:9092" && addr != "tunnel:3":
					return new(net.Dialer).DialContext(ctx, network, node)
				case test.err == nil:
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return nil, test.err
			}}, config.Cluster{Bootstrap: test.bootstrap, AddressMap: test.mapped})
			if _, err := s.Ask(t.Context(), test.bootstrap[0], metadata()); err != nil {
				t.Fatal(err)
			}
			s.Learn(test.known)
			_, err := s.Ask(t.Context(), "b3.internal:9092", metadata())
			if err == nil || strings.Contains(err.Error(), advice) != test.want {
				t.Errorf("%v; advice wanted: %v", err, test.want)
			}
		})
	}
}
