package brokers

import (
	"cmp"
	"slices"

	"kdeck/ops/health"
	"kdeck/ops/view"
	"kdeck/ui/pane"
)

// worstFirst orders brokers: first those in a bad state, then those with bad metrics, then those that miss in ISRs, then by
// id. The order doesn't change with every figure.
func worstFirst(s pane.Scene, p *health.Peers, rows []view.BrokerRow) []view.BrokerRow {
	rank := func(b view.BrokerRow) (int, int) {
		switch b.State() {
		case "DEAD", "FENCED":
			return 0, 0
		case "BAD-DISK":
			return 1, 0
		case "NO-ANSWER", "STALE":
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
