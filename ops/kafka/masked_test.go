package kafka_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
)

func TestAShortSecretIsHiddenInWhatABrokerSaysOfAFailure(t *testing.T) {
	const secret = "qZ7xWv"
	addr, _ := describing(t, func(r *kmsg.DescribeConfigsResponseResource) {
		r.ErrorCode, r.ErrorMessage = 42, kmsg.StringPtr("you said "+secret)
	})
	s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}, SASL: config.SASL{Password: config.NewSecret(secret)}})
	answer, err := s.Ask(t.Context(), addr, kmsg.NewPtrDescribeConfigsRequest())
	if err != nil {
		t.Fatal(err)
	}
	if said := *answer.(*kmsg.DescribeConfigsResponse).Resources[0].ErrorMessage; said != "you said (hidden)" {
		t.Errorf("in an answer: %s", said)
	}

	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "admin", "right"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.ControlKey(36, func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode, resp.ErrorMessage = 58, kmsg.StringPtr("no user with the password "+secret)
		return resp, nil, true
	})
	addr = c.ListenAddrs()[0]
	s = opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}, Security: config.SASLPlaintext,
		SASL: config.SASL{Mechanism: "PLAIN", User: "admin", Password: config.NewSecret(secret)}})
	if _, err := s.Ask(t.Context(), addr, metadata()); err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "the password (hidden)") {
		t.Errorf("of a login: %v", err)
	}
}
