package pane

import (
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ui/cell"
)

func (s Scene) Snapshot() *state.Snapshot {
	if s.State == nil {
		return nil
	}
	return s.State.Snapshot
}

// tenantRules are the context's.
func (s Scene) TenantRules() tenant.Rules {
	if s.State == nil {
		return nil
	}
	return s.State.TenantRules
}

func NoPartition(state.Partition) bool { return false }

// flags are those of every row: stale when the last poll failed.
func (s *Scene) RowStyle() cell.Style {
	if s.State.Failed != "" {
		return cell.Stale
	}
	return cell.Plain
}

// since writes how long ago something was: "4m12s", "??" where it isn't known.
func (s Scene) Since(r state.Reading[time.Time]) string {
	if !r.Known {
		return format.Unknown
	}
	return format.Duration(max(s.Now.Sub(r.Value), 0))
}

// drawWaiting says what the first answer is waited for.
func DrawWaiting(a cell.Area, s Scene) {
	text := "waiting for the first answer"
	if s.State != nil && s.State.Waiting != "" {
		text = "waiting for " + s.State.Waiting
	}
	w, _ := a.Size()
	y := 1
	for _, l := range cell.Wrap(text, w-6, a.Theme().ASCII) {
		y++
		a.Text(3, y-1, cell.Plain, l)
	}
	if s.State != nil && s.State.Failed != "" {
		for _, l := range cell.Wrap(s.State.Failed, w-6, a.Theme().ASCII) {
			y++
			a.Text(3, y, cell.Critical, l)
		}
	}
}

// ago is how long before now that was.
func (s Scene) Ago(t time.Time) string { return format.Duration(max(s.Now.Sub(t), 0)) }

// silence says for how long a broker has not answered kdeck: "?? 2m14s", with > where it never did since the console
// started.
func (s Scene) Silence(broker int32) string {
	if s.History.Began().IsZero() {
		return format.Unknown
	}
	at, ok := s.History.LastAnswer(broker)
	if !ok {
		return format.Unknown + " >" + s.Ago(s.History.Began())
	}
	return format.Unknown + " " + s.Ago(at)
}

// noMetrics says why no broker has metrics, and the next step.
func NoMetrics(s *state.State) string {
	why := s.NoMetrics
	if why == "" {
		why = "none were read yet"
	}
	return "no threads, latencies and rates (kdeck doctor): " + why
}

// metricsOf is what a broker's exporter said last, nil where it never said anything; fresh tells that it is of now.
func (s Scene) MetricsOf(broker int32) (m *state.BrokerMetrics, fresh bool) {
	return health.Fresh(s.State, broker)
}

// metricsAge is how long ago a broker's metrics were read; false where there are none.
func (s Scene) MetricsAge(broker int32) (time.Duration, bool) {
	m := s.State.Metrics[broker]
	if !m.Known {
		return 0, false
	}
	return s.Now.Sub(m.Value.At), true
}

func (s Scene) MetricsStale(broker int32) bool {
	age, known := s.MetricsAge(broker)
	return known && age >= health.OldAfter
}

// unknownFor says why something isn't known, and how long ago that was tried.
func UnknownFor(sc Scene, why string, at time.Time) string {
	text := format.Unknown
	if why != "" {
		text += " " + why
	}
	if !at.IsZero() {
		text += " (tried " + sc.Ago(at) + " ago)"
	}
	return text
}
