// Package partitions is the console's pane of partitions: flat or grouped, with the detail of one. Start reading at Pane.
package partitions

import (
	"io"
	"strings"

	"kdeck/ui/pane"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// Pane shows partitions, the worst first: flat, or gathered by topic or by the broker that is missing. The
// detail of the one under the cursor stands beside them where there is room, and fills the pane on enter.
type Pane struct {
	scene  pane.Scene
	shown  *state.Snapshot // that the table was given last
	table  *table.Table[state.Partition]
	filter string
	terms  view.Filter
	same   bool // the filter is that of the table
	groups *groups

	entered *pane.Entered // the group whose partitions are shown
	open    bool          // the detail fills the pane
	openID  table.ID
	detail  pane.Page
	bar     layout.Rect
	beside  layout.Rect
	list    layout.Rect
}

// NewPartitions makes the pane.
func New() *Pane {
	p := &Pane{table: table.New(pane.PartitionColumns(), table.Order{Column: "state"})}
	p.groups = newGroups()
	return p
}

// Name implements Pane.
func (p *Pane) Name() string { return "partitions" }

// Title implements Pane.
func (p *Pane) Title() string { return "Partitions" }

// See implements Pane.
func (p *Pane) See(s pane.Scene) []pane.Effect {
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
func (p *Pane) set(snap *state.Snapshot) []pane.Effect {
	match, err := view.MatchPartitions(snap, p.terms, p.scene.TenantRules())
	if err != nil { // SetFilter has tried it, but maybe before the rules of tenants were known
		match = pane.NoPartition
	}
	rows := pane.PartitionRows(snap, &p.scene)
	old, same := p.shown, p.same && !strings.Contains(p.filter, "size")
	if h := p.scene.History; h != nil {
		rows.Changed, _ = h.Changed(old, snap)
	}
	p.shown, p.same = snap, true
	return append(p.groups.set(snap, match, p.scene.TenantRules()), pane.Background(p.table.Set(rows, match, same))...)
}

// Arrange implements Pane.
func (p *Pane) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	if p.open {
		p.list, p.bar, p.beside = layout.Rect{}, layout.Rect{}, body
		p.describe(p.openID)
		p.detail.Arrange(width-2, height, ascii)
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
		p.detail = pane.Page{}
		if r, ok := p.table.Current(); ok {
			p.describe(pane.PartitionID(r))
			p.detail.Arrange(p.beside.W-2, height, ascii)
		}
	}
}

// describe fills the detail for a partition, keeping the place in it.
func (p *Pane) describe(id table.ID) {
	top := p.detail.Top
	p.detail = pane.Page{Top: top}
	describePartition(&p.detail, p.scene, id)
}

// Draw implements Pane.
func (p *Pane) Draw(a cell.Area) {
	if p.shown == nil {
		pane.DrawWaiting(a, p.scene)
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
		p.detail.Draw(a.In(in))
	}
}

func (p *Pane) reason() string {
	if p.filter != "" {
		return "passes the filter " + p.filter + " (esc clears it)"
	}
	return "in this cluster"
}

// Status implements Pane.
func (p *Pane) Status() string {
	if p.shown == nil {
		return ""
	}
	if p.groups.by != "" {
		return p.groups.status()
	}
	return pane.ListStatus(p.table, "partition")
}

// Trail implements Pane.
func (p *Pane) Trail() []string {
	if p.open {
		return []string{pane.PartitionName(p.openID)}
	}
	return nil
}

// Back implements Pane.
func (p *Pane) Back() ([]pane.Effect, bool) {
	if p.open {
		p.table.Seek(p.openID) // it may not have been there yet when it was opened
		p.open, p.detail = false, pane.Page{}
		return nil, true
	}
	if way := p.entered; way != nil && p.filter == way.With {
		p.entered = nil
		effects, err := p.SetFilter(way.Before)
		if err != nil {
			return []pane.Effect{pane.Say{Text: err.Error(), Bad: true}}, true
		}
		return append(effects, p.groups.setBy(way.By)...), true
	}
	return nil, false
}

// Filter implements Pane.
func (p *Pane) Filter() string { return p.filter }

// SetFilter implements Pane.
func (p *Pane) SetFilter(s string) ([]pane.Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	snap := p.scene.Snapshot()
	if snap == nil {
		snap = state.NewBuilder("", p.scene.Now, 0, 0).Done()
	}
	if _, err := view.MatchPartitions(snap, terms, p.scene.TenantRules()); err != nil {
		return nil, err
	}
	p.filter, p.terms, p.same, p.open = strings.TrimSpace(s), terms, false, false
	if p.scene.Snapshot() == nil {
		return nil, nil
	}
	return p.set(snap), nil
}

// Layout implements Pane.
func (p *Pane) Layout() pane.Layout {
	l := pane.LayoutOf(p.table)
	l.Group = p.groups.by
	return l
}

// SetLayout implements Pane.
func (p *Pane) SetLayout(l pane.Layout) []pane.Effect {
	return append(p.groups.setBy(l.Group), pane.SetLayout(p.table, l)...)
}

// Print implements Pane.
func (p *Pane) Print(w io.Writer, ascii bool) error {
	if p.groups.by != "" {
		return p.groups.table.Print(w, ascii)
	}
	return p.table.Print(w, ascii)
}

// Export implements Pane.
func (p *Pane) Export(format string) (func(io.Writer) error, error) {
	snap := p.shown
	if snap == nil {
		return nil, pane.ErrNothingYet
	}
	if format == "csv" {
		return pane.ExportCSV(p.table), nil
	}
	rows := pane.AllRows(p.table)
	return func(w io.Writer) error { return view.WritePartitions(w, snap, rows) }, nil
}
