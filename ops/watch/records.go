package watch

import (
	"context"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// How often the quota records are read. A change takes a moment to reach the broker that is asked.
const (
	quotasEvery  = time.Minute
	quotasSettle = 2 * time.Second
)

// RefreshQuotas asks for the quota records to be read again soon, because they were changed. It returns at once.
func (w *Watch) RefreshQuotas() {
	select {
	case w.quotasDue <- struct{}{}:
	default: // it is due already
	}
}

// readQuotas reads the quota records again and again, from when the first broker has answered. While they can't be read
// the last ones stay, with their time.
func (w *Watch) readQuotas(ctx context.Context) {
	for s := w.Latest(); s.Snapshot == nil; {
		var err error
		if s, _, err = w.Next(ctx, s.Seq); err != nil {
			return
		}
	}
	for ctx.Err() == nil {
		asked, cancel := context.WithTimeout(ctx, 2*w.o.Deadline)
		q, err := Quotas(asked, w.session)
		cancel()
		if ctx.Err() != nil {
			return
		}
		w.publish(func(next *state.State) {
			switch {
			case err == nil:
				next.Quotas = state.Read(q, next.Now, w.session.Cluster().Name)
			case next.Quotas.Known:
				next.Quotas.Why = reason(err)
			default:
				next.Quotas = state.Missing[*tenant.Quotas](reason(err), next.Now, "")
			}
		})
		if w.rest(ctx, quotasEvery, w.quotasDue) {
			w.rest(ctx, quotasSettle, nil)
		}
	}
}
