package view

import (
	"fmt"
	"regexp"
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
