package pane

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// Brokers shows the brokers; the detail of one is what it says of itself, its log dirs, and its partitions.
type Brokers struct {
	scene   Scene
	shown   *state.Snapshot
	seq     uint64           // of the State that is shown
	rows    []view.BrokerRow // in order of id
	changed map[int32]bool   // brokers that stand otherwise than in the snapshot before
	board   brokerBoard
	table   *table.Table[view.BrokerRow] // one of the two
	bare    *table.Table[view.BrokerRow] // without metrics
	metered *table.Table[view.BrokerRow] // with them
	kept    Layout
	filter  string
	terms   view.Filter

	open    *brokerDetail
	detail  page // beside the list
	numbers numbers
	list    layout.Rect
	bar     layout.Rect
	beside  layout.Rect
}

// NewBrokers makes the pane.
func NewBrokers() *Brokers {
	b := &Brokers{}
	silent := func(id int32) string { return b.scene.silence(id) }
	b.board.lately = 14
	b.board.reset(&b.scene, &peers{})
	b.bare = table.New(brokerColumns(silent), table.Order{})
	b.metered = table.New(meteredColumns(silent, &b.board), table.Order{})
	b.table = b.bare
	return b
}

// Name implements Pane.
func (b *Brokers) Name() string { return "brokers" }

// Title implements Pane.
func (b *Brokers) Title() string { return "Brokers" }

func brokerID(r view.BrokerRow) table.ID { return table.ID{N: r.ID} }

// See implements Pane.
func (b *Brokers) See(s Scene) []Effect {
	b.scene = s
	snap := s.snapshot()
	if snap == nil {
		return nil
	}
	var effects []Effect
	if s.State.Seq != b.seq {
		b.seq = s.State.Seq
		b.board.reset(&b.scene, peersOf(s))
		if snap != b.shown {
			before := b.rows
			b.shown, b.rows = snap, view.Brokers(s.State)
			b.changed = changedBrokers(before, b.rows)
		}
		b.choose()
		effects = b.set()
	}
	if b.open != nil {
		effects = append(effects, b.open.see(s, b.rows, b.board.peers)...)
	}
	return effects
}

// choose takes the table with the columns of metrics once there are any, sorted and placed as the other one was.
func (b *Brokers) choose() {
	to := b.bare
	if len(b.scene.State.Metrics) > 0 {
		to = b.metered
	}
	if to == b.table {
		return
	}
	from := b.table
	b.table = to
	b.set()
	setLayout(to, b.kept)
	if o := from.Order(); o != from.Initial() {
		to.Sort(o)
	}
}

func (b *Brokers) set() []Effect {
	match, err := view.MatchRow(plainColumns(b.table), b.terms)
	if err != nil { // SetFilter has tried it
		match = nil
	}
	sorted := worstFirst(b.scene, b.board.peers, b.rows)
	rows := brokerRows(sorted, &b.scene)
	for i := range sorted {
		if b.changed[sorted[i].ID] {
			rows.Changed = append(rows.Changed, int32(i))
		}
	}
	return work(b.table.Set(rows, match, false))
}

// changedBrokers are those that stand otherwise than before, or are new.
func changedBrokers(before, now []view.BrokerRow) map[int32]bool {
	was := make(map[int32]string, len(before))
	for _, r := range before {
		was[r.ID] = r.State()
	}
	changed := map[int32]bool{}
	for _, r := range now {
		if len(before) > 0 && was[r.ID] != r.State() {
			changed[r.ID] = true
		}
	}
	return changed
}

// brokerRows gives a table brokers. Those that don't answer are stale: what is shown of them is what others say.
func brokerRows(rows []view.BrokerRow, now *Scene) table.Rows[view.BrokerRow] {
	at := make(map[int32]int, len(rows))
	for i := range rows {
		at[rows[i].ID] = i
	}
	return table.Rows[view.BrokerRow]{
		Len: len(rows),
		At:  func(i int) view.BrokerRow { return rows[i] },
		ID:  brokerID,
		Find: func(id table.ID) (int, bool) {
			i, ok := at[id.N]
			return i, ok
		},
		Style: func(r view.BrokerRow) cell.Style {
			if !r.Answered.Known {
				return cell.Stale
			}
			return now.flags()
		},
	}
}

// Arrange implements Pane.
func (b *Brokers) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	if b.open != nil {
		b.open.arrange(width, height, ascii)
		return
	}
	b.board.draws(ascii)
	b.list, b.bar, b.beside = layout.ListDetail(body)
	b.table.Arrange(b.list.W, b.list.H, ascii)
	if !b.beside.Empty() {
		b.detail = page{}
		if r, ok := b.table.Current(); ok {
			b.describe(r, ascii)
		}
		b.detail.arrange(b.beside.W-2, b.beside.H, ascii)
	}
}

// describe fills the page beside the list: with metrics first what stands out in them.
func (b *Brokers) describe(r view.BrokerRow, ascii bool) {
	if len(b.scene.State.Metrics) == 0 {
		describeBroker(&b.detail, b.scene, r)
		b.detail.say()
		b.detail.say(span{cell.Faint, noMetrics(b.scene.State)})
		return
	}
	of := numbersFor{broker: r.ID, seq: b.seq, width: b.beside.W - 2, ascii: ascii, brief: true}
	b.detail.say(describeStanding(r)...)
	var facts page
	describeBroker(&facts, b.scene, r)
	b.detail.factsAnd(b.numbers.write(b.scene, b.board.peers, of).lines, facts.lines[1:], r.State() != "ok")
}

// Draw implements Pane.
func (b *Brokers) Draw(a cell.Area) {
	switch {
	case b.shown == nil:
		drawWaiting(a, b.scene)
		return
	case b.open != nil:
		b.open.draw(a)
		return
	}
	why := "in this cluster"
	if b.filter != "" {
		why = "passes the filter " + b.filter + " (esc clears it)"
	}
	b.table.Draw(a.In(b.list), true, "no broker "+why)
	a.In(b.bar).Bar(cell.Frame)
	if d := b.beside; !d.Empty() {
		d.X, d.W = d.X+1, d.W-2
		b.detail.draw(a.In(d))
	}
}

// Status implements Pane.
func (b *Brokers) Status() string {
	if b.shown == nil {
		return ""
	}
	if b.open != nil {
		return b.open.status()
	}
	s := listStatus(b.table, "broker")
	if b.table.Order() == b.table.Initial() {
		s += ", worst first"
	}
	return s
}

// Trail implements Pane.
func (b *Brokers) Trail() []string {
	if b.open == nil {
		return nil
	}
	return []string{fmt.Sprintf("broker %d", b.open.id)}
}

// Bindings implements Pane.
func (b *Brokers) Bindings() []Binding {
	if b.open != nil {
		return b.open.bindings()
	}
	none := ""
	if b.table.Len() == 0 {
		none = "there is no broker to open"
	}
	id := table.ID{}
	if r, ok := b.table.Current(); ok {
		id = brokerID(r)
	}
	return append([]Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail: its threads, request times and log dirs, its partitions", Label: "open", Group: Going, Disabled: none,
			Do: func() []Effect { return b.openBroker(id) }},
		{Keys: []string{"p"}, Help: "partitions with a replica on it", Label: "partitions", Group: Going, Disabled: none,
			Do: func() []Effect { return []Effect{Open{Pane: "partitions", Filter: fmt.Sprintf("broker:%d", id.N)}} }},
		{Keys: []string{"m"}, Help: "partitions that miss it", Label: "missing", Group: Going, Disabled: none,
			Do: func() []Effect { return []Effect{Open{Pane: "partitions", Filter: fmt.Sprintf("missing:%d", id.N)}} }},
	}, listBindings(b.table)...)
}

// OpenRow opens the detail of a broker.
func (b *Brokers) OpenRow(id table.ID) { b.openBroker(id) }

func (b *Brokers) openBroker(id table.ID) []Effect {
	b.table.Seek(id)
	b.open = newBrokerDetail(id.N)
	return b.open.see(b.scene, b.rows, b.board.peers)
}

// Back implements Pane.
func (b *Brokers) Back() ([]Effect, bool) {
	was := b.open != nil
	b.open = nil
	return nil, was
}

// Filter implements Pane.
func (b *Brokers) Filter() string { return b.filter }

// SetFilter implements Pane.
func (b *Brokers) SetFilter(s string) ([]Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	if _, err := view.MatchRow(plainColumns(b.table), terms); err != nil {
		return nil, err
	}
	b.filter, b.terms, b.open = strings.TrimSpace(s), terms, nil
	if b.shown == nil {
		return nil, nil
	}
	return b.set(), nil
}

// SortColumns are the columns that SortBy takes.
func (b *Brokers) SortColumns() []string { return columnNames(b.table) }

// SortBy sorts the rows; no column is the pane's own order.
func (b *Brokers) SortBy(column string, reverse bool) ([]Effect, error) {
	return sortBy(b.table, column, reverse)
}

// FilterWords are the fields that a filter may name.
func (b *Brokers) FilterWords() []string { return fieldWords(b.table) }

// Layout implements Pane.
func (b *Brokers) Layout() Layout { return layoutOf(b.table) }

// SetLayout implements Pane.
func (b *Brokers) SetLayout(l Layout) []Effect {
	b.kept = l
	return setLayout(b.table, l)
}

// Print implements Pane.
func (b *Brokers) Print(w io.Writer, ascii bool) error {
	b.board.draws(ascii)
	return b.table.Print(w, ascii)
}

// Export implements Pane.
func (b *Brokers) Export(format string) (func(io.Writer) error, error) {
	if b.shown == nil {
		return nil, errNothingYet
	}
	if format == "csv" {
		columns := view.BrokerColumns()
		if b.table == b.metered {
			columns = view.MeteredBrokerColumns() // figures in full, and nothing that is only drawn
		}
		return csvOf(allRows(b.table), columns), nil
	}
	answer := view.BrokersAnswer(b.shown, allRows(b.table))
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(answer)
	}, nil
}
