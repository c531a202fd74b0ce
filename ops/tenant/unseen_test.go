package tenant

import (
	"slices"
	"testing"
)

func TestUnseenNamesTheQuotasOfWhichNoSeriesIsShown(t *testing.T) {
	record := func(user, client string, limited ...Type) Quota {
		q := Quota{Limits: map[Type]float64{}}
		if user != "" {
			q.Entity.User = Named(user)
		}
		if client != "" {
			q.Entity.ClientID = Named(client)
		}
		for _, t := range limited {
			q.Limits[t] = 1
		}
		return q
	}
	series := func(t Type, user, client string) Usage { return Usage{Type: t, User: user, ClientID: client} }
	for _, tt := range []struct {
		name   string
		quotas []Quota
		shown  []Usage
		want   []string
	}{
		{"no quota", nil, []Usage{series(ProducerByteRate, "", "app")}, nil},
		{"a type", []Quota{record("", "app", ProducerByteRate, ControllerMutationRate)}, []Usage{series(ProducerByteRate, "", "app")}, []string{"controller_mutation_rate"}},
		{"users alone", []Quota{record("alice", "", ProducerByteRate), record("bob", "app", ProducerByteRate)}, []Usage{series(ProducerByteRate, "bob", "app")},
			[]string{"producer_byte_rate of users alone"}},
		{"pairs", []Quota{record("alice", "", ProducerByteRate), record("bob", "app", ProducerByteRate)}, []Usage{series(ProducerByteRate, "alice", "")},
			[]string{"producer_byte_rate of users with client ids"}},
		{"client ids alone, of one of two types", []Quota{record("", "app", ProducerByteRate, RequestPercentage), record("alice", "", RequestPercentage)},
			[]Usage{series(ProducerByteRate, "", "app"), series(RequestPercentage, "alice", "")}, []string{"request_percentage of client ids alone"}},
		{"all are shown", []Quota{record("alice", "", ProducerByteRate)}, []Usage{series(ProducerByteRate, "carol", "")}, nil},
		{"of addresses no client has a series", []Quota{{Entity: Entity{IP: Named("10.0.0.1")}, Limits: map[Type]float64{ConnectionCreationRate: 1}}}, []Usage{series(ProducerByteRate, "a", "")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := New(tt.quotas).Unseen(tt.shown); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
