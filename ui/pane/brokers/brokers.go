// Package brokers is the console's pane of brokers: a row for each, and the detail of one: what others and it itself say
// of it, its metrics, its partitions. It judges nothing: package health does. Start reading at Pane.
package brokers

import (
	"fmt"
	"io"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane shows the brokers; the detail of one is what it says of itself, its log dirs, and its partitions.
type Pane struct {
	*pane.List[view.BrokerRow]
	rows    []view.BrokerRow // in order of id
	changed map[int32]bool   // the brokers whose state is another than in the snapshot before
	shown   *state.Snapshot  // that rows are of
	peers   *health.Peers
	metered bool // the columns of metrics are shown
	cells   pane.BrokerCells
	layout  pane.Layout // as it was set last

	figures figuresPage
}

// New makes the pane.
func New() *Pane {
	b := &Pane{cells: pane.BrokerCells{HistoryWidth: 14}}
	b.List = pane.NewList(pane.Spec[view.BrokerRow]{
		Name: "brokers", Title: "Brokers", Row: "broker", Verb: "brokers",
		Columns: pane.BrokerColumns(b.silentFor),
		Rows:    b.tableRows,
		Names:   view.BrokerNames,
		Version: func(s pane.Scene) any { return s.State.Seq },
		Keys:    b.keys, Describe: b.describe,
		RowName: func(id table.ID) string { return fmt.Sprintf("broker %d", id.N) },
		Inside:  func(id table.ID) pane.Inside { return newBrokerDetail(b, id.N) },
		CSV: func() []view.Column[view.BrokerRow] {
			if b.metered {
				return view.MeteredBrokerColumns() // figures in full, and nothing that is only drawn
			}
			return view.BrokerColumns()
		},
		JSON: func(s pane.Scene, rows []view.BrokerRow) (func(io.Writer) error, error) {
			return pane.JSON(view.BrokersAnswer(s.State, rows)), nil
		},
		Document: pane.BrokerDocument,
	})
	return b
}

func (b *Pane) silentFor(id int32) string { return b.Scene.SilentFor(id) }

// tableRows makes the rows of a scene, the worst first.
func (b *Pane) tableRows(s *pane.Scene) table.Rows[view.BrokerRow] {
	b.peers = health.PeersOf(s.State)
	b.cells.Reset(s, b.peers)
	if snap := s.Snapshot(); snap != b.shown {
		before := b.rows
		b.shown, b.rows = snap, view.Brokers(s.State)
		b.changed = changedBrokers(before, b.rows)
	}
	sorted := worstFirst(*s, b.peers, b.rows)
	rows := pane.BrokerRows(sorted, s)
	for i := range sorted {
		if b.changed[sorted[i].ID] {
			rows.Changed = append(rows.Changed, int32(i))
		}
	}
	if metered := len(s.State.Metrics) > 0; metered != b.metered {
		b.metered = metered
		b.chooseColumns()
	}
	return rows
}

// chooseColumns shows the columns of metrics while there are metrics.
func (b *Pane) chooseColumns() {
	if !b.metered {
		b.Table.SetColumns(pane.BrokerColumns(b.silentFor))
		return
	}
	b.Table.SetColumns(pane.MeteredBrokerColumns(b.silentFor, &b.cells))
	if b.layout.Sort != "" && b.Table.SortedBy() == "" {
		b.Table.Sort(table.Order{Column: b.layout.Sort, Reverse: b.layout.Reverse})
	}
}

// changedBrokers returns the brokers whose state is another than before, and those that are new.
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

// Arrange implements [pane.Screen].
func (b *Pane) Arrange(width, height int, ascii bool) {
	b.cells.SetASCII(ascii)
	b.List.Arrange(width, height, ascii)
}

// describe writes what stands beside the list.
func (b *Pane) describe(to *pane.Page, s pane.Scene, of pane.Detail) {
	r, _ := b.Table.Current()
	to.Say(titleOf(r)...)
	if len(s.State.Metrics) == 0 {
		describeBroker(to, s, r)
		to.Say()
		to.Say(cell.Faint.Span(pane.NoMetrics(s.State)))
		return
	}
	var facts pane.Page
	describeBroker(&facts, s, r)
	figures := b.figures.of(s, b.peers, figuresKey{broker: r.ID, seq: s.State.Seq, width: of.Width, ascii: of.ASCII, brief: true})
	appendBoth(to, figures, &facts, r.State() != "ok")
}

// Status implements [pane.Screen].
func (b *Pane) Status() string {
	s := b.List.Status()
	if _, open := b.Opened(); !open && b.Ready() && b.Table.SortedBy() == "" {
		s += ", worst first"
	}
	if _, open := b.Opened(); !open && b.Ready() && b.metered {
		s += "; " + view.IdleShares
	}
	return s
}

func (b *Pane) keys() []pane.Binding {
	id, none := int32(0), "there is no broker to open"
	if r, ok := b.Table.Current(); ok {
		id, none = r.ID, ""
	}
	return []pane.Binding{
		{Keys: []string{"p"}, Help: "partitions with a replica on it", Label: "partitions", Group: pane.Going, Disabled: none, Do: openPartitions("broker", id)},
		{Keys: []string{"m"}, Help: "partitions that miss it", Label: "missing", Group: pane.Going, Disabled: none, Do: openPartitions("missing", id)},
		askMachine(id, none),
	}
}

// askMachine returns the key that asks a broker's own machine what keeps the broker waiting. It is asked on this key alone.
func askMachine(broker int32, none string) pane.Binding {
	return pane.Binding{Keys: []string{"i"}, Help: "ask its machine what its threads wait for (kdeck host)", Group: pane.Going, Disabled: none,
		Do: func() []pane.Effect { return []pane.Effect{pane.Run{Line: fmt.Sprintf("host --ask %d", broker)}} }}
}

// openPartitions returns what shows the partitions that have a broker in that field.
func openPartitions(field string, broker int32) func() []pane.Effect {
	return func() []pane.Effect {
		return []pane.Effect{pane.Open{Pane: "partitions", Filter: fmt.Sprintf("%s:%d", field, broker)}}
	}
}

// Legends implements [pane.Rows].
func (b *Pane) Legends() []pane.Legend {
	all := b.List.Legends()
	if !b.Ready() { // whether there are metrics isn't known
		all[len(all)-1].Columns = table.Explain(pane.MeteredBrokerColumns(b.silentFor, &b.cells))
	}
	return all
}

// SetLayout implements [pane.Rows].
func (b *Pane) SetLayout(l pane.Layout) []pane.Effect {
	b.layout = l
	return b.List.SetLayout(l)
}

// Print implements [pane.Screen].
func (b *Pane) Print(w io.Writer, ascii bool) error {
	b.cells.SetASCII(ascii)
	return b.List.Print(w, ascii)
}
