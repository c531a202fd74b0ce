package pane

import (
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// threadCells are the network processors, one cell each and a blank between listeners; the taller the busier.
func threadCells(m *state.BrokerMetrics, ascii bool) Cells {
	out := make(Cells, 0, len(m.Processors)+4)
	for i := range m.Processors {
		p := &m.Processors[i]
		if i > 0 && p.Listener != m.Processors[i-1].Listener {
			out.Add(' ', cell.Plain)
		}
		out.AddThread(p, ascii)
	}
	return out
}

// addThread adds one processor. Beside the others a busy one stands out by its height, and by its colour.
func (c *Cells) AddThread(p *state.Processor, ascii bool) {
	if !p.Idle.Known {
		c.Add(Unmeasured, cell.Unknown)
		return
	}
	style := cell.Info
	if s := IdleStyle(p.Idle.Value); s != cell.Plain {
		style = s
	}
	c.Add(Height(1-p.Idle.Value, ascii), style)
}

// idleHistory draws the idle share of a broker's threads, or of its busiest.
func idleHistory(s Scene, broker int32, f history.Figure, width int, ascii bool) Cells {
	if s.History == nil {
		return nil
	}
	return SparklineOf(s.History.Broker(broker, f), s.State.Now, width, Lowest).Cells(1, ascii, IdleStyle)
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
type BrokerBoard struct {
	scene  *Scene
	Peers  *health.Peers
	ascii  bool
	Lately int // cells of a history
	cells  map[int32]*brokerCells
}

// reset forgets what was written, for another State or other glyphs.
func (b *BrokerBoard) Reset(s *Scene, p *health.Peers) {
	b.scene, b.Peers = s, p
	b.cells = map[int32]*brokerCells{}
}

// draws tells the board which glyphs to write with.
func (b *BrokerBoard) Draws(ascii bool) {
	if b.ascii != ascii {
		b.ascii = ascii
		clear(b.cells)
	}
}

// of is what is written of a broker.
func (b *BrokerBoard) of(id int32) *brokerCells {
	if c, ok := b.cells[id]; ok {
		return c
	}
	c := &brokerCells{}
	b.cells[id] = c
	c.metrics, c.fresh = b.scene.MetricsOf(id)
	m := c.metrics
	if m == nil {
		m = &state.BrokerMetrics{}
	}
	c.network, c.busiest, c.handlers = Idle(m.NetworkIdle), Idle(m.BusiestIdle()), Idle(m.HandlerIdle)
	c.requests, c.latency = Rounded(m.RequestRate()), Millis(m.ProduceP99())
	c.bytesIn, c.bytesOut, c.read = Rate(m.BytesIn), Rate(m.BytesOut), Rate(m.DiskRead)
	c.threads, c.threadsLook = threadCells(m, b.ascii).Text(), cell.Info
	if !c.fresh {
		c.threadsLook = cell.Stale
	}
	if c.threads == "" {
		c.threads = format.Unknown
	}
	if c.metrics != nil && !c.fresh {
		c.threads = "read " + format.Duration(b.scene.State.Now.Sub(m.At)) + " ago"
	}
	if p, ok := m.Busiest(); ok && c.fresh {
		if s := IdleStyle(p.Idle.Value); s != cell.Plain {
			c.threadsLook = s
		}
	}
	c.networkHistory = idleHistory(*b.scene, id, history.NetworkIdle, b.Lately, b.ascii).Text()
	c.handlerHistory = idleHistory(*b.scene, id, history.HandlerIdle, b.Lately, b.ascii).Text()
	return c
}

// kept is a column's cell that is written once for each State. How long a broker has been silent is written anew: it goes
// on in between.
func (b *BrokerBoard) kept(column, of int, write func(view.BrokerRow) string) func(view.BrokerRow) string {
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
