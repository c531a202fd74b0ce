// Package tenants is the console's pane of client quotas: what each user and client id uses, against which limit, on which
// broker. It judges nothing: package tenant does. Start reading at Pane.
package tenants

import (
	"io"
	"slices"

	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane shows what clients use of what their quotas let them: a row for each bucket that Kafka counts, over all
// brokers, the worst first; flat, or gathered by tenant or by type. A wide screen has a heat map of brokers beside the
// rows and the detail below; the detail fills the pane on enter. Where no broker shows what clients use, the pane says
// why, and lists the quotas.
type Pane struct {
	*pane.List[*tenantRow]
	quotas  *pane.List[view.QuotaRow] // in place of rows where no broker shows what clients use
	board   *board                    // nil before the first answer
	changed []int32                   // rows that have changed with the board
	busy    bool                      // the next board is being worked out
	ascii   bool

	sheet  tenantSheet
	card   pane.Page // in place of rows
	heat   heat
	warned []cell.Span
	parts  layout.Tenants
}

// New makes the pane.
func New() *Pane {
	p := &Pane{}
	p.List = pane.NewList(pane.Spec[*tenantRow]{
		Name: "tenants", Title: "Tenants", Row: "usage",
		Columns: p.tenantColumns(), Order: table.Order{Column: "state"},
		Rows: p.tableRows,
		Match: func(_ *pane.Scene, f view.Filter) (func(*tenantRow) bool, error) {
			match, err := matchTenants(f)
			return func(r *tenantRow) bool { return match(r.subject()) }, err
		},
		Words:   func() []string { return append(slices.Clone(tenantWords), typeFilters()...) },
		Groups:  p.groups(),
		RowName: rowName,
	})
	p.quotas = pane.NewList(pane.Spec[view.QuotaRow]{
		Row: "quota",
		Columns: table.Dress(view.QuotaColumns(), map[string]func(*table.Column[view.QuotaRow]){
			"entity": func(c *table.Column[view.QuotaRow]) { c.Grow = true },
		}),
		Version: func(s pane.Scene) any { return s.State.Quotas.Value },
		Rows: func(s *pane.Scene) table.Rows[view.QuotaRow] {
			if !s.State.Quotas.Known {
				return table.Rows[view.QuotaRow]{}
			}
			return table.RowsOf(view.QuotaRows(s.State.Quotas.Value), func(q view.QuotaRow) table.ID { return table.ID{Name: string(q.Type) + "\x00" + q.Entity.String()} })
		},
		Match: func(s *pane.Scene, f view.Filter) (func(view.QuotaRow) bool, error) {
			match, err := matchTenants(f)
			rules := s.TenantRules()
			return func(q view.QuotaRow) bool { return match(quotaSubject(q, rules)) }, err
		},
	})
	return p
}

// See implements [pane.Screen]. Rows are worked out only when the metrics are others than before.
func (p *Pane) See(s pane.Scene) []pane.Effect {
	p.Scene = s
	if s.Snapshot() == nil {
		return nil
	}
	quotas := p.quotas.See(s)
	if p.busy {
		return quotas
	}
	if p.board != nil && p.board.stands(s.State) {
		p.board.of = s.State
		return quotas
	}
	if view.Series(s.State) <= table.OffLoop {
		return append(quotas, p.take(gatherTenants(s.State))...)
	}
	p.busy = true
	var next []pane.Effect
	return append(quotas, pane.Work{
		Run: func() func() {
			b := gatherTenants(s.State)
			return func() {
				p.busy = false
				next = p.take(b)
			}
		},
		Then: func() []pane.Effect { return next },
	})
}

// take shows what was worked out.
func (p *Pane) take(b *board) []pane.Effect {
	p.changed = changedTenants(p.board, b)
	p.board = b
	return p.Fill()
}

// tableRows are those of the board.
func (p *Pane) tableRows(s *pane.Scene) table.Rows[*tenantRow] {
	b, changed := p.board, p.changed
	p.changed = nil
	return table.Rows[*tenantRow]{
		Len: len(b.rows),
		At:  func(i int) *tenantRow { return &b.rows[i] },
		ID:  func(r *tenantRow) table.ID { return r.id },
		Find: func(id table.ID) (int, bool) {
			i, ok := b.at[id]
			return i, ok
		},
		Style: func(r *tenantRow) cell.Style {
			if s.MetricsStale(r.Worst.Broker) {
				return cell.Stale
			}
			return s.RowStyle()
		},
		Changed: changed,
	}
}

// none tells that there are no rows, so that the quotas are shown instead.
func (p *Pane) none() bool { return p.board != nil && len(p.board.rows) == 0 }

// Arrange implements [pane.Screen].
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
	switch id, open := p.Opened(); {
	case p.none():
		p.arrangeNone(body)
	case open:
		p.parts = layout.ComputeTenant(body)
		p.arrangeSheet(p.board.find(id), len(p.board.brokers))
	case p.Grouped() != "":
		p.parts.List = body
		p.Shown().Arrange(width, height, ascii)
	default:
		p.warned, p.heat = p.notes(), heatOf(p.Scene)
		p.parts = layout.ComputeTenants(body, len(p.warned), p.heat.width())
		p.heat.fit(p.parts.Heat.W, p.board)
		p.Table.Arrange(p.parts.List.W, p.parts.List.H, ascii)
		if r, ok := p.Table.Current(); ok && !p.parts.Facts.Empty() {
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
	if p.quotas.Table.Total() == 0 {
		return
	}
	var rule layout.Rect
	p.parts.Facts, p.parts.List = body.Top(min(len(p.card.Broken), max(body.H/2, body.H-8)))
	rule, p.parts.List = p.parts.List.Top(1)
	p.parts.Rules = append(p.parts.Rules, rule)
	p.card.Arrange(body.W-2, p.parts.Facts.H, p.ascii)
	p.quotas.Table.Arrange(p.parts.List.W, p.parts.List.H, p.ascii)
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

// Draw implements [pane.Screen].
func (p *Pane) Draw(a cell.Area) {
	if p.board == nil {
		pane.DrawWaiting(a, p.Scene)
		return
	}
	if !p.parts.List.Empty() {
		p.Shown().Draw(a.In(p.parts.List), true, p.list().Empty())
	}
	for _, r := range p.parts.Rules {
		a.In(r).Rule(cell.Frame)
	}
	for _, r := range p.parts.Bars {
		a.In(r).Bar(cell.Frame)
	}
	if !p.parts.Heat.Empty() {
		top, n := p.Table.Window()
		p.heat.draw(a.In(p.parts.Heat), p.Table.Row, top, n)
	}
	if !p.parts.Legend.Empty() {
		w, _ := a.Size()
		legend := heatLegend(&a.Theme().Glyphs, a.Theme().ASCII)
		legend.Draw(a.In(p.parts.Legend), w-len(legend)-1, 0)
	}
	drawNotes(a.In(p.parts.Notes), p.warned)
	if p.none() {
		p.card.Draw(a.In(p.parts.Facts.Inset()))
		return
	}
	p.sheet.facts.Draw(a.In(p.parts.Facts.Inset()))
	p.sheet.levels.Draw(a.In(p.parts.Levels.Inset()))
}

// list is the one that is shown: of usages, or of quotas where there is none.
func (p *Pane) list() interface {
	pane.Rows
	Empty() string
	Status() string
	Shown() table.Any
} {
	if p.none() {
		return p.quotas
	}
	return p.List
}

// Shown is the table on the screen.
func (p *Pane) Shown() table.Any { return p.list().Shown() }

// Status implements [pane.Screen].
func (p *Pane) Status() string {
	if p.none() && !p.Scene.State.Quotas.Known {
		return ""
	}
	return p.list().Status()
}

// rowName is what a usage is called.
func rowName(id table.ID) string {
	b := bucketOf(id)
	return pane.WhoName(b.User, b.ClientID, false) + " " + pane.TypeWord(b.Type)
}

// SetFilter implements [pane.Rows].
func (p *Pane) SetFilter(s string) ([]pane.Effect, error) {
	effects, err := p.List.SetFilter(s)
	if err != nil {
		return nil, err
	}
	quotas, err := p.quotas.SetFilter(s)
	return append(effects, quotas...), err
}

// Columns implements [pane.Rows].
func (p *Pane) Columns() []string { return p.list().Columns() }

// SortBy implements [pane.Rows].
func (p *Pane) SortBy(column string, reverse bool) ([]pane.Effect, error) {
	return pane.SortBy(p.Shown(), column, reverse)
}

// Print implements [pane.Screen].
func (p *Pane) Print(w io.Writer, ascii bool) error {
	p.ascii = ascii
	return p.Shown().Print(w, ascii)
}

// Export implements [pane.Rows].
func (p *Pane) Export(format string) (func(io.Writer) error, error) {
	switch {
	case p.board == nil:
		return nil, pane.ErrNothingYet
	case format != "csv":
		return pane.JSON(p.answer()), nil
	case p.none():
		return p.quotas.Export(format)
	}
	return pane.CSV(p.totals(), view.TotalColumns()), nil
}

// answer is what the command writes as JSON.
func (p *Pane) answer() any {
	var series []view.TenantRow
	for _, r := range pane.AllRows(p.Table) {
		series = append(series, r.series...)
	}
	return view.TenantsAnswer(p.Scene.Snapshot(), view.TenantsMissing(p.Scene.State), series, p.totals())
}

// totals are the rows that pass the filter, in the order shown.
func (p *Pane) totals() []tenant.Total {
	totals := make([]tenant.Total, p.Table.Len())
	for i := range totals {
		totals[i] = p.Table.Row(i).Total
	}
	return totals
}
