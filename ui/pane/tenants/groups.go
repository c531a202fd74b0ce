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

// summary is what a row of groups shows of its usages.
type summary struct {
	usages, throttled, near int
	rate                    map[tenant.Type]float64 // summed over all brokers
	worst                   *tenantRow              // the usage of the group that comes first
}

type group = pane.Group[*summary]

// groups shows one row for each tenant or each type.
func (p *Pane) groups() *pane.Groups[*tenantRow, *summary] {
	sum := func(head, unit string, t tenant.Type) table.Column[group] {
		return table.Column[group]{Column: view.Figure(head, string(t), "usage of the group summed over all brokers, "+unit+"; - for none",
			func(g group) float64 {
				if v, ok := g.Of.rate[t]; ok {
					return -v // the highest first
				}
				return math.NaN()
			},
			func(g group) string {
				if v, ok := g.Of.rate[t]; ok {
					return t.Amount(v)
				}
				return "-"
			})}
	}
	return &pane.Groups[*tenantRow, *summary]{
		Ways: []pane.Way{{Word: "tenant", By: "tenant", Group: "tenant"}, {Word: "type", By: "type", Group: "type"}},
		Table: table.New([]table.Column[group]{
			pane.GroupColumn("the tenant of the context's rules, or the type of usage, by which the usages are grouped", func(a, b group) int { return cmp.Compare(a.Name, b.Name) }),
			pane.GroupCount("USAGES", "usages", "number of usages in the group: of a user, a client id or a pair of them", cell.Plain, func(s *summary) int { return s.usages }),
			pane.GroupCount("THROTTLED", "throttled", "how many of them a broker throttles", cell.Critical, func(s *summary) int { return s.throttled }),
			pane.GroupCount("NEAR", "near", "how many others are at 80% of their limit or more, or heavy without a limit", cell.Warning, func(s *summary) int { return s.near }),
			{Column: view.Column[group]{Head: "WORST", Name: "worst", Help: "of the group's usage that stands worst: percent of its limit, and the broker on which; - without a limit, ?? where it isn't known",
				Cell: func(g group) string { return g.Of.worst.percentOnBroker() },
				Key:  func(g group) int64 { return int64(g.Of.worst.rank) }}},
			sum("REQUEST", "in percent of one thread", tenant.RequestPercentage), sum("PRODUCE", "in bytes a second", tenant.ProducerByteRate), sum("FETCH", "in bytes a second", tenant.ConsumerByteRate),
		}, table.Order{Column: "worst"}),
		Gather: func(_ pane.Scene, by string, match func(*tenantRow) bool) func() []group {
			u := p.usage
			return func() []group { return u.groupsBy(by, match) }
		},
	}
}

// groupsBy groups the rows that pass match, nil for all. Rows are in order, so the first one of a group is its worst.
func (u *usage) groupsBy(by string, match func(*tenantRow) bool) []group {
	at := map[string]int{}
	var groups []group
	for i := range u.rows {
		r := &u.rows[i]
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
			groups = append(groups, group{ID: table.ID{Name: name}, Name: name, Filter: filter, Of: &summary{rate: map[tenant.Type]float64{}, worst: r}})
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
		s.rate[r.Type] += v
	}
}

// percentOnBroker writes how much of its limit a usage takes, and on which broker that is: "97% on 12".
func (r *tenantRow) percentOnBroker() string {
	p, known := r.Worst.Percent()
	switch {
	case known:
		return format.Percent(p) + " on " + strconv.Itoa(int(r.Worst.Broker))
	case r.Limited:
		return format.Unknown
	}
	return "-"
}
