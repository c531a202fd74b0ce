package health

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"kdeck/ops/state"
)

// An Outlier is a figure of one broker that is far worse than those of its peers.
type Outlier struct {
	Broker        int32
	Figure        string // its name in JSON and in filters: "network_idle"
	Words         string // what it is called in a sentence: "idle share of the network threads"
	Value, Median float64
	Off           float64 // from the median, in robust standard deviations; FarOff or more
}

// figures are the figures that brokers are compared by. Where low is set, the smaller value is the worse one. A difference from the
// median of less than least is never pointed out, however alike the peers are. A figure whose least is 0 is never pointed out, and
// only has a median.
var figures = []struct {
	name, words string
	get         func(*state.BrokerMetrics) state.Reading[float64]
	low         bool
	least       float64
	trouble     bool // it is worse for a client to be served by such a broker
}{
	{"network_idle", "idle share of its network threads", func(m *state.BrokerMetrics) state.Reading[float64] { return m.NetworkIdle }, true, 0.2, true},
	{"busiest_idle", "idle share of its busiest network thread", (*state.BrokerMetrics).BusiestIdle, true, 0.25, true},
	{"handler_idle", "idle share of its request handlers", func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle }, true, 0.2, true},
	{"produce_p99_ms", "p99 of Produce requests in ms", (*state.BrokerMetrics).ProduceP99, false, 20, true},
	{"slowest_ms", "worst p99 of Produce and Fetch in ms", func(m *state.BrokerMetrics) state.Reading[float64] { ms, _ := m.Slowest(); return ms }, false, 20, false},
	{"request_queue", "waiting requests", func(m *state.BrokerMetrics) state.Reading[float64] { return m.RequestQueue }, false, 50, false},
	{"requests", "requests per second", (*state.BrokerMetrics).RequestRate, false, 1000, false},
	{"bytes_in", "bytes in per second", func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesIn }, false, 5e6, false},
	{"bytes_out", "bytes out per second", func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesOut }, false, 5e6, false},
	{"disk_read", "bytes per second read from its disks", func(m *state.BrokerMetrics) state.Reading[float64] { return m.DiskRead }, false, 10e6, true},
	{"isr_shrinks", "ISR shrinks per second", func(m *state.BrokerMetrics) state.Reading[float64] { return m.ISRShrinks }, false, 0.1, false},
	{"connections", "open connections", (*state.BrokerMetrics).Connections, false, 200, false},
	{"cleaner_dirty", "percent to be cleaned of its dirtiest log", func(m *state.BrokerMetrics) state.Reading[float64] { return m.CleanerDirty }, false, 25, false},
	{"messages_in", "records in per second", func(m *state.BrokerMetrics) state.Reading[float64] { return m.MessagesIn }, false, 0, false},
	{"replication_in", "bytes in per second from leaders", func(m *state.BrokerMetrics) state.Reading[float64] { return m.ReplicationIn }, false, 0, false},
	{"replication_out", "bytes out per second to followers", func(m *state.BrokerMetrics) state.Reading[float64] { return m.ReplicationOut }, false, 0, false},
	{"disk_write", "bytes per second written to its disks", func(m *state.BrokerMetrics) state.Reading[float64] { return m.DiskWrite }, false, 0, false},
}

// Peers compares the brokers whose metrics are fresh. It needs no history. It goes by the median and the median absolute deviation,
// which one or two sick brokers among several can't shift far. Nothing stands out among the zero Peers.
type Peers struct {
	Brokers  int       // with metrics that are no older than [MetricsFresh]
	Outliers []Outlier // the farthest off first
	medians  map[string]state.Reading[float64]
	phases   map[phaseOf]state.Reading[float64]
}

// phaseOf is one phase of one kind of request.
type phaseOf struct{ kind, phase string }

// Fresh returns the last metrics of a broker, nil if there were never any. fresh tells whether they are at most [MetricsFresh] old.
func Fresh(s *state.State, broker int32) (m *state.BrokerMetrics, fresh bool) {
	r := s.Metrics[broker]
	return r.Value, r.Known && s.Now.Sub(r.Value.At) <= MetricsFresh
}

// PeersOf compares the brokers of a State.
func PeersOf(s *state.State) *Peers {
	var all []*state.BrokerMetrics
	for _, id := range slices.Sorted(maps.Keys(s.Metrics)) {
		if m, fresh := Fresh(s, id); fresh {
			all = append(all, m)
		}
	}
	p := &Peers{Brokers: len(all), medians: map[string]state.Reading[float64]{}, phases: map[phaseOf]state.Reading[float64]{}}
	values := make([]float64, 0, len(all))
	for i := range figures {
		f := &figures[i]
		values = values[:0]
		for _, m := range all {
			if v := f.get(m); v.Known && !math.IsNaN(v.Value) {
				values = append(values, v.Value)
			}
		}
		if len(values) == 0 {
			continue
		}
		median, deviation := spread(values)
		p.medians[f.name] = state.Reading[float64]{Value: median, Known: true}
		for _, m := range all {
			v := f.get(m)
			worse := v.Value - median
			if f.low {
				worse = -worse
			}
			if off := worse / deviation; len(values) >= EnoughPeers && f.least > 0 && v.Known && worse >= f.least && off >= FarOff {
				p.Outliers = append(p.Outliers, Outlier{m.ID, f.name, f.words, v.Value, median, off})
			}
		}
	}
	slices.SortStableFunc(p.Outliers, func(a, b Outlier) int { return cmp.Compare(b.Off, a.Off) })
	p.phases = phasesOf(all)
	return p
}

func phasesOf(all []*state.BrokerMetrics) map[phaseOf]state.Reading[float64] {
	means := map[phaseOf][]float64{}
	for _, m := range all {
		for i := range m.Requests {
			for _, ph := range m.Requests[i].Phases {
				if ph.Mean.Known {
					k := phaseOf{m.Requests[i].Name, ph.Name}
					means[k] = append(means[k], ph.Mean.Value)
				}
			}
		}
	}
	medians := make(map[phaseOf]state.Reading[float64], len(means))
	for k, v := range means {
		medians[k] = state.Reading[float64]{Value: upperMedian(v), Known: true}
	}
	return medians
}

// Enough tells whether there are at least [EnoughPeers].
func (p *Peers) Enough() bool { return p.Brokers >= EnoughPeers }

// Median returns the median of a figure, by its name in JSON; unknown where no broker has the figure.
func (p *Peers) Median(figure string) state.Reading[float64] { return p.medians[figure] }

// Figure is the severity of a broker's figure beside its peers'.
func (p *Peers) Figure(broker int32, figure string) state.Severity {
	if slices.ContainsFunc(p.Outliers, func(o Outlier) bool { return o.Broker == broker && o.Figure == figure }) {
		return state.SeverityWarning
	}
	return state.SeverityOK
}

// Idle is the severity of an idle share of a broker's threads, by itself or beside its peers'; "" where it isn't known.
func (p *Peers) Idle(broker int32, figure string, r state.Reading[float64]) state.Severity {
	if !r.Known {
		return ""
	}
	if s := Idle(r.Value); s != state.SeverityOK {
		return s
	}
	return p.Figure(broker, figure)
}

// Idle is the severity of an idle share by itself, 0..1.
func Idle(share float64) state.Severity {
	switch {
	case share < IdleBad:
		return state.SeverityCritical
	case share < IdleLow:
		return state.SeverityWarning
	}
	return state.SeverityOK
}

// AboveZero is the severity of a rate that ought to be 0; "" where it isn't known.
func AboveZero(r state.Reading[float64]) state.Severity {
	switch {
	case !r.Known:
		return ""
	case Happens(r):
		return state.SeverityWarning
	}
	return state.SeverityOK
}

// Happens tells whether a rate is known and isn't 0.
func Happens(r state.Reading[float64]) bool { return r.Known && r.Value >= AnyRate }

// Trouble counts what is wrong in a broker's metrics, so that brokers can be ordered by it; 0 is nothing. More load than the others
// have doesn't count.
func (p *Peers) Trouble(m *state.BrokerMetrics) (n int) {
	for i := range figures {
		f := &figures[i]
		if !f.trouble {
			continue
		}
		severity := p.Figure(m.ID, f.name)
		if f.low {
			severity = p.Idle(m.ID, f.name, f.get(m))
		}
		switch severity {
		case state.SeverityCritical:
			n += 10
		case state.SeverityWarning:
			n++
		}
	}
	return n
}

// spread returns the median of values, and the standard deviation as estimated from their median absolute deviation. That is at least
// a twentieth of the median, because the figures of a quiet cluster hardly differ. It sorts the values.
func spread(values []float64) (median, deviation float64) {
	median = upperMedian(values)
	off := make([]float64, len(values))
	for i, v := range values {
		off[i] = math.Abs(v - median)
	}
	return median, max(1.4826*upperMedian(off), math.Abs(median)/20, math.SmallestNonzeroFloat64)
}

// upperMedian returns the median of values; of an even number, the upper of the two, which is a value that a broker has. It sorts
// the values.
func upperMedian(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
