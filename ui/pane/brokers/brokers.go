// Package brokers is the console's pane of brokers: a row for each, and the detail of one: what others and it itself say
// of it, its metrics, its partitions. It judges nothing: package health does. Start reading at Pane.
package brokers

import (
	"encoding/json"
	"fmt"
	"io"
	"kdeck/ops/health"
	"strings"

	"kdeck/ui/pane"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// Pane shows the brokers; the detail of one is what it says of itself, its log dirs, and its partitions.
type Pane struct {
	scene   pane.Scene
	shown   *state.Snapshot
	seq     uint64           // of the State that is shown
	rows    []view.BrokerRow // in order of id
	changed map[int32]bool   // brokers that stand otherwise than in the snapshot before
	board   pane.BrokerBoard
	table   *table.Table[view.BrokerRow] // one of the two
	bare    *table.Table[view.BrokerRow] // without metrics
	metered *table.Table[view.BrokerRow] // with them
	kept    pane.Layout
	filter  string
	terms   view.Filter

	open    *brokerDetail
	detail  pane.Page // beside the list
	numbers numbers
	list    layout.Rect
	bar     layout.Rect
	beside  layout.Rect
}

// NewBrokers makes the pane.
func New() *Pane {
	b := &Pane{}
	silent := func(id int32) string { return b.scene.Silence(id) }
	b.board.Lately = 14
	b.board.Reset(&b.scene, &health.Peers{})
	b.bare = table.New(pane.BrokerColumns(silent), table.Order{})
	b.metered = table.New(pane.MeteredColumns(silent, &b.board), table.Order{})
	b.table = b.bare
	return b
}

// Name implements Pane.
func (b *Pane) Name() string { return "brokers" }

// Title implements Pane.
func (b *Pane) Title() string { return "Brokers" }

// See implements Pane.
func (b *Pane) See(s pane.Scene) []pane.Effect {
	b.scene = s
	snap := s.Snapshot()
	if snap == nil {
		return nil
	}
	var effects []pane.Effect
	if s.State.Seq != b.seq {
		b.seq = s.State.Seq
		b.board.Reset(&b.scene, health.PeersOf(s.State))
		if snap != b.shown {
			before := b.rows
			b.shown, b.rows = snap, view.Brokers(s.State)
			b.changed = changedBrokers(before, b.rows)
		}
		b.choose()
		effects = b.set()
	}
	if b.open != nil {
		effects = append(effects, b.open.see(s, b.rows, b.board.Peers)...)
	}
	return effects
}

// choose takes the table with the columns of metrics once there are any, sorted and placed as the other one was.
func (b *Pane) choose() {
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
	pane.SetLayout(to, b.kept)
	if o := from.Order(); o != from.Initial() {
		to.Sort(o)
	}
}

func (b *Pane) set() []pane.Effect {
	match, err := view.MatchRow(pane.PlainColumns(b.table), b.terms)
	if err != nil { // SetFilter has tried it
		match = nil
	}
	sorted := pane.WorstFirst(b.scene, b.board.Peers, b.rows)
	rows := pane.BrokerRows(sorted, &b.scene)
	for i := range sorted {
		if b.changed[sorted[i].ID] {
			rows.Changed = append(rows.Changed, int32(i))
		}
	}
	return pane.Background(b.table.Set(rows, match, false))
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

// Arrange implements Pane.
func (b *Pane) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	if b.open != nil {
		b.open.arrange(width, height, ascii)
		return
	}
	b.board.Draws(ascii)
	b.list, b.bar, b.beside = layout.ListDetail(body)
	b.table.Arrange(b.list.W, b.list.H, ascii)
	if !b.beside.Empty() {
		b.detail = pane.Page{}
		if r, ok := b.table.Current(); ok {
			b.describe(r, ascii)
		}
		b.detail.Arrange(b.beside.W-2, b.beside.H, ascii)
	}
}

// describe fills the page beside the list: with metrics first what stands out in them.
func (b *Pane) describe(r view.BrokerRow, ascii bool) {
	if len(b.scene.State.Metrics) == 0 {
		describeBroker(&b.detail, b.scene, r)
		b.detail.Say()
		b.detail.Say(cell.Faint.Span(pane.NoMetrics(b.scene.State)))
		return
	}
	of := numbersFor{broker: r.ID, seq: b.seq, width: b.beside.W - 2, ascii: ascii, brief: true}
	b.detail.Say(describeStanding(r)...)
	var facts pane.Page
	describeBroker(&facts, b.scene, r)
	factsAnd(&b.detail, b.numbers.write(b.scene, b.board.Peers, of).Lines, facts.Lines[1:], r.State() != "ok")
}

// Draw implements Pane.
func (b *Pane) Draw(a cell.Area) {
	switch {
	case b.shown == nil:
		pane.DrawWaiting(a, b.scene)
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
		b.detail.Draw(a.In(d))
	}
}

// Status implements Pane.
func (b *Pane) Status() string {
	if b.shown == nil {
		return ""
	}
	if b.open != nil {
		return b.open.status()
	}
	s := pane.ListStatus(b.table, "broker")
	if b.table.Order() == b.table.Initial() {
		s += ", worst first"
	}
	return s
}

// Trail implements Pane.
func (b *Pane) Trail() []string {
	if b.open == nil {
		return nil
	}
	return []string{fmt.Sprintf("broker %d", b.open.id)}
}

// Bindings implements Pane.
func (b *Pane) Bindings() []pane.Binding {
	if b.open != nil {
		return b.open.bindings()
	}
	none := ""
	if b.table.Len() == 0 {
		none = "there is no broker to open"
	}
	id := table.ID{}
	if r, ok := b.table.Current(); ok {
		id = pane.BrokerID(r)
	}
	return append([]pane.Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail: its threads, request times and log dirs, its partitions", Label: "open", Group: pane.Going, Disabled: none,
			Do: func() []pane.Effect { return b.openBroker(id) }},
		{Keys: []string{"p"}, Help: "partitions with a replica on it", Label: "partitions", Group: pane.Going, Disabled: none,
			Do: func() []pane.Effect {
				return []pane.Effect{pane.Open{Pane: "partitions", Filter: fmt.Sprintf("broker:%d", id.N)}}
			}},
		{Keys: []string{"m"}, Help: "partitions that miss it", Label: "missing", Group: pane.Going, Disabled: none,
			Do: func() []pane.Effect {
				return []pane.Effect{pane.Open{Pane: "partitions", Filter: fmt.Sprintf("missing:%d", id.N)}}
			}},
	}, pane.ListBindings(b.table)...)
}

// OpenRow opens the detail of a broker.
func (b *Pane) OpenRow(id table.ID) { b.openBroker(id) }

func (b *Pane) openBroker(id table.ID) []pane.Effect {
	b.table.Seek(id)
	b.open = newBrokerDetail(id.N)
	return b.open.see(b.scene, b.rows, b.board.Peers)
}

// Back implements Pane.
func (b *Pane) Back() ([]pane.Effect, bool) {
	was := b.open != nil
	b.open = nil
	return nil, was
}

// Filter implements Pane.
func (b *Pane) Filter() string { return b.filter }

// SetFilter implements Pane.
func (b *Pane) SetFilter(s string) ([]pane.Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	if _, err := view.MatchRow(pane.PlainColumns(b.table), terms); err != nil {
		return nil, err
	}
	b.filter, b.terms, b.open = strings.TrimSpace(s), terms, nil
	if b.shown == nil {
		return nil, nil
	}
	return b.set(), nil
}

// SortColumns are the columns that SortBy takes.
func (b *Pane) SortColumns() []string { return pane.ColumnNames(b.table) }

// SortBy sorts the rows; no column is the pane's own order.
func (b *Pane) SortBy(column string, reverse bool) ([]pane.Effect, error) {
	return pane.SortBy(b.table, column, reverse)
}

// FilterWords are the fields that a filter may name.
func (b *Pane) FilterWords() []string { return pane.FieldWords(b.table) }

// Layout implements Pane.
func (b *Pane) Layout() pane.Layout { return pane.LayoutOf(b.table) }

// SetLayout implements Pane.
func (b *Pane) SetLayout(l pane.Layout) []pane.Effect {
	b.kept = l
	return pane.SetLayout(b.table, l)
}

// Print implements Pane.
func (b *Pane) Print(w io.Writer, ascii bool) error {
	b.board.Draws(ascii)
	return b.table.Print(w, ascii)
}

// Export implements Pane.
func (b *Pane) Export(format string) (func(io.Writer) error, error) {
	if b.shown == nil {
		return nil, pane.ErrNothingYet
	}
	if format == "csv" {
		columns := view.BrokerColumns()
		if b.table == b.metered {
			columns = view.MeteredBrokerColumns() // figures in full, and nothing that is only drawn
		}
		return pane.CSVOf(pane.AllRows(b.table), columns), nil
	}
	answer := view.BrokersAnswer(b.scene.State, pane.AllRows(b.table))
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(answer)
	}, nil
}
