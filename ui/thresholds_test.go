package ui

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/fixture"
)

// measured is a State of brokers 1 to n that all work alike, but for what spoil makes of broker 1.
func measured(n int, spoil func(*state.State, *state.BrokerMetrics)) *state.State {
	s := fixture.Small().State(1)
	fixture.Load{Processors: 2}.Add(s)
	for id, r := range s.Metrics {
		if int(id) > n {
			delete(s.Metrics, id)
			continue
		}
		m := r.Value // alike to a hair
		m.HandlerIdle.Value, m.NetworkIdle.Value, m.DiskRead.Value = 0.9, 0.9, 0
		for i := range m.Processors {
			m.Processors[i].Idle.Value = 0.9
		}
	}
	spoil(s, s.Metrics[1].Value)
	s.Verdict, s.Findings = health.Judge(health.Input{State: s})
	return s
}

// judged is what everybody says of a State: the panes, `kdeck status` and `kdeck brokers`, as text that names broker 1 or
// the client.
type judged struct{ pane, status, statusJSON, brokersJSON, tenantsPane, tenantsJSON string }

func judgedBy(t *testing.T, s *state.State) judged {
	t.Helper()
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	d := newDriver(t, "dark", 200, 60, nil)
	d.state(s)
	d.keys("2", "/", "id:1", "enter", "enter")
	j := judged{pane: d.screen()}
	d.keys("3")
	j.tenantsPane = d.screen()
	for _, f := range s.Findings {
		j.status += f.Code + " " + f.Sentence + "\n"
	}
	rows := view.TenantRows(s)
	j.statusJSON, j.brokersJSON = text(view.Status(s)), text(view.BrokersAnswer(s, view.Brokers(s)))
	j.tenantsJSON = text(view.TenantsAnswer(s.Snapshot, nil, rows, tenant.Totals(rows, len(s.Snapshot.Brokers))))
	return j
}

// alone are the thresholds that one judgement uses which is shown in one way: findings, which the Overview, status and JSON
// have from health.Judge, and `kdeck host` from health.HostFindings; the outlook of a client, which the Tenants pane alone has; and what is marked as old on the screen.
var alone = []string{"BelowOthers", "CulpritShare", "QueueLong", "ProducesWaiting", "PoolOftenEmpty", "ProducesWaitMS", "IdleWell", "MetricsLate", "RestartFor", "LeftFor", "OldAfter", "SilentAfter", "FarBehind", "minLookGap",
	"SlowBy", "SlowTimes", "SlowLooks", "AllSlowBy", "AllSlowTimes", "AllSlow", "UsualLooks", "LooksToKnow",
	"DiskLow", "DiskBad", "DiskSoon", "DiskLater", "DiskSeen", "DiskPace", "DiskBack", "StormRate", "BlockedShare", "FailedLoginRate", "NearlyAllRefused", "UnevenTimes", "UnevenBytes", "UnevenLeaders",
	"CertificateLow", "CertificateBad", "LeftFor", "MostOfThem", "LedMore",
	"HostThreadOnDisk", "HostHandlersOnDisk", "HostHandlersTogether", "HostThreadLocked", "HostCoreWait", "HostQuotaHolds", "HostPaused", "HostPause", "HostStopped", "HostMemoryPressure",
	"HostDeviceBusy", "HostDeviceWaitMS", "HostLimitNear", "HostLoss", "HostDrops", "HostRetransmits",
	"OutlookPolls", "OutlookSpan", "OutlookBack", "OutlookFit", "OutlookRise", "OutlookBeyond"}

func TestEveryThresholdIsTheSameForPanesCommandsAndJSON(t *testing.T) {
	handlers := func(idle float64) func(*state.State, *state.BrokerMetrics) {
		return func(_ *state.State, m *state.BrokerMetrics) { m.HandlerIdle.Value = idle }
	}
	says := func(j judged, sign string) map[string]bool {
		return map[string]bool{"pane": strings.Contains(j.pane, sign), "status": strings.Contains(j.statusJSON, sign), "brokers": strings.Contains(j.brokersJSON, sign)}
	}
	waits := func(ms float64) func(*state.State, *state.BrokerMetrics) {
		return func(s *state.State, m *state.BrokerMetrics) {
			for _, r := range s.Metrics {
				k := r.Value.Kind("Produce")
				for i := range k.Phases {
					if k.Phases[i].Name == "request queue" {
						k.Phases[i].Mean.Value = 2
						if r.Value == m {
							k.Phases[i].Mean.Value = ms
						}
					}
				}
			}
		}
	}
	use := func(ofLimit, ofThreads float64) func(*state.State, *state.BrokerMetrics) {
		return func(s *state.State, m *state.BrokerMetrics) {
			s.Quotas = state.Read(tenant.New([]tenant.Quota{{Entity: tenant.Entity{User: tenant.Named("alice")},
				Limits: map[tenant.Type]float64{tenant.ProducerByteRate: 1000}}}), s.Now, "c")
			s.Threads = map[int32]tenant.Threads{1: {IO: 5, Network: 5, Known: true}}
			m.Usage = []tenant.Usage{{Broker: 1, Type: tenant.ProducerByteRate, User: "alice", Rate: 1000 * ofLimit},
				{Broker: 1, Type: tenant.RequestPercentage, User: "bob", Rate: 1000 * ofThreads}}
		}
	}
	standing := func(word string) func(judged) map[string]bool {
		return func(j judged) map[string]bool {
			return map[string]bool{"pane": strings.Contains(j.tenantsPane, strings.ToUpper(word)),
				"tenants": strings.Contains(j.tenantsJSON, `"standing":"`+word+`"`)}
		}
	}
	const many = 12
	tests := map[string]struct {
		beyond, within *state.State
		judge          func(judged) map[string]bool
	}{
		"IdleLow": {measured(many, handlers(health.IdleLow-0.01)), measured(many, func(s *state.State, _ *state.BrokerMetrics) {
			for _, r := range s.Metrics { // so that nobody stands out
				r.Value.HandlerIdle.Value = health.IdleLow + 0.01
			}
		}), func(j judged) map[string]bool {
			seen := says(j, "request handlers idle ")
			seen["finding"] = strings.Contains(j.status, health.RequestHandlersBusy)
			return seen
		}},
		"IdleBad": {measured(many, handlers(health.IdleBad-0.01)), measured(many, handlers(health.IdleBad+0.01)), func(j judged) map[string]bool {
			bad := `"severity":"critical","sentence":"request handlers`
			return map[string]bool{"pane": strings.Contains(j.pane, "✖ request handlers idle "), "status": strings.Contains(j.statusJSON, bad), "brokers": strings.Contains(j.brokersJSON, bad),
				"verdict": strings.Contains(j.statusJSON, `"verdict":"degraded"`)}
		}},
		"EnoughPeers": {measured(health.EnoughPeers, waits(90)), measured(health.EnoughPeers-1, waits(90)),
			func(j judged) map[string]bool { return says(j, "request queue 90ms, peers 2ms") }},
		"FarOff": {measured(many, func(s *state.State, m *state.BrokerMetrics) { m.DiskRead.Value = 184e6 }),
			measured(many, func(s *state.State, m *state.BrokerMetrics) {
				for id, r := range s.Metrics { // far apart from one another
					r.Value.DiskRead.Value = float64(id%4) * 50e6
				}
				m.DiskRead.Value = 184e6
			}), func(j judged) map[string]bool { return says(j, "disk reads 184MB/s") }},
		"TimesLonger": {measured(many, waits(2*health.TimesLonger+2)), measured(many, waits(2*health.TimesLonger-0.1)), func(j judged) map[string]bool { return says(j, "ms, peers 2ms, in Produce: they wait") }},
		"LongerMS":    {measured(many, waits(2+health.LongerMS)), measured(many, waits(2+health.LongerMS-0.9)), func(j judged) map[string]bool { return says(j, "ms, peers 2ms, in Produce: they wait") }},
		"AnyRate": {measured(many, func(_ *state.State, m *state.BrokerMetrics) { m.ISRShrinks.Value = health.AnyRate }),
			measured(many, func(_ *state.State, m *state.BrokerMetrics) { m.ISRShrinks.Value = health.AnyRate - 0.01 }),
			func(j judged) map[string]bool { return says(j, "ISRs shrink") }},
		"MetricsFresh": {measured(many, aged(health.MetricsFresh+time.Second)), measured(many, aged(health.MetricsFresh-time.Second)), func(j judged) map[string]bool {
			return map[string]bool{"pane": strings.Contains(j.pane, "metrics are 2m01s old"), "finding": strings.Contains(j.status, health.MetricsNotRead),
				"brokers": strings.Contains(j.brokersJSON, `"signs":null`)}
		}},
		"NearShare":  {measured(many, use(tenant.NearShare, 0)), measured(many, use(tenant.NearShare-0.01, 0)), standing("near")},
		"HeavyShare": {measured(many, use(0, tenant.HeavyShare)), measured(many, use(0, tenant.HeavyShare-0.01)), standing("heavy")},
	}
	for _, name := range thresholds(t) {
		tt, ok := tests[name]
		if !ok && !slices.Contains(alone, name) {
			t.Errorf("nothing shows that everybody judges by %s alike", name)
		}
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for who, seen := range tt.judge(judgedBy(t, tt.beyond)) {
				if !seen {
					t.Errorf("%s doesn't point out what is beyond it", who)
				}
			}
			for who, seen := range tt.judge(judgedBy(t, tt.within)) {
				if seen {
					t.Errorf("%s points out what is within it", who)
				}
			}
		})
	}
}

func aged(d time.Duration) func(*state.State, *state.BrokerMetrics) {
	return func(s *state.State, m *state.BrokerMetrics) {
		s.MetricsConfigured = true
		for _, r := range s.Metrics {
			r.Value.At = s.Now
		}
		m.At = s.Now.Add(-d)
	}
}

// thresholds are the constants of the two files that hold all of them.
func thresholds(t *testing.T) (names []string) {
	t.Helper()
	for _, file := range []string{"../ops/health/thresholds.go", "../ops/tenant/standing.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if len(v.Values) == 0 || fmt.Sprint(v.Type) == "Standing" { // the standings themselves
					continue
				}
				for _, n := range v.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}
