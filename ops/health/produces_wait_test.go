package health

import (
	"strings"
	"testing"

	"kdeck/ops/state"
)

// purgatory is a broker in whose purgatory so many Produce requests wait, each for so many ms.
func purgatory(n, ms float64) *state.BrokerMetrics {
	return &state.BrokerMetrics{NetworkIdle: idleOf(0.9), HandlerIdle: idleOf(0.9),
		Purgatories: []state.Purgatory{{Operation: "Fetch", Size: idleOf(20000)}, {Operation: "Produce", Size: idleOf(n)}},
		Requests: []state.RequestKind{
			{Name: "FetchConsumer", Phases: []state.Phase{{Name: "remote", Mean: idleOf(900)}}},
			{Name: "Produce", Phases: []state.Phase{{Name: "local", Mean: idleOf(1)}, {Name: "remote", Mean: idleOf(ms)}}},
		}}
}

func TestProduceRequestsThatWaitLongForFollowersAreNamed(t *testing.T) {
	untimed, uncounted := purgatory(5000, 900), purgatory(5000, 900)
	untimed.Requests[1].Phases = untimed.Requests[1].Phases[:1]
	uncounted.Purgatories = uncounted.Purgatories[:1]
	for _, c := range []struct {
		name    string
		brokers []*state.BrokerMetrics
		says    string // "": nothing is found
	}{
		{"followers keep up under load", []*state.BrokerMetrics{purgatory(3000, 8), purgatory(2500, 9), purgatory(2800, 7)}, ""},
		{"clusters of two sites take longer", []*state.BrokerMetrics{purgatory(9000, 120), purgatory(9000, 130)}, ""},
		{"just too short", []*state.BrokerMetrics{purgatory(5000, ProducesWaitMS-1)}, ""},
		{"just too few", []*state.BrokerMetrics{purgatory(ProducesWaiting-1, 2000)}, ""},
		{"the time isn't exported", []*state.BrokerMetrics{untimed}, ""},
		{"the purgatory isn't exported", []*state.BrokerMetrics{uncounted}, ""},
		{"no metrics", []*state.BrokerMetrics{nil}, ""},
		{"one broker's followers are slow", []*state.BrokerMetrics{purgatory(ProducesWaiting, ProducesWaitMS), purgatory(10, 3)}, "Produce requests wait 500ms on average for followers of broker 1"},
		{"one follower is slow", []*state.BrokerMetrics{purgatory(900, 600), purgatory(2000, 1400), purgatory(0, 0)},
			"Produce requests wait long for followers of brokers 1 and 2, most on broker 2, 1400ms on average"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, samples := metered(state.BusyPolls, c.brokers...)
			_, findings := load(s, samples)
			f := found(findings, ProducesWait)
			if (f != nil) != (c.says != "") {
				t.Fatalf("%+v", findings)
			}
			if f == nil {
				return
			}
			if f.Sentence != c.says || f.Severity != state.SeverityWarning || f.Pane != "brokers" || f.Next == "" || !strings.Contains(f.Evidence[0], ":9404") {
				t.Errorf("%+v", f)
			}
			samples[1][0] = purgatory(0, 0)
			samples[2][0] = purgatory(0, 0)
			if _, again := load(s, samples); found(again, ProducesWait) != nil {
				t.Error("said though not all polls show it")
			}
		})
	}
}

func TestTheFollowerThatProduceRequestsWaitForIsNamedWhereItIsOneBroker(t *testing.T) {
	s, samples := metered(state.BusyPolls, purgatory(900, 600), purgatory(2000, 1400), purgatory(0, 0))
	for _, c := range []struct {
		name  string
		parts []partition
		named bool
	}{
		{"it follows all", []partition{{leader: 1, replicas: []int32{1, 3}, isr: []int32{1, 3}}, {leader: 2, replicas: []int32{2, 1, 3}, isr: []int32{2, 1, 3}}}, true},
		{"it was dropped from the ISR, so that nothing waits for it", []partition{{leader: 1, replicas: []int32{1, 3}, isr: []int32{1}}, {leader: 2, replicas: []int32{2, 3}, isr: []int32{2}}}, false},
		{"another follows all too", []partition{{leader: 1, replicas: []int32{1, 3, 4}, isr: []int32{1, 3, 4}}, {leader: 2, replicas: []int32{2, 3, 4}, isr: []int32{2, 3, 4}}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Snapshot = cluster(t, c.parts...)
			_, findings := load(s, samples)
			f := found(findings, ProducesWait)
			if f == nil {
				t.Fatalf("%+v", findings)
			}
			said := strings.Join(f.Evidence, "\n")
			if strings.Contains(said, "broker 3 follows most of what they lead") != c.named || strings.Contains(said, "follows most") != c.named || strings.Contains(f.Filter, "3") != c.named {
				t.Errorf("%+v", f)
			}
		})
	}
}
