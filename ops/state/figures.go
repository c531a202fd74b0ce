package state

import (
	"slices"
	"strings"
)

// Busiest is the network processor that has the least time left; false where none is known. The mean of a broker's
// processors hides one that is busy among many, while the clients that are connected to it wait.
func (m *BrokerMetrics) Busiest() (busiest Processor, ok bool) {
	for _, p := range m.Processors {
		if p.Idle.Known && (!ok || p.Idle.Value < busiest.Idle.Value) {
			busiest, ok = p, true
		}
	}
	return busiest, ok
}

// BusiestIdle is the idle share of the busiest network processor, 0..1; unknown where processors aren't shown.
func (m *BrokerMetrics) BusiestIdle() Reading[float64] {
	if p, ok := m.Busiest(); ok {
		return p.Idle
	}
	return Missing[float64]("the exporter shows no network processor by itself", m.At, m.From)
}

// RequestRate is how many requests a second of all kinds the broker answers; unknown where no kind's rate is known.
func (m *BrokerMetrics) RequestRate() Reading[float64] {
	sum := Missing[float64]("the rate of no kind of request is known", m.At, m.From)
	for _, r := range m.Requests {
		// FetchConsumer and FetchFollower together are Fetch.
		if r.Rate.Known && r.Name != "FetchConsumer" && r.Name != "FetchFollower" {
			sum = Read(sum.Value+r.Rate.Value, r.Rate.At, r.Rate.From)
		}
	}
	return sum
}

// Kinds are the kinds of requests that there are any of, those of producers, consumers and followers first, then by about
// how many there are. Fetch is left out where the two that it consists of are known.
func (m *BrokerMetrics) Kinds() []*RequestKind {
	var kinds []*RequestKind
	split := m.Kind("FetchConsumer") != nil
	for i := range m.Requests {
		if r := &m.Requests[i]; (r.Name != "Fetch" || !split) && (!r.Rate.Known || r.Rate.Value > 0) {
			kinds = append(kinds, r)
		}
	}
	first := []string{"Produce", "FetchConsumer", "FetchFollower", "Fetch"}
	place := func(r *RequestKind) int {
		if i := slices.Index(first, r.Name); i >= 0 {
			return i
		}
		n := 1000
		for v := r.Rate.Value; v > 1; v /= 4 { // what changes from look to look is not to change the order
			n--
		}
		return n
	}
	slices.SortStableFunc(kinds, func(a, b *RequestKind) int { return place(a) - place(b) })
	return kinds
}

// Kind is one kind of request; nil where the exporter shows none of that name.
func (m *BrokerMetrics) Kind(name string) *RequestKind {
	for i := range m.Requests {
		if m.Requests[i].Name == name {
			return &m.Requests[i]
		}
	}
	return nil
}

// ProduceP99 is the 99th percentile of the time that Produce requests took, in ms.
func (m *BrokerMetrics) ProduceP99() Reading[float64] {
	if k := m.Kind("Produce"); k != nil {
		return k.Total.P99
	}
	return Missing[float64]("the exporter shows no Produce requests", m.At, m.From)
}

// Slowest is the worst 99th percentile of Produce and Fetch, in ms, and of what it is: "Produce", or "FetchConsumer send".
// The total of a Fetch counts its wait for new records, which is no slowness, so of a Fetch it is the worst of the other
// phases.
func (m *BrokerMetrics) Slowest() (ms Reading[float64], of string) {
	ms = m.ProduceP99()
	if ms.Known {
		of = "Produce"
	}
	split := m.Kind("FetchConsumer") != nil
	for _, k := range m.Requests {
		if !strings.HasPrefix(k.Name, "Fetch") || k.Name == "Fetch" && split {
			continue
		}
		for _, p := range k.Phases {
			if p.Name != RemotePhase && p.P99.Known && (!ms.Known || p.P99.Value > ms.Value) {
				ms, of = p.P99, k.Name+" "+p.Name
			}
		}
	}
	return ms, of
}

// RemotePhase is the phase in which a request waits for other brokers, or a Fetch for new records.
const RemotePhase = "remote"

// Connections is how many connections are open, on all listeners together.
func (m *BrokerMetrics) Connections() Reading[float64] {
	sum := Missing[float64]("the exporter shows no listener's connections", m.At, m.From)
	for _, l := range m.Listeners {
		if l.Connections.Known {
			sum = Read(sum.Value+l.Connections.Value, l.Connections.At, l.Connections.From)
		}
	}
	return sum
}
