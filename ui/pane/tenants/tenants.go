// Package tenants is the console's pane of client quotas: what each user and client id uses, against which limit, on which
// broker. It judges nothing: package tenant does. Start reading at Pane.
package tenants

import (
	"encoding/json"
	"io"
	"strings"

	"kdeck/ui/pane"

	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// Pane shows what clients use of what their quotas let them: a row for each bucket that Kafka counts, over all
// brokers, the worst first; flat, or gathered by tenant or by type. A wide screen has a heat map of brokers beside the
// rows and the detail below; the detail fills the pane on enter. Where no broker shows what clients use, the pane says
// why, and lists the quotas.
type Pane struct {
	scene  pane.Scene
	board  *board // nil before the first answer
	busy   bool   // the next one is being worked out
	table  *table.Table[*tenantRow]
	groups *tenantGroups
	quotas *table.Table[view.QuotaRow]
	listed *tenant.Quotas // in quotas
	filter string
	terms  view.Filter
	ascii  bool

	entered *pane.Entered // the group whose buckets are shown
	open    bool          // the detail fills the pane
	openID  table.ID
	sheet   tenantSheet
	card    pane.Page // in place of rows
	heat    heat
	warned  []cell.Span
	parts   layout.Tenants
}

// NewTenants makes the pane.
func New() *Pane {
	p := &Pane{groups: newTenantGroups()}
	p.table = table.New(p.tenantColumns(), table.Order{Column: "state"})
	p.quotas = table.New(pane.Dress(view.QuotaColumns(), map[string]func(*table.Column[view.QuotaRow]){
		"entity": func(c *table.Column[view.QuotaRow]) { c.Grow = true },
	}), table.Order{})
	return p
}

// Name implements Pane.
func (p *Pane) Name() string { return "tenants" }

// Title implements Pane.
func (p *Pane) Title() string { return "Tenants" }

// See implements Pane. Rows are worked out only when the metrics are others than before.
func (p *Pane) See(s pane.Scene) []pane.Effect {
	p.scene = s
	if s.Snapshot() == nil || p.busy {
		return nil
	}
	if p.board != nil && p.board.stands(s.State) {
		p.board.of = s.State
		return nil
	}
	if pane.SeriesOf(s.State) <= table.OffLoop {
		return p.take(gatherTenants(s.State))
	}
	p.busy = true
	var next []pane.Effect
	return []pane.Effect{pane.Work{
		Run: func() func() {
			b := gatherTenants(s.State)
			return func() {
				p.busy = false
				next = p.take(b)
			}
		},
		Then: func() []pane.Effect { return next },
	}}
}

// take shows what was worked out.
func (p *Pane) take(b *board) []pane.Effect {
	changed := changedTenants(p.board, b)
	p.board = b
	return p.fill(changed)
}

// fill gives the tables the rows that pass the filter.
func (p *Pane) fill(changed []int32) []pane.Effect {
	match := p.match()
	b := p.board
	rows := table.Rows[*tenantRow]{
		Len: len(b.rows),
		At:  func(i int) *tenantRow { return &b.rows[i] },
		ID:  func(r *tenantRow) table.ID { return r.id },
		Find: func(id table.ID) (int, bool) {
			i, ok := b.at[id]
			return i, ok
		},
		Style: func(r *tenantRow) cell.Style {
			if p.scene.MetricsStale(r.Worst.Broker) {
				return cell.Stale
			}
			return p.scene.RowStyle()
		},
		Changed: changed,
	}
	effects := append(p.fillQuotas(), pane.Background(p.table.Set(rows, match, false))...)
	if p.groups.by != "" {
		effects = append(effects, p.groups.set(b, match)...)
	}
	return effects
}

// match is the filter as a test of buckets, nil without one.
func (p *Pane) match() func(*tenantRow) bool {
	if len(p.terms) == 0 {
		return nil
	}
	match, err := matchTenants(p.terms)
	if err != nil { // SetFilter has tried it
		return nil
	}
	return func(r *tenantRow) bool { return match(r.subject()) }
}

// fillQuotas lists the quotas where there are no rows.
func (p *Pane) fillQuotas() []pane.Effect {
	if len(p.board.rows) > 0 || !p.scene.State.Quotas.Known {
		p.listed = nil
		return nil
	}
	p.listed = p.scene.State.Quotas.Value
	rules := p.scene.State.TenantRules
	var match func(view.QuotaRow) bool
	if test, err := matchTenants(p.terms); err == nil && len(p.terms) > 0 {
		match = func(q view.QuotaRow) bool { return test(quotaSubject(q, rules)) }
	}
	rows := view.QuotaRows(p.listed)
	id := func(q view.QuotaRow) table.ID { return table.ID{Name: string(q.Type) + "\x00" + q.Entity.String()} }
	at := make(map[table.ID]int, len(rows))
	for i := range rows {
		at[id(rows[i])] = i
	}
	return pane.Background(p.quotas.Set(table.Rows[view.QuotaRow]{
		Len: len(rows),
		At:  func(i int) view.QuotaRow { return rows[i] },
		ID:  id,
		Find: func(id table.ID) (int, bool) {
			i, ok := at[id]
			return i, ok
		},
	}, match, false))
}

// none tells that there are no rows, so that the quotas are shown instead.
func (p *Pane) none() bool { return p.board != nil && len(p.board.rows) == 0 }

// Arrange implements Pane.
func (p *Pane) Arrange(width, height int, ascii bool) {
	p.parts = layout.Tenants{}
	if p.board == nil {
		return
	}
	if p.ascii != ascii {
		p.ascii = ascii
		for i := range p.board.rows {
			r := &p.board.rows[i]
			clear(r.cells[:])
			r.spark = sparkline{}
		}
	}
	body := layout.Rect{W: width, H: height}
	switch {
	case p.none():
		p.arrangeNone(body)
	case p.open:
		p.parts = layout.ComputeTenant(body)
		p.arrangeSheet(p.board.find(p.openID), len(p.board.brokers))
	case p.groups.by != "":
		p.parts.List = body
		p.groups.table.Arrange(width, height, ascii)
	default:
		p.warned, p.heat = p.notes(), heatOf(p.scene)
		p.parts = layout.ComputeTenants(body, len(p.warned), p.heat.width())
		p.heat.fit(p.parts.Heat.W, p.board)
		p.table.Arrange(p.parts.List.W, p.parts.List.H, ascii)
		if r, ok := p.table.Current(); ok && !p.parts.Facts.Empty() {
			const most = 12
			p.arrangeSheet(r, most)
		} else {
			p.sheet.facts, p.sheet.levels = pane.Page{}, pane.Page{}
		}
	}
}

func (p *Pane) arrangeNone(body layout.Rect) {
	p.card = pane.Page{Top: p.card.Top}
	p.describeNoUse(&p.card)
	p.card.Arrange(body.W-2, body.H, p.ascii)
	p.parts.Facts = body
	if p.listed == nil || p.quotas.Total() == 0 {
		return
	}
	var rule layout.Rect
	p.parts.Facts, p.parts.List = body.Top(min(len(p.card.Broken), max(body.H/2, body.H-8)))
	rule, p.parts.List = p.parts.List.Top(1)
	p.parts.Rules = append(p.parts.Rules, rule)
	p.card.Arrange(body.W-2, p.parts.Facts.H, p.ascii)
	p.quotas.Arrange(p.parts.List.W, p.parts.List.H, p.ascii)
}

func (b *board) find(id table.ID) *tenantRow {
	if i, ok := b.at[id]; ok {
		return &b.rows[i]
	}
	return nil
}

// arrangeSheet fits the detail into one part or two.
func (p *Pane) arrangeSheet(r *tenantRow, brokers int) {
	facts, levels := p.parts.Facts, p.parts.Levels
	s := &p.sheet
	if r == nil {
		s.facts, s.levels = pane.Page{}, pane.Page{}
		s.facts.Say(cell.Warning.Span("no broker counts it any more: its clients have used nothing for an hour, or quotas have changed"))
		s.facts.Arrange(facts.W-2, facts.H, p.ascii)
		return
	}
	s.describe(p, r, facts.W-2, brokers)
	if levels.Empty() {
		s.facts.Lines = append(append(s.facts.Lines, nil), s.levels.Lines...)
		s.facts.Arrange(facts.W-2, facts.H, p.ascii)
		return
	}
	s.facts.Arrange(facts.W-2, facts.H, p.ascii)
	s.levels.Top = s.facts.Top
	s.levels.Arrange(levels.W-2, levels.H, p.ascii)
}

// Draw implements Pane.
func (p *Pane) Draw(a cell.Area) {
	if p.board == nil {
		pane.DrawWaiting(a, p.scene)
		return
	}
	if !p.parts.List.Empty() {
		in := a.In(p.parts.List)
		switch {
		case p.none():
			p.quotas.Draw(in, true, "no quota "+p.reason())
		case p.groups.by != "":
			p.groups.table.Draw(in, true, "no bucket "+p.reason())
		default:
			p.table.Draw(in, true, "no bucket "+p.reason())
		}
	}
	for _, r := range p.parts.Rules {
		a.In(r).Rule(cell.Frame)
	}
	for _, r := range p.parts.Bars {
		a.In(r).Bar(cell.Frame)
	}
	if !p.parts.Heat.Empty() {
		top, n := p.table.Window()
		p.heat.draw(a.In(p.parts.Heat), p.table.Row, top, n)
	}
	if !p.parts.Legend.Empty() {
		w, _ := a.Size()
		legend := heatLegend(&a.Theme().Glyphs, a.Theme().ASCII)
		legend.Draw(a.In(p.parts.Legend), w-len(legend)-1, 0)
	}
	drawNotes(a.In(p.parts.Notes), p.warned)
	if p.none() {
		p.card.Draw(a.In(inset(p.parts.Facts)))
		return
	}
	p.sheet.facts.Draw(a.In(inset(p.parts.Facts)))
	p.sheet.levels.Draw(a.In(inset(p.parts.Levels)))
}

// inset leaves a blank column at both sides.
func inset(r layout.Rect) layout.Rect {
	if r.Empty() {
		return layout.Rect{}
	}
	r.X, r.W = r.X+1, r.W-2
	return r
}

func (p *Pane) reason() string {
	if p.filter != "" {
		return "passes the filter " + p.filter + " (esc clears it)"
	}
	return "in this cluster"
}

// Status implements Pane.
func (p *Pane) Status() string {
	switch {
	case p.board == nil:
		return ""
	case p.none() && p.listed == nil:
		return ""
	case p.none():
		return pane.ListStatus(p.quotas, "quota")
	case p.groups.by != "":
		return p.groups.status()
	}
	return pane.ListStatus(p.table, "row")
}

// Trail implements Pane.
func (p *Pane) Trail() []string {
	if !p.open {
		return nil
	}
	kind, rest, _ := strings.Cut(p.openID.Name, "\x00")
	user, client, _ := strings.Cut(rest, "\x00")
	return []string{pane.WhoName(user, client, false) + " " + pane.TypeWord(tenant.Type(kind))}
}

// Back implements Pane.
func (p *Pane) Back() ([]pane.Effect, bool) {
	if p.open {
		p.table.Seek(p.openID)
		p.open, p.sheet = false, tenantSheet{}
		return nil, true
	}
	if way := p.entered; way != nil && p.filter == way.With {
		p.entered = nil
		effects, err := p.SetFilter(way.Before)
		if err != nil {
			return []pane.Effect{pane.Say{Text: err.Error(), Bad: true}}, true
		}
		return append(effects, p.setBy(way.By)...), true
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
	if _, err := matchTenants(terms); err != nil {
		return nil, err
	}
	p.filter, p.terms, p.open = strings.TrimSpace(s), terms, false
	if p.board == nil {
		return nil, nil
	}
	return p.fill(nil), nil
}

// Layout implements Pane.
func (p *Pane) Layout() pane.Layout {
	l := pane.LayoutOf(p.table)
	l.Group = p.groups.by
	return l
}

// SetLayout implements Pane.
func (p *Pane) SetLayout(l pane.Layout) []pane.Effect {
	return append(p.setBy(l.Group), pane.SetLayout(p.table, l)...)
}

// Print implements Pane.
func (p *Pane) Print(w io.Writer, ascii bool) error {
	switch {
	case p.board == nil || p.none():
		return p.quotas.Print(w, ascii)
	case p.groups.by != "":
		return p.groups.table.Print(w, ascii)
	}
	p.ascii = ascii
	return p.table.Print(w, ascii)
}

// Export implements Pane.
func (p *Pane) Export(format string) (func(io.Writer) error, error) {
	switch {
	case p.board == nil:
		return nil, pane.ErrNothingYet
	case p.none() && format == "csv":
		return pane.ExportCSV(p.quotas), nil
	case format == "csv":
		totals := table.New(table.Columns(view.TotalColumns()), table.Order{})
		shown := p.totals()
		if run := totals.Set(table.Rows[tenant.Total]{Len: len(shown), At: func(i int) tenant.Total { return shown[i] },
			ID: func(tenant.Total) table.ID { return table.ID{} }}, nil, false); run != nil {
			run()()
		}
		return pane.ExportCSV(totals), nil
	}
	var series []view.TenantRow
	for _, r := range pane.AllRows(p.table) {
		series = append(series, r.series...)
	}
	answer := view.TenantsAnswer(p.scene.Snapshot(), view.TenantsMissing(p.scene.State), series, p.totals())
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(answer)
	}, nil
}

// totals are the rows that pass the filter, in the order shown.
func (p *Pane) totals() []tenant.Total {
	totals := make([]tenant.Total, p.table.Len())
	for i := range totals {
		totals[i] = p.table.Row(i).Total
	}
	return totals
}
