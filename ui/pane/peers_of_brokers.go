package pane

import (
	"cmp"
	"slices"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// IdleStyle is how an idle share is written that is judged by itself.
func IdleStyle(idle float64) cell.Style { return FigureStyle(health.Idle(idle)) }

// IdleAmongPeers is how an idle share of a broker is written.
func IdleAmongPeers(p *health.Peers, broker int32, figure string, r state.Reading[float64]) cell.Style {
	return FigureStyle(p.Idle(broker, figure, r))
}

// AmongPeers is how another figure of a broker is written.
func AmongPeers(p *health.Peers, broker int32, figure string) cell.Style {
	return FigureStyle(p.Figure(broker, figure))
}

// WorstFirst orders the rows of brokers: what stands badly by its state, then by its metrics, then those whose replicas
// are missing, then by id. It changes only when that does, and not with every figure.
func WorstFirst(s Scene, p *health.Peers, rows []view.BrokerRow) []view.BrokerRow {
	rank := func(b view.BrokerRow) (int, int) {
		switch b.State() {
		case "DEAD", "FENCED":
			return 0, 0
		case "BAD-DISK":
			return 1, 0
		case "NO-ANSWER":
			return 2, 0
		}
		if m, fresh := s.MetricsOf(b.ID); fresh {
			if n := p.Trouble(m); n > 0 {
				return 3, -n
			}
		}
		if b.UnderReplicated > 0 {
			return 4, 0
		}
		return 5, 0
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b view.BrokerRow) int {
		x, n := rank(a)
		y, m := rank(b)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(n, m))
	})
	return sorted
}
