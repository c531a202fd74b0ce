package kafka_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// logins is a broker that takes every login and returns the address and the last message of a client. Its sessions
// last the given milliseconds; 0 is for ever.
func logins(t *testing.T, lifetime int64, challenge []byte) (addr string, last *[]byte) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	last = new([]byte)
	c.ControlKey(17, func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		return req.ResponseKind(), nil, true
	})
	c.ControlKey(36, func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		*last = req.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.SessionLifetimeMillis, resp.SASLAuthBytes = lifetime, challenge
		return resp, nil, true
	})
	return c.ListenAddrs()[0], last
}

func TestAConnectionIsReplacedBeforeItsSASLSessionEnds(t *testing.T) {
	for _, test := range []struct {
		name     string
		lifetime int64
		dials    int
	}{{"a session without an end", 0, 1}, {"a session of an hour", 3_600_000, 1}, {"a session of five seconds", 5_000, 3}} {
		addr, _ := logins(t, test.lifetime, nil)
		dials := 0
		s := opened(t, kafka.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}, config.Cluster{Bootstrap: []string{addr}, Security: config.SASLPlaintext,
			SASL: config.SASL{Mechanism: "PLAIN", User: "a", Password: config.NewSecret("b")}})
		for range 3 {
			if _, err := s.Ask(t.Context(), addr, metadata()); err != nil {
				t.Fatal(err)
			}
		}
		if dials != test.dials {
			t.Errorf("%s: %d connections for 3 requests, want %d", test.name, dials, test.dials)
		}
	}
}

func TestAnOAuthTokenIsSentAndARefusalIsToldAsTheNodeTellsIt(t *testing.T) {
	cluster := config.Cluster{Security: config.SASLPlaintext, SASL: config.SASL{Mechanism: "OAUTHBEARER",
		OAuth: config.OAuth{Token: config.NewSecret("t0ken"), Extensions: map[string]string{"logicalCluster": "lkc-1"}}}}
	addr, last := logins(t, 0, nil)
	cluster.Bootstrap = []string{addr}
	if _, err := opened(t, kafka.Options{}, cluster).Ask(t.Context(), addr, metadata()); err != nil {
		t.Fatal(err)
	}
	if got, want := string(*last), "n,,\x01auth=Bearer t0ken\x01logicalCluster=lkc-1\x01\x01"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	addr, _ = logins(t, 0, []byte(`{"status":"invalid_token"}`))
	cluster.Bootstrap = []string{addr}
	_, err := opened(t, kafka.Options{}, cluster).Ask(t.Context(), addr, metadata())
	if protocol.CauseOf(err) != protocol.AuthenticationFailed || !strings.Contains(err.Error(), "invalid_token") || strings.Contains(err.Error(), "t0ken\x01") {
		t.Error(err)
	}
}
