package overview

import (
	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// mostTenants is the number of clients that are listed.
const mostTenants = 20

// setTenants adds the clients up. Very many are added up off the update loop, and the clients before stay until that is done.
func (o *Pane) setTenants() []pane.Effect {
	s := o.Scene.State
	switch {
	case s.Snapshot == nil || len(s.Metrics) == 0:
		o.tenants = nil
	case view.Series(s) <= table.OffLoop:
		o.tenants = topTenants(s)
	case !o.adding:
		o.adding = true
		return pane.Background(func() func() {
			top := topTenants(s)
			return func() { o.tenants, o.adding = top, false }
		})
	}
	return nil
}

// topTenants returns the clients nearest to or over their limits, then those that use most.
func topTenants(s *state.State) []tenant.Total {
	totals := tenant.Totals(view.TenantRows(s), s.BrokersMeasured())
	return totals[:min(len(totals), mostTenants)]
}

// drawTenants lists the clients, the worst first.
func (o *Pane) drawTenants(a cell.Area) {
	w, h := a.Size()
	for i := range o.tenants {
		if i >= h {
			break
		}
		t := &o.tenants[i]
		style, percent := pane.StandingStyle(t.Standing()), "no limit"
		if p, known := t.Worst.Percent(); known {
			percent = format.Percent(p) + " of its limit on " + view.IDs([]int32{t.Worst.Broker})
		} else if t.Limited {
			percent = format.Unknown
		}
		if t.Throttling > 0 {
			percent = "throttled by " + format.Count(t.Throttling, "broker") + ", " + format.WholeMillis(t.LongestMS)
		}
		const amount, kind = 9, 8
		x := w - 32
		a.Fit(3, i, x-3-amount-kind-4, cell.Plain, pane.EntityName(t.User, t.ClientID, t.Worst.Approximate), false)
		a.Fit(x-amount-kind-2, i, kind, cell.Faint, pane.TypeWord(t.Type), false)
		a.Fit(x-amount-1, i, amount, cell.Plain, t.Type.Amount(t.Worst.Rate), true)
		a.Fit(x+1, i, w-x-2, style, percent, false)
	}
}
