package view

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// crowd is a state of brokers on which so many clients each have a series of two types, with quotas and tenant rules.
func crowd(brokers, clients int) *state.State {
	s := &state.State{Now: noon, Metrics: map[int32]state.Reading[*state.BrokerMetrics]{}, Threads: map[int32]tenant.Threads{}}
	for id := range int32(brokers) {
		m := &state.BrokerMetrics{ID: id, At: noon, ExemptRequestTime: reading(3)}
		for c := range clients {
			user, client := fmt.Sprintf("team-%d", c%97), fmt.Sprintf("app-%08x", c*2654435761)
			m.Usage = append(m.Usage,
				tenant.Usage{Broker: id, Type: tenant.RequestPercentage, User: user, ClientID: client, Rate: float64(c%13) / 7},
				tenant.Usage{Broker: id, Type: tenant.ProducerByteRate, User: user, ClientID: client, Rate: float64(c%1009) * 1e3})
		}
		s.Metrics[id] = state.Read(m, noon, "")
		s.Threads[id] = tenant.Threads{IO: 8, Network: 3, Known: true}
	}
	var records []tenant.Quota
	for i := range 97 {
		records = append(records, tenant.Quota{Entity: tenant.Entity{User: tenant.Named(fmt.Sprintf("team-%d", i)), ClientID: tenant.Default},
			Limits: map[tenant.Type]float64{tenant.RequestPercentage: 50, tenant.ProducerByteRate: 1e6}})
	}
	s.Quotas = state.Read(tenant.New(records), noon, "")
	s.TenantRules = tenant.Rules{{Tenant: "payments", User: regexp.MustCompile("^team-1.$")}, {Tenant: "search", User: regexp.MustCompile("^team-2.$")}}
	return s
}

// 10,000 buckets, as clients with random ids make them.
func BenchmarkTenantRows(b *testing.B) {
	for _, of := range []struct{ brokers, clients int }{{1, 5000}, {12, 5000}} {
		s := crowd(of.brokers, of.clients)
		b.Run(fmt.Sprintf("%dbuckets_on_%dbrokers", 2*of.clients, of.brokers), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(TenantRows(s)) != 2*of.clients*of.brokers {
					b.Fatal("rows are missing")
				}
			}
		})
	}
}

// Where one client's use is uneven, the limit of each broker is compared with the use on that broker, in tables and in JSON.
func TestTheUsageBesideALimitIsThatOfTheWorstBroker(t *testing.T) {
	use := func(broker int32, kind tenant.Type, user string, rate, throttle float64) tenant.Usage {
		return tenant.Usage{Broker: broker, Type: kind, User: user, Rate: rate, ThrottleMS: throttle}
	}
	limits := map[tenant.Type]float64{tenant.ProducerByteRate: 1000, tenant.ControllerMutationRate: 10}
	quotas := tenant.New([]tenant.Quota{{Entity: tenant.Entity{User: tenant.Named("even")}, Limits: limits}, {Entity: tenant.Entity{User: tenant.Named("skewed")}, Limits: limits}})
	for _, c := range []struct {
		name   string
		usages []tenant.Usage
		cells  string // USAGE LIMIT USED ON "ALL BROKERS"
		json   string
	}{
		{"spread evenly", []tenant.Usage{use(1, tenant.ProducerByteRate, "even", 400, 0), use(2, tenant.ProducerByteRate, "even", 400, 0), use(3, tenant.ProducerByteRate, "even", 500, 0)},
			"500B/s 1.00kB/s 50% 3 1.30kB/s", `"usage":1300,"limit":1000,"worst_broker":3,"worst_usage":500,"worst_percent":50,`},
		{"on one broker", []tenant.Usage{use(1, tenant.ProducerByteRate, "skewed", 10, 0), use(2, tenant.ProducerByteRate, "skewed", 900, 0)},
			"900B/s 1.00kB/s 90% 2 910B/s", `"usage":910,"limit":1000,"worst_broker":2,"worst_usage":900,"worst_percent":90,`},
		{"throttled where it uses less", []tenant.Usage{use(1, tenant.ProducerByteRate, "skewed", 990, 0), use(2, tenant.ProducerByteRate, "skewed", 800, 50)},
			"800B/s 1.00kB/s 80% 2 1.79kB/s", `"worst_broker":2,"worst_usage":800,"worst_percent":80,`},
		{"mutations, of which two nodes tell after a failover", []tenant.Usage{use(1, tenant.ControllerMutationRate, "even", 2, 0), use(2, tenant.ControllerMutationRate, "even", 5, 0)},
			"5.0/s 10.0/s 50% 2 7.0/s", `"usage":7,"limit":10,"worst_broker":2,"worst_usage":5,"worst_percent":50,`},
		{"without a limit", []tenant.Usage{use(1, tenant.ProducerByteRate, "free", 10, 0), use(2, tenant.ProducerByteRate, "free", 30, 0)},
			"30B/s - - 2 40B/s", `"usage":40,"limit":null,"worst_broker":2,"worst_usage":30,"worst_percent":null,`},
	} {
		t.Run(c.name, func(t *testing.T) {
			totals := tenant.Totals(tenant.Join(quotas, c.usages, "", nil), 3)
			var cells []string
			for _, name := range []string{"worst_usage", "limit", "percent", "worst_broker", "ALL BROKERS"} {
				cells = append(cells, Find(TotalColumns(), name).Cell(totals[0]))
			}
			if got := strings.Join(cells, " "); got != c.cells {
				t.Errorf("%q, want %q", got, c.cells)
			}
			answer, err := json.Marshal(TenantsAnswer(&state.Snapshot{}, nil, nil, totals))
			if err != nil || !strings.Contains(string(answer), c.json) {
				t.Errorf("%v: %s lacks %s", err, answer, c.json)
			}
		})
	}
}

func TestALimitThatIsNotKnownIsNullWithTheReason(t *testing.T) {
	metrics := &state.BrokerMetrics{ID: 1, At: noon, Usage: []tenant.Usage{{Broker: 1, Type: tenant.ProducerByteRate, User: "u", Rate: 10}}}
	quotas := state.Read(tenant.New([]tenant.Quota{{Entity: tenant.Entity{User: tenant.Named("u")}, Limits: map[tenant.Type]float64{tenant.ProducerByteRate: 5}}}), noon, "")
	for _, c := range []struct {
		name   string
		quotas state.Reading[*tenant.Quotas]
		class  string
		why    string
	}{
		{"a class of the cluster's own decides", quotas, "com.example.Quotas", "client.quota.callback.class=com.example.Quotas decides which limit applies, and may not go by the quota records"},
		{"the records can't be read", state.Missing[*tenant.Quotas]("CLUSTER_AUTHORIZATION_FAILED", noon, ""), "", "CLUSTER_AUTHORIZATION_FAILED"},
		{"the records weren't asked for", state.Reading[*tenant.Quotas]{}, "", "the quota records aren't known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &state.State{Metrics: map[int32]state.Reading[*state.BrokerMetrics]{1: state.Read(metrics, noon, "")},
				Threads: map[int32]tenant.Threads{1: {IO: 8, Known: true, Callback: c.class}, 2: {IO: 8, Known: true}}, Quotas: c.quotas}
			rows := TenantRows(s)
			totals := tenant.Totals(rows, 2)
			for _, name := range []string{"limit", "percent", "state", "level", "nominal_percent"} {
				if got := Find(TotalColumns(), name).Cell(totals[0]); got != "??" {
					t.Errorf("the %s of the total is %q", name, got)
				}
			}
			for _, name := range []string{"limit", "percent", "level"} {
				if got := Find(TenantColumns(), name).Cell(rows[0]); got != "??" {
					t.Errorf("the %s is %q", name, got)
				}
			}
			answer, err := json.Marshal(TenantsAnswer(&state.Snapshot{}, nil, rows, totals))
			for _, want := range []string{`"limit":null`, `"limit_unknown":true`, fmt.Sprintf(`"limit_why":%q`, c.why)} {
				if err != nil || strings.Count(string(answer), want) != 2 {
					t.Errorf("%v: %s lacks %s in both lists", err, answer, want)
				}
			}
		})
	}
}
