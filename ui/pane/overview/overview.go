// Package overview is the console's first screen: the verdict, the findings and the rows they lead to, the brokers, the
// clients that use most, and the latest changes. It judges nothing: package health does. Start reading at Pane.
package overview

import (
	"encoding/json"
	"io"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"strings"
	"time"

	"kdeck/ui/pane"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// How far back the Overview looks.
const (
	newFor      = time.Minute
	changesBack = 15 * time.Minute
)

// Pane is the first screen: the verdict, the findings that lead to the rows they are about, the brokers by rack,
// and what changed in the last minutes.
type Pane struct {
	scene   pane.Scene
	seq     uint64
	table   *table.Table[finding]
	seen    map[table.ID]time.Time // when a finding was first there
	changes []history.Change
	matrix  matrix
	brokers *table.Table[view.BrokerRow] // in place of the matrix where there is room: one of the two
	bare    *table.Table[view.BrokerRow] // without metrics
	metered *table.Table[view.BrokerRow] // with them
	roomy   bool
	focused bool // the keys go to the brokers, not to the findings
	board   pane.BrokerBoard
	trends  []trend
	drawn   trendsFor // what trends are made for
	tenants []tenant.Total
	adding  bool // tenants are being added up off the update loop
	parts   layout.Overview
	detail  pane.Page
	open    bool
	filter  string
	terms   view.Filter
}

// NewOverview makes the pane.
func New() *Pane {
	o := &Pane{table: table.New(findingColumns(), table.Order{Column: "severity"}), seen: map[table.ID]time.Time{}}
	o.board.Lately = 12
	o.board.Reset(&o.scene, &health.Peers{})
	o.bare = table.New(pane.BrokerColumns(o.silent), table.Order{Column: "id"})
	o.metered = table.New(pane.OverviewColumns(pane.MeteredColumns(o.silent, &o.board)), table.Order{Column: "id"})
	o.brokers = o.bare
	return o
}

func (o *Pane) silent(id int32) string { return o.scene.Silence(id) }

// Name implements Pane.
func (o *Pane) Name() string { return "overview" }

// Title implements Pane.
func (o *Pane) Title() string { return "Overview" }

func findingID(f finding) table.ID {
	return table.ID{Name: f.Code + "\x00" + string(f.Subject.Kind) + "\x00" + f.Subject.Name, N: f.Subject.ID}
}

// See implements Pane.
func (o *Pane) See(s pane.Scene) []pane.Effect {
	o.scene = s
	if s.State.Seq != o.seq {
		o.seq = s.State.Seq
		o.changes = s.History.Changes(s.Now.Add(-changesBack))
		o.seen = stillThere(o.seen, s)
		o.setBrokers()
		return append(o.setTenants(), o.set()...)
	}
	return o.set()
}

// stillThere is when the findings of a scene were first there, by when those of the scene before were. What the first scene
// of all has may be old.
func stillThere(seen map[table.ID]time.Time, s pane.Scene) map[table.ID]time.Time {
	now := make(map[table.ID]time.Time, len(s.State.Findings))
	for _, f := range s.State.Findings {
		id := findingID(finding{Finding: f})
		at, ok := seen[id]
		if !ok && len(seen) > 0 {
			at = s.Now
		}
		now[id] = at
	}
	return now
}

// setBrokers takes the brokers of a State in, and what their metrics say.
func (o *Pane) setBrokers() {
	var brokers []view.BrokerRow
	p := health.PeersOf(o.scene.State)
	o.board.Reset(&o.scene, p)
	o.brokers = o.bare
	if s := o.scene.State; s.Snapshot != nil {
		brokers = view.Brokers(s)
		if len(s.Metrics) > 0 {
			o.brokers = o.metered
		}
	}
	o.matrix.set(o.scene, p, brokers)
	o.brokers.Set(pane.BrokerRows(brokers, &o.scene), nil, false) // thousands at the most: sorted at once
	if len(brokers) == 0 {
		o.focused = false
	}
}

func (o *Pane) set() []pane.Effect {
	rows := make([]finding, 0, len(o.scene.State.Findings))
	at := map[table.ID]int{}
	for _, f := range o.scene.State.Findings {
		r := finding{Finding: f, rank: len(rows)}
		if f.Severity != state.SeverityOK {
			r.since = o.scene.Since(f.Since)
		}
		if _, twice := at[findingID(r)]; twice {
			continue
		}
		at[findingID(r)] = len(rows)
		rows = append(rows, r)
	}
	match, err := view.MatchRow(pane.PlainColumns(o.table), o.terms)
	if err != nil { // SetFilter has tried it
		match = nil
	}
	return pane.Background(o.table.Set(table.Rows[finding]{
		Len: len(rows),
		At:  func(i int) finding { return rows[i] },
		ID:  findingID,
		Find: func(id table.ID) (int, bool) {
			i, ok := at[id]
			return i, ok
		},
		Style: func(f finding) cell.Style {
			s := o.scene.RowStyle()
			if first := o.seen[findingID(f)]; !first.IsZero() && o.scene.Now.Sub(first) < newFor {
				s |= cell.Changed
			}
			return s
		},
	}, match, true))
}

// Arrange implements Pane.
func (o *Pane) Arrange(width, height int, ascii bool) {
	o.board.Draws(ascii)
	body := layout.Rect{W: width, H: height}
	want := layout.OverviewRows{Findings: max(o.table.Len(), 1) + 1}
	metered := o.scene.State != nil && len(o.scene.State.Metrics) > 0 && o.scene.History != nil
	if metered {
		want.Trends = trendRows
	}
	if len(o.tenants) > 0 {
		want.Tenants = len(o.tenants) + 1
	}
	o.matrix.arrange(layout.ComputeOverview(body, want).Brokers.W, ascii)
	o.roomy = width >= layout.ThreeColumns && o.brokers.Len()+want.Trends+1 < height
	want.Brokers = o.matrix.rows()
	if o.roomy {
		want.Brokers = o.brokers.Len() + 1
	}
	o.parts = layout.ComputeOverview(body, want)
	o.brokers.Arrange(o.parts.Brokers.W, o.parts.Brokers.H, ascii)
	if is := (trendsFor{o.seq, o.parts.Trends.W, ascii}); metered && is != o.drawn {
		o.trends, o.drawn = trendsOf(o.scene, is), is
	}
	_, list := o.parts.Findings.Top(1)
	o.table.Arrange(list.W, list.H, ascii)
	if o.open || !o.parts.Detail.Empty() {
		top := o.detail.Top
		o.detail = pane.Page{Top: top}
		if f, ok := o.table.Current(); ok {
			describeFinding(&o.detail, f)
		}
		w, h := o.parts.Detail.W-2, o.parts.Detail.H
		if o.open {
			w, h = width-2, height
		}
		o.detail.Arrange(w, h, ascii)
	}
}

// trendsFor is what the histories were drawn for.
type trendsFor struct {
	seq   uint64
	width int
	ascii bool
}

// Status implements Pane.
func (o *Pane) Status() string {
	if o.filter == "" {
		return "" // the names of the panes need the room
	}
	return pane.ListStatus(o.table, "finding")
}

// Trail implements Pane.
func (o *Pane) Trail() []string {
	if o.open {
		if f, ok := o.table.Current(); ok {
			return []string{f.Code}
		}
	}
	return nil
}

// Bindings implements Pane.
func (o *Pane) Bindings() []pane.Binding {
	none := ""
	f, ok := o.table.Current()
	if !ok {
		none = "there is no finding"
	}
	if o.open {
		b := o.detail.Bindings()
		return append(b,
			pane.Binding{Keys: []string{"enter"}, Help: "its rows", Group: pane.Going, Label: "open", Disabled: noRows(f), Do: o.enter},
			pane.Binding{Keys: []string{"c"}, Help: "copy what is shown", Group: pane.Rows, Do: func() []pane.Effect {
				return []pane.Effect{pane.Copy{Text: o.detail.Text(), What: "the finding"}}
			}})
	}
	if o.focused {
		return o.brokerBindings()
	}
	return append(o.toBrokers(), append([]pane.Binding{
		{Keys: []string{"enter"}, Help: "what it is about", Label: "open", Group: pane.Going, Disabled: none, Do: o.enter},
		{Keys: []string{"d"}, Help: "evidence", Label: "evidence", Group: pane.Going, Disabled: none, Do: func() []pane.Effect {
			o.open, o.detail = true, pane.Page{}
			return nil
		}},
	}, pane.ListBindings(o.table)...)...)
}

func noRows(f finding) string {
	if f.Pane == "" {
		return "this finding has no rows of its own"
	}
	return ""
}

// enter goes to the rows of the finding, or opens it where it has none.
func (o *Pane) enter() []pane.Effect {
	f, ok := o.table.Current()
	if !ok {
		return nil
	}
	if f.Pane == "" {
		o.open, o.detail = true, pane.Page{}
		return nil
	}
	return []pane.Effect{pane.Open{Pane: f.Pane, Filter: f.Filter}}
}

// Back implements Pane.
func (o *Pane) Back() ([]pane.Effect, bool) {
	was := o.open || o.focused
	if o.open {
		o.open = false
	} else {
		o.focused = false
	}
	return nil, was
}

// Filter implements Pane.
func (o *Pane) Filter() string { return o.filter }

// SetFilter implements Pane.
func (o *Pane) SetFilter(s string) ([]pane.Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	if _, err := view.MatchRow(pane.PlainColumns(o.table), terms); err != nil {
		return nil, err
	}
	o.filter, o.terms = strings.TrimSpace(s), terms
	if o.scene.State == nil {
		return nil, nil
	}
	return o.set(), nil
}

// SortColumns are the columns that SortBy takes.
func (o *Pane) SortColumns() []string { return pane.ColumnNames(o.table) }

// SortBy sorts the rows; no column is the pane's own order.
func (o *Pane) SortBy(column string, reverse bool) ([]pane.Effect, error) {
	return pane.SortBy(o.table, column, reverse)
}

// FilterWords are the fields that a filter may name.
func (o *Pane) FilterWords() []string { return pane.FieldWords(o.table) }

// Layout implements Pane.
func (o *Pane) Layout() pane.Layout { return pane.LayoutOf(o.table) }

// SetLayout implements Pane.
func (o *Pane) SetLayout(l pane.Layout) []pane.Effect { return pane.SetLayout(o.table, l) }

// Export implements Pane.
func (o *Pane) Export(format string) (func(io.Writer) error, error) {
	if format == "csv" {
		return pane.ExportCSV(o.table), nil
	}
	if o.scene.Snapshot() == nil {
		return nil, pane.ErrNothingYet
	}
	shown := *o.scene.State
	shown.Findings = nil
	for _, f := range pane.AllRows(o.table) {
		shown.Findings = append(shown.Findings, f.Finding)
	}
	answer := view.Status(&shown)
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(answer)
	}, nil
}
