package brokers

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// drawnRates are the figures whose history is drawn.
var drawnRates = map[string]history.Figure{
	"bytes_in": history.BytesIn, "bytes_out": history.BytesOut, "messages_in": history.MessagesIn, "requests": history.RequestRate,
}

// rates writes what happens at the broker per second, and the median of its peers.
func (w *figureWriter) rates() {
	w.page.Head(fmt.Sprintf("%-*s%10s%10s", nameWidth, "PER SECOND", "HERE", "PEERS"))
	m := w.m
	w.rate("bytes in", "bytes_in", m.BytesIn, pane.Rate)
	w.rate("bytes out", "bytes_out", m.BytesOut, pane.Rate)
	w.rate("messages in", "messages_in", m.MessagesIn, pane.Rounded)
	w.rate("requests", "requests", m.RequestRate(), pane.Rounded)
	w.rate("replicas in", "replication_in", m.ReplicationIn, pane.Rate)
	w.rate("replicas out", "replication_out", m.ReplicationOut, pane.Rate)
	w.rate("disk read", "disk_read", m.DiskRead, pane.Rate)
	w.rate("disk written", "disk_write", m.DiskWrite, pane.Rate)
	w.line("failed produce", m.FailedProduce, pane.FigureStyle(health.AboveZero(m.FailedProduce)), pane.Rounded)
	w.line("failed fetch", m.FailedFetch, pane.FigureStyle(health.AboveZero(m.FailedFetch)), pane.Rounded)
	w.line("ISR shrinks", m.ISRShrinks, pane.FigureStyle(health.AboveZero(m.ISRShrinks)), pane.Rounded)
	w.line("ISR expands", m.ISRExpands, cell.Plain, pane.Rounded)
	w.page.Head("LOG CLEANER")
	dirty := format.Unknown + " " + m.CleanerDirty.Why
	if m.CleanerDirty.Known {
		dirty = format.Percent(m.CleanerDirty.Value)
	}
	w.page.Say(name("dirtiest log"), knownStyle(m.CleanerDirty).Span(dirty))
}

// rate writes a figure, the median of its peers and, of some figures, the history.
func (w *figureWriter) rate(what, figure string, r state.Reading[float64], write func(state.Reading[float64]) string) {
	more := []cell.Span{cell.Faint.Span(fmt.Sprintf("%10s", ""))}
	if of := w.peers.Median(figure); of.Known {
		more[0].Text = fmt.Sprintf("%10s", write(of))
	}
	if trend, ok := drawnRates[figure]; ok && w.scene.History != nil {
		h := pane.SparklineOf(w.scene.History.Broker(w.key.broker, trend), w.scene.State.Now, min(max(w.key.width-nameWidth-24, 8), 60), pane.Highest).SinceBegun()
		more = append(append(more, cell.Plain.Span("  ")), h.Cells(0, w.key.ascii, nil).Spans()...)
	}
	w.line(what, r, pane.PeerStyle(w.peers, w.m.ID, figure), write, more...)
}

// line writes a figure, or why it isn't known.
func (w *figureWriter) line(what string, r state.Reading[float64], style cell.Style, write func(state.Reading[float64]) string, more ...cell.Span) {
	if !r.Known {
		style, more = cell.Unknown, []cell.Span{cell.Unknown.Span("  " + r.Why)}
	}
	w.page.Say(append([]cell.Span{name(what), style.Span(fmt.Sprintf("%10s", write(r)))}, more...)...)
}

// mostSoftware is the number of client libraries that are listed.
const mostSoftware = 12

// software lists the client libraries of the connections.
func (w *figureWriter) software() {
	if len(w.m.Software) == 0 {
		return
	}
	w.page.Head("CONNECTIONS BY CLIENT SOFTWARE")
	for i, s := range w.m.Software {
		if i == mostSoftware {
			w.page.Say(cell.Faint.Span(fmt.Sprintf("and %d more", len(w.m.Software)-i)))
			break
		}
		w.page.Say(cell.Plain.Span(fmt.Sprintf("%6s  ", format.Thousands(s.Connections))), cell.Plain.Span(s.Name+" "+s.Version))
	}
}
