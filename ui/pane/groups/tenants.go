package groups

import (
	"cmp"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// summary is what a row of tenants shows of its groups.
type summary struct {
	groups, stuck, behind int
	lag                   int64
}

type group = pane.Group[*summary]

// byTenant shows one row for each tenant that the topics of groups are put to.
func byTenant() *pane.Groups[*state.Group, *summary] {
	return &pane.Groups[*state.Group, *summary]{
		Ways: []pane.Way{{Word: "tenant", By: "tenant", Group: "tenant", Idle: func(s pane.Scene) bool { return len(s.TenantRules().WithTopics()) == 0 }}},
		Table: table.New([]table.Column[group]{
			pane.GroupColumn("the tenant of the context's rules that the topics of the groups are put to", func(a, b group) int { return cmp.Compare(a.Name, b.Name) }),
			pane.GroupCount("GROUPS", "groups", "number of consumer groups that read topics of the tenant", cell.Plain, func(s *summary) int { return s.groups }),
			pane.GroupCount("STUCK", "stuck", "how many of them are STALLED or STOPPED", cell.Critical, func(s *summary) int { return s.stuck }),
			pane.GroupCount("BEHIND", "behind", "how many others fall behind or went back", cell.Warning, func(s *summary) int { return s.behind }),
			{Column: view.Measured("LAG", "lag", "records that they have not committed, together",
				func(g group) (int64, bool) { return -g.Of.lag, true }, // the most first
				func(n int64) string { return format.Thousands(-n) })},
		}, table.Order{Column: "stuck"}),
		Gather: func(s pane.Scene, _ string, match func(*state.Group) bool) func() []group {
			all, rules := s.State.Groups, s.TenantRules()
			return func() []group {
				of := map[string]*summary{}
				if all == nil {
					return nil
				}
				for _, g := range all.Groups {
					if match != nil && !match(g) {
						continue
					}
					for _, name := range view.TenantsOfGroup(g, rules) {
						if of[name] == nil {
							of[name] = &summary{}
						}
						of[name].add(g)
					}
				}
				return pane.TenantGroups(of)
			}
		},
	}
}

func (s *summary) add(g *state.Group) {
	s.groups++
	s.lag += g.Lag.Value
	switch g.Status {
	case state.GroupStalled, state.GroupStopped:
		s.stuck++
	case state.GroupWarn, state.GroupRewound:
		s.behind++
	}
}
