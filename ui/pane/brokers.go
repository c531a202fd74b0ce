package pane

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
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
	rows    []view.BrokerRow
	changed []int32 // rows that stand otherwise than in the snapshot before
	table   *table.Table[view.BrokerRow]
	filter  string
	terms   view.Filter

	open   *brokerDetail
	detail page // beside the list
	list   layout.Rect
	bar    layout.Rect
	beside layout.Rect
}

// NewBrokers makes the pane.
func NewBrokers() *Brokers {
	b := &Brokers{}
	b.table = table.New(brokerColumns(func(id int32) string { return b.scene.silence(id) }), table.Order{Column: "id"})
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
	if snap != b.shown {
		before := b.rows
		b.shown, b.rows = snap, view.Brokers(snap)
		b.changed = changedBrokers(before, b.rows)
		effects = b.set()
	}
	if b.open != nil {
		effects = append(effects, b.open.see(s, b.rows)...)
	}
	return effects
}

func (b *Brokers) set() []Effect {
	match, err := view.MatchRow(plainColumns(b.table), b.terms)
	if err != nil { // SetFilter has tried it
		match = nil
	}
	rows := brokerRows(b.rows, &b.scene)
	rows.Changed = b.changed
	return work(b.table.Set(rows, match, false))
}

// changedBrokers returns, in order, the rows of brokers that stand otherwise than before, or are new.
func changedBrokers(before, now []view.BrokerRow) []int32 {
	was := make(map[int32]string, len(before))
	for _, r := range before {
		was[r.ID] = r.State()
	}
	var changed []int32
	for i, r := range now {
		if len(before) > 0 && was[r.ID] != r.State() {
			changed = append(changed, int32(i))
		}
	}
	return changed
}

// brokerRows gives a table brokers in order of their ids. Those that don't answer are stale: what is shown of them is
// what others say.
func brokerRows(rows []view.BrokerRow, now *Scene) table.Rows[view.BrokerRow] {
	return table.Rows[view.BrokerRow]{
		Len: len(rows),
		At:  func(i int) view.BrokerRow { return rows[i] },
		ID:  brokerID,
		Find: func(id table.ID) (int, bool) {
			return slices.BinarySearchFunc(rows, id.N, func(r view.BrokerRow, id int32) int { return int(r.ID) - int(id) })
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
	b.list, b.bar, b.beside = layout.ListDetail(body)
	b.table.Arrange(b.list.W, b.list.H, ascii)
	if !b.beside.Empty() {
		b.detail = page{}
		if r, ok := b.table.Current(); ok {
			describeBroker(&b.detail, b.scene, r)
		}
		b.detail.arrange(b.beside.W-2, b.beside.H, ascii)
	}
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
		return listStatus(b.open.table, "partition")
	}
	return listStatus(b.table, "broker")
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
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail: log dirs, what it says of itself, its partitions", Label: "open", Group: Going, Disabled: none,
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
	return b.open.see(b.scene, b.rows)
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
func (b *Brokers) SetLayout(l Layout) []Effect { return setLayout(b.table, l) }

// Print implements Pane.
func (b *Brokers) Print(w io.Writer, ascii bool) error { return b.table.Print(w, ascii) }

// Export implements Pane.
func (b *Brokers) Export(format string) (func(io.Writer) error, error) {
	if b.shown == nil {
		return nil, errNothingYet
	}
	if format == "csv" {
		return exportCSV(b.table), nil
	}
	answer := view.BrokersAnswer(b.shown, allRows(b.table))
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(answer)
	}, nil
}
