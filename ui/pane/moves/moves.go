// Package moves is the console's pane of reassignments in flight. It changes nothing. Start reading at Pane.
package moves

import (
	"errors"
	"io"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane lists the reassignments in flight, as far as a snapshot tells.
type Pane struct {
	scene  pane.Scene
	shown  *state.Snapshot
	same   bool
	table  *table.Table[state.Partition]
	filter string
	terms  view.Filter
}

// NewMoves makes the pane.
func New() *Pane {
	return &Pane{table: table.New(pane.DressPartitions(view.MoveColumns()), table.Order{Column: "copied"})}
}

// Name implements Pane.
func (m *Pane) Name() string { return "moves" }

// Title implements Pane.
func (m *Pane) Title() string { return "Moves" }

// See implements Pane.
func (m *Pane) See(s pane.Scene) []pane.Effect {
	m.scene = s
	snap := s.Snapshot()
	if snap == nil || snap == m.shown && m.same {
		return nil
	}
	return m.set(snap)
}

func (m *Pane) set(snap *state.Snapshot) []pane.Effect {
	match, err := view.MatchPartitions(snap, m.terms, m.scene.TenantRules())
	if err != nil { // SetFilter has tried it
		match = pane.NoPartition
	}
	m.shown, m.same = snap, true
	return pane.Background(m.table.Set(pane.PartitionRows(snap, &m.scene), func(p state.Partition) bool { return p.Moving() && match(p) }, false))
}

// Arrange implements Pane.
func (m *Pane) Arrange(width, height int, ascii bool) { m.table.Arrange(width, height, ascii) }

// Draw implements Pane.
func (m *Pane) Draw(a cell.Area) {
	if m.shown == nil {
		pane.DrawWaiting(a, m.scene)
		return
	}
	empty := "nothing is being reassigned; kdeck plan and kdeck apply move partitions"
	switch {
	case !m.shown.Moves.Known:
		empty = format.Unknown + " whether anything is being reassigned: " + m.shown.Moves.Why
	case m.filter != "":
		empty = "no move passes the filter " + m.filter + " (esc clears it)"
	}
	m.table.Draw(a, true, empty)
}

// Status implements Pane.
func (m *Pane) Status() string {
	if m.shown == nil {
		return ""
	}
	return format.Count(m.table.Len(), "move") + " in flight"
}

// Trail implements Pane.
func (m *Pane) Trail() []string { return nil }

// Bindings implements Pane.
func (m *Pane) Bindings() []pane.Binding {
	none := ""
	r, ok := m.table.Current()
	if !ok {
		none = "there is no move to open"
	}
	return append([]pane.Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "the partition", Label: "open", Group: pane.Going, Disabled: none,
			Do: func() []pane.Effect {
				id := pane.PartitionID(r)
				return []pane.Effect{pane.Open{Pane: "partitions", Filter: "is:moving", Row: &id}}
			}},
	}, pane.ListBindings(m.table)...)
}

// Back implements Pane.
func (m *Pane) Back() ([]pane.Effect, bool) { return nil, false }

// Filter implements Pane.
func (m *Pane) Filter() string { return m.filter }

// SetFilter implements Pane.
func (m *Pane) SetFilter(s string) ([]pane.Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	snap := m.scene.Snapshot()
	if snap == nil {
		snap = state.NewBuilder("", m.scene.Now, 0, 0).Done()
	}
	if _, err := view.MatchPartitions(snap, terms, m.scene.TenantRules()); err != nil {
		return nil, err
	}
	m.filter, m.terms, m.same = strings.TrimSpace(s), terms, false
	if m.scene.Snapshot() == nil {
		return nil, nil
	}
	return m.set(snap), nil
}

// SortColumns are the columns that SortBy takes.
func (m *Pane) SortColumns() []string { return pane.ColumnNames(m.table) }

// SortBy sorts the rows; no column is the pane's own order.
func (m *Pane) SortBy(column string, reverse bool) ([]pane.Effect, error) {
	return pane.SortBy(m.table, column, reverse)
}

// FilterWords are the words and fields that a filter may name.
func (m *Pane) FilterWords() []string { return pane.PartitionWords(m.table) }

// Layout implements Pane.
func (m *Pane) Layout() pane.Layout { return pane.LayoutOf(m.table) }

// SetLayout implements Pane.
func (m *Pane) SetLayout(l pane.Layout) []pane.Effect { return pane.SetLayout(m.table, l) }

// Print implements Pane.
func (m *Pane) Print(w io.Writer, ascii bool) error { return m.table.Print(w, ascii) }

// Export implements Pane.
func (m *Pane) Export(format string) (func(io.Writer) error, error) {
	if m.shown == nil {
		return nil, pane.ErrNothingYet
	}
	if format == "csv" {
		return pane.ExportCSV(m.table), nil
	}
	if m.table.Len() == 0 {
		return nil, errors.New("nothing is being reassigned")
	}
	snap, rows := m.shown, pane.AllRows(m.table)
	return func(w io.Writer) error { return view.WritePartitions(w, snap, rows) }, nil
}
