package protocol_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafkatest"
	"kdeck/protocol"
)

// junk is a request whose body is none.
type junk struct{ kmsg.Request }

func (junk) AppendTo(b []byte) []byte { return append(b, 0x7f, 0xff, 0xff, 0xff) }

func TestEachCauseOfAConnectionThatRealKafkaClosesIsNamed(t *testing.T) {
	t.Parallel()
	for _, release := range kafkatest.Versions() {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			c := kafkatest.Start(t, kafkatest.Options{Version: release, Brokers: 1, Controllers: 1, SASL: true,
				Properties: map[string]string{"socket.request.max.bytes": "100000"}})
			ca, err := os.ReadFile(c.CAFile())
			if err != nil {
				t.Fatal(err)
			}
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(ca)
			trusting := &tls.Config{RootCAs: pool}
			web := httptest.NewServer(nil)
			defer web.Close()

			metadata := func(version int16) *kmsg.MetadataRequest {
				req := kmsg.NewPtrMetadataRequest()
				req.Version, req.Topics = version, []kmsg.MetadataRequestTopic{}
				return req
			}
			large := metadata(9)
			for range 3 {
				topic := kmsg.NewMetadataRequestTopic()
				topic.Topic = kmsg.StringPtr(strings.Repeat("x", 40000))
				large.Topics = append(large.Topics, topic)
			}
			plain, behindSASL, controller := c.Brokers()[0].Addr(), c.Brokers()[0].AddrSASL(), c.Nodes[1].ControllerAddr()
			for _, tt := range []struct {
				name, addr string
				o          protocol.Options
				req        kmsg.Request
				cause      protocol.Cause
				says       string
			}{
				{"an API that the listener doesn't serve", controller, protocol.Options{}, metadata(9), protocol.NotServed, "doesn't serve Metadata"},
				{"a version that it doesn't serve", plain, protocol.Options{}, metadata(77), protocol.NotServed, "not v77"},
				{"a body that doesn't parse", plain, protocol.Options{}, junk{metadata(9)}, protocol.ClosedWithoutAnswer, "can't parse"},
				{"a request that is too large", plain, protocol.Options{}, large, protocol.ClosedWithoutAnswer, "larger than it takes"},
				{"no authentication where it is wanted", behindSASL, protocol.Options{TLS: trusting}, metadata(9), protocol.SASLRequired, "SCRAM-SHA-512"},
				{"plaintext where TLS is spoken", behindSASL, protocol.Options{}, metadata(9), protocol.TLSExpected, "TLS"},
				{"TLS where plaintext is spoken", plain, protocol.Options{TLS: trusting}, metadata(9), protocol.TLSNotExpected, "plaintext"},
				{"an HTTP server", strings.TrimPrefix(web.URL, "http://"), protocol.Options{}, metadata(9), protocol.NotKafka, "HTTP"},
				{"an answer above the limit", plain, protocol.Options{MaxFrame: 20}, metadata(9), protocol.TooLarge, "the limit is 20"},
			} {
				t.Run(tt.name, func(t *testing.T) {
					within := patience
					if tt.cause == protocol.NotKafka {
						within = 3 * time.Second // an HTTP server waits for a line
					}
					ctx, cancel := context.WithTimeout(t.Context(), within)
					defer cancel()
					conn, err := protocol.Dial(ctx, tt.addr, tt.o)
					if err == nil {
						defer conn.Close()
						_, err = conn.Exchange(ctx, tt.req)
					}
					err = protocol.Explain(t.Context(), tt.o, tt.req, err)
					if protocol.CauseOf(err) != tt.cause || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), tt.addr) {
						t.Errorf("%v: %v", protocol.CauseOf(err), err)
					}
				})
			}
		})
	}
}
