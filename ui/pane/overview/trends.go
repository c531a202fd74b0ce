package overview

import (
	"kdeck/ops/history"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// clusterTrends are the figures of the whole cluster whose histories the Overview draws, two a row.
var clusterTrends = []struct {
	label  string
	figure history.Figure
	whole  float64 // what a full cell stands for; 0: the largest there was
	bad    func(a, b float64) float64
	look   func(v float64) cell.Style
	write  func(v float64) string
}{
	{"net idle min", history.NetworkIdle, 1, pane.Lowest, pane.IdleStyle, func(v float64) string { return pane.Idle(state.Reading[float64]{Value: v, Known: true}) }},
	{"bytes in", history.BytesIn, 0, pane.Highest, nil, format.ByteRate},
	{"out of sync", history.UnderReplicated, 0, pane.Highest, anyLook, func(v float64) string { return format.Thousands(int(v)) }},
	{"bytes out", history.BytesOut, 0, pane.Highest, nil, format.ByteRate},
}

const (
	trendRows  = 2
	trendLabel = 13
)

// anyLook is the style of a figure that ought to be 0.
func anyLook(v float64) cell.Style {
	if v > 0 {
		return cell.Warning
	}
	return cell.Faint
}

// trend is one history as it is drawn.
type trend struct {
	label string
	cells pane.Cells
	value string
	style cell.Style
}

// cells is how many cells a history has.
func (t trendsFor) cells() int {
	const value = 10
	return min(max((t.width-1)/2-trendLabel-value, 4), 60)
}

// trendsOf are the histories, two beside each other with their labels and last values.
func trendsOf(s pane.Scene, to trendsFor) []trend {
	out := make([]trend, 0, len(clusterTrends))
	for _, c := range clusterTrends {
		samples := s.History.Broker(history.Cluster, c.figure)
		h := pane.SparklineOf(samples, s.State.Now, to.cells(), c.bad)
		t := trend{label: c.label, cells: h.SinceBegun().Cells(c.whole, to.ascii, c.look), value: format.Unknown, style: cell.Unknown}
		if n := len(samples); n > 0 && samples[n-1].Known {
			v := samples[n-1].Value
			t.value, t.style = c.write(v), cell.Plain
			if c.look != nil {
				t.style = c.look(v)
			}
		}
		out = append(out, t)
	}
	return out
}

func (o *Pane) drawTrends(a cell.Area) {
	w, _ := a.Size()
	each := (w - 1) / 2
	for i, t := range o.trends {
		x, y := 1+i%2*each, i/2
		a.Text(x, y, cell.Faint, t.label)
		t.cells.Draw(a, x+trendLabel, y)
		a.Text(x+trendLabel+o.drawn.cells()+1, y, t.style, t.value)
	}
}

// overviewTenants is how many clients the Overview lists.
const overviewTenants = 8

// setTenants adds the clients up, of very many off the update loop: those before stay until it is done.
func (o *Pane) setTenants() []pane.Effect {
	s := o.Scene.State
	switch {
	case s.Snapshot == nil || len(s.Metrics) == 0:
		o.tenants = nil
	case view.Series(s) <= table.OffLoop:
		o.tenants = topTenants(s)
	case !o.adding:
		o.adding = true
		return []pane.Effect{pane.Work{Run: func() func() {
			top := topTenants(s)
			return func() { o.tenants, o.adding = top, false }
		}}}
	}
	return nil
}

// topTenants are the clients that stand worst, by their limits or by what they use.
func topTenants(s *state.State) []tenant.Total {
	totals := tenant.Totals(view.TenantRows(s), len(s.Snapshot.Brokers))
	return totals[:min(len(totals), overviewTenants)]
}

func (o *Pane) drawTenants(a cell.Area) {
	w, h := a.Size()
	if h == 0 {
		return
	}
	a.Text(1, 0, cell.Heading, "TENANTS, worst first")
	for i := range o.tenants {
		if i+1 >= h {
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
			percent = "throttled by " + format.Count(t.Throttling, "broker") + ", " + format.WholeMillis(t.ThrottleMS)
		}
		const amount, kind = 9, 8
		x := w - 32
		a.Fit(3, i+1, x-3-amount-kind-4, cell.Plain, pane.WhoName(t.User, t.ClientID, t.Worst.Approximate), false)
		a.Fit(x-amount-kind-2, i+1, kind, cell.Faint, pane.TypeWord(t.Type), false)
		a.Fit(x-amount-1, i+1, amount, cell.Plain, t.Type.Amount(t.Rate), true)
		a.Fit(x+1, i+1, w-x-2, style, percent, false)
	}
}
