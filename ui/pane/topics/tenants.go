package topics

import (
	"cmp"
	"math"

	"kdeck/ops/format"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// summary is what a row of tenants shows of its topics.
type summary struct {
	topics, partitions, bad, unread int
	size                            int64
	sizeKnown                       bool
	rate                            float64 // of the topics whose rate is known
}

type group = pane.Group[*summary]

// byTenant shows one row for each tenant that topics are put to.
func byTenant(p *Pane) *pane.Groups[*view.TopicRow, *summary] {
	return &pane.Groups[*view.TopicRow, *summary]{
		Ways: []pane.Way{{Word: "tenant", By: "tenant", Group: "tenant", Idle: func(s pane.Scene) bool { return len(s.TenantRules().WithTopics()) == 0 }}},
		Table: table.New([]table.Column[group]{
			pane.GroupColumn("the tenant of the context's rules that the topics are put to", func(a, b group) int { return cmp.Compare(a.Name, b.Name) }),
			pane.GroupCount("TOPICS", "topics", "number of topics of the tenant", cell.Plain, func(s *summary) int { return s.topics }),
			pane.GroupCount("PARTITIONS", "partitions", "number of partitions of those topics", cell.Plain, func(s *summary) int { return s.partitions }),
			pane.GroupCount("BAD", "bad", "how many of the topics have a partition that is not ok", cell.Warning, func(s *summary) int { return s.bad }),
			pane.GroupCount("UNREAD", "unread", "how many of them no group reads, as far as groups are known", cell.Plain, func(s *summary) int { return s.unread }),
			{Column: view.Measured("SIZE", "size_bytes", "bytes of all replicas of those topics; ?? where no broker tells",
				func(g group) (int64, bool) { return -g.Of.size, g.Of.sizeKnown }, // the largest first
				func(n int64) string { return format.Bytes(-n) })},
			{Column: view.Figure("REC/S", "records_per_second", "records that are written to them in a second, together, as far as that is known",
				func(g group) float64 { return -g.Of.rate }, func(g group) string { return format.Short(g.Of.rate) })},
		}, table.Order{Column: "bad"}),
		Gather: func(s pane.Scene, _ string, match func(*view.TopicRow) bool) func() []group {
			rows, rules := p.made.rows, s.TenantRules()
			return func() []group {
				of := map[string]*summary{}
				for _, r := range rows {
					if match != nil && !match(r) {
						continue
					}
					name := rules.OfTopic(r.Name())
					if of[name] == nil {
						of[name] = &summary{}
					}
					of[name].add(r)
				}
				return pane.TenantGroups(of)
			}
		},
	}
}

func (s *summary) add(r *view.TopicRow) {
	s.topics++
	s.partitions += r.Partitions
	if r.State != "ok" {
		s.bad++
	}
	if r.Listed && len(r.Groups) == 0 {
		s.unread++
	}
	if r.SizeKnown {
		s.size, s.sizeKnown = s.size+r.Size, true
	}
	if !math.IsNaN(r.Rate) {
		s.rate += r.Rate
	}
}
