package pane

import (
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// AddThread adds a network thread: the taller, the busier. A busy thread also has a colour.
func (c *Cells) AddThread(p *state.Processor, ascii bool) {
	if !p.Idle.Known {
		c.Add(Unmeasured, cell.Unknown)
		return
	}
	style := IdleStyle(p.Idle.Value)
	if style == cell.Plain {
		style = cell.Info
	}
	c.Add(Height(1-p.Idle.Value, ascii), style)
}

// threadCells are a broker's network threads, a cell each, with a blank between listeners.
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

// BrokerCells holds the cells of brokers with metrics. Each is written once for a State and not for every frame.
type BrokerCells struct {
	HistoryWidth int // of a history, in cells

	scene *Scene
	peers *health.Peers
	ascii bool
	rows  map[int32]*brokerCells
}

// brokerCells are the cells of one broker.
type brokerCells struct {
	metrics *state.BrokerMetrics // nil where they were never read
	fresh   bool
	text    []string // by column; "" where it isn't written yet
}

// Reset forgets all cells, for a scene with another State.
func (c *BrokerCells) Reset(s *Scene, p *health.Peers) {
	c.scene, c.peers = s, p
	c.rows = map[int32]*brokerCells{}
}

// SetASCII chooses the glyphs.
func (c *BrokerCells) SetASCII(ascii bool) {
	if c.ascii != ascii {
		c.ascii = ascii
		clear(c.rows)
	}
}

func (c *BrokerCells) of(id int32) *brokerCells {
	r, ok := c.rows[id]
	if !ok {
		r = &brokerCells{}
		r.metrics, r.fresh = c.scene.MetricsOf(id)
		c.rows[id] = r
	}
	return r
}

// once makes the cells of a column be written once for a State. columns is how many columns there are.
func (c *BrokerCells) once(column, columns int, write func(view.BrokerRow) string) func(view.BrokerRow) string {
	return func(b view.BrokerRow) string {
		r := c.of(b.ID)
		if r.text == nil {
			r.text = make([]string, columns)
		}
		if r.text[column] == "" {
			r.text[column] = write(b)
		}
		return r.text[column]
	}
}

// figure writes a figure of a broker's latest metrics, be they old.
func (c *BrokerCells) figure(f view.BrokerFigure) func(view.BrokerRow) string {
	return func(b view.BrokerRow) string {
		if m := c.of(b.ID).metrics; m != nil {
			if v := f.Get(m); v.Known {
				return f.Show(v.Value)
			}
		}
		return format.Unknown
	}
}

// figureStyle is the style of a figure. What is old is dimmed and not judged.
func (c *BrokerCells) figureStyle(f view.BrokerFigure) func(view.BrokerRow) cell.Style {
	return func(b view.BrokerRow) cell.Style {
		r := c.of(b.ID)
		switch {
		case r.metrics == nil:
			return cell.Unknown
		case !r.fresh:
			return cell.Stale
		case f.Idle:
			return IdlePeerStyle(c.peers, b.ID, f.Name, f.Get(r.metrics))
		}
		return PeerStyle(c.peers, b.ID, f.Name)
	}
}

// threads writes a broker's network threads, or how old its metrics are.
func (c *BrokerCells) threads(b view.BrokerRow) string {
	r := c.of(b.ID)
	switch {
	case r.metrics == nil || r.fresh && len(r.metrics.Processors) == 0:
		return format.Unknown
	case !r.fresh:
		return "read " + format.Duration(c.scene.State.Now.Sub(r.metrics.At)) + " ago"
	}
	return threadCells(r.metrics, c.ascii).Text()
}

// threadsStyle is the style of the busiest thread.
func (c *BrokerCells) threadsStyle(b view.BrokerRow) cell.Style {
	r := c.of(b.ID)
	if !r.fresh {
		return cell.Stale
	}
	if p, ok := r.metrics.Busiest(); ok {
		if s := IdleStyle(p.Idle.Value); s != cell.Plain {
			return s
		}
	}
	return cell.Info
}

// idleHistory draws the idle share of a broker's threads.
func (c *BrokerCells) idleHistory(f history.Figure) func(view.BrokerRow) string {
	return func(b view.BrokerRow) string {
		if c.scene.History == nil {
			return ""
		}
		return SparklineOf(c.scene.History.Broker(b.ID, f), c.scene.State.Now, c.HistoryWidth, Lowest).Cells(1, c.ascii, nil).Text()
	}
}
