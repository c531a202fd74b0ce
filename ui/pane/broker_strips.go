package pane

import (
	"strconv"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// threadCells are the network processors, one cell each and a blank between listeners; the taller the busier.
func threadCells(m *state.BrokerMetrics, ascii bool) cells {
	out := make(cells, 0, len(m.Processors)+4)
	for i := range m.Processors {
		p := &m.Processors[i]
		if i > 0 && p.Listener != m.Processors[i-1].Listener {
			out.add(' ', cell.Plain)
		}
		out.addThread(p, ascii)
	}
	return out
}

// addThread adds one processor. Beside the others a busy one stands out by its height, and by its colour.
func (c *cells) addThread(p *state.Processor, ascii bool) {
	if !p.Idle.Known {
		c.add(unmeasured, cell.Unknown)
		return
	}
	style := cell.Info
	if s := floorLook(p.Idle.Value); s != cell.Plain {
		style = s
	}
	c.add(heightOf(1-p.Idle.Value, ascii), style)
}

// idleHistory draws the idle share of a broker's threads, or of its busiest.
func idleHistory(s Scene, broker int32, f state.Figure, width int, ascii bool) cells {
	if s.Trends == nil {
		return nil
	}
	return historyOf(s.Trends.Broker(broker, f), s.State.Now, width, lower).cells(1, ascii, floorLook)
}

// brokerCells is what the list says of a broker's metrics, written once for each State.
type brokerCells struct {
	metrics *state.BrokerMetrics // nil where its exporter never said anything
	fresh   bool

	network, busiest, handlers, requests, latency string
	bytesIn, bytesOut, read                       string
	threads                                       string
	threadsLook                                   cell.Style
	networkHistory, handlerHistory                string
	others                                        []string // of columns without metrics, "" where they aren't written yet
}

// brokerBoard writes the metrics of all brokers.
type brokerBoard struct {
	scene  *Scene
	peers  *peers
	ascii  bool
	lately int // cells of a history
	cells  map[int32]*brokerCells
}

// reset forgets what was written, for another State or other glyphs.
func (b *brokerBoard) reset(s *Scene, p *peers) {
	b.scene, b.peers = s, p
	b.cells = map[int32]*brokerCells{}
}

// draws tells the board which glyphs to write with.
func (b *brokerBoard) draws(ascii bool) {
	if b.ascii != ascii {
		b.ascii = ascii
		clear(b.cells)
	}
}

// of is what is written of a broker.
func (b *brokerBoard) of(id int32) *brokerCells {
	if c, ok := b.cells[id]; ok {
		return c
	}
	c := &brokerCells{}
	b.cells[id] = c
	c.metrics, c.fresh = b.scene.metricsOf(id)
	m := c.metrics
	if m == nil {
		m = &state.BrokerMetrics{}
	}
	c.network, c.busiest, c.handlers = idle(m.NetworkIdle), idle(m.BusiestIdle()), idle(m.HandlerIdle)
	c.requests, c.latency = rounded(m.RequestRate()), millis(m.ProduceP99())
	c.bytesIn, c.bytesOut, c.read = rate(m.BytesIn), rate(m.BytesOut), rate(m.DiskRead)
	c.threads, c.threadsLook = threadCells(m, b.ascii).text(), cell.Info
	if !c.fresh {
		c.threadsLook = cell.Stale
	}
	if c.threads == "" {
		c.threads = view.Unknown
	}
	if c.metrics != nil && !c.fresh {
		c.threads = "read " + view.Duration(b.scene.State.Now.Sub(m.At)) + " ago"
	}
	if p, ok := m.Busiest(); ok && c.fresh {
		if s := floorLook(p.Idle.Value); s != cell.Plain {
			c.threadsLook = s
		}
	}
	c.networkHistory = idleHistory(*b.scene, id, state.NetworkIdle, b.lately, b.ascii).text()
	c.handlerHistory = idleHistory(*b.scene, id, state.HandlerIdle, b.lately, b.ascii).text()
	return c
}

// kept is a column's cell that is written once for each State. How long a broker has been silent is written anew: it goes
// on in between.
func (b *brokerBoard) kept(column, of int, write func(view.BrokerRow) string) func(view.BrokerRow) string {
	return func(r view.BrokerRow) string {
		if !r.Answered.Known {
			return write(r)
		}
		c := b.of(r.ID)
		if c.others == nil {
			c.others = make([]string, of)
		}
		if c.others[column] == "" {
			c.others[column] = write(r)
		}
		return c.others[column]
	}
}

// rounded writes a rate in a few columns: "0.4", "12", "2.2k".
func rounded(r state.Reading[float64]) string {
	switch v := r.Value; {
	case !r.Known:
		return view.Unknown
	case v < 9.95 && v >= 0.05:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v < 999.5:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v < 99_950:
		return strconv.FormatFloat(v/1000, 'f', 1, 64) + "k"
	case v < 999_500:
		return strconv.FormatFloat(v/1000, 'f', 0, 64) + "k"
	default:
		return strconv.FormatFloat(v/1e6, 'f', 1, 64) + "M"
	}
}

// rate writes bytes a second.
func rate(r state.Reading[float64]) string {
	if !r.Known {
		return view.Unknown
	}
	return perSecond(r.Value)
}
