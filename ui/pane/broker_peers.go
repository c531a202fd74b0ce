package pane

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// From which idle shares on threads are short of time: Kafka's own documentation asks for 0.3.
const (
	idleLow = 0.3
	idleBad = 0.1
)

// metricsOf is what a broker's exporter said last, nil where it never said anything; fresh tells that it is of now.
func (s Scene) metricsOf(broker int32) (m *state.BrokerMetrics, fresh bool) {
	r, ok := s.State.Metrics[broker]
	if !ok || r.Value == nil {
		return nil, false
	}
	return r.Value, r.Known && s.State.Now.Sub(r.Value.At) <= health.MetricsFresh
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
	outliers                                   map[figureOf]bool
}

// figureOf is one figure of one broker, as views name it.
type figureOf struct {
	broker int32
	figure string
}

// peersOf lays the brokers of a State side by side.
func peersOf(s Scene) *peers {
	p := &peers{phases: map[phaseOf]state.Reading[float64]{}, outliers: map[figureOf]bool{}}
	for _, o := range health.Outliers(s.State) {
		p.outliers[figureOf{o.Broker, o.Figure}] = true
	}
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
	p.busiest = of((*state.BrokerMetrics).BusiestIdle)
	p.handlers = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle })
	p.latency = of((*state.BrokerMetrics).ProduceP99)
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

// look is the style of a broker's figure: whether it is far worse than those of the peers.
func (p *peers) look(broker int32, figure string) cell.Style {
	if p.outliers[figureOf{broker, figure}] {
		return cell.Warning
	}
	return cell.Plain
}

// idleLook is the style of an idle share, which is held against a floor too.
func (p *peers) idleLook(broker int32, figure string, r state.Reading[float64]) cell.Style {
	if !r.Known {
		return cell.Unknown
	}
	if style := floorLook(r.Value); style != cell.Plain {
		return style
	}
	return p.look(broker, figure)
}

// floorLook is the style of an idle share by itself.
func floorLook(idle float64) cell.Style {
	switch {
	case idle < idleBad:
		return cell.Critical
	case idle < idleLow:
		return cell.Warning
	}
	return cell.Plain
}

// trouble is how much a broker's metrics have that isn't as it should be. More work than others have is none by itself.
func (p *peers) trouble(broker int32, m *state.BrokerMetrics) (n int) {
	add := func(style cell.Style) {
		switch style {
		case cell.Critical:
			n += 10
		case cell.Warning:
			n++
		}
	}
	for figure, f := range brokerFigures {
		if f.idle != nil {
			add(p.idleLook(broker, figure, f.idle(m)))
		}
	}
	add(p.look(broker, "produce_p99_ms"))
	add(p.look(broker, "disk_read"))
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
			if n := p.trouble(b.ID, m); n > 0 {
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
