package pane

import (
	"cmp"
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

// phaseOf is one phase of one kind of request.
type PhaseOf struct{ Kind, Phase string }

// peers are the medians of what all brokers with fresh metrics say: the only thing to hold a broker against that is there
// from the first look on.
type Peers struct {
	Brokers                                    int
	Network, busiest, Handlers, Latency        state.Reading[float64]
	BytesIn, BytesOut, Messages, Requests      state.Reading[float64]
	ReplicationIn, ReplicationOut, Read, Write state.Reading[float64]
	Phases                                     map[PhaseOf]state.Reading[float64]
	outliers                                   map[figureOf]bool
}

// figureOf is one figure of one broker, as views name it.
type figureOf struct {
	broker int32
	figure string
}

// peersOf lays the brokers of a State side by side.
func PeersOf(s Scene) *Peers {
	p := &Peers{Phases: map[PhaseOf]state.Reading[float64]{}, outliers: map[figureOf]bool{}}
	for _, o := range health.Outliers(s.State) {
		p.outliers[figureOf{o.Broker, o.Figure}] = true
	}
	var all []*state.BrokerMetrics
	for id := range s.State.Metrics {
		if m, fresh := s.MetricsOf(id); fresh {
			all = append(all, m)
		}
	}
	p.Brokers = len(all)
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
	p.Network = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.NetworkIdle })
	p.busiest = of((*state.BrokerMetrics).BusiestIdle)
	p.Handlers = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle })
	p.Latency = of((*state.BrokerMetrics).ProduceP99)
	p.BytesIn = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesIn })
	p.BytesOut = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesOut })
	p.Messages = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.MessagesIn })
	p.Requests = of((*state.BrokerMetrics).RequestRate)
	p.ReplicationIn = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.ReplicationIn })
	p.ReplicationOut = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.ReplicationOut })
	p.Read = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.DiskRead })
	p.Write = of(func(m *state.BrokerMetrics) state.Reading[float64] { return m.DiskWrite })
	means := map[PhaseOf][]float64{}
	for _, m := range all {
		for i := range m.Requests {
			for _, ph := range m.Requests[i].Phases {
				if ph.Mean.Known {
					k := PhaseOf{m.Requests[i].Name, ph.Name}
					means[k] = append(means[k], ph.Mean.Value)
				}
			}
		}
	}
	for k, v := range means {
		p.Phases[k] = median(v)
	}
	return p
}

// look is the style of a broker's figure: whether it is far worse than those of the peers.
func (p *Peers) Look(broker int32, figure string) cell.Style {
	if p.outliers[figureOf{broker, figure}] {
		return cell.Warning
	}
	return cell.Plain
}

// idleLook is the style of an idle share, which is held against a floor too.
func (p *Peers) IdleLook(broker int32, figure string, r state.Reading[float64]) cell.Style {
	if !r.Known {
		return cell.Unknown
	}
	if style := FloorLook(r.Value); style != cell.Plain {
		return style
	}
	return p.Look(broker, figure)
}

// floorLook is the style of an idle share by itself.
func FloorLook(idle float64) cell.Style {
	switch {
	case idle < idleBad:
		return cell.Critical
	case idle < idleLow:
		return cell.Warning
	}
	return cell.Plain
}

// trouble is how much a broker's metrics have that isn't as it should be. More work than others have is none by itself.
func (p *Peers) trouble(broker int32, m *state.BrokerMetrics) (n int) {
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
			add(p.IdleLook(broker, figure, f.idle(m)))
		}
	}
	add(p.Look(broker, "produce_p99_ms"))
	add(p.Look(broker, "disk_read"))
	return n
}

// worstFirst orders the rows of brokers: what stands badly by its state, then by its metrics, then those whose replicas
// are missing, then by id. It changes only when that does, and not with every figure.
func WorstFirst(s Scene, p *Peers, rows []view.BrokerRow) []view.BrokerRow {
	rank := func(b view.BrokerRow) (int, int) {
		switch b.State() {
		case "DEAD", "FENCED":
			return 0, 0
		case "BAD-DISK":
			return 1, 0
		case "NO-ANSWER":
			return 2, 0
		}
		if m, fresh := s.MetricsOf(b.ID); fresh {
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
