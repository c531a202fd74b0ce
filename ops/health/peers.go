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
	Figure        string // as views name it: "network_idle"
	Value, Median float64
	Off           float64 // from the median, in robust standard deviations; 3.5 at the least
}

// compared are the figures that are held against the median of the peers. Which side is the worse one is told by low; a
// difference of less than least is never pointed out, however alike the peers are.
var compared = []struct {
	name  string
	get   func(*state.BrokerMetrics) state.Reading[float64]
	low   bool
	least float64
}{
	{"network_idle", func(m *state.BrokerMetrics) state.Reading[float64] { return m.NetworkIdle }, true, 0.2},
	{"busiest_idle", (*state.BrokerMetrics).BusiestIdle, true, 0.25},
	{"handler_idle", func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle }, true, 0.2},
	{"produce_p99_ms", (*state.BrokerMetrics).ProduceP99, false, 20},
	{"slowest_ms", func(m *state.BrokerMetrics) state.Reading[float64] { ms, _ := m.Slowest(); return ms }, false, 20},
	{"request_queue", func(m *state.BrokerMetrics) state.Reading[float64] { return m.RequestQueue }, false, 50},
	{"requests", (*state.BrokerMetrics).RequestRate, false, 1000},
	{"bytes_in", func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesIn }, false, 5e6},
	{"bytes_out", func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesOut }, false, 5e6},
	{"disk_read", func(m *state.BrokerMetrics) state.Reading[float64] { return m.DiskRead }, false, 10e6},
	{"isr_shrinks", func(m *state.BrokerMetrics) state.Reading[float64] { return m.ISRShrinks }, false, 0.1},
	{"connections", (*state.BrokerMetrics).Connections, false, 200},
	{"cleaner_dirty", func(m *state.BrokerMetrics) state.Reading[float64] { return m.CleanerDirty }, false, 25},
}

// Outliers says which brokers' figures are far worse than those of their peers, the farthest off first. Peers are what
// there is to hold a broker against from the first look on, without a history. It takes the median and the median absolute
// deviation, which neither a sick broker nor two can bend; at least four brokers must have the figure, in metrics that are
// no older than [MetricsFresh].
func Outliers(s *state.State) []Outlier {
	fresh := map[int32]*state.BrokerMetrics{}
	for id, r := range s.Metrics {
		if r.Known && s.Now.Sub(r.Value.At) <= MetricsFresh {
			fresh[id] = r.Value
		}
	}
	ids := slices.Sorted(maps.Keys(fresh))
	var found []Outlier
	values := make([]float64, 0, len(ids))
	for _, c := range compared {
		values = values[:0]
		for _, id := range ids {
			if v := c.get(fresh[id]); v.Known && !math.IsNaN(v.Value) {
				values = append(values, v.Value)
			}
		}
		if len(values) < EnoughPeers {
			continue
		}
		median, deviation := spread(values)
		for _, id := range ids {
			v := c.get(fresh[id])
			if !v.Known {
				continue
			}
			worse := v.Value - median
			if c.low {
				worse = -worse
			}
			if off := worse / deviation; worse >= c.least && off >= FarOff {
				found = append(found, Outlier{id, c.name, v.Value, median, off})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Outlier) int { return cmp.Compare(b.Off, a.Off) })
	return found
}

// spread is the median of values, and what a standard deviation would be by their median absolute deviation, a twentieth
// of the median at the least: figures of a quiet cluster are alike to a hair. It puts the values in order.
func spread(values []float64) (median, deviation float64) {
	median = middle(values)
	off := make([]float64, len(values))
	for i, v := range values {
		off[i] = math.Abs(v - median)
	}
	return median, max(1.4826*middle(off), math.Abs(median)/20, math.SmallestNonzeroFloat64)
}

func middle(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}
