package pane

import (
	"io"
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

	entered *entered // the group whose partitions are shown
	open    bool     // the detail fills the pane
	openID  table.ID
	detail  page
	bar     layout.Rect
	beside  layout.Rect
	list    layout.Rect
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
		return nil
	}
	if snap == p.shown && p.same {
		return nil
	}
	return p.set(snap)
}

// set gives the table the rows of a snapshot that pass the filter.
func (p *Partitions) set(snap *state.Snapshot) []Effect {
	match, err := view.MatchPartitions(snap, p.terms, p.scene.tenantRules())
	if err != nil { // SetFilter has tried it, but maybe before the rules of tenants were known
		match = noPartition
	}
	rows := partitionRows(snap, &p.scene)
	old, same := p.shown, p.same && !strings.Contains(p.filter, "size")
	if h := p.scene.History; h != nil {
		rows.Changed, _ = h.Changed(old, snap)
	}
	p.shown, p.same = snap, true
	return append(p.groups.set(snap, match, p.scene.tenantRules()), work(p.table.Set(rows, match, same))...)
}

// partitionRows gives a table the partitions of a snapshot. They are stale while the scene's State says that no newer
// one could be had.
func partitionRows(snap *state.Snapshot, now *Scene) table.Rows[state.Partition] {
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
		Style: func(state.Partition) cell.Style { return now.flags() },
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
	if p.groups.by != "" {
		p.list, p.bar, p.beside = body, layout.Rect{}, layout.Rect{}
		p.groups.table.Arrange(width, height, ascii)
		return
	}
	p.list, p.bar, p.beside = layout.ListDetail(body)
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
	if p.shown == nil {
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

// Back implements Pane.
func (p *Partitions) Back() ([]Effect, bool) {
	if p.open {
		p.table.Seek(p.openID) // it may not have been there yet when it was opened
		p.open, p.detail = false, page{}
		return nil, true
	}
	if way := p.entered; way != nil && p.filter == way.with {
		p.entered = nil
		effects, err := p.SetFilter(way.before)
		if err != nil {
			return []Effect{Say{err.Error(), true}}, true
		}
		return append(effects, p.groups.setBy(way.by)...), true
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
	if _, err := view.MatchPartitions(snap, terms, p.scene.tenantRules()); err != nil {
		return nil, err
	}
	p.filter, p.terms, p.same, p.open = strings.TrimSpace(s), terms, false, false
	if p.scene.snapshot() == nil {
		return nil, nil
	}
	return p.set(snap), nil
}

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
