package history

import (
	"slices"
	"testing"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

func TestWhatIsDifferentBetweenTwoStates(t *testing.T) {
	settings := func(threads, retention string, level int16) *state.Settings {
		s := &state.Settings{Brokers: map[int32]map[string]string{1: {}}, Topics: map[string]map[string]string{}, Features: map[string]int16{"metadata.version": level}}
		if threads != "" {
			s.Brokers[1]["num.io.threads"] = threads
		}
		if retention != "" {
			s.Topics["orders"] = map[string]string{"retention.ms": retention}
		}
		return s
	}
	quotas := func(limits map[tenant.Type]float64) state.Reading[*tenant.Quotas] {
		if limits == nil {
			return state.Read(tenant.New(nil), noon, "")
		}
		return state.Read(tenant.New([]tenant.Quota{{Entity: tenant.Entity{User: tenant.Named("alice")}, Limits: limits}}), noon, "")
	}
	base := func(b *state.Builder) *state.State {
		return &state.State{Snapshot: b.Done(), Settings: settings("", "", 25), Quotas: quotas(nil)}
	}
	for _, tc := range []struct {
		name string
		now  func(*state.State)
		edit func(p int, l *partitionLists)
		more func(*state.Builder)
		want []string // with what they are about
	}{
		{name: "nothing is different"},
		{name: "a leader went elsewhere", edit: func(p int, l *partitionLists) {
			if p > 1 {
				l.leader = 2
			}
		}, want: []string{"partitions: another leader: 2 partitions", "partitions: leaders went: 2 from 1 to 2"}},
		{name: "a broker left in-sync replicas and leads nothing any more", edit: func(p int, l *partitionLists) { l.leader, l.isr = 2, []int32{2, 3} },
			want: []string{"partitions: broker 1 left the ISR of 4 partitions", "partitions: another leader: 4 partitions", "partitions: leaders went: 4 from 1 to 2"}},
		{name: "a partition is on other brokers", edit: func(p int, l *partitionLists) {
			if p == 0 {
				l.replicas, l.isr = []int32{1, 2}, []int32{1, 2}
			}
		}, want: []string{"partitions: on other brokers: 1 partition"}},
		{name: "a topic was made", more: func(b *state.Builder) {
			must(t, b.Topic("payments", [16]byte{2}, false))
			must(t, b.Partition(0, 1, 1, []int32{1}, []int32{1}, nil))
		},
			want: []string{"topics: created: topic payments"}},
		{name: "a broker is cordoned", more: func(b *state.Builder) {
			b.Broker(state.Broker{ID: 3, Alive: true, Cordoned: state.Read(true, noon, ""), Answered: state.Read(time.Millisecond, noon, "")})
		}, want: []string{"brokers: broker 3 is cordoned"}},
		{name: "a config was set", now: func(s *state.State) { s.Settings = settings("16", "", 25) },
			want: []string{`configs: broker 1: num.io.threads is "16", was Kafka's default`}},
		{name: "a topic's config was set", now: func(s *state.State) { s.Settings = settings("", "60000", 25) },
			want: []string{`configs: topic orders: retention.ms is "60000", was not set`}},
		{name: "a feature was raised", now: func(s *state.State) { s.Settings = settings("", "", 27) },
			want: []string{"features: feature metadata.version: level 27, was 25"}},
		{name: "a quota was set", now: func(s *state.State) { s.Quotas = quotas(map[tenant.Type]float64{tenant.ProducerByteRate: 1000}) },
			want: []string{"quotas: quota of users/alice: producer_byte_rate is 1000, was none"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cordons := func(b *state.Builder) {
				b.Broker(state.Broker{ID: 3, Alive: true, Cordoned: state.Read(false, noon, ""), Answered: state.Read(time.Millisecond, noon, "")})
			}
			b := later(t, 0, nil)
			cordons(b)
			old := base(b)
			b = later(t, 600, tc.edit)
			cordons(b)
			if tc.more != nil {
				tc.more(b)
			}
			now := base(b)
			if tc.now != nil {
				tc.now(now)
			}
			d := Between(old, now)
			var got []string
			for _, c := range d.List {
				got = append(got, c.What+": "+c.Sentence)
			}
			if !slices.Equal(got, tc.want) || len(d.Unknown) > 0 {
				t.Errorf("got  %q\nwant %q\nunknown %v", got, tc.want, d.Unknown)
			}
		})
	}
}

func TestATopicMadeAnewIsNoElection(t *testing.T) {
	old := &state.State{Snapshot: later(t, 0, nil).Done()}
	b := state.NewBuilder("c", noon.Add(time.Minute), 0, 0)
	must(t, b.Topic("orders", [16]byte{9}, false))
	must(t, b.Partition(0, 3, 0, []int32{3}, []int32{3}, nil))
	d := Between(old, &state.State{Snapshot: b.Done()})
	var got []string
	for _, c := range d.List {
		got = append(got, c.Sentence)
	}
	if !slices.Contains(got, "deleted and made anew: topic orders") || len(d.Partitions) > 0 {
		t.Errorf("%q, %v", got, d.Partitions)
	}
}

func TestWhatOneOfTheStatesLacksIsNotComparedAndSaid(t *testing.T) {
	old, now := &state.State{Snapshot: later(t, 0, nil).Done()}, &state.State{Snapshot: later(t, 60, nil).Done()}
	now.Settings = &state.Settings{}
	d := Between(old, now)
	if len(d.List) > 0 || len(d.Unknown) != 2 || d.Unknown[0].What != state.WhatConfigs || d.Unknown[1].What != state.WhatQuotas {
		t.Errorf("%v, unknown %v", d.List, d.Unknown)
	}
}
