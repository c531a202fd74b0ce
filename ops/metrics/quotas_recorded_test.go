package metrics

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// recordedQuotas are the quotas under which the pages of TestRecordQuotasOfRealKafka were recorded.
func recordedQuotas() *tenant.Quotas {
	of := func(user, client tenant.Part, produce, request float64) tenant.Quota {
		q := tenant.Quota{Entity: tenant.Entity{User: user, ClientID: client}, Limits: map[tenant.Type]float64{}}
		if produce > 0 {
			q.Limits[tenant.ProducerByteRate] = produce
		}
		if request > 0 {
			q.Limits[tenant.RequestPercentage] = request
		}
		return q
	}
	var none tenant.Part
	orders := tenant.Named("Team.Orders")
	return tenant.New([]tenant.Quota{of(orders, tenant.Named("App.1"), 20000, 300), of(orders, tenant.Default, 300000, 0), of(tenant.Named("CN=a,O=b"), none, 500000, 0.05),
		of(tenant.Named("alice"), none, 700000, 0), of(tenant.Named("Alice"), none, 800000, 0), of(none, tenant.Named("batch"), 30000, 0), of(none, tenant.Default, 0, 400)})
}

// What those pages say of the producers: their limits, who is throttled, and that a rate is of that order. "??" is a limit that can't be told.
var saidOfQuotas = struct{ pairs, users, clients, lowerPairs, lowerUsers, lowerClients, quoted []string }{
	pairs: []string{"producer_byte_rate Team.Orders/App.1 20000 throttled", "producer_byte_rate Team.Orders/other_app 300000", "request_percentage Team.Orders/App.1 300"},
	users: []string{"producer_byte_rate Alice/ 800000", "producer_byte_rate CN=a,O=b/ 500000", "producer_byte_rate alice/ 700000", "request_percentage CN=a,O=b/ 0.05 throttled"},
	clients: []string{"producer_byte_rate /App-1 -", "producer_byte_rate /batch 30000 throttled", "request_percentage /App-1 400", "request_percentage /batch 400",
		"request_percentage /other_app 400", "request_percentage /x 400"},
	lowerPairs: []string{"producer_byte_rate team_orders/app_1 20000 throttled", "producer_byte_rate team_orders/other_app 300000", "request_percentage team_orders/app_1 300"},
	lowerUsers: []string{"producer_byte_rate Alice/ ??", "producer_byte_rate alice/ ??", "producer_byte_rate cn_3da_2co_3db/ 500000", "request_percentage cn_3da_2co_3db/ 0.05 throttled"},
	lowerClients: []string{"producer_byte_rate /a_user_bob -", "producer_byte_rate /app_1 -", "producer_byte_rate /batch 30000 throttled", "request_percentage /a_user_bob 400",
		"request_percentage /app_1 400", "request_percentage /batch 400", "request_percentage /other_app 400", "request_percentage /x 400"},
	quoted: []string{"producer_byte_rate /a, user=bob -", "request_percentage /a, user=bob 400"},
}

func TestClientsOfRealBrokersHaveTheirLimitsUnderEveryKindOfRulesForQuotas(t *testing.T) {
	said := &saidOfQuotas
	for _, tt := range []struct {
		rules string
		want  []string
		have  state.Have
	}{
		{"client-first", slices.Concat(said.pairs, said.users, said.clients, said.quoted), state.Available},
		{"type-alone", slices.Concat(said.pairs, said.users, said.clients, said.quoted), state.Available},
		{"user-first", slices.Concat(said.pairs, said.users, said.clients), state.NotExported}, // the quoted client id is cut in two
		{"other-words", slices.Concat(said.pairs, said.users, said.clients), state.NotExported},
		{"without-users", slices.Concat(said.pairs, said.clients, said.quoted), state.Available},
		{"in-name", slices.Concat(said.lowerPairs, said.lowerUsers, said.lowerClients), state.Available},
		{"without-kind", said.pairs, state.NotExported}, // the exporter tells the beans of throttle times apart, and of no rate which kind it is
	} {
		for _, version := range []string{"3.9.2", "4.3.1"} {
			t.Run(version+" "+tt.rules, func(t *testing.T) {
				b := Derive(1, nil, scanned(t, version+"-quota-"+tt.rules+".txt.gz"))
				var got []string
				for _, r := range tenant.Join(recordedQuotas(), b.Usage, "", nil) {
					if r.User == "ANONYMOUS" || r.User == "anonymous" || slices.Contains([]string{"1", "adminclient-1", "adminclient_1", "kgo"}, r.ClientID) {
						continue // who made the record
					}
					line := fmt.Sprintf("%s %s/%s ", r.Type, r.User, r.ClientID)
					switch {
					case r.Level == tenant.UnknownLevel:
						line += "??"
					case !r.Limited:
						line += "-"
					default:
						line += fmt.Sprint(r.Limit)
					}
					if r.Throttled() {
						line += " throttled"
					}
					got = append(got, line)
					if math.IsNaN(r.Rate) != (tt.rules == "without-kind") {
						t.Errorf("%s: a rate of %v", line, r.Rate)
					}
					if r.Type == tenant.ProducerByteRate && !math.IsNaN(r.Rate) && !(r.Rate > 5000 && r.Rate < 100000) {
						t.Errorf("%s: %v bytes a second of 80000 at most", line, r.Rate)
					}
					if math.IsNaN(r.ThrottleMS) {
						t.Errorf("%s: its throttling is unknown", line)
					}
				}
				slices.Sort(got)
				want := slices.Sorted(slices.Values(tt.want))
				if !slices.Equal(got, want) {
					t.Errorf("got  %q\nwant %q", got, want)
				}
				i := slices.IndexFunc(b.Coverage.Pillars, func(p state.Pillar) bool { return p.Name == state.TenantsPillar })
				if tenants := b.Coverage.Pillars[i]; tenants.Have != tt.have || tenants.Have == state.NotExported && (tenants.Why == "" || tenants.Rule != quotaRule) {
					t.Errorf("doctor: %+v", tenants)
				}
			})
		}
	}
}
