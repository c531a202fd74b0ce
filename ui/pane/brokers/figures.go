package brokers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kdeck/ops/health"
	"kdeck/ops/history"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// numbersFor is what the figures of a broker were written for.
type numbersFor struct {
	broker int32
	seq    uint64
	width  int
	ascii  bool
	brief  bool
}

// numbers are a broker's metrics as a page, kept while nothing of what they are written for changes.
type numbers struct {
	of   numbersFor
	page pane.Page
}

// write makes the page of that broker, unless it is there. brief leaves out what there is no room for beside a list.
func (n *numbers) write(s pane.Scene, p *health.Peers, of numbersFor) *pane.Page {
	if n.of == of {
		return &n.page
	}
	n.of, n.page = of, pane.Page{}
	r, ok := s.State.Metrics[of.broker]
	switch {
	case !ok && len(s.State.Metrics) == 0:
		n.page.Say(cell.Faint.Span(pane.NoMetrics(s.State)))
		return &n.page
	case r.Value == nil:
		n.page.Head("METRICS")
		n.page.Say(cell.Unknown.Span(pane.UnknownFor(s, cmp.Or(r.Why, "none were read of it"), r.At)))
		n.page.Fact("next", cell.Plain, "kdeck doctor: what of its metrics can be had, and why not")
		return &n.page
	}
	_, fresh := s.MetricsOf(of.broker)
	w := writing{page: &n.page, scene: s, peers: p, of: of, m: r.Value, width: of.width}
	if !fresh {
		w.peers = &health.Peers{} // nothing is judged by what was long ago
		w.page.Say(cell.Warning.Span(fmt.Sprintf("metrics are %s old", format.Duration(s.State.Now.Sub(w.m.At)))), cell.Unknown.Span("  "+r.Why))
	} else {
		describeSigns(w.page, w.m, p, of.ascii)
	}
	w.threads()
	w.requests()
	if !of.brief {
		w.rates()
		w.software()
	}
	if !fresh {
		for _, l := range w.page.Lines[1:] {
			for i := range l {
				l[i].Style |= cell.Stale
			}
		}
	}
	describeSource(w.page, s, r, fresh)
	return &n.page
}

// writing is one broker's figures being written.
type writing struct {
	page  *pane.Page
	scene pane.Scene
	peers *health.Peers
	of    numbersFor
	m     *state.BrokerMetrics
	width int
}

const nameWidth = 15

func padded(name string, width int) string { return fmt.Sprintf("%-*s", width, name) }

// beside is what the peers have, for a line of facts.
func beside(r state.Reading[float64], write func(state.Reading[float64]) string) string {
	if !r.Known {
		return ""
	}
	return ", peers " + write(r)
}

func (w *writing) threads() {
	w.page.Head("NETWORK THREADS")
	style := pane.IdleAmongPeers(w.peers, w.m.ID, "network_idle", w.m.NetworkIdle)
	text := "idle " + pane.Idle(w.m.NetworkIdle) + beside(w.peers.Median("network_idle"), pane.Idle)
	if !w.m.NetworkIdle.Known {
		text = format.Unknown + " " + w.m.NetworkIdle.Why
	}
	w.page.Say(cell.Faint.Span(padded("all", nameWidth)), style.Span(text))
	for first := 0; first < len(w.m.Processors); {
		name := w.m.Processors[first].Listener
		n := first
		for n < len(w.m.Processors) && w.m.Processors[n].Listener == name {
			n++
		}
		w.listener(name, w.m.Processors[first:n])
		first = n
	}
	if len(w.m.Processors) == 0 {
		w.page.Say(cell.Faint.Span(padded("each", nameWidth)), cell.Unknown.Span(format.Unknown+" the exporter doesn't show them one by one"))
	}
	w.history("lately", history.NetworkIdle)
	w.page.Head("REQUEST HANDLERS")
	text = "idle " + pane.Idle(w.m.HandlerIdle) + beside(w.peers.Median("handler_idle"), pane.Idle)
	if !w.m.HandlerIdle.Known {
		text = format.Unknown + " " + w.m.HandlerIdle.Why
	}
	w.page.Say(cell.Faint.Span(padded("all", nameWidth)), pane.IdleAmongPeers(w.peers, w.m.ID, "handler_idle", w.m.HandlerIdle).Span(text))
	w.history("lately", history.HandlerIdle)
	w.queues()
}

// listener writes a listener's processors as a strip, and of the busiest its number.
func (w *writing) listener(name string, threads []state.Processor) {
	var strip pane.Cells
	var worst *state.Processor
	sum, known := 0.0, 0
	for i := range threads {
		t := &threads[i]
		strip.AddThread(t, w.of.ascii)
		if t.Idle.Known {
			sum, known = sum+t.Idle.Value, known+1
			if worst == nil || t.Idle.Value < worst.Idle.Value {
				worst = t
			}
		}
	}
	spans := append([]cell.Span{cell.Faint.Span(padded(cmp.Or(name, "no listener"), nameWidth))}, strip.Spans()...)
	if worst == nil {
		w.page.Say(append(spans, cell.Unknown.Span("  "+format.Unknown+" "+threads[0].Idle.Why))...)
		return
	}
	text := fmt.Sprintf("  idle %s", pane.Idle(state.Reading[float64]{Value: sum / float64(known), Known: true}))
	spans = append(spans, cell.Plain.Span(text), cell.Plain.Span(", least "), pane.IdleStyle(worst.Idle.Value).Span(fmt.Sprintf("%s in %s", pane.Idle(worst.Idle), worst.Number)))
	if worst.Responses.Known && worst.Responses.Value > 0 && !w.of.brief {
		spans = append(spans, cell.Warning.Span(fmt.Sprintf(", %.0f answers wait for it", worst.Responses.Value)))
	}
	w.page.Say(spans...)
	if at := w.atListener(name); at != "" && !w.of.brief {
		w.page.Say(cell.Faint.Span(padded("", nameWidth)), cell.Faint.Span(at))
	}
}

// atListener is what happens at a listener besides.
func (w *writing) atListener(name string) string {
	i := slices.IndexFunc(w.m.Listeners, func(l state.Listener) bool { return l.Name == name })
	if i < 0 {
		return ""
	}
	l := &w.m.Listeners[i]
	var words []string
	if l.Connections.Known {
		words = append(words, pane.Rounded(l.Connections)+" connections")
	}
	if health.Happens(l.Opened) {
		words = append(words, pane.Rounded(l.Opened)+" opened a second")
	}
	if health.Happens(l.FailedLogins) {
		words = append(words, pane.Rounded(l.FailedLogins)+" failed logins a second")
	}
	if l.Blocked.Known && l.Blocked.Value >= 0.01 {
		words = append(words, "its acceptor blocked "+format.Percent(100*l.Blocked.Value)+" of the time")
	}
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, ", ")
}

func (w *writing) history(label string, f history.Figure) {
	if w.scene.History == nil {
		return
	}
	samples := w.scene.History.Broker(w.of.broker, f)
	h := pane.SparklineOf(samples, w.scene.State.Now, min(max(w.width-nameWidth-14, 8), 60), pane.Lowest).SinceBegun()
	if len(samples) == 0 {
		return
	}
	spans := append([]cell.Span{cell.Faint.Span(padded(label, nameWidth))}, h.Cells(1, w.of.ascii, pane.IdleStyle).Spans()...)
	w.page.Say(append(spans, cell.Faint.Span(" "+format.Duration(h.Span())))...)
}

func (w *writing) queues() {
	one := func(what string, r state.Reading[float64]) string {
		if !r.Known {
			return what + " " + format.Unknown
		}
		return fmt.Sprintf("%s %.0f", what, r.Value)
	}
	w.page.Say(cell.Faint.Span(padded("queues", nameWidth)),
		cell.Plain.Span(one("requests", w.m.RequestQueue)+", "+one("answers", w.m.ResponseQueue)))
}

// phasePieces are what the phases of a request are drawn with, in the order in which it passes through them.
var phasePieces = []struct {
	name           string
	unicode, ascii rune
	style          cell.Style
	short          string
}{
	{"request queue", '▚', 'q', cell.Yellow, "REQ Q"},
	{"local", '█', 'L', cell.Blue, "LOCAL"},
	{"remote", '░', '.', cell.Faint, "REMOTE"},
	{"response queue", '▓', 'a', cell.Magenta, "RESP Q"},
	{"send", '▒', 's', cell.Cyan, "SEND"},
}

func pieceOf(phase string, ascii bool) (rune, cell.Style) {
	for _, p := range phasePieces {
		if p.name == phase {
			if ascii {
				return p.ascii, p.style
			}
			return p.unicode, p.style
		}
	}
	return pane.Unmeasured, cell.Unknown
}

// phaseBar is one stacked bar: how a request's mean time is divided. nil where a phase isn't known.
func phaseBar(r *state.RequestKind, width int, ascii bool) pane.Cells {
	sum := 0.0
	for _, p := range r.Phases {
		if !p.Mean.Known {
			return nil
		}
		sum += p.Mean.Value
	}
	if sum <= 0 {
		return nil
	}
	bar := make(pane.Cells, 0, width)
	passed := 0.0
	for _, p := range r.Phases {
		glyph, style := pieceOf(p.Name, ascii)
		passed += p.Mean.Value
		for len(bar) < int(passed/sum*float64(width)+0.5) {
			bar.Add(glyph, style)
		}
	}
	return bar
}

// How wide the columns of request times are.
const (
	kindWidth  = 19
	rateWidth  = 7
	timeWidth  = 8
	phaseWidth = 8
)

func (w *writing) requests() {
	kinds := w.m.Kinds()
	if len(kinds) == 0 {
		w.page.Head("REQUESTS")
		w.page.Say(cell.Unknown.Span(format.Unknown + " the exporter doesn't show them"))
		return
	}
	phases := 0
	bar := w.width - kindWidth - rateWidth - 2*timeWidth - 2
	if bar > 3*len(phasePieces)*phaseWidth/2 {
		phases = phaseWidth * len(phasePieces)
	}
	bar = min(bar-phases, 40)
	w.page.Say()
	var legend []cell.Span
	for _, p := range phasePieces {
		glyph, style := pieceOf(p.name, w.of.ascii)
		legend = append(legend, style.Span(strings.Repeat(string(glyph), 2)), cell.Faint.Span(" "+p.name+"  "))
	}
	heading := "MEAN TIME, BY PHASE"
	if bar < len(heading) {
		heading = "PHASES"
	}
	head := fmt.Sprintf("%-*s%*s  %-*.*s", kindWidth, "REQUESTS", rateWidth, "PER S", max(bar, 0), max(bar, 0), heading)
	if phases > 0 {
		for _, p := range phasePieces {
			head += fmt.Sprintf("%*s", phaseWidth, p.short)
		}
	}
	head += fmt.Sprintf("%*s%*s", timeWidth, "MEAN ms", timeWidth, "P99 ms")
	w.page.Say(cell.Heading.Span(head))
	for _, r := range kinds {
		w.kind(r, bar, phases > 0)
	}
	if bar > 0 && w.width >= 70 {
		w.page.Say(legend...)
	}
}

// kind writes one kind of request.
func (w *writing) kind(r *state.RequestKind, bar int, numbers bool) {
	spans := []cell.Span{cell.Plain.Span(fmt.Sprintf("%-*.*s", kindWidth, kindWidth-1, r.Name)), cell.Plain.Span(fmt.Sprintf("%*s  ", rateWidth, pane.Rounded(r.Rate)))}
	drawn := phaseBar(r, max(bar, 0), w.of.ascii)
	switch {
	case drawn != nil:
		spans = append(spans, drawn.Spans()...)
	case bar > 0:
		why := format.Unknown
		for _, p := range r.Phases {
			if !p.Mean.Known && p.Mean.Why != "" {
				why += " " + p.Mean.Why
				break
			}
		}
		spans = append(spans, cell.Unknown.Span(fmt.Sprintf("%-*.*s", bar, bar, why)))
	}
	if numbers {
		for _, p := range r.Phases {
			spans = append(spans, pane.FigureStyle(w.peers.Phase(r.Name, p)).Span(fmt.Sprintf("%*s", phaseWidth, pane.Millis(p.Mean))))
		}
	}
	spans = append(spans, unknownLook(r.Total.Mean).Span(fmt.Sprintf("%*s", timeWidth, pane.Millis(r.Total.Mean))),
		unknownLook(r.Total.P99).Span(fmt.Sprintf("%*s", timeWidth, pane.Millis(r.Total.P99))))
	w.page.Say(spans...)
}

func unknownLook(r state.Reading[float64]) cell.Style {
	if !r.Known {
		return cell.Unknown
	}
	return cell.Plain
}

func (w *writing) rates() {
	w.page.Head(fmt.Sprintf("%-*s%10s%10s", nameWidth, "PER SECOND", "HERE", "PEERS"))
	row := func(name string, r, of state.Reading[float64], write func(state.Reading[float64]) string, style cell.Style, trend history.Figure, drawn bool) {
		if !r.Known {
			w.page.Say(cell.Faint.Span(padded(name, nameWidth)), cell.Unknown.Span(fmt.Sprintf("%10s", format.Unknown)), cell.Unknown.Span("  "+r.Why))
			return
		}
		peers := ""
		if of.Known {
			peers = write(of)
		}
		spans := []cell.Span{cell.Faint.Span(padded(name, nameWidth)), style.Span(fmt.Sprintf("%10s", write(r))), cell.Faint.Span(fmt.Sprintf("%10s", peers))}
		if drawn && w.scene.History != nil {
			h := pane.SparklineOf(w.scene.History.Broker(w.of.broker, trend), w.scene.State.Now, min(max(w.width-nameWidth-24, 8), 60), pane.Highest).SinceBegun()
			spans = append(append(spans, cell.Plain.Span("  ")), h.Cells(0, w.of.ascii, nil).Spans()...)
		}
		w.page.Say(spans...)
	}
	m, p := w.m, w.peers
	row("bytes in", m.BytesIn, p.Median("bytes_in"), pane.Rate, pane.AmongPeers(p, m.ID, "bytes_in"), history.BytesIn, true)
	row("bytes out", m.BytesOut, p.Median("bytes_out"), pane.Rate, pane.AmongPeers(p, m.ID, "bytes_out"), history.BytesOut, true)
	row("messages in", m.MessagesIn, p.Median("messages_in"), pane.Rounded, cell.Plain, history.MessagesIn, true)
	row("requests", m.RequestRate(), p.Median("requests"), pane.Rounded, pane.AmongPeers(p, m.ID, "requests"), history.RequestRate, true)
	row("replicas in", m.ReplicationIn, p.Median("replication_in"), pane.Rate, cell.Plain, 0, false)
	row("replicas out", m.ReplicationOut, p.Median("replication_out"), pane.Rate, cell.Plain, 0, false)
	row("disk read", m.DiskRead, p.Median("disk_read"), pane.Rate, pane.AmongPeers(p, m.ID, "disk_read"), 0, false)
	row("disk written", m.DiskWrite, p.Median("disk_write"), pane.Rate, cell.Plain, 0, false)
	none := state.Reading[float64]{}
	row("failed produce", m.FailedProduce, none, pane.Rounded, pane.FigureStyle(health.AboveZero(m.FailedProduce)), 0, false)
	row("failed fetch", m.FailedFetch, none, pane.Rounded, pane.FigureStyle(health.AboveZero(m.FailedFetch)), 0, false)
	row("ISR shrinks", m.ISRShrinks, none, pane.Rounded, pane.FigureStyle(health.AboveZero(m.ISRShrinks)), 0, false)
	row("ISR expands", m.ISRExpands, none, pane.Rounded, cell.Plain, 0, false)
	w.page.Head("LOG CLEANER")
	if m.CleanerDirty.Known {
		w.page.Say(cell.Faint.Span(padded("dirtiest log", nameWidth)), cell.Plain.Span(format.Percent(m.CleanerDirty.Value)))
	} else {
		w.page.Say(cell.Faint.Span(padded("dirtiest log", nameWidth)), cell.Unknown.Span(format.Unknown+" "+m.CleanerDirty.Why))
	}
}

// mostSoftware is how many client libraries are listed.
const mostSoftware = 12

func (w *writing) software() {
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
