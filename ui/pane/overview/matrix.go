package overview

import (
	"fmt"
	"slices"
	"strconv"

	"kdeck/ops/health"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// matrix draws the brokers side by side. With metrics there is a row for each figure: in numbers where all brokers fit
// into one line, else in one cell a broker. Without, a cell a broker by rack: its id, how it stands, and how many
// partitions miss it.
type matrix struct {
	racks   []rack
	columns []matrixColumn // by id; none without metrics
	lines   []figureLine
	missing string // why there are no metrics, and the next step
	width   int
	ascii   bool
	cell    int // columns of one broker; it only grows while the width stays
	per     int // brokers a line
	numbers bool
	chosen  int // column that the cursor is on
}

type rack struct {
	name    string
	brokers []view.BrokerRow
}

// matrixColumn is what the matrix shows of one broker.
type matrixColumn struct {
	row   view.BrokerRow
	stale bool
	cells []figure // as figureLines
}

// figure is one cell of the matrix.
type figure struct {
	text  string // as a number
	share float64
	style cell.Style
	value state.Reading[float64]
}

// figureLine is one row of the matrix.
type figureLine struct {
	label string
	worst int // column with the worst figure; -1 none
}

const rackLabel = 9

// set takes the brokers, in order of id.
func (m *matrix) set(s pane.Scene, p *health.Peers, brokers []view.BrokerRow) {
	if metered := len(s.State.Metrics) > 0; metered != (len(m.columns) > 0) {
		m.cell = 0
	}
	m.racks, m.columns, m.lines = m.racks[:0], m.columns[:0], m.lines[:0]
	if len(s.State.Metrics) > 0 {
		m.setFigures(s, p, brokers)
		return
	}
	m.missing = ""
	if s.State.Snapshot != nil {
		m.missing = pane.NoMetrics(s.State)
	}
	for _, b := range brokers {
		i := slices.IndexFunc(m.racks, func(r rack) bool { return r.name == b.Rack })
		if i < 0 {
			i = len(m.racks)
			m.racks = append(m.racks, rack{name: b.Rack})
		}
		m.racks[i].brokers = append(m.racks[i].brokers, b)
	}
	slices.SortFunc(m.racks, func(a, b rack) int { return pane.CompareNames(a.name, b.name) })
}

// setFigures makes the rows of figures. That of the states is left out while all brokers are well.
func (m *matrix) setFigures(s pane.Scene, p *health.Peers, brokers []view.BrokerRow) {
	unwell := slices.ContainsFunc(brokers, func(b view.BrokerRow) bool { return b.State() != "ok" })
	if unwell {
		m.lines = append(m.lines, figureLine{label: "state"})
	}
	for _, label := range []string{"net", "busiest", "hdlr", "p99 ms", "urp"} {
		m.lines = append(m.lines, figureLine{label: label})
	}
	for _, b := range brokers {
		f := matrixColumn{row: b}
		if unwell {
			f.cells = append(f.cells, stateFigure(b))
		}
		metrics, fresh := s.MetricsOf(b.ID)
		f.stale = metrics != nil && !fresh
		if metrics == nil {
			f.cells = append(f.cells, unknownFigure, unknownFigure, unknownFigure, unknownFigure)
		} else {
			share := func(name string, r state.Reading[float64]) figure {
				return idleFigure(r, pane.IdleAmongPeers(p, b.ID, name, r))
			}
			f.cells = append(f.cells, share("network_idle", metrics.NetworkIdle), share("busiest_idle", metrics.BusiestIdle()),
				share("handler_idle", metrics.HandlerIdle), latencyFigure(metrics.ProduceP99(), p.Median("produce_p99_ms"), pane.AmongPeers(p, b.ID, "produce_p99_ms")))
		}
		for i := range f.cells {
			if c := &f.cells[i]; f.stale && c.value.Known { // nothing is judged by what was long ago
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
			if c := &m.columns[x].cells[y]; c.value.Known && (m.lines[y].worst < 0 || c.share > most) && !m.columns[x].stale {
				m.lines[y].worst, most = x, c.share
			}
		}
	}
	m.chosen = max(min(m.chosen, len(m.columns)-1), 0)
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

// idleFigure is taller the less time is left.
func idleFigure(r state.Reading[float64], style cell.Style) figure {
	if !r.Known {
		return unknownFigure
	}
	return figure{text: pane.Idle(r), share: 1 - r.Value, style: style, value: r}
}

// latencyFigure is full at so many times the median of the peers, and no less than some tens of ms.
func latencyFigure(r, of state.Reading[float64], style cell.Style) figure {
	if !r.Known {
		return unknownFigure
	}
	return figure{text: pane.Millis(r), share: r.Value / max(6*of.Value, 40), style: style, value: r}
}

func missingFigure(b view.BrokerRow) figure {
	f := figure{text: format.Short(float64(b.UnderReplicated)), value: state.Reading[float64]{Value: float64(b.UnderReplicated), Known: true}, style: cell.Faint}
	if b.UnderReplicated > 0 {
		f.share, f.style = float64(b.UnderReplicated)/float64(max(b.Replicas, 1)), cell.Warning
	}
	return f
}

// brokerWord is what a cell says beside the id, and how. Bad words are short, a number is the partitions that miss
// the broker.
func brokerWord(b view.BrokerRow) (string, cell.Style) {
	word, style := b.State(), cell.Critical
	switch word {
	case "ok":
		if b.UnderReplicated == 0 {
			return "ok", cell.OK
		}
		return fmt.Sprintf("-%d", b.UnderReplicated), cell.Warning
	case "NO-ANSWER":
		return format.Unknown, cell.Unknown
	case "CORDONED":
		return "CORD", cell.Info
	case "BAD-DISK":
		return "DISK", cell.Critical
	}
	return word, style
}

// worstColumn is how many columns a row of cells leaves to its worst broker.
const worstColumn = 16

func (m *matrix) arrange(width int, ascii bool) {
	if m.width != width {
		m.width, m.cell = width, 0
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
	m.cell = max(m.cell, ids+1+words+2)
	m.per = max((width-rackLabel)/m.cell, 1)
}

func (m *matrix) arrangeFigures() {
	widest := 4
	for i := range m.columns {
		widest = max(widest, len(strconv.Itoa(int(m.columns[i].row.ID)))+1) // the controller's sign
	}
	m.cell = max(m.cell, widest+1) // the mark of what is bad
	m.per = max((m.width-rackLabel)/m.cell, 1)
	if m.numbers = len(m.columns) <= m.per; !m.numbers {
		m.per = max(m.width-rackLabel-worstColumn, 10)
	}
}

// rows is how many rows the matrix is high, its heading included.
func (m *matrix) rows() int {
	n := 1
	if len(m.columns) > 0 {
		return n + len(m.lines)*((len(m.columns)+m.per-1)/m.per)
	}
	for _, r := range m.racks {
		n += (len(r.brokers) + m.per - 1) / m.per
	}
	if m.missing != "" {
		n++
	}
	return n
}

// current is the broker that the cursor is on; ok is false where brokers can't be chosen.
func (m *matrix) current() (id int32, ok bool) {
	if m.chosen >= len(m.columns) {
		return 0, false
	}
	return m.columns[m.chosen].row.ID, true
}

// move moves the cursor by so many brokers.
func (m *matrix) move(n int) { m.chosen = max(min(m.chosen+n, len(m.columns)-1), 0) }

// toWorst puts the cursor on the broker that has most cells in trouble.
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
			m.chosen, worst = x, n
		}
	}
}

func (m *matrix) draw(a cell.Area, focused bool) {
	_, h := a.Size()
	switch {
	case h == 0:
	case len(m.columns) == 0:
		m.drawRacks(a)
	case m.numbers:
		m.drawNumbers(a, focused)
	default:
		m.drawCells(a, focused)
	}
}

func (m *matrix) drawRacks(a cell.Area) {
	a.Text(1, 0, cell.Heading, "BROKERS")
	a.Text(rackLabel, 0, cell.Faint, "-n: so many partitions miss it")
	y := 1
	for _, r := range m.racks {
		name := "no rack"
		if r.name != "" {
			name = r.name
		}
		a.Fit(1, y, rackLabel-2, cell.Faint, name, false)
		for i, b := range r.brokers {
			if i > 0 && i%m.per == 0 {
				y++
			}
			word, style := brokerWord(b)
			x := rackLabel + i%m.per*m.cell
			at := a.Text(x, y, cell.Plain, strconv.Itoa(int(b.ID)))
			if b.Controller {
				a.Glyph(at, y, cell.Info, '*')
			}
			a.Text(at+1, y, style, word)
		}
		y++
	}
	if m.missing != "" {
		w, _ := a.Size()
		a.Fit(1, y, w-2, cell.Faint, m.missing, false)
	}
}

// flagsOf are those of a column: stale, or the cursor's.
func (m *matrix) flagsOf(x int, focused bool) (flags cell.Style) {
	if m.columns[x].stale {
		flags |= cell.Stale
	}
	if focused && x == m.chosen {
		flags |= cell.Selected
	}
	return flags
}

// drawNumbers draws a column of numbers for each broker; what is bad has a sign beside it.
func (m *matrix) drawNumbers(a cell.Area, focused bool) {
	a.Text(1, 0, cell.Heading, "BROKER")
	for y := range m.lines {
		a.Text(1, y+1, cell.Faint, m.lines[y].label)
	}
	for x := range m.columns {
		c := &m.columns[x]
		at, flags := rackLabel+x*m.cell, m.flagsOf(x, focused)
		id := strconv.Itoa(int(c.row.ID))
		a.Fit(at, 0, m.cell-1, cell.Heading|flags, id, true)
		a.Glyph(at+m.cell-1, 0, cell.Info|flags, ' ')
		if c.row.Controller {
			a.Glyph(at+m.cell-1, 0, cell.Info|flags, '*')
		}
		for y := range c.cells {
			f := &c.cells[y]
			a.Fit(at, y+1, m.cell-1, f.style|flags, f.text, true)
			sign := ' '
			if f.style == cell.Critical || f.style == cell.Warning {
				sign = '!'
			}
			a.Glyph(at+m.cell-1, y+1, f.style|flags, sign)
		}
	}
}

// drawCells draws one cell for each broker, in as many lines as they need, and names the worst at the right.
func (m *matrix) drawCells(a cell.Area, focused bool) {
	a.Text(1, 0, cell.Heading, "BROKERS")
	text := fmt.Sprintf("%d, a cell each in order of id; the taller the worse", len(m.columns))
	if focused {
		text = fmt.Sprintf("on broker %d", m.columns[m.chosen].row.ID)
	}
	a.Text(rackLabel, 0, cell.Faint, text)
	each := (len(m.columns) + m.per - 1) / m.per // lines of a figure
	for y := range m.lines {
		top := 1 + y*each
		a.Text(1, top, cell.Faint, m.lines[y].label)
		for x := range m.columns {
			f := &m.columns[x].cells[y]
			a.Glyph(rackLabel+x%m.per, top+x/m.per, f.style|m.flagsOf(x, focused), m.glyph(f, y))
		}
		at := m.lines[y].worst
		if focused {
			at = m.chosen
		}
		if at >= 0 && at < len(m.columns) {
			c := &m.columns[at]
			x := rackLabel + m.per + 1
			if !focused {
				x = a.Text(x, top, cell.Faint, strconv.Itoa(int(c.row.ID))) + 1
			}
			a.Text(x, top, c.cells[y].style, c.cells[y].text)
		}
	}
}

// glyph is a figure in one cell. What is bad is told apart from what is tall by its colour, and where there is none by
// the sign of a state.
func (m *matrix) glyph(f *figure, line int) rune {
	switch {
	case f.style == cell.Unknown:
		return pane.Unmeasured
	case m.lines[line].label == "state" && f.style == cell.Critical:
		return pane.GlyphsFor(m.ascii).Bad
	case m.lines[line].label == "state" || f.style == cell.Faint:
		return '.'
	}
	return pane.Height(f.share, m.ascii)
}
