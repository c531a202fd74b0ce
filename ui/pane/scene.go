package pane

import (
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ui/cell"
)

// Snapshot returns what is known of the cluster's brokers and partitions; nil before the first answer.
func (s Scene) Snapshot() *state.Snapshot {
	if s.State == nil {
		return nil
	}
	return s.State.Snapshot
}

// Known tells that there is something to show: a snapshot of a cluster, or a look at a machine.
func (s Scene) Known() bool { return s.Snapshot() != nil || s.State != nil && s.State.Host != nil }

// TenantRules returns the context's rules of which clients and topics belong to which tenant.
func (s Scene) TenantRules() tenant.Rules {
	if s.State == nil {
		return nil
	}
	return s.State.TenantRules
}

// RowStyle returns the style of rows that come from the snapshot: stale when the last poll failed.
func (s *Scene) RowStyle() cell.Style {
	if s.State.Failed != "" {
		return cell.Stale
	}
	return cell.Plain
}

// Since writes how long ago something was: "4m12s"; "??" where that isn't known.
func (s Scene) Since(r state.Reading[time.Time]) string {
	if !r.Known {
		return format.Unknown
	}
	return format.Duration(max(s.Now.Sub(r.Value), 0))
}

// DrawWaiting draws what the console waits for before the first answer, and how the last try failed.
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

// Ago writes how long ago t was: "4m12s". A time in the future is "0s".
func (s Scene) Ago(t time.Time) string { return format.Duration(max(s.Now.Sub(t), 0)) }

// SilentFor writes how long a broker has not answered kdeck: "?? 2m14s". Of a broker that has not answered since the console
// started, it is at least that long: "?? >2m14s".
func (s Scene) SilentFor(broker int32) string {
	if s.History.Began().IsZero() {
		return format.Unknown
	}
	at, ok := s.History.LastAnswer(broker)
	if !ok {
		return format.Unknown + " >" + s.Ago(s.History.Began())
	}
	return format.Unknown + " " + s.Ago(at)
}

// NoMetrics says why no broker has metrics, and the next step.
func NoMetrics(s *state.State) string {
	why := s.NoMetrics
	if why == "" {
		why = "none were read yet"
	}
	return "no threads, latencies and rates (kdeck doctor): " + why
}

// MetricsOf returns the latest metrics of a broker, nil where none were ever read. fresh tells that the last poll read them.
func (s Scene) MetricsOf(broker int32) (m *state.BrokerMetrics, fresh bool) {
	return health.Fresh(s.State, broker)
}

// MetricsAge returns how long ago a broker's metrics were read; known is false where there are none.
func (s Scene) MetricsAge(broker int32) (age time.Duration, known bool) {
	m := s.State.Metrics[broker]
	if !m.Known {
		return 0, false
	}
	return s.Now.Sub(m.Value.At), true
}

// MetricsStale tells that a broker's metrics are too old to be judged.
func (s Scene) MetricsStale(broker int32) bool {
	age, known := s.MetricsAge(broker)
	return known && age >= health.OldAfter
}

// UnknownFor says why a value isn't known, and how long ago kdeck last tried to read it.
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
