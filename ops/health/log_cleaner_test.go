package health

import (
	"strings"
	"testing"

	"kdeck/ops/state"
)

// measuring is a broker that has time, and shows those figures too.
func measuring(change func(*state.BrokerMetrics)) *state.BrokerMetrics {
	m := &state.BrokerMetrics{NetworkIdle: idleOf(0.9), HandlerIdle: idleOf(0.9)}
	change(m)
	return m
}

func cleaning(dead, skipped float64) *state.BrokerMetrics {
	return measuring(func(m *state.BrokerMetrics) { m.DeadCleaners, m.Uncleanable = idleOf(dead), idleOf(skipped) })
}

func TestALogCleanerThatStoppedIsNamedAndOneThatIsNotShownIsNot(t *testing.T) {
	for _, c := range []struct {
		name     string
		brokers  []*state.BrokerMetrics
		severity state.Severity // "": nothing is found
		says     string
	}{
		{"all clean", []*state.BrokerMetrics{cleaning(0, 0), cleaning(0, 0)}, "", ""},
		{"nothing is exported", []*state.BrokerMetrics{measuring(func(*state.BrokerMetrics) {})}, "", ""},
		{"no metrics", []*state.BrokerMetrics{nil}, "", ""},
		{"a thread is dead", []*state.BrokerMetrics{cleaning(0, 0), cleaning(1, 0)}, state.SeverityWarning, "1 thread of the log cleaner is dead on broker 2: compacted partitions grow until it is restarted"},
		{"threads are dead and partitions skipped", []*state.BrokerMetrics{cleaning(1, 3), cleaning(1, 0)}, state.SeverityWarning, "2 threads of the log cleaner are dead on brokers 1 and 2: compacted partitions grow until it is restarted"},
		{"partitions are skipped", []*state.BrokerMetrics{cleaning(0, 3)}, state.SeverityInfo, "The log cleaner of broker 1 skips 3 partitions after an error: they grow until it is restarted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, samples := metered(state.BusyPolls, c.brokers...)
			_, findings := load(s, samples)
			f := found(findings, CleanerStopped)
			if (f != nil) != (c.says != "") {
				t.Fatalf("%+v", findings)
			}
			if f != nil && (f.Sentence != c.says || f.Severity != c.severity || !strings.HasPrefix(f.Next, "kdeck safe-to-stop ") || !strings.Contains(f.Evidence[0], ":9404")) {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestMemoryForRequestsThatIsUsedUpIsNamed(t *testing.T) {
	empty := func(share float64) *state.BrokerMetrics {
		return measuring(func(m *state.BrokerMetrics) { m.PoolEmpty = idleOf(share) })
	}
	for _, c := range []struct {
		name    string
		brokers []*state.BrokerMetrics
		says    string
	}{
		{"there is no limit", []*state.BrokerMetrics{empty(0)}, ""},
		{"seldom", []*state.BrokerMetrics{empty(PoolOftenEmpty - 0.01)}, ""},
		{"not exported", []*state.BrokerMetrics{measuring(func(*state.BrokerMetrics) {})}, ""},
		{"often", []*state.BrokerMetrics{empty(PoolOftenEmpty), empty(0.4), empty(0)}, "The memory for requests of brokers 1 and 2 is used up, on broker 2 40% of the time: its network threads then read no request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, samples := metered(state.BusyPolls, c.brokers...)
			_, findings := load(s, samples)
			f := found(findings, MemoryPoolEmpty)
			if (f != nil) != (c.says != "") {
				t.Fatalf("%+v", findings)
			}
			if f == nil {
				return
			}
			if f.Sentence != c.says || f.Severity != state.SeverityWarning {
				t.Errorf("%+v", f)
			}
			samples[1][1], samples[2][1] = empty(0), empty(0)
			if _, again := load(s, samples); found(again, MemoryPoolEmpty) != nil {
				t.Error("said though not all polls show it")
			}
		})
	}
}
