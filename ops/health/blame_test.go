package health

import (
	"regexp"
	"strings"
	"testing"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

func TestWhoIsToBlameForBusyThreads(t *testing.T) {
	uses := func(rates map[string]float64) (usage []tenant.Usage) {
		for user, rate := range rates {
			usage = append(usage, tenant.Usage{Broker: 1, Type: tenant.RequestPercentage, User: user, Rate: rate})
		}
		return usage
	}
	for _, c := range []struct {
		name    string
		metrics *state.BrokerMetrics
		usage   []tenant.Usage
		exempt  float64
		change  func(*state.State)
		fault   string
		says    string // in the sentence
		filter  string
		next    string
	}{
		{"one client takes more than half", handlers(0.02), uses(map[string]float64{"alice": 700, "bob": 100}), 50, nil,
			"tenant", "User alice takes 82% of the busy thread time of broker 1: request handlers of broker 1 are only 2% idle", "user:/^alice$/", "kdeck quota explain --user alice"},
		{"its clients together do, by the context's rules", handlers(0.02), uses(map[string]float64{"batch-1": 300, "batch-2": 300, "bob": 200}), 0, func(s *state.State) {
			s.TenantRules = tenant.Rules{{Tenant: "reporting", User: regexp.MustCompile("^batch")}}
		}, "tenant", "Tenant reporting takes 75% of the busy thread time of broker 1: request handlers", "tenant:reporting", "kdeck tenants --broker 1"},
		{"nobody does", handlers(0.02), uses(map[string]float64{"alice": 300, "bob": 290, "carl": 280}), 0, nil, "kafka", "", "id:1", "kdeck tenants --broker 1"},
		{"half is not more than half", handlers(0.02), uses(map[string]float64{"alice": 300, "bob": 300}), 0, nil, "kafka", "", "id:1", "kdeck tenants --broker 1"},
		{"followers do", handlers(0.02), uses(map[string]float64{"alice": 300}), 900, nil, "kafka", "", "id:1", "kdeck tenants --broker 1"},
		{"what is counted is a small part of what the threads do", handlers(0.02), uses(map[string]float64{"alice": 300}), 0, func(s *state.State) {
			s.Threads = map[int32]tenant.Threads{1: {IO: 8, Network: 3, Known: true}}
		}, "kafka", "", "id:1", "kdeck tenants --broker 1"},
		{"thread time isn't counted", handlers(0.02), []tenant.Usage{{Broker: 1, Type: tenant.ProducerByteRate, User: "alice", Rate: 9e6}}, 0, nil, "", "", "id:1", "kdeck tenants --broker 1"},
		{"network threads", network(0.02, 0.02), uses(map[string]float64{"alice": 700}), 0, nil, "tenant", "User alice takes 100% of the busy thread time of broker 1: network threads", "user:/^alice$/", "kdeck quota explain --user alice"},
		{"a single thread may serve others", network(0.8, 0.02, 0.9, 0.9), uses(map[string]float64{"alice": 700}), 0, nil, "kafka", "", "id:1", "kdeck tenants --broker 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.metrics.Usage, c.metrics.ExemptRequestTime = c.usage, idleOf(c.exempt)
			s, _ := metered(1, c.metrics)
			if c.change != nil {
				c.change(s)
			}
			_, findings := load(s, nil)
			if len(findings) != 1 {
				t.Fatalf("%+v", findings)
			}
			f := findings[0]
			if f.Fault != c.fault || !strings.Contains(f.Sentence, c.says) || c.says == "" && strings.Contains(f.Sentence, "takes") || f.Filter != c.filter || f.Next != c.next {
				t.Errorf("fault %q, filter %q, next %q: %s", f.Fault, f.Filter, f.Next, f.Sentence)
			}
		})
	}
}

// Where a client is held back by its quota, as meant, what it does to the threads isn't Kafka's fault.
func TestAThrottledClientThatFillsTheThreadsIsNotKafkasFault(t *testing.T) {
	m := handlers(0.02)
	m.Usage = []tenant.Usage{{Broker: 1, Type: tenant.RequestPercentage, User: "alice", Rate: 700, ThrottleMS: 90}, {Broker: 1, Type: tenant.RequestPercentage, User: "bob", Rate: 100}}
	s, _ := metered(1, m)
	_, findings := load(s, nil)
	if found(findings, ClientsThrottled) == nil || found(findings, RequestHandlersBusy) == nil {
		t.Fatalf("%+v", findings)
	}
	for _, f := range findings {
		if f.Fault == "kafka" {
			t.Errorf("%s", f.Sentence)
		}
	}
}
