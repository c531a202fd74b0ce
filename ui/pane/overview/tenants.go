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
	const amount, kind, narrow = 9, 8, 70
	shown := o.tenants[:min(len(o.tenants), max(h, 0))]
	limits, room := make([]string, len(shown)), 0
	for i := range shown {
		limits[i] = limitText(&shown[i], w < narrow)
		room = max(room, len(limits[i]))
	}
	for i := range shown {
		t := &shown[i]
		x := w - room - 2
		a.Fit(1, i, x-amount-kind-5, cell.Plain, pane.EntityName(t.User, t.ClientID, t.Worst.Approximate), false)
		a.Fit(x-amount-kind-3, i, kind, cell.Faint, pane.TypeWord(t.Type), false)
		a.Fit(x-amount-1, i, amount, cell.Plain, t.Type.Amount(t.Worst.Rate), true)
		a.Fit(x+1, i, room, pane.StandingStyle(t.Standing()), limits[i], false)
	}
}

// limitText says how a client stands against its limit, on the broker where it stands worst.
func limitText(t *tenant.Total, short bool) string {
	p, known := t.Worst.Percent()
	switch {
	case t.Throttling > 0 && short:
		return "throttled"
	case t.Throttling > 0:
		return "throttled by " + format.Count(t.Throttling, "broker") + ", " + format.WholeMillis(t.LongestMS)
	case known && short:
		return format.Percent(p) + " on " + view.IDs([]int32{t.Worst.Broker})
	case known:
		return format.Percent(p) + " of its limit on " + view.IDs([]int32{t.Worst.Broker})
	case t.Limited:
		return format.Unknown
	}
	return "no limit"
}
