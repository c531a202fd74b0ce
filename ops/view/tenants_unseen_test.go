package view

import (
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

func TestQuotasWhoseClientsTheRulesDropAreNamed(t *testing.T) {
	at := time.Unix(1e9, 0)
	alice := tenant.Quota{Entity: tenant.Entity{User: tenant.Named("alice")}, Limits: map[tenant.Type]float64{tenant.ProducerByteRate: 1}}
	app := tenant.Quota{Entity: tenant.Entity{ClientID: tenant.Named("app")}, Limits: map[tenant.Type]float64{tenant.ProducerByteRate: 1}}
	of := func(user, client, rule string) *state.BrokerMetrics {
		return &state.BrokerMetrics{Usage: []tenant.Usage{{Type: tenant.ProducerByteRate, User: user, ClientID: client, Rate: 1}},
			Coverage: state.Coverage{QuotaRule: rule, Pillars: []state.Pillar{{Name: state.TenantsPillar, Have: state.Available}}}}
	}
	for _, tt := range []struct {
		name    string
		metrics []*state.BrokerMetrics
		missing int
	}{
		{"rules without users", []*state.BrokerMetrics{of("", "app", "rule"), of("", "app", "rule")}, 2},
		{"one broker shows a user", []*state.BrokerMetrics{of("", "app", "rule"), of("alice", "", "rule")}, 0},
		{"one exporter shows every bean", []*state.BrokerMetrics{of("", "app", "rule"), of("", "app", "")}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &state.State{Quotas: state.Read(tenant.New([]tenant.Quota{alice, app}), at, ""), Metrics: map[int32]state.Reading[*state.BrokerMetrics]{}}
			for i, m := range tt.metrics {
				s.Metrics[int32(i)] = state.Read(m, at, "")
			}
			missing := TenantsMissing(s)
			if len(missing) != tt.missing {
				t.Fatalf("%v", missing)
			}
			for i, p := range Pillars(s) {
				if named := strings.Contains(p.Why, "producer_byte_rate of users alone") && p.Rule == "rule"; named != (tt.missing > 0) {
					t.Errorf("doctor, broker %d: %+v", i, p)
				}
			}
		})
	}
}
