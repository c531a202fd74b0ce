package view

import (
	"encoding/json"
	"testing"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

func reading(v float64) state.Reading[float64] { return state.Read(v, noon, "b1:9404") }

// meteredRows are those of the small cluster: 1 has metrics, 2 had them once, 3 never did.
func meteredRows(t *testing.T) (*state.State, []BrokerRow) {
	m := &state.BrokerMetrics{
		ID: 1, At: noon, From: "b1:9404", NetworkIdle: reading(0.88), HandlerIdle: reading(0.5), BytesIn: reading(12_300_000), MessagesIn: reading(71_234),
		Processors: []state.Processor{{Listener: "SASL_SSL", Number: "0", Idle: reading(0.95)}, {Listener: "SASL_SSL", Number: "1", Idle: reading(0.04)}, {Number: "2"}},
		Requests: []state.RequestKind{
			{Name: "Fetch", Rate: reading(900), Phases: []state.Phase{{Name: "send", P99: reading(999)}}},
			{Name: "FetchConsumer", Rate: reading(600), Total: state.Phase{P99: reading(500)},
				Phases: []state.Phase{{Name: "remote", P99: reading(498)}, {Name: "send", P99: reading(310.4)}}},
			{Name: "Produce", Rate: reading(334), Total: state.Phase{P99: reading(22)}},
		},
		Listeners: []state.Listener{{Name: "A", Connections: reading(7)}, {Name: "B", Connections: reading(35)}, {Name: "C"}},
	}
	old := state.Missing[*state.BrokerMetrics]("answers 503", noon, "")
	old.Value = &state.BrokerMetrics{ID: 2, At: noon, HandlerIdle: reading(0.7)}
	s := &state.State{Snapshot: small(t), Metrics: map[int32]state.Reading[*state.BrokerMetrics]{
		1: state.Read(m, noon, "b1:9404"), 2: old, 3: state.Missing[*state.BrokerMetrics]("refused", noon, "")}}
	return s, Brokers(s)
}

func TestMetricsStandInColumnsOfTheirOwn(t *testing.T) {
	_, rows := meteredRows(t)
	columns := MeteredBrokerColumns()
	for name, want := range map[string]string{
		"network_idle": "88%", "busiest_idle": "4%", "handler_idle": "50%", "requests": "1234", "produce_p99_ms": "22",
		"bytes_in": "12.3MB/s", "bytes_out": format.Unknown, "messages_in": "71.2k", "connections": "42", "disk_read": format.Unknown,
		"busiest": "1 of SASL_SSL 4%", "slowest": "310ms FetchConsumer send", "id": "1", "state": "BAD-DISK",
	} {
		c := Find(columns, name)
		if c == nil {
			t.Errorf("no column %s", name)
			continue
		}
		if got := c.Cell(rows[0]); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
		if _, metric := map[string]bool{"id": true, "state": true}[name]; !metric && (c.Cell(rows[1]) != format.Unknown || c.Cell(rows[2]) != format.Unknown) {
			t.Errorf("%s of brokers whose metrics aren't known is %q and %q", name, c.Cell(rows[1]), c.Cell(rows[2]))
		}
	}
	for _, name := range []string{"handler_idle", "slowest", "busiest"} {
		if c := Find(columns, name); c.Key(rows[0]) >= c.Key(rows[1]) {
			t.Errorf("%s: what is unknown doesn't come last", name)
		}
	}
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Name] || c.Help == "" || c.Head == "" {
			t.Errorf("column %q is twice there or says nothing of itself", c.Name)
		}
		seen[c.Name] = true
	}
}

func TestMetricsInJSONAreNullWhereTheyAreNotKnown(t *testing.T) {
	s, rows := meteredRows(t)
	b, err := json.Marshal(BrokersAnswer(s, rows))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Unknown []state.Unknown
		Brokers []map[string]any
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	one, two := doc.Brokers[0], doc.Brokers[1]
	for name, want := range map[string]any{"network_idle": 0.88, "handler_idle": 0.5, "busiest_idle": 0.04, "bytes_in": 12.3e6, "bytes_out": nil,
		"requests": 1234.0, "slowest_ms": 310.4, "slowest_of": "FetchConsumer send", "connections": 42.0, "metrics_from": "b1:9404", "metrics_at": "2026-11-21T12:00:00Z"} {
		if one[name] != want || two[name] != nil {
			t.Errorf("%s is %v and of a broker whose exporter fails %v; want %v and null", name, one[name], two[name], want)
		}
	}
	threads := one["processors"].([]any)
	if len(threads) != 3 || threads[1].(map[string]any)["idle"] != 0.04 || threads[2].(map[string]any)["idle"] != nil || threads[2].(map[string]any)["listener"] != nil {
		t.Errorf("processors are %v", threads)
	}
	kinds, listeners := one["request_kinds"].([]any), one["listeners"].([]any)
	consumers := kinds[1].(map[string]any)
	if send := consumers["phases"].([]any)[1].(map[string]any); len(kinds) != 3 || consumers["name"] != "FetchConsumer" || consumers["rate"] != 600.0 ||
		send["p99_ms"] != 310.4 || send["mean_ms"] != nil || len(consumers["errors"].([]any)) != 0 {
		t.Errorf("kinds of requests are %v", kinds)
	}
	if len(listeners) != 3 || listeners[1].(map[string]any)["connections"] != 35.0 || listeners[2].(map[string]any)["connections"] != nil ||
		two["listeners"] != nil || two["request_kinds"] != nil || len(one["client_software"].([]any)) != 0 {
		t.Errorf("listeners are %v and of a broker whose exporter fails %v", listeners, two["listeners"])
	}
	missing := 0
	for _, u := range doc.Unknown {
		if u.What == state.WhatMetrics && (u.Node == 2 && u.Why == "answers 503" || u.Node == 3 && u.Why == "refused") {
			missing++
		}
	}
	if missing != 2 {
		t.Errorf("unknown is %v", doc.Unknown)
	}
}
