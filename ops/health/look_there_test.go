package health

import (
	"slices"
	"strings"
	"testing"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

func TestBusyNetworkThreadsThatNothingExplainsLeadToTheBrokersMachine(t *testing.T) {
	hot := func() *state.BrokerMetrics { return network(0.88, 1, 1, 1, 0.04, 1) }
	ofTenant := network(0.02, 0.02)
	ofTenant.Usage = []tenant.Usage{{User: "batch", ClientID: "nightly", Type: tenant.RequestPercentage, Rate: 90}, {User: "web", Type: tenant.RequestPercentage, Rate: 5}}
	sending := func(m *state.BrokerMetrics, ms float64) *state.BrokerMetrics {
		m.Requests = []state.RequestKind{{Name: "Fetch", Phases: []state.Phase{{Name: "send", Mean: idleOf(ms)}}}}
		return m
	}
	peers := []*state.BrokerMetrics{sending(hot(), 40)}
	for range EnoughPeers {
		peers = append(peers, sending(network(0.9, 0.9), 2))
	}
	for _, c := range []struct {
		name    string
		brokers []*state.BrokerMetrics
		asks    bool
		leads   bool
		next    string
		says    string
	}{
		{"one hot thread", []*state.BrokerMetrics{hot()}, false, true, "kdeck tenants --broker 1", "the machine of broker 1"},
		{"one hot thread, and the context says how machines are asked", []*state.BrokerMetrics{hot()}, true, true, "kdeck host --ask 1", "the machine of broker 1"},
		{"all of them", []*state.BrokerMetrics{network(0.02, 0.02)}, true, true, "kdeck host --ask 1", "the machine of broker 1"},
		{"a tenant takes their time", []*state.BrokerMetrics{ofTenant}, true, false, "", ""},
		{"request handlers", []*state.BrokerMetrics{handlers(0.02)}, true, false, "kdeck tenants --broker 1", ""},
		{"answers to Fetch are sent slowly", peers, true, true, "kdeck host --ask 1", "sending answers to Fetch takes 40ms there, on its peers 2ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, samples := metered(state.BusyPolls, c.brokers...)
			s.AsksHosts = c.asks
			_, findings := load(s, samples)
			if len(findings) != 1 {
				t.Fatalf("%+v", findings)
			}
			f := findings[0]
			if leads := slices.ContainsFunc(f.Evidence, func(line string) bool { return strings.Contains(line, "look there with kdeck host") }); leads != c.leads {
				t.Errorf("it leads there: %v: %q", leads, f.Evidence)
			}
			if c.next != "" && f.Next != c.next {
				t.Errorf("next: %q, want %q", f.Next, c.next)
			}
			if !strings.Contains(strings.Join(f.Evidence, "\n"), c.says) {
				t.Errorf("it doesn't say %q: %q", c.says, f.Evidence)
			}
		})
	}
}
