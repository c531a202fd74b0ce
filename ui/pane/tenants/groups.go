package tenants

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"kdeck/ops/format"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// tenantGroup is buckets that have a tenant or a type in common.
type tenantGroup struct {
	name, filter             string
	buckets, throttled, near int
	use                      map[tenant.Type]float64 // on all brokers together
	worst                    *tenantRow              // of those in the group the one that comes first
}

// tenantGroups gathers buckets into one row a tenant or a type.
type tenantGroups struct {
	by    string // "" for flat
	table *table.Table[*tenantGroup]
}

func newTenantGroups() *tenantGroups {
	number := func(head, name, help string, style cell.Style, get func(*tenantGroup) int) table.Column[*tenantGroup] {
		c := table.Column[*tenantGroup]{Column: view.Column[*tenantGroup]{Head: head, Name: name, Help: help, Right: true,
			Cell: func(g *tenantGroup) string { return strconv.Itoa(get(g)) },
			Key:  func(g *tenantGroup) int64 { return -int64(get(g)) }}} // the most first
		c.Style = func(g *tenantGroup) cell.Style {
			if get(g) > 0 {
				return style
			}
			return cell.Faint
		}
		return c
	}
	sum := func(head string, t tenant.Type) table.Column[*tenantGroup] {
		get := func(g *tenantGroup) float64 {
			if v, ok := g.use[t]; ok {
				return v
			}
			return math.NaN()
		}
		return table.Column[*tenantGroup]{Column: view.Column[*tenantGroup]{Head: head, Name: string(t), Help: "on all brokers together", Right: true,
			Cell: func(g *tenantGroup) string {
				if v, ok := g.use[t]; ok {
					return view.Amount(t, v)
				}
				return "-"
			},
			Key: func(g *tenantGroup) int64 { return view.Key(-get(g)) }}}
	}
	worst := view.Find(view.TotalColumns(), "percent")
	return &tenantGroups{table: table.New([]table.Column[*tenantGroup]{
		{Column: view.Column[*tenantGroup]{Head: "GROUP", Name: "group", Help: "tenant of the context's rules, or type",
			Cell:    func(g *tenantGroup) string { return g.name },
			Compare: func(a, b *tenantGroup) int { return cmp.Compare(a.name, b.name) }}, Grow: true},
		number("BUCKETS", "buckets", "what quotas are counted for, each by itself", cell.Plain, func(g *tenantGroup) int { return g.buckets }),
		number("THROTTLED", "throttled", "buckets that a broker holds back", cell.Critical, func(g *tenantGroup) int { return g.throttled }),
		number("NEAR", "near", "others at 80% of their limit or more, or without one and heavy", cell.Warning, func(g *tenantGroup) int { return g.near }),
		{Column: view.Column[*tenantGroup]{Head: "WORST", Name: "worst", Help: "percent of its limit on the broker where that is most, of the bucket that is nearest to it",
			Cell: func(g *tenantGroup) string { return worst.Cell(g.worst.Total) },
			Key:  func(g *tenantGroup) int64 { return int64(g.worst.rank) }}},
		sum("REQUEST", tenant.RequestPercentage), sum("PRODUCE", tenant.ProducerByteRate), sum("FETCH", tenant.ConsumerByteRate),
	}, table.Order{Column: "worst"})}
}

// next goes from flat to by tenant to by type and back.
func (g *tenantGroups) next() string {
	order := []string{"", pane.ByTenant, pane.ByType}
	return order[(slices.Index(order, g.by)+1)%len(order)]
}

// set gathers the rows that pass the filter, which come in order, the worst first.
func (g *tenantGroups) set(b *board, match func(*tenantRow) bool) []pane.Effect {
	at := map[string]int{}
	var groups []*tenantGroup
	for i := range b.rows {
		r := &b.rows[i]
		if match != nil && !match(r) {
			continue
		}
		name, filter := pane.Dashed(r.Tenant), "tenant:"+format.FilterValue(pane.Dashed(r.Tenant))
		if g.by == pane.ByType {
			name, filter = string(r.Type), "type:"+pane.TypeWord(r.Type)
		}
		n, ok := at[name]
		if !ok {
			n = len(groups)
			at[name] = n
			groups = append(groups, &tenantGroup{name: name, filter: filter, use: map[tenant.Type]float64{}, worst: r})
		}
		groups[n].add(r)
	}
	return pane.Background(g.table.Set(table.Rows[*tenantGroup]{
		Len: len(groups),
		At:  func(i int) *tenantGroup { return groups[i] },
		ID:  func(g *tenantGroup) table.ID { return table.ID{Name: g.name} },
		Find: func(id table.ID) (int, bool) {
			i, ok := at[id.Name]
			return i, ok
		},
	}, nil, false))
}

func (g *tenantGroup) add(r *tenantRow) {
	g.buckets++
	switch r.standing {
	case tenant.Throttled:
		g.throttled++
	case tenant.Over, tenant.Near, tenant.Heavy:
		g.near++
	}
	if v := r.Rate; !math.IsNaN(v) {
		g.use[r.Type] += v
	}
}

func (g *tenantGroups) status() string {
	if g.by == pane.ByTenant {
		return "by tenant: " + format.Count(g.table.Len(), "tenant") + pane.SortedBy(g.table)
	}
	return "by type: " + format.Count(g.table.Len(), "type") + pane.SortedBy(g.table)
}

func (g *tenantGroups) bindings(enter func(filter string) []pane.Effect) []pane.Binding {
	none := ""
	r, ok := g.table.Current()
	if !ok {
		none = "there is no group to open"
	}
	return append([]pane.Binding{
		{Keys: []string{"enter"}, Help: "its buckets", Group: pane.Going, Label: "open", Disabled: none,
			Do: func() []pane.Effect { return enter(r.filter) }},
	}, pane.ListBindings(g.table)...)
}
