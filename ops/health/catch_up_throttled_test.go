package health

import (
	"strings"
	"testing"

	"kdeck/ops/state"
)

func TestReplicasThatCatchUpUnderAThrottleAreNamed(t *testing.T) {
	copies := func(throttled float64) *state.BrokerMetrics {
		return measuring(func(m *state.BrokerMetrics) { m.BytesIn, m.FollowerThrottled = idleOf(40e6), idleOf(throttled) })
	}
	unknown := measuring(func(m *state.BrokerMetrics) { m.BytesIn = idleOf(40e6) })
	lags := partition{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2}}
	for _, c := range []struct {
		name  string
		part  partition
		third *state.BrokerMetrics
		says  string
	}{
		{"in sync under a throttle", well, copies(10e6), ""},
		{"a reassignment adds it under a throttle", partition{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2}, adding: []int32{3}}, copies(10e6), ""},
		{"out of sync without a throttle", lags, copies(0), ""},
		{"whether it is throttled isn't exported", lags, unknown, ""},
		{"no metrics", lags, nil, ""},
		{"out of sync under a throttle", lags, copies(10e6), "Broker 3 is out of sync in 1 partition, and copies 10.0MB/s under a throttle"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, samples := metered(state.BusyPolls, copies(0), copies(0), c.third)
			s.Snapshot = cluster(t, c.part)
			_, findings := load(s, samples)
			f := found(findings, CatchUpThrottled)
			if (f != nil) != (c.says != "") {
				t.Fatalf("%+v", findings)
			}
			if f != nil && (f.Sentence != c.says || f.Severity != state.SeverityInfo || f.Next != "kdeck throttles" || !strings.Contains(f.Evidence[1], "producers write 40.0MB/s")) {
				t.Errorf("%+v", f)
			}
		})
	}
}
