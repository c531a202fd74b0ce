package pane

import (
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
)

func (s Scene) snapshot() *state.Snapshot {
	if s.State == nil {
		return nil
	}
	return s.State.Snapshot
}

// tenantRules are the context's.
func (s Scene) tenantRules() tenant.Rules {
	if s.State == nil {
		return nil
	}
	return s.State.TenantRules
}

func noPartition(state.Partition) bool { return false }

// flags are those of every row: stale when the last poll failed.
func (s *Scene) flags() cell.Style {
	if s.State.Failed != "" {
		return cell.Stale
	}
	return cell.Plain
}

// since writes how long ago something was: "4m12s", "??" where it isn't known.
func (s Scene) since(r state.Reading[time.Time]) string {
	if !r.Known {
		return view.Unknown
	}
	return view.Duration(max(s.Now.Sub(r.Value), 0))
}

// drawWaiting says what the first answer is waited for.
func drawWaiting(a cell.Area, s Scene) {
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
func (s Scene) ago(t time.Time) string { return view.Duration(max(s.Now.Sub(t), 0)) }

// silence says for how long a broker has not answered kdeck: "?? 2m14s", with > where it never did since the console
// started.
func (s Scene) silence(broker int32) string {
	if s.History == nil || s.History.Began().IsZero() {
		return view.Unknown
	}
	at, ok := s.History.LastAnswer(broker)
	if !ok {
		return view.Unknown + " >" + s.ago(s.History.Began())
	}
	return view.Unknown + " " + s.ago(at)
}
