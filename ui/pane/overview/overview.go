// Package overview is the console's first screen: the verdict, the findings and the rows they lead to, the brokers, the
// clients that use most, and the latest changes. It judges nothing: package health does. Start reading at Pane.
package overview

import (
	"io"
	"strings"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

const (
	newFor      = time.Minute   // that a new finding is marked as new
	changesBack = view.Recently // of the changes that are listed
)

// Pane is the first screen: the verdict, the findings that lead to the rows they are about, the brokers, the clients that
// use most, and what changed in the last minutes.
type Pane struct {
	*pane.List[finding]
	seq     uint64
	seen    map[table.ID]time.Time // when a finding was first there
	changes []history.Change
	matrix  matrix
	brokers *table.Table[view.BrokerRow] // in place of the matrix where there is room
	metered bool                         // the columns of metrics are shown
	roomy   bool                         // there is room for the table of brokers
	focused bool                         // the keys go to the brokers, not to the findings
	cells   pane.BrokerCells
	trends  []trend
	drawn   trendsKey // what trends were drawn for
	charts  charts
	tenants []tenant.Total
	groups  []*state.Group
	detail  detailKey // what detailRows was counted for
	adding  bool      // tenants are being added up off the update loop
	parts   layout.Overview
	open    bool
}

// New makes the pane.
func New() *Pane {
	o := &Pane{seen: map[table.ID]time.Time{}, cells: pane.BrokerCells{HistoryWidth: 24}}
	o.List = pane.NewList(pane.Spec[finding]{
		Name: "overview", Title: "Overview", Row: "finding",
		Columns: findingColumns(), Order: table.Order{Column: "severity"},
		Rows: o.findings, Names: func(f finding) []string { return append(strings.Fields(f.Sentence), f.Sentence, f.Scope) }, Empty: func(pane.Scene) string { return "no finding" },
		JSON: func(s pane.Scene, rows []finding) (func(io.Writer) error, error) {
			if s.Snapshot() == nil {
				return nil, pane.ErrNothingYet
			}
			shown := *s.State
			shown.Findings = nil
			for _, f := range rows {
				shown.Findings = append(shown.Findings, f.Finding)
			}
			return pane.JSON(view.Status(&shown)), nil
		},
		Document: func(_ pane.Scene, f finding) any { return view.Findings([]state.Finding{f.Finding})[0] },
	})
	o.brokers = table.New(o.brokerColumns(), table.Order{Column: "id"})
	return o
}

// brokerColumns are the columns of brokers; with metrics only those that there is room for.
func (o *Pane) brokerColumns() []table.Column[view.BrokerRow] {
	if !o.metered {
		return pane.BrokerColumns(o.silentFor)
	}
	return o.meteredColumns()
}

func (o *Pane) silentFor(id int32) string { return o.Scene.SilentFor(id) }

// meteredColumns are the columns of brokers with metrics, the threads and their history before what else there is room for.
func (o *Pane) meteredColumns() []table.Column[view.BrokerRow] {
	columns := pane.OrderColumns(pane.MeteredBrokerColumns(o.silentFor, &o.cells), "id", "rack", "state", "network_idle", "busiest_idle", "handler_idle", "produce_p99_ms",
		"under_replicated", "network_threads", "network_history", "bytes_in", "bytes_out", "requests", "leaders", "disk_full", "answered_ms")
	for i := range columns {
		columns[i].Wide = false
	}
	return columns
}

// findingID is a finding's identity in the table: what it is, and about what.
func findingID(f finding) table.ID {
	return table.ID{Name: f.Code + "\x00" + string(f.Subject.Kind) + "\x00" + f.Subject.Name, N: f.Subject.ID}
}

// See implements [pane.Screen].
func (o *Pane) See(s pane.Scene) []pane.Effect {
	o.Scene = s
	if s.State.Seq != o.seq {
		o.seq = s.State.Seq
		o.changes = s.History.Changes(s.Now.Add(-changesBack))
		o.seen = stillThere(o.seen, s)
		o.setBrokers()
		o.groups = worstGroups(s.State.Groups)
		return append(o.setTenants(), o.Fill()...)
	}
	return o.Fill() // how long ago a finding began changes between States
}

// stillThere returns when the findings of a scene were first there. seen is that of the scene before. Nobody knows how old
// the findings of the very first scene are: their time is zero.
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

// setBrokers shows the brokers of a new State.
func (o *Pane) setBrokers() {
	var brokers []view.BrokerRow
	p := health.PeersOf(o.Scene.State)
	o.cells.Reset(&o.Scene, p)
	metered := false
	if s := o.Scene.State; s.Snapshot != nil {
		brokers, metered = view.Brokers(s), len(s.Metrics) > 0
	}
	if metered != o.metered {
		o.metered = metered
		o.brokers.SetColumns(o.brokerColumns())
	}
	o.matrix.set(o.Scene, p, brokers)
	o.brokers.Set(pane.BrokerRows(brokers, &o.Scene), nil, false) // thousands at the most: sorted at once
	if len(brokers) == 0 {
		o.focused = false
	}
}

// findings are the rows, the worst first.
func (o *Pane) findings(s *pane.Scene) table.Rows[finding] {
	rows := make([]finding, 0, len(s.State.Findings))
	listed := map[table.ID]bool{}
	for _, f := range s.State.Findings {
		r := finding{Finding: f, rank: len(rows)}
		if f.Severity != state.SeverityOK {
			r.since = s.Since(f.Since)
		}
		if id := findingID(r); !listed[id] {
			listed[id] = true
			rows = append(rows, r)
		}
	}
	of := table.RowsOf(rows, findingID)
	of.Style = func(f finding) cell.Style {
		style := s.RowStyle()
		if first := o.seen[findingID(f)]; !first.IsZero() && s.Now.Sub(first) < newFor {
			style |= cell.Changed
		}
		return style
	}
	return of
}

// Arrange implements [pane.Screen].
func (o *Pane) Arrange(width, height int, ascii bool) {
	o.cells.SetASCII(ascii)
	body := layout.Rect{W: width, H: height}
	want := layout.OverviewRows{Findings: max(o.Table.Len(), 1) + 1, Tenants: len(o.tenants), Groups: len(o.groups)}
	if s := o.Scene; s.Snapshot() != nil && s.History != nil {
		want.Charts = chartRows
		if len(s.State.Metrics) > 0 {
			want.Trends = trendRows
		}
	}
	o.parts = layout.ComputeOverview(body, want)
	o.matrix.arrange(o.parts.Brokers.W, ascii)
	want.Brokers = o.matrix.rows()
	if o.parts.Banded {
		want.Detail = o.detailRows(o.parts.Detail.W-2, ascii)
		// The table of brokers gives way to the matrix where it would take the place of another band.
		with, matrix := want, layout.ComputeOverview(body, want)
		with.Brokers = o.brokers.Len() + 1
		as := layout.ComputeOverview(body, with)
		if o.roomy = as.Brokers.H == with.Brokers && as.Charts.Empty() == matrix.Charts.Empty() && as.Changes.Empty() == matrix.Changes.Empty(); o.roomy {
			want = with
		}
	} else {
		o.roomy = false
	}
	o.parts = layout.ComputeOverview(body, want)
	o.brokers.Arrange(o.parts.Brokers.W, o.parts.Brokers.H, ascii)
	if key := (trendsKey{o.seq, o.parts.Trends.W, ascii}); !o.parts.Trends.Empty() && key != o.drawn {
		o.trends, o.drawn = trendsOf(o.Scene, key), key
	}
	if !o.parts.Charts.Empty() {
		o.charts.arrange(o.Scene, o.changes, chartsKey{o.seq, o.parts.Charts, ascii})
	}
	o.Table.Arrange(o.parts.Findings.W, o.parts.Findings.H, ascii)
	if o.open || !o.parts.Detail.Empty() {
		o.Page.Reset()
		if f, ok := o.Table.Current(); ok {
			describeFinding(&o.Page, f)
		}
		w, h := o.parts.Detail.W-2, o.parts.Detail.H
		if o.open {
			w, h = width-2, height
		}
		o.Page.Arrange(w, h, ascii)
	}
}

// mostDetails is the number of findings whose details have room, so that nothing else moves when the cursor does.
const mostDetails = 20

// detailKey is what the height of the highest detail depends on.
type detailKey struct {
	seq   uint64
	width int
	ascii bool
	rows  int
}

// detailRows is the height of the highest detail of a finding.
func (o *Pane) detailRows(width int, ascii bool) int {
	if k := o.detail; k.seq == o.seq && k.width == width && k.ascii == ascii {
		return k.rows
	}
	rows := 0
	for i := range min(o.Table.Len(), mostDetails) {
		var page pane.Page
		describeFinding(&page, o.Table.Row(i))
		page.Arrange(width, 0, ascii)
		rows = max(rows, page.Rows())
	}
	o.detail = detailKey{o.seq, width, ascii, rows}
	return rows
}

// trendsKey is what the drawing of the histories depends on.
type trendsKey struct {
	seq   uint64
	width int
	ascii bool
}

// Lists implements [pane.Screen].
func (o *Pane) Lists() []pane.Placed {
	if o.open {
		return nil
	}
	lists := []pane.Placed{{Table: o.Table, At: o.parts.Findings, Focus: func() { o.focused = false }}}
	if o.roomy && o.choosable() {
		lists = append(lists, pane.Placed{Table: o.brokers, At: o.parts.Brokers, Focus: func() { o.focused = true }})
	}
	return lists
}

// Status implements [pane.Screen].
func (o *Pane) Status() string {
	if o.Filter() == "" {
		return "" // the names of the panes need the room
	}
	return o.List.Status()
}

// Trail implements [pane.Screen].
func (o *Pane) Trail() []string {
	if o.open {
		if f, ok := o.Table.Current(); ok {
			return []string{f.Code}
		}
	}
	return nil
}

// Bindings implements [pane.Screen].
func (o *Pane) Bindings() []pane.Binding {
	none := ""
	f, ok := o.Table.Current()
	if !ok {
		none = "there is no finding"
	}
	if o.open {
		b := o.Page.Bindings()
		return append(b,
			pane.Binding{Keys: []string{"enter"}, Help: "its rows", Group: pane.Going, Label: "open", Disabled: noRows(f), Do: o.enter},
			o.nextBinding(), pane.CopyText(o.Page.Text, "the finding"))
	}
	if o.focused {
		return o.brokerBindings()
	}
	return append(o.toBrokers(), append([]pane.Binding{
		{Keys: []string{"enter"}, Help: "what it is about", Label: "open", Group: pane.Going, Disabled: none, Do: o.enter},
		{Keys: []string{"d"}, Help: "evidence", Label: "evidence", Group: pane.Going, Disabled: none, Do: func() []pane.Effect {
			o.open, o.Page = true, pane.Page{}
			return nil
		}},
		o.nextBinding(),
	}, o.ListKeys()...)...)
}

// noRows says that a finding doesn't lead to rows; "" where it does.
func noRows(f finding) string {
	if f.Pane == "" {
		return "this finding has no rows of its own"
	}
	return ""
}

// enter goes to the rows of the finding, or opens it where it has none.
func (o *Pane) enter() []pane.Effect {
	f, ok := o.Table.Current()
	if !ok {
		return nil
	}
	if f.Pane == "" {
		o.open, o.Page = true, pane.Page{}
		return nil
	}
	return []pane.Effect{pane.Open{Pane: f.Pane, Filter: f.Filter}}
}

// Back implements [pane.Screen].
func (o *Pane) Back() ([]pane.Effect, bool) {
	was := o.open || o.focused
	if o.open {
		o.open = false
	} else {
		o.focused = false
	}
	return nil, was
}

// Command implements [pane.Screen].
func (o *Pane) Command() []string { return []string{"status"} }
