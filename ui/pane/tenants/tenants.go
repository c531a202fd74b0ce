// Package tenants is the console's pane of client quotas: what each user and client id uses, of which limit, and on which
// brokers. Package tenant judges it. Start reading at Pane.
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

// Pane lists what clients use: a row for each user, client id or pair of them for which Kafka counts a quota, summed over all
// brokers, the worst first, or a row for each tenant or type. A wide screen has a heat map of the brokers beside the rows and
// the detail below them. If no broker's metrics tell what clients use, the pane says why and lists the quota records.
type Pane struct {
	*pane.List[*tenantRow]
	quotas  *pane.List[view.QuotaRow] // shown if there is no usage
	usage   *usage                    // nil before the first answer
	changed []int32                   // rows that changed with the latest usage
	busy    bool                      // the next usage is being made
	ascii   bool

	detail  detail
	noUsage pane.Page // shown if there is no usage
	heat    heat
	notes   []cell.Span
	parts   layout.Tenants
}

// New makes the pane.
func New() *Pane {
	p := &Pane{}
	p.List = pane.NewList(pane.Spec[*tenantRow]{
		Name: "tenants", Title: "Tenants", Row: "usage", Letters: "LWX",
		Columns: p.tenantColumns(), Order: table.Order{Column: "state"},
		Rows: p.tableRows,
		Match: func(_ *pane.Scene, f view.Filter) (func(*tenantRow) bool, error) {
			match, err := matchTenants(f)
			return func(r *tenantRow) bool { return match(r.subject()) }, err
		},
		Words:   func() []string { return append(slices.Clone(tenantWords), typeFilters()...) },
		Groups:  p.groups(),
		RowName: rowName,
		CSV: func() []view.Column[*tenantRow] {
			return view.Map(view.TotalColumns(), func(r *tenantRow) tenant.Total { return r.Total })
		},
		JSON:     tenantsJSON,
		Document: tenantDocument,
	})
	p.quotas = pane.NewList(pane.Spec[view.QuotaRow]{
		Row: "quota", Letters: "DO",
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
		Document: func(s pane.Scene, q view.QuotaRow) any {
			for _, record := range view.QuotasAnswer(s.Snapshot(), s.State.Quotas.Value).Quotas {
				if record.Entity == q.Entity.String() {
					return record
				}
			}
			return nil
		},
	})
	return p
}

// See implements [pane.Screen]. It makes the rows again only if the metrics have changed.
func (p *Pane) See(s pane.Scene) []pane.Effect {
	p.Scene = s
	if s.Snapshot() == nil {
		return nil
	}
	quotas := p.quotas.See(s)
	if p.busy {
		return quotas
	}
	if p.usage != nil && p.usage.same(s.State) {
		p.usage.of = s.State
		return quotas
	}
	if view.Series(s.State) <= table.OffLoop {
		return append(quotas, p.setUsage(usageOf(s.State))...)
	}
	p.busy = true
	return append(quotas, pane.Work(func() func() []pane.Effect {
		u := usageOf(s.State)
		return func() []pane.Effect {
			p.busy = false
			return p.setUsage(u)
		}
	}))
}

func (p *Pane) setUsage(u *usage) []pane.Effect {
	p.changed = changedTenants(p.usage, u)
	p.usage = u
	return p.Fill()
}

func (p *Pane) tableRows(s *pane.Scene) table.Rows[*tenantRow] {
	u, changed := p.usage, p.changed
	p.changed = nil
	return table.Rows[*tenantRow]{
		Len: len(u.rows),
		At:  func(i int) *tenantRow { return &u.rows[i] },
		ID:  func(r *tenantRow) table.ID { return r.id },
		Find: func(id table.ID) (int, bool) {
			i, ok := u.index[id]
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

// none tells that there is no usage, so that the quota records are shown instead.
func (p *Pane) none() bool { return p.usage != nil && len(p.usage.rows) == 0 }

// Arrange implements [pane.Screen].
func (p *Pane) Arrange(width, height int, ascii bool) {
	p.parts = layout.Tenants{}
	if p.usage == nil {
		return
	}
	if p.ascii != ascii {
		p.ascii = ascii
		for i := range p.usage.rows {
			r := &p.usage.rows[i]
			clear(r.cells[:])
			r.recent = recentCell{}
		}
	}
	body := layout.Rect{W: width, H: height}
	switch id, open := p.Opened(); {
	case p.none():
		p.arrangeNone(body)
	case open:
		p.parts = layout.ComputeTenant(body)
		p.arrangeDetail(p.usage.find(id), len(p.usage.brokers))
	case p.Grouped() != "":
		p.parts.List = body
		p.Shown().Arrange(width, height, ascii)
	default:
		p.notes, p.heat = p.unknowns(), heatOf(p.Scene)
		p.parts = layout.ComputeTenants(body, p.Table.Len(), len(p.notes), p.heat.width())
		p.heat.fit(p.parts.Heat.W, p.usage)
		p.Table.Arrange(p.parts.List.W, p.parts.List.H, ascii)
		if r, ok := p.Table.Current(); ok && !p.parts.Facts.Empty() {
			const factsAbove = 14 // lines of the detail above the list of brokers
			p.arrangeDetail(r, max(p.parts.Facts.H-factsAbove, 6))
		} else {
			p.detail.facts, p.detail.levels = pane.Page{}, pane.Page{}
		}
	}
}

func (p *Pane) arrangeNone(body layout.Rect) {
	p.noUsage.Reset()
	p.describeNoUsage(&p.noUsage)
	p.noUsage.Arrange(body.W-2, body.H, p.ascii)
	p.parts.Facts = body
	if p.quotas.Table.Total() == 0 {
		return
	}
	var rule layout.Rect
	p.parts.Facts, p.parts.List = body.Top(min(p.noUsage.Rows(), max(body.H/2, body.H-8)))
	rule, p.parts.List = p.parts.List.Top(1)
	p.parts.Rules = append(p.parts.Rules, rule)
	p.noUsage.Arrange(body.W-2, p.parts.Facts.H, p.ascii)
	p.quotas.Table.Arrange(p.parts.List.W, p.parts.List.H, p.ascii)
}

// arrangeDetail fits the detail of a row into one part or two. At most so many brokers are listed.
func (p *Pane) arrangeDetail(r *tenantRow, brokers int) {
	facts, levels := p.parts.Facts, p.parts.Levels
	d := &p.detail
	if r == nil {
		d.facts, d.levels = pane.Page{}, pane.Page{}
		d.facts.Say(cell.Warning.Span("no broker counts this usage any more: its clients sent nothing for an hour, or a quota has changed"))
		d.facts.Arrange(facts.W-2, facts.H, p.ascii)
		return
	}
	d.describe(p, r, facts.W-2, brokers)
	if levels.Empty() {
		d.facts.Say()
		d.facts.Append(&d.levels)
		d.facts.Arrange(facts.W-2, facts.H, p.ascii)
		return
	}
	d.facts.Arrange(facts.W-2, facts.H, p.ascii)
	d.levels.Follow(&d.facts)
	d.levels.Arrange(levels.W-2, levels.H, p.ascii)
}

// Draw implements [pane.Screen].
func (p *Pane) Draw(a cell.Area) {
	if p.usage == nil {
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
	drawNotes(a.In(p.parts.Notes), p.notes)
	if p.none() {
		p.noUsage.Draw(a.In(p.parts.Facts.Inset()))
		return
	}
	p.detail.facts.Draw(a.In(p.parts.Facts.Inset()))
	p.detail.levels.Draw(a.In(p.parts.Levels.Inset()))
}

// list returns the list on the screen: of usage, or of quota records.
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

// Shown returns the table on the screen.
func (p *Pane) Shown() table.Any { return p.list().Shown() }

// Lists implements [pane.Screen].
func (p *Pane) Lists() []pane.Placed {
	if p.usage == nil || p.parts.List.Empty() {
		return nil
	}
	return []pane.Placed{{Table: p.Shown(), At: p.parts.List}}
}

// Status implements [pane.Screen].
func (p *Pane) Status() string {
	if p.none() && !p.Scene.State.Quotas.Known {
		return ""
	}
	return p.list().Status()
}

// rowName returns what the console calls a usage.
func rowName(id table.ID) string {
	b := bucketOf(id)
	return pane.EntityName(b.User, b.ClientID, false) + " " + pane.TypeWord(b.Type)
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

// Legends implements [pane.Rows].
func (p *Pane) Legends() []pane.Legend {
	if p.none() {
		return p.quotas.Legends()
	}
	return append(p.List.Legends(), p.quotas.Legends()...)
}

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
	if p.none() && format == "csv" {
		return p.quotas.Export(format)
	}
	return p.List.Export(format)
}

// tenantsJSON writes rows as kdeck tenants does.
func tenantsJSON(s pane.Scene, rows []*tenantRow) (func(io.Writer) error, error) {
	var series []view.TenantRow
	totals := make([]tenant.Total, len(rows))
	for i, r := range rows {
		series = append(series, r.series...)
		totals[i] = r.Total
	}
	return pane.JSON(view.TenantsAnswer(s.Snapshot(), view.TenantsMissing(s.State), series, totals)), nil
}

// tenantDocument returns what "kdeck tenants -o json" has of a usage: on all brokers together, and on each of them.
func tenantDocument(s pane.Scene, r *tenantRow) any {
	of := view.TenantsAnswer(s.Snapshot(), nil, r.series, []tenant.Total{r.Total})
	return struct {
		Totals  []view.TotalJSON  `json:"totals"`
		Tenants []view.TenantJSON `json:"tenants"`
	}{of.Totals, of.Tenants}
}
