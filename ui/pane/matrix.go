package pane

import (
	"fmt"
	"slices"
	"strconv"

	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// matrix draws one cell a broker, by rack: its id, how it stands, and how many partitions miss it.
type matrix struct {
	racks []rack
	width int
	cell  int // columns of one broker; it only grows while the width stays
	per   int // brokers a line
}

type rack struct {
	name    string
	brokers []view.BrokerRow
}

const rackLabel = 9

func (m *matrix) set(brokers []view.BrokerRow) {
	m.racks = m.racks[:0]
	for _, b := range brokers {
		i := slices.IndexFunc(m.racks, func(r rack) bool { return r.name == b.Rack })
		if i < 0 {
			i = len(m.racks)
			m.racks = append(m.racks, rack{name: b.Rack})
		}
		m.racks[i].brokers = append(m.racks[i].brokers, b)
	}
	slices.SortFunc(m.racks, func(a, b rack) int { return compareNames(a.name, b.name) })
}

func compareNames(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "" || b != "" && a > b: // those without a rack last
		return 1
	}
	return -1
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
		return view.Unknown, cell.Unknown
	case "CORDONED":
		return "CORD", cell.Info
	case "BAD-DISK":
		return "DISK", cell.Critical
	}
	return word, style
}

func (m *matrix) arrange(width, height int, ascii bool) {
	if m.width != width {
		m.width, m.cell = width, 0
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

// rows is how many rows the matrix is high, its heading included.
func (m *matrix) rows() int {
	n := 1
	for _, r := range m.racks {
		n += (len(r.brokers) + m.per - 1) / m.per
	}
	return n
}

func (m *matrix) draw(a cell.Area) {
	_, h := a.Size()
	if h == 0 {
		return
	}
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
}
