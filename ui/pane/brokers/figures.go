package brokers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// figuresKey is what the text of a broker's figures depends on.
type figuresKey struct {
	broker int32
	seq    uint64 // of the State
	width  int
	ascii  bool
	brief  bool // only what there is room for beside a list
}

// figuresPage is the text of a broker's metrics. It is written anew only when its key changes.
type figuresPage struct {
	key  figuresKey
	page pane.Page
}

// of returns the page for a key.
func (n *figuresPage) of(s pane.Scene, p *health.Peers, key figuresKey) *pane.Page {
	if n.key == key {
		return &n.page
	}
	n.key, n.page = key, pane.Page{}
	r, ok := s.State.Metrics[key.broker]
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
	_, fresh := s.MetricsOf(key.broker)
	w := figureWriter{page: &n.page, scene: s, peers: p, key: key, m: r.Value}
	if !fresh {
		w.peers = &health.Peers{} // old figures are not judged
		w.page.Say(cell.Warning.Span(fmt.Sprintf("metrics are %s old", format.Duration(s.State.Now.Sub(w.m.At)))), cell.Unknown.Span("  "+r.Why))
	} else {
		describeSigns(w.page, w.m, p, key.ascii)
	}
	w.threads()
	w.requests()
	if !key.brief {
		w.rates()
		w.software()
	}
	if !fresh {
		w.page.Flag(cell.Stale)
	}
	describeSource(w.page, s, r, fresh)
	return &n.page
}

// figureWriter writes one broker's figures to a page.
type figureWriter struct {
	page  *pane.Page
	scene pane.Scene
	peers *health.Peers
	key   figuresKey
	m     *state.BrokerMetrics
}

const nameWidth = 15

// name is the first span of a line.
func name(s string) cell.Span { return cell.Faint.Span(fmt.Sprintf("%-*s", nameWidth, s)) }

// ofPeers writes the median of the peers.
func ofPeers(r state.Reading[float64], write func(state.Reading[float64]) string) string {
	if !r.Known {
		return ""
	}
	return ", peers " + write(r)
}

func (w *figureWriter) threads() {
	w.page.Head("NETWORK THREADS")
	w.idle("network_idle", w.m.NetworkIdle)
	for first := 0; first < len(w.m.Processors); {
		listener := w.m.Processors[first].Listener
		n := first
		for n < len(w.m.Processors) && w.m.Processors[n].Listener == listener {
			n++
		}
		w.listener(listener, w.m.Processors[first:n])
		first = n
	}
	if len(w.m.Processors) == 0 {
		w.page.Say(name("each"), cell.Unknown.Span(format.Unknown+" the exporter doesn't show them one by one"))
	}
	w.history("lately", history.NetworkIdle)
	w.page.Head("REQUEST HANDLERS")
	w.idle("handler_idle", w.m.HandlerIdle)
	w.history("lately", history.HandlerIdle)
	w.queues()
}

// idle writes the idle share of all threads of a kind.
func (w *figureWriter) idle(figure string, r state.Reading[float64]) {
	text := "idle " + pane.Share(r) + ofPeers(w.peers.Median(figure), pane.Share)
	if !r.Known {
		text = format.Unknown + " " + r.Why
	}
	w.page.Say(name("all"), pane.IdlePeerStyle(w.peers, w.m.ID, figure, r).Span(text))
}

// listener draws a listener's network threads and names the busiest.
func (w *figureWriter) listener(listener string, threads []state.Processor) {
	var strip pane.Cells
	var worst *state.Processor
	sum, known := 0.0, 0
	for i := range threads {
		t := &threads[i]
		strip.AddThread(t, w.key.ascii)
		if t.Idle.Known {
			sum, known = sum+t.Idle.Value, known+1
			if worst == nil || t.Idle.Value < worst.Idle.Value {
				worst = t
			}
		}
	}
	spans := append([]cell.Span{name(cmp.Or(listener, "no listener"))}, strip.Spans()...)
	if worst == nil {
		w.page.Say(append(spans, cell.Unknown.Span("  "+format.Unknown+" "+threads[0].Idle.Why))...)
		return
	}
	text := fmt.Sprintf("  idle %s", format.Share(sum/float64(known)))
	spans = append(spans, cell.Plain.Span(text), cell.Plain.Span(", least "), pane.IdleStyle(worst.Idle.Value).Span(fmt.Sprintf("%s in %s", pane.Share(worst.Idle), worst.Number)))
	if worst.Responses.Known && worst.Responses.Value > 0 && !w.key.brief {
		spans = append(spans, cell.Warning.Span(fmt.Sprintf(", %.0f answers wait for it", worst.Responses.Value)))
	}
	w.page.Say(spans...)
	if at := w.connections(listener); at != "" && !w.key.brief {
		w.page.Say(name(""), cell.Faint.Span(at))
	}
}

// connections says what happens to a listener's connections.
func (w *figureWriter) connections(listener string) string {
	i := slices.IndexFunc(w.m.Listeners, func(l state.Listener) bool { return l.Name == listener })
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
	return strings.Join(words, ", ")
}

// history draws an idle share of the last minutes.
func (w *figureWriter) history(label string, f history.Figure) {
	if w.scene.History == nil {
		return
	}
	samples := w.scene.History.Broker(w.key.broker, f)
	h := pane.SparklineOf(samples, w.scene.State.Now, min(max(w.key.width-nameWidth-14, 8), 60), pane.Lowest).SinceBegun()
	if len(samples) == 0 {
		return
	}
	spans := append([]cell.Span{name(label)}, h.Cells(1, w.key.ascii, pane.IdleStyle).Spans()...)
	w.page.Say(append(spans, cell.Faint.Span(" "+format.Duration(h.Span())))...)
}

func (w *figureWriter) queues() {
	length := func(what string, r state.Reading[float64]) string {
		if !r.Known {
			return what + " " + format.Unknown
		}
		return fmt.Sprintf("%s %.0f", what, r.Value)
	}
	w.page.Say(name("queues"),
		cell.Plain.Span(length("requests", w.m.RequestQueue)+", "+length("answers", w.m.ResponseQueue)))
}
