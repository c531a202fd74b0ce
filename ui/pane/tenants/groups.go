package tenants

import (
	"cmp"
	"math"
	"strconv"

	"kdeck/ops/format"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// summary is what is told of the usages of a group.
type summary struct {
	usages, throttled, near int
	use                     map[tenant.Type]float64 // on all brokers together
	worst                   *tenantRow              // of those in the group the one that comes first
}

type group = pane.Group[*summary]

// groups gathers usages into one row a tenant or a type.
func (p *Pane) groups() *pane.Groups[*tenantRow, *summary] {
	number := func(head, name, help string, style cell.Style, get func(*summary) int) table.Column[group] {
		return table.Column[group]{
			Column: view.Column[group]{Head: head, Name: name, Help: help, Right: true,
				Cell: func(g group) string { return strconv.Itoa(get(g.Of)) },
				Key:  func(g group) int64 { return -int64(get(g.Of)) }}, // the most first
			Style: func(g group) cell.Style {
				if get(g.Of) > 0 {
					return style
				}
				return cell.Faint
			}}
	}
	sum := func(head string, t tenant.Type) table.Column[group] {
		get := func(g group) float64 {
			if v, ok := g.Of.use[t]; ok {
				return v
			}
			return math.NaN()
		}
		return table.Column[group]{Column: view.Column[group]{Head: head, Name: string(t), Help: "on all brokers together", Right: true,
			Cell: func(g group) string {
				if v, ok := g.Of.use[t]; ok {
					return view.Amount(t, v)
				}
				return "-"
			},
			Key: func(g group) int64 { return view.Key(-get(g)) }}}
	}
	worst := view.Find(view.TotalColumns(), "percent")
	return &pane.Groups[*tenantRow, *summary]{
		Ways: []pane.Way{{Word: "tenant", By: "tenant", Group: "tenant"}, {Word: "type", By: "type", Group: "type"}},
		Table: table.New([]table.Column[group]{
			pane.GroupColumn("tenant of the context's rules, or type", func(a, b group) int { return cmp.Compare(a.Name, b.Name) }),
			number("USAGES", "usages", "what quotas are counted for, each by itself", cell.Plain, func(s *summary) int { return s.usages }),
			number("THROTTLED", "throttled", "usages that a broker throttles", cell.Critical, func(s *summary) int { return s.throttled }),
			number("NEAR", "near", "others at 80% of their limit or more, or without one and heavy", cell.Warning, func(s *summary) int { return s.near }),
			{Column: view.Column[group]{Head: "WORST", Name: "worst", Help: "percent of its limit on the broker where that is most, of the usage that is nearest to it",
				Cell: func(g group) string { return worst.Cell(g.Of.worst.Total) },
				Key:  func(g group) int64 { return int64(g.Of.worst.rank) }}},
			sum("REQUEST", tenant.RequestPercentage), sum("PRODUCE", tenant.ProducerByteRate), sum("FETCH", tenant.ConsumerByteRate),
		}, table.Order{Column: "worst"}),
		Gather: func(_ pane.Scene, by string, match func(*tenantRow) bool) func() []group {
			b := p.board
			return func() []group { return b.gather(by, match) }
		},
	}
}

// gather groups the rows that pass the filter, which come in order, the worst first.
func (b *board) gather(by string, match func(*tenantRow) bool) []group {
	at := map[string]int{}
	var groups []group
	for i := range b.rows {
		r := &b.rows[i]
		if match != nil && !match(r) {
			continue
		}
		name := pane.Dashed(r.Tenant)
		filter := "tenant:" + format.FilterValue(name)
		if by == "type" {
			name, filter = string(r.Type), "type:"+pane.TypeWord(r.Type)
		}
		n, ok := at[name]
		if !ok {
			n = len(groups)
			at[name] = n
			groups = append(groups, group{ID: table.ID{Name: name}, Name: name, Filter: filter, Of: &summary{use: map[tenant.Type]float64{}, worst: r}})
		}
		groups[n].Of.add(r)
	}
	return groups
}

func (s *summary) add(r *tenantRow) {
	s.usages++
	switch r.standing {
	case tenant.Throttled:
		s.throttled++
	case tenant.Over, tenant.Near, tenant.Heavy:
		s.near++
	}
	if v := r.Rate; !math.IsNaN(v) {
		s.use[r.Type] += v
	}
}
