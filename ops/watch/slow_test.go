package watch

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// awaitFinding waits until a finding is there, for a minute of virtual time, and returns how long that took.
func awaitFinding(t *testing.T, w *Watch, code string) (state.Finding, time.Duration) {
	t.Helper()
	began := time.Now()
	for latest := w.Latest(); ; {
		if i := slices.IndexFunc(latest.Findings, func(f state.Finding) bool { return f.Code == code }); i >= 0 {
			return latest.Findings[i], time.Since(began)
		}
		next, _, err := w.Next(t.Context(), latest.Seq)
		must(t, err)
		if latest = next; time.Since(began) > time.Minute {
			t.Fatalf("no %s after a minute: %s%s", code, latest.Verdict, told(latest.Findings))
		}
	}
}

func TestASlowBrokerIsNamedWithin15SecondsWithoutMetrics(t *testing.T) {
	for _, tt := range []struct {
		name     string
		connect  time.Duration
		code     string
		sentence string
	}{
		{"the broker is slow", 0, health.SlowBroker, "Broker 4 takes 200ms to answer what the others answer in 0ms"},
		{"the path to it is", 200 * time.Millisecond, health.SlowPath, "The path from here to broker 4 is slow: an answer takes 200ms, of the others 0ms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inCluster(t, sim.Options{Brokers: 6, Topics: 6, Seed: 1}, func(t *testing.T, c *sim.Cluster, _ *kafka.Session) {
				slow := ""
				s := sessionBy(t, c, func(ctx context.Context, network, addr string) (net.Conn, error) {
					if addr == slow {
						time.Sleep(tt.connect)
					}
					return c.DialContext(ctx, network, addr)
				})
				defer s.Close()
				watched(t, c, s, time.Minute, func(w *Watch) {
					time.Sleep(2 * time.Minute)
					if st := w.Latest(); st.Verdict != state.VerdictHealthy {
						t.Fatalf("%s before anything was slow:%s", st.Verdict, told(st.Findings))
					}
					slow, _ = s.Addr(4)
					must(t, c.Slow(4, 200*time.Millisecond))
					f, took := awaitFinding(t, w, tt.code)
					if took > 15*time.Second || f.Sentence != tt.sentence {
						t.Errorf("after %s: %+v", took, f)
					}
					if !strings.Contains(strings.Join(f.Evidence, "\n"), "; before, it took 0ms") {
						t.Errorf("its past isn't told: %v", f.Evidence)
					}
					must(t, c.Slow(4, 0))
					for latest := w.Latest(); latest.Verdict != state.VerdictHealthy; {
						next, _, err := w.Next(t.Context(), latest.Seq)
						must(t, err)
						latest = next
					}
				})
			})
		})
	}
}

// sessionBy is a session whose connections are made by dial.
func sessionBy(t *testing.T, c *sim.Cluster, dial func(ctx context.Context, network, addr string) (net.Conn, error)) *kafka.Session {
	t.Helper()
	cluster, err := config.Resolve(&config.File{}, config.Flags{Bootstrap: strings.Join(c.Bootstrap()[:2], ",")}, nil)
	must(t, err)
	s, err := kafka.Open(cluster, kafka.Options{Dial: dial})
	must(t, err)
	return s
}

// Now and then a broker takes long over a few answers, as in a collection of garbage, and sometimes all do, as where this machine is busy.
func TestBrokersThatAreSlowForAMomentMakeNoVerdictForAnHour(t *testing.T) {
	inCluster(t, sim.Options{Brokers: 6, Topics: 6, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		watched(t, c, s, 10*time.Minute, func(w *Watch) {
			time.Sleep(2 * time.Minute)
			rng, slow := rand.New(rand.NewPCG(3, 4)), 0
			for end := time.Now().Add(time.Hour); time.Now().Before(end); {
				for id := range int32(6) {
					delay := time.Duration(rng.Int64N(int64(20 * time.Millisecond)))
					if rng.IntN(20) == 0 {
						delay += time.Duration(rng.Int64N(int64(time.Second)))
						slow++
					}
					must(t, c.Slow(id+1, delay))
				}
				time.Sleep(time.Duration(rng.Int64N(int64(300 * time.Millisecond))))
				if st := w.Latest(); st.Verdict != state.VerdictHealthy {
					t.Fatalf("at %s: %s%s", st.Now.Format(time.TimeOnly), st.Verdict, told(st.Findings))
				}
			}
			if slow < 500 {
				t.Errorf("brokers were slow %d times only: that shows nothing", slow)
			}
		})
	})
}
