package brokers

import (
	"strings"
	"testing"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

// sceneOf is a small cluster with metrics.
func sceneOf(load fixture.Load) pane.Scene {
	s := fixture.Small().State(1)
	load.Add(s)
	return pane.Scene{State: s, Now: s.Now}
}

func TestSignsNameWhoIsSlow(t *testing.T) {
	load := fixture.Load{Processors: 8, Hot: 4, Cold: 6}
	for _, c := range []struct {
		name   string
		broker int32
		spoil  func(*state.BrokerMetrics)
		want   []string // one for each sign, in order
	}{
		{"a broker like its peers has none", 1, nil, nil},
		{"a hot processor is named with its listener, and what waits for it", 4, nil,
			[]string{"network thread 3 of CLIENT idle 4%", "response queue 38ms, peers 0.1ms, in nearly all requests"}},
		{"a cold read is known by the disk and by what is sent", 6, nil,
			[]string{"network thread 1 of CLIENT idle 4%, 5 idle 22%", "response queue", "send 161ms, peers 1.4ms, in FetchConsumer: reading from disk", "disk reads 184MB/s"}},
		{"busy request handlers make requests wait", 1, func(m *state.BrokerMetrics) {
			m.HandlerIdle.Value = 0.05
			phase(m, "Produce", "request queue").Mean.Value = 90
		}, []string{"request handlers idle 5%", "request queue 90ms, peers 0.2ms, in Produce: they wait for a request handler"}},
		{"a slow follower makes acks=all wait", 1, func(m *state.BrokerMetrics) { phase(m, "Produce", "remote").Mean.Value = 400 },
			[]string{"remote 400ms, peers 2.4ms, in Produce: a follower is slow"}},
		{"consumers that wait for new records are none", 1, func(m *state.BrokerMetrics) { phase(m, "FetchConsumer", "remote").Mean.Value = 5000 }, nil},
		{"shrinking ISRs are one", 1, func(m *state.BrokerMetrics) { m.ISRShrinks.Value = 0.4 }, []string{"ISRs shrink 0.4 times a second"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sceneOf(load)
			m, _ := s.MetricsOf(c.broker)
			if c.spoil != nil {
				c.spoil(m)
			}
			got := health.PeersOf(s.State).Signs(m)
			if len(got) != len(c.want) {
				t.Fatalf("%d signs: %v", len(got), got)
			}
			for i, want := range c.want {
				if !strings.Contains(got[i].Sentence, want) {
					t.Errorf("%q, want %q", got[i].Sentence, want)
				}
			}
		})
	}
}

func phase(m *state.BrokerMetrics, kind, name string) *state.Phase {
	k := m.Kind(kind)
	for i := range k.Phases {
		if k.Phases[i].Name == name {
			return &k.Phases[i]
		}
	}
	return nil
}

// Two brokers are no peers: neither is judged by the other.
func TestTooFewPeersJudgeNobody(t *testing.T) {
	s := sceneOf(fixture.Load{Processors: 8, Cold: 1})
	for id := range s.State.Metrics {
		if id > 2 {
			delete(s.State.Metrics, id)
		}
	}
	m, _ := s.MetricsOf(1)
	for _, sign := range health.PeersOf(s.State).Signs(m) {
		if !strings.HasPrefix(sign.Sentence, "network thread") {
			t.Errorf("%q by one peer", sign.Sentence)
		}
	}
}

func TestMetricsThatAreOldAreNobodysPeers(t *testing.T) {
	s := sceneOf(fixture.Load{Processors: 8, Old: 3, Lost: 5})
	if p := health.PeersOf(s.State); p.Brokers != 10 {
		t.Errorf("%d of 12 brokers are peers: 3 is old and 5 unknown", p.Brokers)
	}
}
