package pane

import (
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

// Partitions shows partitions, the worst first: flat, or gathered by topic or by the broker that is missing. The
// detail of the one under the cursor stands beside them where there is room, and fills the pane on enter.
type Partitions struct {
	scene  Scene
	shown  *state.Snapshot // that the table was given last
	table  *table.Table[state.Partition]
	filter string
	terms  view.Filter
	same   bool // the filter is that of the table
	groups *groups

	open    bool // the detail fills the pane
	openID  table.ID
	detail  page
	bar     layout.Rect
	beside  layout.Rect
	list    layout.Rect
	waiting string
}

// NewPartitions makes the pane.
func NewPartitions() *Partitions {
	p := &Partitions{table: table.New(partitionColumns(), table.Order{Column: "state"})}
	p.groups = newGroups()
	return p
}

// Name implements Pane.
func (p *Partitions) Name() string { return "partitions" }

// Title implements Pane.
func (p *Partitions) Title() string { return "Partitions" }

// See implements Pane.
func (p *Partitions) See(s Scene) []Effect {
	p.scene = s
	snap := s.State.Snapshot
	if snap == nil {
		p.waiting = s.State.Waiting
		return nil
	}
	p.waiting = ""
	if snap == p.shown && p.same {
		return nil
	}
	return p.set(snap)
}

// set gives the table the rows of a snapshot that pass the filter.
func (p *Partitions) set(snap *state.Snapshot) []Effect {
	match, err := view.MatchPartitions(snap, p.terms)
	if err != nil { // SetFilter has tried it
		match = nil
	}
	rows := partitionRows(snap, p.scene.State)
	old, same := p.shown, p.same && !strings.Contains(p.filter, "size")
	if h := p.scene.History; h != nil {
		rows.Changed, _ = h.Changed(old, snap)
	}
	p.shown, p.same = snap, true
	return append(p.groups.set(snap, match), work(p.table.Set(rows, match, same))...)
}

func partitionRows(snap *state.Snapshot, st *state.State) table.Rows[state.Partition] {
	flags := cell.Plain
	if st.Failed != "" {
		flags = cell.Stale
	}
	return table.Rows[state.Partition]{
		Len: snap.NumPartitions(),
		At:  snap.Partition,
		ID:  partitionID,
		Find: func(id table.ID) (int, bool) {
			p, ok := snap.FindPartition(id.Name, id.N)
			if !ok {
				return 0, false
			}
			return p.Index(), true
		},
		Style: func(state.Partition) cell.Style { return flags },
	}
}

func partitionID(p state.Partition) table.ID { return table.ID{Name: p.Topic().Name(), N: p.ID()} }

// Arrange implements Pane.
func (p *Partitions) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	if p.open {
		p.list, p.bar, p.beside = layout.Rect{}, layout.Rect{}, body
		p.describe(p.openID)
		p.detail.arrange(width-2, height, ascii)
		return
	}
	p.list, p.bar, p.beside = layout.ListDetail(body)
	if p.groups.by != "" {
		p.groups.table.Arrange(p.list.W, p.list.H, ascii)
		p.detail = page{}
		return
	}
	p.table.Arrange(p.list.W, p.list.H, ascii)
	if !p.beside.Empty() {
		p.detail = page{}
		if r, ok := p.table.Current(); ok {
			p.describe(partitionID(r))
			p.detail.arrange(p.beside.W-2, height, ascii)
		}
	}
}

// describe fills the detail for a partition, keeping the place in it.
func (p *Partitions) describe(id table.ID) {
	top := p.detail.top
	p.detail = page{top: top}
	describePartition(&p.detail, p.scene, id)
}

// Draw implements Pane.
func (p *Partitions) Draw(a cell.Area) {
	if p.waiting != "" || p.shown == nil {
		drawWaiting(a, p.scene)
		return
	}
	if !p.list.Empty() {
		if p.groups.by != "" {
			p.groups.table.Draw(a.In(p.list), true, "no partition "+p.reason())
		} else {
			p.table.Draw(a.In(p.list), true, "no partition "+p.reason())
		}
	}
	a.In(p.bar).Bar(cell.Frame)
	if !p.beside.Empty() {
		in := p.beside
		in.X, in.W = in.X+1, in.W-2
		p.detail.draw(a.In(in))
	}
}

func (p *Partitions) reason() string {
	if p.filter != "" {
		return "passes the filter " + p.filter + " (esc clears it)"
	}
	return "in this cluster"
}

// Status implements Pane.
func (p *Partitions) Status() string {
	if p.shown == nil {
		return ""
	}
	if p.groups.by != "" {
		return p.groups.status()
	}
	return listStatus(p.table, "partition")
}

// Trail implements Pane.
func (p *Partitions) Trail() []string {
	if p.open {
		return []string{partitionName(p.openID)}
	}
	return nil
}

func partitionName(id table.ID) string { return id.Name + "-" + view.IDs([]int32{id.N}) }

// Bindings implements Pane.
func (p *Partitions) Bindings() []Binding {
	if p.open {
		return append(p.detail.bindings(),
			Binding{Keys: []string{"c"}, Help: "copy what is shown", Group: Rows, Do: func() []Effect {
				return []Effect{Copy{p.detail.text(), "the detail"}}
			}})
	}
	group := Binding{Keys: []string{"b"}, Help: "gather by topic, by missing broker, or not", Group: Rows, Label: "group", Do: func() []Effect {
		return p.groups.next()
	}}
	if p.groups.by != "" {
		return append(p.groups.bindings(p.enterGroup), group)
	}
	none := ""
	if p.table.Len() == 0 {
		none = "there is no partition to open"
	}
	return append([]Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail", Group: Going, Label: "open", Disabled: none, Do: p.enter},
		{Keys: []string{"!"}, Help: "only what is not ok, or everything", Group: Rows, Label: "bad only", Do: p.onlyBad},
		group,
	}, listBindings(p.table)...)
}

func (p *Partitions) enter() []Effect {
	if r, ok := p.table.Current(); ok {
		p.OpenRow(partitionID(r))
	}
	return nil
}

// OpenRow opens the detail of a partition.
func (p *Partitions) OpenRow(id table.ID) {
	p.groups.by = ""
	p.table.Seek(id)
	p.open, p.openID, p.detail = true, id, page{}
}

func (p *Partitions) enterGroup(filter string) []Effect {
	p.groups.by = ""
	if p.filter != "" {
		filter = p.filter + " " + filter
	}
	effects, err := p.SetFilter(filter)
	if err != nil {
		return []Effect{Say{err.Error(), true}}
	}
	return effects
}

// onlyBad puts !is:ok into the filter, or takes it out.
func (p *Partitions) onlyBad() []Effect {
	words := strings.Fields(p.filter)
	if i := slices.Index(words, "!is:ok"); i >= 0 {
		words = slices.Delete(words, i, i+1)
	} else {
		words = append(words, "!is:ok")
	}
	effects, err := p.SetFilter(strings.Join(words, " "))
	if err != nil {
		return []Effect{Say{err.Error(), true}}
	}
	return effects
}

// Back implements Pane.
func (p *Partitions) Back() ([]Effect, bool) {
	if p.open {
		p.open, p.detail = false, page{}
		return nil, true
	}
	return nil, false
}

// Filter implements Pane.
func (p *Partitions) Filter() string { return p.filter }

// SetFilter implements Pane.
func (p *Partitions) SetFilter(s string) ([]Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	snap := p.scene.snapshot()
	if snap == nil {
		snap = state.NewBuilder("", p.scene.Now, 0, 0).Done()
	}
	if _, err := view.MatchPartitions(snap, terms); err != nil {
		return nil, err
	}
	p.filter, p.terms, p.same, p.open = strings.TrimSpace(s), terms, false, false
	if p.scene.snapshot() == nil {
		return nil, nil
	}
	return p.set(snap), nil
}

// SortColumns are the columns that SortBy takes.
func (p *Partitions) SortColumns() []string {
	if p.groups.by != "" {
		return columnNames(p.groups.table)
	}
	return columnNames(p.table)
}

// SortBy sorts the rows; no column is the pane's own order.
func (p *Partitions) SortBy(column string, reverse bool) ([]Effect, error) {
	if p.groups.by != "" {
		return sortBy(p.groups.table, column, reverse)
	}
	return sortBy(p.table, column, reverse)
}

// GroupBy gathers partitions by topic or by missing broker; "none" is flat.
func (p *Partitions) GroupBy(by string) ([]Effect, error) {
	if by != byTopic && by != byMissing && by != "none" {
		return nil, fmt.Errorf("partitions can't be gathered by %q: there are topic, missing and none", by)
	}
	p.open = false
	return p.groups.setBy(by), nil
}

// FilterWords are the words and fields that a filter may name.
func (p *Partitions) FilterWords() []string { return partitionWords(p.table) }

// Layout implements Pane.
func (p *Partitions) Layout() Layout {
	l := layoutOf(p.table)
	l.Group = p.groups.by
	return l
}

// SetLayout implements Pane.
func (p *Partitions) SetLayout(l Layout) []Effect {
	return append(p.groups.setBy(l.Group), setLayout(p.table, l)...)
}

// Print implements Pane.
func (p *Partitions) Print(w io.Writer, ascii bool) error {
	if p.groups.by != "" {
		return p.groups.table.Print(w, ascii)
	}
	return p.table.Print(w, ascii)
}

// Export implements Pane.
func (p *Partitions) Export(format string) (func(io.Writer) error, error) {
	snap := p.shown
	if snap == nil {
		return nil, errNothingYet
	}
	if format == "csv" {
		return exportCSV(p.table), nil
	}
	rows := allRows(p.table)
	return func(w io.Writer) error { return view.WritePartitions(w, snap, rows) }, nil
}
