package kafka_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
)

// The words and codes are those of Kafka's ConfigHelper.
func TestABrokerIsKnownByWhatItAnswersToARequestForItsOwnConfigs(t *testing.T) {
	for _, c := range []struct {
		name    string
		code    int16
		message string
		configs map[string]string
		is      int32 // who it must be found to be; 1 is asked
	}{
		{name: "it tells its node.id", configs: map[string]string{"node.id": "1", "broker.id": "-1"}, is: 1},
		{name: "it tells its broker.id alone", configs: map[string]string{"broker.id": "1"}, is: 1},
		{name: "it expects another id", code: kerr.InvalidRequest.Code, message: "Unexpected broker id, expected 22 or empty string, but received 1", is: 22},
		{name: "it tells another node.id", configs: map[string]string{"node.id": "3"}, is: 3},
		{name: "the ACL is missing", code: kerr.ClusterAuthorizationFailed.Code, is: 1},
		{name: "it refuses for another reason", code: kerr.InvalidRequest.Code, message: "Unexpected end of the world", is: 1},
		{name: "it tells nothing", is: 1},
		{name: "it tells what is no id", configs: map[string]string{"node.id": "one"}, is: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr, asked := describing(t, func(r *kmsg.DescribeConfigsResponseResource) {
				if r.ErrorCode = c.code; c.message != "" {
					r.ErrorMessage = &c.message
				}
				for name, value := range c.configs {
					r.Configs = append(r.Configs, kmsg.DescribeConfigsResponseResourceConfig{Name: name, Value: &value})
				}
			})
			s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}})
			for range 2 {
				_, err := s.AskBroker(t.Context(), addr, kafka.Identity{Broker: 1}, metadata(), nil)
				other, wrong := errors.AsType[*kafka.IdentityError](err)
				if err != nil && !wrong || wrong != (c.is != 1) || wrong && other.Got.Broker != c.is {
					t.Fatalf("%v, want broker %d", err, c.is)
				}
			}
			if c.is == 1 && asked.Load() != 1 {
				t.Errorf("asked %d times over one connection", asked.Load())
			}
		})
	}
}

// describing is a node that answers DescribeConfigs with one resource. asked counts these requests.
func describing(t *testing.T, fill func(*kmsg.DescribeConfigsResponseResource)) (addr string, asked *atomic.Int32) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	asked = new(atomic.Int32)
	c.ControlKey(kmsg.DescribeConfigs.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		asked.Add(1)
		resp := req.ResponseKind().(*kmsg.DescribeConfigsResponse)
		r := kmsg.NewDescribeConfigsResponseResource()
		fill(&r)
		resp.Resources = append(resp.Resources, r)
		return resp, nil, true
	})
	return c.ListenAddrs()[0], asked
}

func TestEachConnectionThroughALoadBalancerIsChecked(t *testing.T) {
	var behind []string
	for id := range 2 {
		addr, _ := describing(t, func(r *kmsg.DescribeConfigsResponseResource) {
			r.Configs = []kmsg.DescribeConfigsResponseResourceConfig{{Name: "node.id", Value: kmsg.StringPtr(strconv.Itoa(id + 1))}}
		})
		behind = append(behind, addr)
	}
	dials := 0
	s := opened(t, kafka.Options{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		dials++
		return new(net.Dialer).DialContext(ctx, network, behind[(dials-1)%2])
	}}, config.Cluster{Bootstrap: []string{"lb:9092"}})
	for i, c := range []struct {
		broker int32
		says   string
	}{
		{1, ""}, // over the first connection, which is kept
		{2, "asked for broker 2: broker 1 answers there"}, // over the same, which isn't kept any more
		{1, "asked for broker 1: broker 2 answers there"}, // over the second
		{1, ""}, // over the third
	} {
		_, err := s.AskBroker(t.Context(), "lb:9092", kafka.Identity{Broker: c.broker}, metadata(), nil)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("step %d: %v, want %q", i+1, err, c.says)
		}
	}
	if dials != 3 {
		t.Errorf("%d connections", dials)
	}
}

func TestAnAnswerThatShowsWhoseItIsCostsNoFurtherRequest(t *testing.T) {
	addr, asked := describing(t, func(*kmsg.DescribeConfigsResponseResource) {})
	s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}})
	for _, shown := range []kafka.Shown{kafka.Own, kafka.Own, kafka.Nothing, kafka.Nothing} {
		if _, err := s.AskBroker(t.Context(), addr, kafka.Identity{Broker: 1}, metadata(), func(kmsg.Response) kafka.Shown { return shown }); err != nil {
			t.Fatal(err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("%d requests to know the broker", asked.Load())
	}
}

// Without the ACL to know who answers, an answer that looks like another broker's isn't taken for the broker's.
func TestABrokerThatDoesNotTellItsIDIsNotTrustedWhereAnotherMayAnswer(t *testing.T) {
	addr, _ := describing(t, func(r *kmsg.DescribeConfigsResponseResource) { r.ErrorCode = kerr.ClusterAuthorizationFailed.Code })
	for _, c := range []struct {
		name   string
		shown  kafka.Shown
		mapped map[string]string
		says   string
	}{
		{"nothing speaks against it", kafka.Nothing, nil, ""},
		{"its address alone is mapped", kafka.Nothing, map[string]string{"b1:9092": addr}, ""},
		{"the answer is its own", kafka.Own, map[string]string{"b1:9092": addr, "b2:9092": addr}, ""},
		{"the answer looks like another's", kafka.Anothers, nil, "asked for broker 1: another broker may answer there (the ACL DESCRIBE_CONFIGS on CLUSTER is needed"},
		{"other brokers are led there", kafka.Nothing, map[string]string{"b1:9092": addr, "b2:9092": addr}, "address_map leads several brokers to " + addr},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := opened(t, kafka.Options{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, addr)
			}}, config.Cluster{Bootstrap: []string{"b1:9092"}, AddressMap: c.mapped})
			_, err := s.AskBroker(t.Context(), "b1:9092", kafka.Identity{Broker: 1}, metadata(), func(kmsg.Response) kafka.Shown { return c.shown })
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}
