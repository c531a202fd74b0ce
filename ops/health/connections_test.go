package health

import (
	"slices"
	"strings"
	"testing"

	"kdeck/ops/state"
)

// listening is a broker with a listener of the name C.
func listening(opened, failed, blocked float64) *state.BrokerMetrics {
	return &state.BrokerMetrics{NetworkIdle: idleOf(0.9), HandlerIdle: idleOf(0.9), Listeners: []state.Listener{
		{Name: "C", Connections: idleOf(500), Opened: idleOf(opened), FailedLogins: idleOf(failed), Blocked: idleOf(blocked)},
		{Name: "REPLICATION"}, // unknown
	}}
}

func TestStormsOfConnectionsAndFailedLoginsAreNamed(t *testing.T) {
	for _, c := range []struct {
		name     string
		brokers  []*state.BrokerMetrics
		change   func(*state.BrokerMetrics) // of broker 1
		code     string                     // "": neither is found
		severity state.Severity
		sentence string
		evidence string
	}{
		{"clients keep their connections", []*state.BrokerMetrics{listening(2, 0, 0), listening(3, 0, 0)}, nil, "", "", "", ""},
		{"a deployment", []*state.BrokerMetrics{listening(40, 0, 0), listening(30, 0, 0)}, nil, "", "", "", ""},
		{"a storm on one broker", []*state.BrokerMetrics{listening(2100, 0, 0), listening(3, 0, 0)}, nil, ConnectionStorm, state.SeverityInfo,
			"Clients open 2100 connections a second at listener C of broker 1, instead of keeping those that they have", "addresses and client libraries aren't exported"},
		{"a storm that keeps others out", []*state.BrokerMetrics{listening(2100, 0, 0.3), listening(600, 0, 0)}, nil, ConnectionStorm, state.SeverityWarning,
			"Clients open 2700 connections a second at listener C of brokers 1 and 2, instead of keeping those that they have: others wait to be connected", "its acceptor waited for a network thread 30% of the time"},
		{"a storm that takes the network threads", []*state.BrokerMetrics{listening(2100, 0, 0)}, func(m *state.BrokerMetrics) { m.NetworkIdle = idleOf(0.25) }, ConnectionStorm, state.SeverityWarning,
			"Clients open 2100 connections a second at listener C of broker 1, instead of keeping those that they have: others wait to be connected", ""},
		{"a storm of somebody", []*state.BrokerMetrics{listening(2100, 0, 0)}, func(m *state.BrokerMetrics) {
			m.Addresses = []state.Address{{IP: "10.0.0.7", Rate: 2090}}
			m.Software = []state.Software{{Name: "sarama", Version: "1.27", Connections: 3}, {Name: "java", Version: "4.1", Connections: 480}}
		}, ConnectionStorm, state.SeverityInfo,
			"Clients open 2100 connections a second at listener C of broker 1, instead of keeping those that they have", "addresses that connect to broker 1 most: 10.0.0.7 (2090 a second)"},
		{"a client with a wrong password", []*state.BrokerMetrics{listening(9, 3, 0), listening(4, 0, 0)}, nil, FailedLogins, state.SeverityInfo,
			"3 logins a second fail at listener C of broker 1", "9 connections a second are opened there"},
		{"nobody gets in", []*state.BrokerMetrics{listening(9, 9, 0), listening(8, 8, 0)}, nil, FailedLogins, state.SeverityInfo,
			"17 logins a second fail at listener C of brokers 1 and 2", "hardly anybody who connects anew gets in"},
		{"one that failed once", []*state.BrokerMetrics{listening(9, 0.1, 0)}, nil, "", "", "", ""},
		{"nothing of it is known", []*state.BrokerMetrics{{NetworkIdle: idleOf(0.9), HandlerIdle: idleOf(0.9)}}, nil, "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.change != nil {
				c.change(c.brokers[0])
			}
			s, _ := metered(1, c.brokers...)
			verdict, findings := load(s, nil)
			i := slices.IndexFunc(findings, func(f state.Finding) bool { return f.Code == ConnectionStorm || f.Code == FailedLogins })
			if i < 0 {
				if c.code != "" {
					t.Fatalf("nothing is said: %+v", findings)
				}
				return
			}
			f := findings[i]
			if f.Code != c.code || f.Severity != c.severity || f.Sentence != c.sentence || f.Fault != "client" || !strings.Contains(strings.Join(f.Evidence, "\n"), c.evidence) {
				t.Errorf("%+v", f)
			}
			if (verdict == state.VerdictDegraded) != (c.severity == state.SeverityWarning) {
				t.Errorf("%s", verdict)
			}
			s.Now = s.Now.Add(2 * MetricsFresh)
			if _, old := load(s, nil); slices.ContainsFunc(old, func(f state.Finding) bool { return f.Code == c.code }) {
				t.Error("old metrics are judged")
			}
		})
	}
}

func TestABrokerThatGetsFarMoreThanTheOthersIsNamed(t *testing.T) {
	in := func(bytes float64) *state.BrokerMetrics { return &state.BrokerMetrics{BytesIn: idleOf(bytes)} }
	part := func(leader int32) partition {
		return partition{leader: leader, replicas: []int32{1, 2, 3}, isr: []int32{1, 2, 3}}
	}
	even := []partition{part(1), part(2), part(3)}
	for _, c := range []struct {
		name     string
		brokers  []*state.BrokerMetrics
		cluster  []partition
		sentence string // "": nothing is said
		fault    string
		evidence string
	}{
		{"all get the same", []*state.BrokerMetrics{in(4e6), in(5e6), in(6e6)}, even, "", "", ""},
		{"a hot partition", []*state.BrokerMetrics{in(4e6), in(1e5), in(1e5)}, even, "Broker 1 gets 4.00MB/s from producers, and half of the others 100kB/s or less", "tenant", "it leads 1 of 3 partitions"},
		{"most leaders are on it", []*state.BrokerMetrics{in(4e6), in(1e5), in(1e5)}, []partition{part(1), part(1), part(2)}, "Broker 1 gets 4.00MB/s from producers, and half of the others 100kB/s or less", "kafka", "its leaders are the reason"},
		{"many times nothing", []*state.BrokerMetrics{in(5e5), in(10), in(10)}, even, "", "", ""},
		{"twice as much", []*state.BrokerMetrics{in(40e6), in(20e6), in(20e6)}, even, "", "", ""},
		{"two brokers tell nothing", []*state.BrokerMetrics{in(40e6), in(1e5)}, even, "", "", ""},
		{"one broker's is unknown", []*state.BrokerMetrics{in(40e6), in(1e5), {}}, even, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := metered(1, c.brokers...)
			s.Snapshot = cluster(t, c.cluster...)
			_, findings := load(s, nil)
			i := slices.IndexFunc(findings, func(f state.Finding) bool { return f.Code == UnevenLoad })
			if i < 0 {
				if c.sentence != "" {
					t.Fatalf("nothing is said: %+v", findings)
				}
				return
			}
			if f := findings[i]; f.Sentence != c.sentence || f.Fault != c.fault || f.Severity != state.SeverityInfo || !strings.Contains(strings.Join(f.Evidence, "\n"), c.evidence) {
				t.Errorf("%+v", f)
			}
		})
	}
}
