package watch

import (
	"context"
	"slices"
	"strings"
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

// The stories of groups and transactions go on as they begin, so what is found of them stays: with looks a minute apart for the verdict, and with looks ten
// seconds apart where the pane Groups is in front.
func TestTheFindingOfAStoryStaysForHalfAnHour(t *testing.T) {
	overview, both := []string{"overview"}, []string{"overview", "groups"}
	for _, tc := range []struct {
		scenario, code, says string
		from, to             int // minutes
		panes                []string
	}{
		{"slow-group", health.GroupBehind, "search-indexer", 1, 31, both},
		{"slow-member", health.GroupBehind, "held by one member", 1, 31, both},
		{"hanging-group", health.GroupStuck, "checkout-orders", 1, 31, overview},
		{"rebalancing-group", health.GroupUnsettled, "search-indexer", 6, 31, both}, // it takes five looks
		{"unowned-partition", health.GroupStuck, "wms-sync", 1, 31, both},
		{"lost-coordinator", health.GroupUncoordinated, "wms-sync", 1, 31, overview},
		{"cold-read", health.ColdReader, "fraud-model-backfill", 1, 31, overview},
		{"hanging-transaction", health.HangingTransaction, "ledger/4", 1, 31, overview},
		{"frozen-producer", health.StalledTransaction, "payments.settlements/2", 1, 24, overview}, // then its coordinator ends the transaction
	} {
		for _, pane := range tc.panes {
			t.Run(tc.scenario+" with "+pane, func(t *testing.T) {
				cold := tc.code == health.ColdReader // which takes metrics
				inCluster(t, sim.Options{Scenario: tc.scenario, Groups: true, Metrics: cold, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
					o := Options{Interval: 30 * time.Second, MetricsInterval: 30 * time.Second}
					if cold {
						poller := metrics.NewPoller(config.Metrics{Prometheus: config.ExporterByBroker(c.MetricsURLs())}, metrics.Options{Dial: c.DialContext})
						defer poller.Close()
						o.Metrics = poller
					}
					ctx, stop := context.WithCancel(t.Context())
					w := New(s, o)
					w.Attend(pane)
					var run sync.WaitGroup
					run.Go(func() { w.Run(ctx) })
					defer func() { stop(); run.Wait() }()
					for minute := range tc.to {
						time.Sleep(time.Minute)
						st := w.Latest()
						is := func(f state.Finding) bool {
							return f.Code == tc.code && strings.Contains(f.Sentence+strings.Join(f.Evidence, " "), tc.says)
						}
						if minute+1 >= tc.from && !slices.ContainsFunc(st.Findings, is) {
							t.Errorf("after %d minutes no %s that says %q:%s", minute+1, tc.code, tc.says, told(st.Findings))
						}
					}
				})
			})
		}
	}
}
