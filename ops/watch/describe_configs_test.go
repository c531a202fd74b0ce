package watch

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// teller answers DescribeConfigs by address.
type teller map[string]func() (*kmsg.DescribeConfigsResponse, error)

func (a teller) Any(ctx context.Context, req kmsg.Request) (kmsg.Response, string, error) {
	return nil, "", errors.New("any node was asked")
}

func (a teller) Ask(_ context.Context, addr string, _ kmsg.Request) (kmsg.Response, error) {
	return a[addr]()
}

func answers(code int16, configs ...kmsg.DescribeConfigsResponseResourceConfig) func() (*kmsg.DescribeConfigsResponse, error) {
	return func() (*kmsg.DescribeConfigsResponse, error) {
		resp := kmsg.NewPtrDescribeConfigsResponse()
		r := kmsg.NewDescribeConfigsResponseResource()
		r.ErrorCode, r.Configs = code, configs
		resp.Resources = append(resp.Resources, r)
		return resp, nil
	}
}

func entry(name, value string, sensitive bool) kmsg.DescribeConfigsResponseResourceConfig {
	c := kmsg.NewDescribeConfigsResponseResourceConfig()
	c.Name, c.Value, c.IsSensitive, c.Source = name, &value, sensitive, kmsg.ConfigSourceStaticBrokerConfig
	s := kmsg.NewDescribeConfigsResponseResourceConfigConfigSynonym()
	s.Name, s.Value, s.Source = name, &value, c.Source
	c.ConfigSynonyms = append(c.ConfigSynonyms, s)
	return c
}

func TestTheValueOfASecretIsDroppedEvenWhereANodeTellsIt(t *testing.T) {
	configs, err := DescribeConfigs(t.Context(), teller{"b1:9092": answers(0, entry("ssl.key.password", "hunter2", true), entry("a", "b", false))}, "b1:9092", kmsg.ConfigResourceTypeBroker, "1")
	text, _ := json.Marshal(configs)
	if err != nil || len(configs) != 2 || !configs[1].Sensitive || strings.Contains(string(text), "hunter2") || *configs[0].Value != "b" {
		t.Errorf("%v %s", err, text)
	}
}

func TestADeadBrokerIsPassedOverAndARefusalIsNotAskedForTwice(t *testing.T) {
	broker := func(id int32, host string) state.Broker {
		return state.Broker{ID: id, Host: host, Port: 9092, Answered: state.Read(time.Millisecond, time.Unix(0, 0), host)}
	}
	silent := state.Broker{ID: 1, Host: "b1", Port: 9092, Answered: state.Missing[time.Duration]("timed out", time.Unix(0, 0), "b1")}
	brokers := []state.Broker{silent, broker(2, "b2"), broker(3, "b3")}
	_, by, err := DescribeOn(t.Context(), teller{"b2:9092": answers(0), "b3:9092": nil}, brokers, kmsg.ConfigResourceTypeTopic, "t")
	if err != nil || by != 2 {
		t.Errorf("by %d: %v", by, err)
	}
	_, _, err = DescribeOn(t.Context(), teller{"b2:9092": answers(3), "b3:9092": nil}, brokers, kmsg.ConfigResourceTypeTopic, "t")
	if err == nil || !strings.Contains(err.Error(), "DescribeConfigs of topic t: UNKNOWN_TOPIC_OR_PARTITION") {
		t.Errorf("a topic that is gone: %v", err)
	}
	_, _, err = DescribeOn(t.Context(), nil, brokers[:1], kmsg.ConfigResourceTypeTopic, "t")
	if err == nil || !strings.Contains(err.Error(), "broker 1: timed out") {
		t.Errorf("nobody answers: %v", err)
	}
	each, unread := DescribeOnEach(t.Context(), teller{"b2:9092": answers(0, entry("a", "b", false)), "b3:9092": answers(29)}, brokers, func(int32) (kmsg.ConfigResourceType, string) { return kmsg.ConfigResourceTypeTopic, "t" })
	if len(each) != 1 || len(unread) != 2 || unread[0].Node != 1 || !strings.Contains(unread[1].Why, "TOPIC_AUTHORIZATION_FAILED") {
		t.Errorf("%v %v", each, unread)
	}
}
