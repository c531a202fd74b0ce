package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// inCluster runs a test in a bubble of virtual time, with a simulated cluster and a session to it.
func inCluster(t *testing.T, o sim.Options, test func(*testing.T, *sim.Cluster, *kafka.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Virtual = true
		c, err := sim.New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		s := session(t, c)
		defer s.Close()
		test(t, c, s)
	})
}

func session(tb testing.TB, c *sim.Cluster) *kafka.Session {
	tb.Helper()
	return sessionTo(tb, c, strings.Join(c.Bootstrap()[:2], ","))
}

func sessionTo(tb testing.TB, c *sim.Cluster, bootstrap string) *kafka.Session {
	tb.Helper()
	cluster, err := config.Resolve(&config.File{}, config.Flags{Bootstrap: bootstrap}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := kafka.Open(cluster, kafka.Options{Dial: c.DialContext})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func lookAt(t *testing.T, s Session, prev *state.Snapshot) *state.Snapshot {
	t.Helper()
	snapshot, err := newLook(s, Options{}.orDefaults(), prev).run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

func codes(findings []state.Finding) []string {
	set := map[string]bool{}
	for _, f := range findings {
		set[f.Code] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func told(findings []state.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "\n  %s %s: %s", f.Severity, f.Code, f.Sentence)
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "\n      %s", e)
		}
	}
	return b.String()
}

func TestEveryScenarioIsDiagnosed(t *testing.T) {
	for _, c := range []struct {
		scenario string
		verdict  state.Verdict
		codes    []string // that must be found
		not      []string // that must not
	}{
		{"healthy", state.VerdictHealthy, []string{health.Well}, nil},
		{"broker-down", state.VerdictCritical, []string{health.BrokerDown, health.UnderReplicated, health.UnderMinISR}, []string{health.BrokerNotAnswering}},
		{"stuck-move", state.VerdictDegraded, []string{health.BrokerDown, health.StuckMove, health.Moving}, nil},
		{"stale-broker", state.VerdictDegraded, []string{health.StaleBroker}, []string{health.BrokerDown, health.Leaderless}},
		{"slow-broker", state.VerdictDegraded, []string{health.SlowBroker}, []string{health.SlowPath, health.AllSlowToAnswer}},
		{"bad-disk", state.VerdictDegraded, []string{health.LogDirOffline, health.UnderReplicated}, []string{health.BrokerDown, health.OfflineReplicas}},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			inCluster(t, sim.Options{Scenario: c.scenario}, func(t *testing.T, _ *sim.Cluster, s *kafka.Session) {
				first := lookAt(t, s, nil)
				time.Sleep(5 * time.Second) // virtual
				second := lookAt(t, s, first)
				verdict, findings := health.Judge(health.Input{State: &state.State{Snapshot: second, Now: time.Now()}, Before: first,
					Answers: (*health.AnswerTimes)(nil).Look(first).Look(second)})
				got := codes(findings)
				t.Logf("%s%s\nunknown: %v", verdict, told(findings), second.Unknown)
				if verdict != c.verdict {
					t.Errorf("verdict %s, want %s", verdict, c.verdict)
				}
				for _, code := range c.codes {
					if !slices.Contains(got, code) {
						t.Errorf("%s is not found", code)
					}
				}
				for _, code := range c.not {
					if slices.Contains(got, code) {
						t.Errorf("%s is found", code)
					}
				}
			})
		})
	}
}

// requests counts what the nodes were asked since before. Of ApiVersions each node's first counts: more of them are part
// of making a connection.
func requests(before, after map[int32]map[int16]int) (n int) {
	for node, keys := range after {
		for key, times := range keys {
			times -= before[node][key]
			if key == kmsg.ApiVersions.Int16() {
				times = min(times, 1)
			}
			n += times
		}
	}
	return n
}

func TestALookStaysWithinItsRequests(t *testing.T) {
	for _, c := range []struct {
		name   string
		o      sim.Options
		change func(*sim.Cluster) error
	}{
		{"all is well", sim.Options{}, nil},
		{"a broker is down and partitions are under min ISR", sim.Options{Scenario: "broker-down"}, nil},
		{"a move is stuck", sim.Options{Scenario: "stuck-move"}, nil},
		{"a broker's metadata is stale", sim.Options{Scenario: "stale-broker"}, nil},
		{"a disk is bad", sim.Options{Scenario: "bad-disk"}, nil},
		{"a broker is silent", sim.Options{}, func(c *sim.Cluster) error { return c.Silence(4) }},
		{"a broker is fenced and answers", sim.Options{}, func(c *sim.Cluster) error { return c.Fence(4) }},
		{"a broker talks nonsense", sim.Options{}, func(c *sim.Cluster) error { return c.Garbage(4) }},
		{"there are 1,001 topics", sim.Options{Brokers: 4, Topics: 1001, Partitions: 1001}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			inCluster(t, c.o, func(t *testing.T, cluster *sim.Cluster, s *kafka.Session) {
				if c.change != nil {
					if err := c.change(cluster); err != nil {
						t.Fatal(err)
					}
				}
				var last *state.Snapshot
				for i := range 4 {
					before := cluster.Requests()
					last = lookAt(t, s, last)
					after := cluster.Requests()
					got, bound := requests(before, after), 4+2*len(last.Brokers)+(last.NumTopics()+999)/1000
					t.Logf("look %d: %d requests, the bound is %d", i+1, got, bound)
					if got > bound {
						t.Errorf("look %d took %d requests, the bound is %d: %v after %v", i+1, got, bound, after, before)
					}
					time.Sleep(7 * time.Second)
				}
			})
		})
	}
}
