package view

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// figure is one of the row's metrics; NaN where it isn't known, also where only an old value of it is.
func (r BrokerRow) figure(get func(*state.BrokerMetrics) state.Reading[float64]) float64 {
	if !r.Metrics.Known {
		return math.NaN()
	}
	return get(r.Metrics.Value).Or(math.NaN())
}

// BrokerFigure is one figure of a broker's metrics.
type BrokerFigure struct {
	Head, Name, Help string
	Get              func(*state.BrokerMetrics) state.Reading[float64]
	Show             func(float64) string
	Wide             bool // its column is
	Idle             bool // it is an idle share
}

// IdleShares says of three columns of [MeteredBrokerColumns] what they are shares of.
const IdleShares = "NET, MIN, HDLR: idle shares"

// exported ends the explanation of a column that comes from the brokers' exporters.
const exported = "; from the broker's exporter, ?? where it doesn't tell"

// BrokerFigures are the figures of a broker's metrics that stand in columns of their own. Their names are those of JSON
// and of filters, and of [kdeck/ops/health.Outlier].
func BrokerFigures() []BrokerFigure {
	type m = state.BrokerMetrics
	type reading = state.Reading[float64]
	return []BrokerFigure{
		{"NET", "network_idle", "idle share of all network threads of the broker together, in percent: the mean; 0% is busy all the time" + exported, func(m *m) reading { return m.NetworkIdle }, format.Share, false, true},
		{"MIN", "busiest_idle", "idle share of one network thread, the busiest of the broker, in percent: it may be busy while the mean (NET) is fine" + exported, (*m).BusiestIdle, format.Share, false, true},
		{"HDLR", "handler_idle", "idle share of all request handler threads (num.io.threads) of the broker together, in percent: the mean" + exported, func(m *m) reading { return m.HandlerIdle }, format.Share, false, true},
		{"REQ/S", "requests", "requests of all kinds that the broker gets, per second" + exported, (*m).RequestRate, format.Short, false, false},
		{"P99", "produce_p99_ms", "time of a Produce request in the broker, in ms, that 99% of them keep within; over about five minutes" + exported, (*m).ProduceP99, format.Millis, false, false},
		{"IN/S", "bytes_in", "bytes that producers send to the broker, per second; without replication" + exported, func(m *m) reading { return m.BytesIn }, format.ByteRate, false, false},
		{"OUT/S", "bytes_out", "bytes that the broker sends to consumers, per second; without replication" + exported, func(m *m) reading { return m.BytesOut }, format.ByteRate, false, false},
		{"MSG/S", "messages_in", "records that producers send to the broker, per second" + exported, func(m *m) reading { return m.MessagesIn }, format.Short, true, false},
		{"QUEUE", "request_queue", "number of requests that wait in the broker for a request handler" + exported, func(m *m) reading { return m.RequestQueue }, format.Short, true, false},
		{"SHRINKS/S", "isr_shrinks", "how often a replica falls out of the ISR of a partition that the broker leads, per second" + exported, func(m *m) reading { return m.ISRShrinks }, format.Short, true, false},
		{"READ/S", "disk_read", "bytes that the broker reads from its disks and not from the page cache, per second" + exported, func(m *m) reading { return m.DiskRead }, format.ByteRate, true, false},
		{"DIRTY", "cleaner_dirty", "how much of its dirtiest compacted log the log cleaner has yet to clean, in percent" + exported, func(m *m) reading { return m.CleanerDirty }, format.Percent, true, false},
		{"CONNS", "connections", "number of open connections, on all listeners of the broker together" + exported, (*m).Connections, format.Short, true, false},
	}
}

// MeteredBrokerColumns are the columns of brokers with metrics: the figures that show a sick broker first fit in 80
// columns, the others are wide.
func MeteredBrokerColumns() []Column[BrokerRow] {
	columns := BrokerColumns()
	var first, last []Column[BrokerRow]
	for _, f := range BrokerFigures() {
		c := Number(f.Head, f.Name, f.Help, func(r BrokerRow) float64 { return r.figure(f.Get) },
			func(_ BrokerRow, v float64) string { return f.Show(v) })
		if f.Idle { // programs read a share as they do in JSON
			c.CSV = func(r BrokerRow) string {
				if v := r.figure(f.Get); !math.IsNaN(v) {
					return strconv.FormatFloat(v, 'f', 2, 64)
				}
				return format.Unknown
			}
		}
		if c.Wide = f.Wide; f.Wide {
			last = append(last, c)
		} else {
			first = append(first, c)
		}
	}
	for i := range columns {
		switch columns[i].Name {
		case "controller", "leaders", "replicas", "size_bytes", "log_dirs", "answered_ms", "metadata_behind", "silent_since":
			columns[i].Wide = true
		}
	}
	last = append(last,
		Column[BrokerRow]{Head: "HOTTEST THREAD", Name: "busiest", Help: "the busiest network thread of the broker: its listener, its number and its idle share in percent" + exported, Wide: true,
			Cell: busiestThread, Key: func(r BrokerRow) int64 { return Key(r.figure((*state.BrokerMetrics).BusiestIdle)) }},
		Column[BrokerRow]{Head: "SLOWEST", Name: "slowest", Help: "the slowest kind of request of Produce and Fetch: the time in ms that 99% of them keep within, without a Fetch's wait for records" + exported, Wide: true,
			Cell: slowest, Key: func(r BrokerRow) int64 {
				return Key(-r.figure(func(m *state.BrokerMetrics) state.Reading[float64] { ms, _ := m.Slowest(); return ms }))
			}})
	at := 1 + slices.IndexFunc(columns, func(c Column[BrokerRow]) bool { return c.Name == "state" })
	return append(slices.Insert(columns, at, first...), last...)
}

func busiestThread(r BrokerRow) string {
	if !r.Metrics.Known {
		return format.Unknown
	}
	p, ok := r.Metrics.Value.Busiest()
	if !ok {
		return format.Unknown
	}
	return p.String() + " " + format.Share(p.Idle.Value)
}

func slowest(r BrokerRow) string {
	if !r.Metrics.Known {
		return format.Unknown
	}
	ms, of := r.Metrics.Value.Slowest()
	if !ms.Known {
		return format.Unknown
	}
	return fmt.Sprintf("%sms %s", format.Short(ms.Value), of)
}

// FiguresMissing tells whether a figure is unknown of a broker whose exporter answers; wide includes the figures of wide tables.
func FiguresMissing(s *state.State, wide bool) bool {
	for _, r := range s.Metrics {
		if r.Known && slices.ContainsFunc(BrokerFigures(), func(f BrokerFigure) bool {
			return (wide || !f.Wide) && !f.Get(r.Value).Known
		}) {
			return true
		}
	}
	return false
}

// MetricsMissing lists the brokers whose metrics were asked for and are unknown, and why.
func MetricsMissing(rows []BrokerRow) []state.Unknown {
	var missing []state.Unknown
	for _, r := range rows {
		if !r.Metrics.Known && r.Metrics.Why != "" {
			missing = append(missing, state.Unknown{Node: r.ID, What: state.WhatMetrics, Why: r.Metrics.Why})
		}
	}
	return missing
}

// BrokerMetricsJSON is what a broker's metrics say, in JSON; all of it null where they aren't known. Shares are 0..1, rates
// a second, times ms.
type BrokerMetricsJSON struct {
	state.BrokerMetrics
	BusiestIdle state.Reading[float64] `json:"busiest_idle"`
	Processors  []ProcessorJSON        `json:"processors"`
	RequestRate state.Reading[float64] `json:"requests"`
	ProduceP99  state.Reading[float64] `json:"produce_p99_ms"`
	Slowest     state.Reading[float64] `json:"slowest_ms"`
	SlowestOf   *string                `json:"slowest_of"`
	Connections state.Reading[float64] `json:"connections"`
	MetricsAt   *time.Time             `json:"metrics_at"`
	MetricsFrom *string                `json:"metrics_from"`
}

// ProcessorJSON is one network thread; its listener is null where the exporter doesn't tell it.
type ProcessorJSON struct {
	Listener *string `json:"listener"`
	state.Processor
}

func brokerMetricsOf(r BrokerRow) (out BrokerMetricsJSON) {
	if !r.Metrics.Known {
		return out
	}
	m := *r.Metrics.Value
	at := m.At.UTC()
	ms, of := m.Slowest()
	out = BrokerMetricsJSON{
		BusiestIdle: m.BusiestIdle(), RequestRate: m.RequestRate(), ProduceP99: m.ProduceP99(), Slowest: ms, SlowestOf: named(of),
		Connections: m.Connections(), MetricsAt: &at, MetricsFrom: named(m.From),
	}
	for _, p := range m.Processors {
		out.Processors = append(out.Processors, ProcessorJSON{named(p.Listener), p})
	}
	m.Requests = slices.Clone(m.Requests)
	for i := range m.Requests {
		m.Requests[i].Phases, m.Requests[i].Errors = list(m.Requests[i].Phases), list(m.Requests[i].Errors)
	}
	m.Requests, m.Listeners, m.Software = list(m.Requests), list(m.Listeners), list(m.Software)
	m.Purgatories, m.Addresses = list(m.Purgatories), list(m.Addresses)
	out.BrokerMetrics = m
	return out
}

// list returns items, and an empty list for nil: null in JSON means unknown.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
