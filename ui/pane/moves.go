package pane

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

// Moves lists the reassignments in flight, as far as a snapshot tells.
type Moves struct {
	scene  Scene
	shown  *state.Snapshot
	same   bool
	table  *table.Table[state.Partition]
	filter string
	terms  view.Filter
}

// NewMoves makes the pane.
func NewMoves() *Moves {
	return &Moves{table: table.New(moveColumns(), table.Order{Column: "copied"})}
}

// moveColumns are those of partitions that matter for a move, and how much of it is copied.
func moveColumns() []partitionColumn {
	var columns []partitionColumn
	for _, c := range partitionColumns() {
		switch c.Name {
		case "topic", "partition", "state", "leader", "isr", "replicas", "move", "size_bytes":
			columns = append(columns, c)
		}
	}
	return append(columns, partitionColumn{Volatile: true, Column: view.Column[state.Partition]{
		Head: "COPIED", Name: "copied", Help: "bytes that the replicas being added hold, of the leader's", Right: true,
		Cell: func(p state.Partition) string {
			done, known := copied(p)
			if !known {
				return view.Unknown
			}
			return fmt.Sprintf("%d%%", done)
		},
		Compare: func(a, b state.Partition) int {
			x, _ := copied(a)
			y, _ := copied(b)
			return cmp.Compare(x, y)
		},
	}})
}

// copied is how much of what a move adds is there, in percent of the leader's size; unknown where a size is.
func copied(p state.Partition) (percent int64, known bool) {
	whole, known := p.Size()
	if !known || whole == 0 {
		return 0, false
	}
	var have, want int64
	for r := range p.Replicas() {
		if !r.Adding {
			continue
		}
		if r.Size < 0 {
			return 0, false
		}
		have, want = have+min(r.Size, whole), want+whole
	}
	if want == 0 {
		return 100, true
	}
	return have * 100 / want, true
}

// Name implements Pane.
func (m *Moves) Name() string { return "moves" }

// Title implements Pane.
func (m *Moves) Title() string { return "Moves" }

// See implements Pane.
func (m *Moves) See(s Scene) []Effect {
	m.scene = s
	snap := s.snapshot()
	if snap == nil || snap == m.shown && m.same {
		return nil
	}
	return m.set(snap)
}

func (m *Moves) set(snap *state.Snapshot) []Effect {
	match, err := view.MatchPartitions(snap, m.terms, m.scene.tenantRules())
	if err != nil { // SetFilter has tried it
		match = noPartition
	}
	m.shown, m.same = snap, true
	return work(m.table.Set(partitionRows(snap, &m.scene), func(p state.Partition) bool { return p.Moving() && match(p) }, false))
}

// Arrange implements Pane.
func (m *Moves) Arrange(width, height int, ascii bool) { m.table.Arrange(width, height, ascii) }

// Draw implements Pane.
func (m *Moves) Draw(a cell.Area) {
	if m.shown == nil {
		drawWaiting(a, m.scene)
		return
	}
	empty := "nothing is being reassigned; kdeck plan and kdeck apply move partitions"
	switch {
	case !m.shown.Moves.Known:
		empty = view.Unknown + " whether anything is being reassigned: " + m.shown.Moves.Why
	case m.filter != "":
		empty = "no move passes the filter " + m.filter + " (esc clears it)"
	}
	m.table.Draw(a, true, empty)
}

// Status implements Pane.
func (m *Moves) Status() string {
	if m.shown == nil {
		return ""
	}
	return count(m.table.Len(), "move") + " in flight"
}

// Trail implements Pane.
func (m *Moves) Trail() []string { return nil }

// Bindings implements Pane.
func (m *Moves) Bindings() []Binding {
	none := ""
	r, ok := m.table.Current()
	if !ok {
		none = "there is no move to open"
	}
	return append([]Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "the partition", Label: "open", Group: Going, Disabled: none,
			Do: func() []Effect {
				id := partitionID(r)
				return []Effect{Open{Pane: "partitions", Filter: "is:moving", Row: &id}}
			}},
	}, listBindings(m.table)...)
}

// Back implements Pane.
func (m *Moves) Back() ([]Effect, bool) { return nil, false }

// Filter implements Pane.
func (m *Moves) Filter() string { return m.filter }

// SetFilter implements Pane.
func (m *Moves) SetFilter(s string) ([]Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	snap := m.scene.snapshot()
	if snap == nil {
		snap = state.NewBuilder("", m.scene.Now, 0, 0).Done()
	}
	if _, err := view.MatchPartitions(snap, terms, m.scene.tenantRules()); err != nil {
		return nil, err
	}
	m.filter, m.terms, m.same = strings.TrimSpace(s), terms, false
	if m.scene.snapshot() == nil {
		return nil, nil
	}
	return m.set(snap), nil
}

// SortColumns are the columns that SortBy takes.
func (m *Moves) SortColumns() []string { return columnNames(m.table) }

// SortBy sorts the rows; no column is the pane's own order.
func (m *Moves) SortBy(column string, reverse bool) ([]Effect, error) {
	return sortBy(m.table, column, reverse)
}

// FilterWords are the words and fields that a filter may name.
func (m *Moves) FilterWords() []string { return partitionWords(m.table) }

// Layout implements Pane.
func (m *Moves) Layout() Layout { return layoutOf(m.table) }

// SetLayout implements Pane.
func (m *Moves) SetLayout(l Layout) []Effect { return setLayout(m.table, l) }

// Print implements Pane.
func (m *Moves) Print(w io.Writer, ascii bool) error { return m.table.Print(w, ascii) }

// Export implements Pane.
func (m *Moves) Export(format string) (func(io.Writer) error, error) {
	if m.shown == nil {
		return nil, errNothingYet
	}
	if format == "csv" {
		return exportCSV(m.table), nil
	}
	if m.table.Len() == 0 {
		return nil, errors.New("nothing is being reassigned")
	}
	snap, rows := m.shown, allRows(m.table)
	return func(w io.Writer) error { return view.WritePartitions(w, snap, rows) }, nil
}
