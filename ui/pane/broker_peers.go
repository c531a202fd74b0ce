package pane

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// From which idle shares on threads are short of time: Kafka's own documentation asks for 0.3.
const (
	idleLow = 0.3
	idleBad = 0.1
)

// How far from the median of its peers a broker is pointed out.
const (
	idleOff    = 0.25 // below it
	timesOff   = 3    // so many times it, and by no less than
	latencyOff = 20   // ms
	diskOff    = 10e6 // bytes a second
)

// metricsOld is the age from which metrics are shown as stale, and no broker is judged by them.
const metricsOld = 30 * time.Second

// metricsOf is what a broker's exporter said last, nil where it never said anything; fresh tells that it is of now.
func (s Scene) metricsOf(broker int32) (m *state.BrokerMetrics, fresh bool) {
	r, ok := s.State.Metrics[broker]
	if !ok || r.Value == nil {
		return nil, false
	}
	return r.Value, r.Known && s.State.Now.Sub(r.Value.At) <= metricsOld
}

// latencyOf is how long nearly every request of producers took: the clearest sign of a sick broker, because what
// consumers and followers wait for is mostly new records.
func latencyOf(m *state.BrokerMetrics) state.Reading[float64] {
	if r := requestKind(m, "Produce"); r != nil {
		return r.Total.P99
	}
	return state.Missing[float64]("no producer sends to it", m.At, m.From)
}

func requestKind(m *state.BrokerMetrics, name string) *state.RequestKind {
	i, ok := slices.BinarySearchFunc(m.Requests, name, func(r state.RequestKind, name string) int { return cmp.Compare(r.Name, name) })
	if !ok {
		return nil
	}
	return &m.Requests[i]
}

// busiest is the network processor that has least time left; nil where none is known.
func busiest(m *state.BrokerMetrics) *state.Processor {
	var worst *state.Processor
	for i := range m.Processors {
		if p := &m.Processors[i]; p.Idle.Known && (worst == nil || p.Idle.Value < worst.Idle.Value) {
			worst = p
		}
	}
	return worst
}

// busiestIdle is the idle share of the busiest processor, and where processors aren't shown, that of all.
func busiestIdle(m *state.BrokerMetrics) state.Reading[float64] {
	if p := busiest(m); p != nil {
		return p.Idle
	}
	return m.NetworkIdle
}

// phaseOf is one phase of one kind of request.
type phaseOf struct{ kind, phase string }

// peers are the medians of what all brokers with fresh metrics say: the only thing to hold a broker against that is there
// from the first look on.
type peers struct {
	brokers                                    int
	network, busiest, handlers, latency        state.Reading[float64]
	bytesIn, bytesOut, messages, requests      state.Reading[float64]
	replicationIn, replicationOut, read, write state.Reading[float64]
	phases                                     map[phaseOf]state.Reading[float64]
}

// peersOf lays the brokers of a State side by side.
func peersOf(s Scene) *peers {
	p := &peers{phases: map[phaseOf]state.Reading[float64]{}}
	var all []*state.BrokerMetrics
	for id := range s.State.Metrics {
		if m, fresh := s.metricsOf(id); fresh {
			all = append(all, m)
		}
	}
	p.brokers = len(all)
	values := make([]float64, 0, len(all))
	of := func(get func(*state.BrokerMetrics) state.Reading[float64]) state.Reading[float64] {
		values = values[:0]
		for _, m := range all {
			if r := get(m); r.Known {
				values = append(values, r.Value)
			}
		}
		return median(values)
	}
	p.network = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.NetworkIdle })
	p.busiest = of(busiestIdle)
	p.handlers = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle })
	p.latency = of(latencyOf)
	p.bytesIn = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesIn })
	p.bytesOut = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesOut })
	p.messages = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.MessagesIn })
	p.requests = of((*state.BrokerMetrics).RequestRate)
	p.replicationIn = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.ReplicationIn })
	p.replicationOut = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.ReplicationOut })
	p.read = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.DiskRead })
	p.write = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.DiskWrite })
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
	for k, v := range means {
		p.phases[k] = median(v)
	}
	return p
}

// idleLook is the style of an idle share: below the floor, or far below that of the peers.
func idleLook(r, of state.Reading[float64]) cell.Style {
	switch {
	case !r.Known:
		return cell.Unknown
	case r.Value < idleBad:
		return cell.Critical
	case r.Value < idleLow || of.Known && r.Value < of.Value-idleOff:
		return cell.Warning
	}
	return cell.Plain
}

// aboveLook is the style of a figure that is bad where it is many times that of the peers, and by so much at the least.
func aboveLook(r, of state.Reading[float64], by float64) cell.Style {
	switch {
	case !r.Known:
		return cell.Unknown
	case of.Known && r.Value > of.Value*timesOff && r.Value-of.Value >= by:
		return cell.Warning
	}
	return cell.Plain
}

// trouble is how much a broker's metrics have that isn't as it should be, worst first when it is sorted by.
func (p *peers) trouble(m *state.BrokerMetrics) (n int) {
	for _, style := range []cell.Style{
		idleLook(busiestIdle(m), p.busiest), idleLook(m.HandlerIdle, p.handlers),
		aboveLook(latencyOf(m), p.latency, latencyOff), aboveLook(m.DiskRead, p.read, diskOff),
	} {
		switch style {
		case cell.Critical:
			n += 10
		case cell.Warning:
			n++
		}
	}
	return n
}

// worstFirst orders the rows of brokers: what stands badly by its state, then by its metrics, then those whose replicas
// are missing, then by id. It changes only when that does, and not with every figure.
func worstFirst(s Scene, p *peers, rows []view.BrokerRow) []view.BrokerRow {
	rank := func(b view.BrokerRow) (int, int) {
		switch b.State() {
		case "DEAD", "FENCED":
			return 0, 0
		case "BAD-DISK":
			return 1, 0
		case "NO-ANSWER":
			return 2, 0
		}
		if m, fresh := s.metricsOf(b.ID); fresh {
			if n := p.trouble(m); n > 0 {
				return 3, -n
			}
		}
		if b.UnderReplicated > 0 {
			return 4, 0
		}
		return 5, 0
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b view.BrokerRow) int {
		x, n := rank(a)
		y, m := rank(b)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(n, m))
	})
	return sorted
}

// millis writes milliseconds in a few columns: "0.4", "12", "920", "12s".
func millis(r state.Reading[float64]) string {
	switch v := r.Value; {
	case !r.Known:
		return view.Unknown
	case v < 9.95 && v != math.Trunc(v):
		return fmt.Sprintf("%.1f", v)
	case v < 9999.5:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprintf("%.0fs", v/1000)
	}
}
