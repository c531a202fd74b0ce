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

// What each story of the embedded cluster is called by a look for the verdict, and in the first minute of a console; the other stories are as before.
func TestStoriesOfGroupsAndTransactionsAreNamedBesideTheVerdict(t *testing.T) {
	for _, tc := range []struct {
		scenario string
		code     string // "": no finding about groups or transactions
		says     string
		verdict  state.Verdict
		headline string
		twice    bool // there is a second look
	}{
		{"healthy", "", "", state.VerdictHealthy, "", false},
		{"hanging-group", health.GroupStuck, "checkout-orders", state.VerdictHealthy, ", one group stopped", true},
		{"slow-group", health.GroupBehind, "search-indexer", state.VerdictHealthy, ", one group falls behind", true},
		{"unowned-partition", health.GroupStuck, "wms-sync", state.VerdictHealthy, ", one group stopped", true},
		{"rebalancing-group", health.GroupBehind, "it is rebalancing", state.VerdictHealthy, ", one group falls behind", true},
		{"stopped-group", health.GroupsLeft, "has no members any more", state.VerdictHealthy, "", false},
		{"deleted-topic", "", "", state.VerdictHealthy, "", false},
		{"lost-coordinator", health.GroupUncoordinated, "wms-sync", state.VerdictCritical, "", true},
		{"hanging-transaction", health.HangingTransaction, "ledger/4", state.VerdictDegraded, ", one transaction hangs", true},
		{"frozen-producer", health.StalledTransaction, "payments.settlements/2", state.VerdictHealthy, ", one transaction stands still", true},
	} {
		t.Run(tc.scenario, func(t *testing.T) {
			inCluster(t, sim.Options{Scenario: tc.scenario, Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
				check := func(how string, st *state.State) {
					t.Helper()
					i := slices.IndexFunc(st.Findings, func(f state.Finding) bool { return f.Code == tc.code })
					switch headline := health.ClientsHeadline(st.Findings); {
					case tc.code == "" && headline != "":
						t.Errorf("%s: %s%s", how, headline, told(st.Findings))
					case tc.code != "" && (i < 0 || !strings.Contains(st.Findings[i].Sentence+strings.Join(st.Findings[i].Evidence, " "), tc.says)):
						t.Errorf("%s: no %s that says %q:%s", how, tc.code, tc.says, told(st.Findings))
					case tc.code != "" && st.Findings[i].Pane == "":
						t.Errorf("%s: it leads nowhere: %+v", how, st.Findings[i])
					case tc.headline != "" && !strings.Contains(headline, tc.headline):
						t.Errorf("%s: the headline is %q, want %q", how, headline, tc.headline)
					}
					if st.Verdict != tc.verdict {
						t.Errorf("%s: the verdict is %s, want %s:%s", how, st.Verdict, tc.verdict, told(st.Findings))
					}
				}
				snap := lookAt(t, s, nil)
				before := s.Spent().Requests
				twice := false
				st := &state.State{Snapshot: snap}
				st.Groups, st.Transactions = Clients(t.Context(), s, snap, ClientsOptions{Again: func(int, int) bool { twice = true; time.Sleep(Apart); return true }}, Options{})
				st.Now = time.Now()
				st.Verdict, st.Findings = health.Judge(health.Input{State: st})
				if tc.twice != twice {
					t.Errorf("a second look: %v, want %v", twice, tc.twice)
				}
				if unread := health.ClientsUnread(st); len(unread) > 0 {
					t.Errorf("unknown: %v", unread)
				}
				// Of each broker its groups, their offsets and those of share groups; of each leader its ends, its last stable offsets and what is older.
				if spent, most := s.Spent().Requests-before, int64(6*len(snap.Brokers)); tc.scenario == "healthy" && spent > most {
					t.Errorf("%d requests, want at most %d", spent, most)
				}
				check("one look", st)
				ctx, stop := context.WithCancel(t.Context())
				w := New(s, Options{})
				var run sync.WaitGroup
				run.Go(func() { w.Run(ctx) })
				time.Sleep(time.Minute)
				latest := w.Latest()
				stop()
				run.Wait()
				check("a minute of the console", latest)
			})
		})
	}
}

// The first finding leads to the group that makes a broker read from its disks.
func TestTheColdReaderIsTheFirstThatTheConsoleNames(t *testing.T) {
	inCluster(t, sim.Options{Scenario: "cold-read", Groups: true, Metrics: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		poller := metrics.NewPoller(config.Metrics{Prometheus: config.ExporterByBroker(c.MetricsURLs())}, metrics.Options{Dial: c.DialContext})
		defer poller.Close()
		ctx, stop := context.WithCancel(t.Context())
		w := New(s, Options{Metrics: poller})
		var run sync.WaitGroup
		run.Go(func() { w.Run(ctx) })
		time.Sleep(50 * time.Second)
		st := w.Latest()
		stop()
		run.Wait()
		if f := st.Findings[0]; f.Code != health.ColdReader || f.Pane != "groups" || f.Filter != "group:/^fraud-model-backfill$/" || !strings.Contains(f.Sentence, "broker 7") {
			t.Errorf("the first finding is another:%s", told(st.Findings))
		}
	})
}
