package watch

import (
	"context"
	"sync"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/metrics"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// watched runs a Watch of a simulated cluster, whose metrics it polls so often.
func watched(t *testing.T, c *sim.Cluster, s *kafka.Session, polls time.Duration, test func(*Watch)) {
	t.Helper()
	poller := metrics.NewPoller(config.Metrics{Prometheus: config.ExporterByBroker(c.MetricsURLs())}, metrics.Options{Dial: c.DialContext})
	defer poller.Close()
	ctx, stop := context.WithCancel(t.Context())
	w := New(s, Options{Metrics: poller, MetricsInterval: polls})
	var run sync.WaitGroup
	run.Go(func() { w.Run(ctx) })
	test(w)
	stop()
	run.Wait()
}

// Followers of the cluster leave the ISR for some seconds every half minute.
func TestAHealthyClusterUnderLoadStaysGreenForAnHour(t *testing.T) {
	inCluster(t, sim.Options{Live: true, Metrics: true, Brokers: 3, Topics: 6, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		watched(t, c, s, time.Minute, func(w *Watch) { // seldom: the pages take most of the test's time
			time.Sleep(3 * time.Minute)
			latest := w.Latest()
			out := 0 // looks that saw a partition out of sync
			var looked time.Time
			for end := time.Now().Add(time.Hour); time.Now().Before(end); {
				next, _, err := w.Next(t.Context(), latest.Seq)
				if err != nil {
					t.Fatal(err)
				}
				if latest = next; latest.Verdict != state.VerdictHealthy {
					t.Fatalf("at %s the verdict is %s:%s", latest.Now.Format(time.TimeOnly), latest.Verdict, told(latest.Findings))
				}
				if unlooked := health.NotLookedAt(latest); len(unlooked) > 0 {
					t.Fatalf("not looked at: %v", unlooked)
				}
				if latest.Snapshot.Taken.Equal(looked) {
					continue
				}
				looked = latest.Snapshot.Taken
				for i := range latest.Snapshot.NumPartitions() {
					if latest.Snapshot.Partition(i).UnderReplicated() {
						out++
						break
					}
				}
			}
			if out < 20 {
				t.Errorf("followers were out of sync at %d looks only: that shows nothing", out)
			}
		})
	})
}

func TestARealFaultIsNamedWithin15Seconds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault func(*sim.Cluster) error
		code  string
	}{
		{"a broker is killed", func(c *sim.Cluster) error { return c.Kill(4) }, health.BrokerDown},
		{"a log dir fails", func(c *sim.Cluster) error { return c.FailLogDir(4, 0) }, health.LogDirOffline},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inCluster(t, sim.Options{Metrics: true, Brokers: 4, Topics: 6, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
				watched(t, c, s, DefaultMetricsInterval, func(w *Watch) {
					time.Sleep(time.Minute)
					must(t, tt.fault(c))
					began := time.Now()
					for latest := w.Latest(); !hasCode(latest, tt.code); {
						next, _, err := w.Next(t.Context(), latest.Seq)
						must(t, err)
						if latest = next; time.Since(began) > time.Minute {
							t.Fatalf("not named after a minute: %s%s", latest.Verdict, told(latest.Findings))
						}
					}
					if took := time.Since(began); took > 15*time.Second { // of virtual time
						t.Errorf("named after %s", took)
					}
				})
			})
		})
	}
}
