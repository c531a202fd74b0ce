package overview

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// matrix draws the brokers side by side. With metrics it has a line for each figure: as numbers where all brokers fit side by
// side, else with one cell a broker. Without metrics it has the brokers by rack: id, state, and how many partitions miss each.
type matrix struct {
	racks     []rack
	columns   []brokerFigures // by id; none without metrics
	lines     []matrixLine
	noMetrics string // why there are none, and the next step
	width     int
	ascii     bool
	cellWidth int // of one broker; it only grows while the width stays
	perLine   int // brokers
	asNumbers bool
	cursor    int // a column
}

type rack struct {
	name    string
	brokers []view.BrokerRow
}

// brokerFigures is a column of the matrix.
type brokerFigures struct {
	row   view.BrokerRow
	stale bool
	cells []figure // by line
}

// figure is a cell of the matrix.
type figure struct {
	text  string
	share float64 // how tall it is drawn, from 0 to 1; the taller the worse
	style cell.Style
	known bool
}

// matrixLine is a figure of all brokers.
type matrixLine struct {
	label string
	worst int // column with the worst figure; -1: none
}

// rackLabel is the number of columns that labels take.
const rackLabel = 11

// set shows brokers, which are in order of id.
func (m *matrix) set(s pane.Scene, p *health.Peers, brokers []view.BrokerRow) {
	if metered := len(s.State.Metrics) > 0; metered != (len(m.columns) > 0) {
		m.cellWidth = 0
	}
	m.racks, m.columns, m.lines, m.noMetrics = m.racks[:0], m.columns[:0], m.lines[:0], ""
	if len(s.State.Metrics) > 0 {
		m.setFigures(s, p, brokers)
		return
	}
	if s.State.Snapshot != nil {
		m.noMetrics = pane.NoMetrics(s.State)
	}
	for _, b := range brokers {
		i := slices.IndexFunc(m.racks, func(r rack) bool { return r.name == b.Rack })
		if i < 0 {
			i = len(m.racks)
			m.racks = append(m.racks, rack{name: b.Rack})
		}
		m.racks[i].brokers = append(m.racks[i].brokers, b)
	}
	slices.SortFunc(m.racks, func(a, b rack) int { return pane.CompareRacks(a.name, b.name) })
}

// setFigures makes the lines of figures. There is a line of states only while one of them is bad.
func (m *matrix) setFigures(s pane.Scene, p *health.Peers, brokers []view.BrokerRow) {
	badState := slices.ContainsFunc(brokers, func(b view.BrokerRow) bool { return b.State() != "ok" })
	if badState {
		m.lines = append(m.lines, matrixLine{label: "state"})
	}
	for _, label := range []string{"net idle", "min idle", "hdlr idle", "p99 ms", "urp"} {
		m.lines = append(m.lines, matrixLine{label: label})
	}
	for _, b := range brokers {
		f := brokerFigures{row: b}
		if badState {
			f.cells = append(f.cells, stateFigure(b))
		}
		metrics, fresh := s.MetricsOf(b.ID)
		f.stale = metrics != nil && !fresh
		if metrics == nil {
			f.cells = append(f.cells, unknownFigure, unknownFigure, unknownFigure, unknownFigure)
		} else {
			share := func(name string, r state.Reading[float64]) figure {
				return idleFigure(r, pane.IdlePeerStyle(p, b.ID, name, r))
			}
			f.cells = append(f.cells, share("network_idle", metrics.NetworkIdle), share("busiest_idle", metrics.BusiestIdle()),
				share("handler_idle", metrics.HandlerIdle), latencyFigure(metrics.ProduceP99(), p.Median("produce_p99_ms"), pane.PeerStyle(p, b.ID, "produce_p99_ms")))
		}
		for i := range f.cells {
			if c := &f.cells[i]; f.stale && c.known { // old figures are not judged
				c.style = cell.Plain
			}
		}
		f.cells = append(f.cells, missingFigure(b))
		m.columns = append(m.columns, f)
	}
	for y := range m.lines {
		m.lines[y].worst = -1
		most := 0.0
		for x := range m.columns {
			if c := &m.columns[x].cells[y]; c.known && (m.lines[y].worst < 0 || c.share > most) && !m.columns[x].stale {
				m.lines[y].worst, most = x, c.share
			}
		}
	}
	m.cursor = max(min(m.cursor, len(m.columns)-1), 0)
}

var unknownFigure = figure{text: format.Unknown, style: cell.Unknown}

func stateFigure(b view.BrokerRow) figure {
	word, style := brokerWord(view.BrokerRow{Broker: b.Broker})
	f := figure{text: word[:min(len(word), 4)], style: style}
	if style == cell.Critical {
		f.share = 1
	}
	return f
}

// idleFigure is the taller, the less time is left.
func idleFigure(r state.Reading[float64], style cell.Style) figure {
	if !r.Known {
		return unknownFigure
	}
	return figure{text: pane.Share(r), share: 1 - r.Value, style: style, known: true}
}

// latencyFigure is full at six times the median of the peers, but not below 40 ms.
func latencyFigure(r, of state.Reading[float64], style cell.Style) figure {
	if !r.Known {
		return unknownFigure
	}
	return figure{text: pane.Millis(r), share: r.Value / max(6*of.Value, 40), style: style, known: true}
}

// missingFigure is full where all partitions with a replica on the broker miss it.
func missingFigure(b view.BrokerRow) figure {
	f := figure{text: format.Short(float64(b.UnderReplicated)), known: true, style: cell.Faint}
	if b.UnderReplicated > 0 {
		f.share, f.style = float64(b.UnderReplicated)/float64(max(b.Replicas, 1)), cell.Warning
	}
	return f
}

// shortStates are the states that are too long for a cell.
var shortStates = map[string]string{"NO-ANSWER": format.Unknown, "CORDONED": "CORD", "BAD-DISK": "DISK"}

// brokerWord returns what stands behind a broker's id: its state or, of one that is ok, how many partitions miss it.
func brokerWord(b view.BrokerRow) (word string, style cell.Style) {
	word = b.State()
	if word == "ok" && b.UnderReplicated > 0 {
		return fmt.Sprintf("-%d", b.UnderReplicated), cell.Warning
	}
	return cmp.Or(shortStates[word], word), pane.BrokerStyle(word)
}

// worstColumn is the number of columns that a line of cells leaves to its worst broker.
const worstColumn = 16

func (m *matrix) arrange(width int, ascii bool) {
	if m.width != width {
		m.width, m.cellWidth = width, 0
	}
	m.ascii = ascii
	if len(m.columns) > 0 {
		m.arrangeFigures()
		return
	}
	ids, words := 1, 2
	for _, r := range m.racks {
		for _, b := range r.brokers {
			w, _ := brokerWord(b)
			ids, words = max(ids, len(strconv.Itoa(int(b.ID)))), max(words, len(w))
		}
	}
	m.cellWidth = max(m.cellWidth, ids+1+words+2)
	m.perLine = max((width-rackLabel)/m.cellWidth, 1)
}

func (m *matrix) arrangeFigures() {
	widest := 4
	for i := range m.columns {
		widest = max(widest, len(strconv.Itoa(int(m.columns[i].row.ID)))+1) // the controller's sign
	}
	m.cellWidth = max(m.cellWidth, widest+1) // the mark of what is bad
	m.perLine = max((m.width-rackLabel)/m.cellWidth, 1)
	if m.asNumbers = len(m.columns) <= m.perLine; !m.asNumbers {
		m.perLine = max(m.width-rackLabel-worstColumn, 10)
	}
}

// rows is the number of rows that the matrix takes, with its heading.
func (m *matrix) rows() int {
	n := 1
	if len(m.columns) > 0 {
		return n + len(m.lines)*((len(m.columns)+m.perLine-1)/m.perLine)
	}
	for _, r := range m.racks {
		n += (len(r.brokers) + m.perLine - 1) / m.perLine
	}
	if m.noMetrics != "" {
		n++
	}
	return n
}

// current returns the broker under the cursor; ok is false where there is no cursor.
func (m *matrix) current() (id int32, ok bool) {
	if m.cursor >= len(m.columns) {
		return 0, false
	}
	return m.columns[m.cursor].row.ID, true
}

// move moves the cursor by so many brokers.
func (m *matrix) move(n int) { m.cursor = max(min(m.cursor+n, len(m.columns)-1), 0) }

// toWorst puts the cursor on the broker with the most bad figures.
func (m *matrix) toWorst() {
	worst := -1
	for x := range m.columns {
		n := 0
		for _, c := range m.columns[x].cells {
			switch c.style {
			case cell.Critical:
				n += 10
			case cell.Warning:
				n++
			}
		}
		if n > worst {
			m.cursor, worst = x, n
		}
	}
}
