package health

import (
	"cmp"
	"slices"

	"kdeck/ops/state"
)

// A Cause is a finding that no other explains, with those that it explains: they would be gone with it.
type Cause struct {
	state.Finding
	Explains []state.Finding
}

// Causes gathers findings under those that explain them, in the order in which an operator looks into them: what is worst first, be it the cause or what it
// explains, and of equal ones what explains the most. None is left out, and none stands there twice.
func Causes(findings []state.Finding) []Cause {
	var causes []Cause
	at := map[string]int{}
	for _, f := range findings {
		if f.ExplainedBy == "" {
			if _, twice := at[causeName(&f)]; !twice {
				at[causeName(&f)] = len(causes)
			}
			causes = append(causes, Cause{Finding: f})
		}
	}
	for _, f := range findings {
		if f.ExplainedBy == "" {
			continue
		}
		if i, ok := at[f.ExplainedBy]; ok {
			causes[i].Explains = append(causes[i].Explains, f)
		} else {
			causes = append(causes, Cause{Finding: f})
		}
	}
	slices.SortStableFunc(causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(a.worst(), b.worst()), cmp.Compare(len(b.Explains), len(a.Explains)), cmp.Compare(order[a.Code], order[b.Code]))
	})
	return causes
}

// worst is the rank of the worst severity in a cause and what it explains.
func (c *Cause) worst() int {
	rank := c.Severity.Rank()
	for i := range c.Explains {
		rank = min(rank, c.Explains[i].Severity.Rank())
	}
	return rank
}

// causeName is how a finding is named where it explains another.
func causeName(f *state.Finding) string { return f.Code + ": " + f.Scope }

// explain says of findings which other one they come from.
func (j *judge) explain() {
	down, failed := map[int32]string{}, map[int32]string{} // broker -> the finding that it is down, that a log dir of it failed
	for i := range j.findings {
		switch f := &j.findings[i]; f.Code {
		case BrokerDown:
			down[f.Subject.ID] = causeName(f)
		case LogDirOffline:
			failed[f.Subject.ID] = causeName(f)
		}
	}
	for i := range j.findings {
		f := &j.findings[i]
		switch f.Code {
		case Leaderless, UnderMinISR, UnderReplicated, AtMinISR:
			f.ExplainedBy = j.whoMisses(f.Code, down, failed)
		case NotRead, MetricsNotRead, MaybeStale:
			if f.Subject.Kind == state.OfBroker {
				f.ExplainedBy = down[f.Subject.ID]
			}
		case SlowBroker:
			f.ExplainedBy = j.busiestOf(f.Subject.ID)
		}
	}
}

// whoMisses is the broker that is down, or whose log dir failed, where most of the partitions of a finding miss it; "" for none. Where they miss several such
// brokers, it is the one that the most of them miss.
func (j *judge) whoMisses(code string, down, failed map[int32]string) string {
	if len(down)+len(failed) == 0 {
		return ""
	}
	is := map[string]func(state.Partition) bool{
		Leaderless: func(p state.Partition) bool {
			b := j.s.Broker(p.Leader())
			return p.Leaderless() || b == nil || !b.Alive
		},
		UnderMinISR:     func(p state.Partition) bool { under, _ := p.UnderMinISR(); return under },
		AtMinISR:        func(p state.Partition) bool { at, _ := p.AtMinISR(); return at && p.UnderReplicated() },
		UnderReplicated: state.Partition.UnderReplicated,
	}[code]
	all, explained := 0, 0
	missed := map[string]int{}
	for i := range j.s.NumPartitions() {
		p := j.s.Partition(i)
		if !is(p) {
			continue
		}
		all++
		by := ""
		for r := range p.Replicas() {
			switch {
			case down[r.Broker] != "":
				by = down[r.Broker]
			case failed[r.Broker] != "" && r.Offline:
				by = failed[r.Broker]
			default:
				continue
			}
			missed[by]++
		}
		if by != "" {
			explained++
		}
	}
	if all == 0 || float64(explained) < MostOfThem*float64(all) {
		return ""
	}
	most := ""
	for by, n := range missed {
		if n > missed[most] || n == missed[most] && by < most {
			most = by
		}
	}
	return most
}

// busiestOf is the finding that threads of a broker have little time left; "" for none.
func (j *judge) busiestOf(id int32) string {
	for _, b := range j.busy {
		if b.id != id || b.severity != state.SeverityWarning {
			continue
		}
		for i := range j.findings {
			if f := &j.findings[i]; f.Code == b.code && f.Severity == b.severity {
				return causeName(f)
			}
		}
	}
	return ""
}
