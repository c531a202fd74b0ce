package health

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"kdeck/ops/state"
)

// metricsNotRead says which live brokers give no metrics where they should, together where it is for the same reason.
func (j *judge) metricsNotRead() {
	if !j.State.MetricsConfigured {
		return
	}
	if j.State.Metrics == nil {
		j.find(state.Finding{
			Code: MetricsNotRead, Severity: state.SeverityWarning, Scope: "cluster", Sentence: "Metrics not read: the first are being read", Next: "kdeck doctor", Pane: "brokers",
		})
	}
	by := map[string][]int32{}
	for i := range j.s.Brokers {
		b := &j.s.Brokers[i]
		switch r, asked := j.State.Metrics[b.ID]; {
		case !asked || !b.Alive:
		case !r.Known && r.Value != nil && j.now.Sub(r.Value.At) <= MetricsLate:
		case !r.Known:
			by[r.Why] = append(by[r.Why], b.ID)
		case j.tooOld(r):
			why := "the newest of " + r.From + " are old"
			by[why] = append(by[why], b.ID)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(by)) {
		ids := by[why]
		f := state.Finding{
			Code: MetricsNotRead, Severity: state.SeverityWarning, Subject: ofBroker(ids[0]), Scope: brokers(ids),
			Sentence: fmt.Sprintf("Metrics of %s not read: %s", brokers(ids), words(why)),
			Evidence: []string{line(why)}, Next: "kdeck doctor", Pane: "brokers", Filter: brokerFilter(ids),
		}
		if at, ok := lastRead(j.State, ids); ok {
			f.Evidence = append(f.Evidence, fmt.Sprintf("they were last read %s ago", age(j.now.Sub(at))))
		}
		j.find(f)
	}
}

func (j *judge) tooOld(r state.Reading[*state.BrokerMetrics]) bool {
	return r.Known && j.now.Sub(r.Value.At) > MetricsFresh
}

// lastRead is when any of the brokers gave metrics last.
func lastRead(s *state.State, ids []int32) (last time.Time, ok bool) {
	for _, id := range ids {
		if m := s.Metrics[id].Value; m != nil && m.At.After(last) {
			last, ok = m.At, true
		}
	}
	return last, ok
}
