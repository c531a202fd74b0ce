package overview

import (
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// mostGroups is the number of groups that are listed.
const mostGroups = 20

// worstGroups returns the groups that stand worst, the worst first. They are looked for without sorting: there may be ten thousand.
func worstGroups(all *state.Groups) (worst []*state.Group) {
	if all == nil {
		return nil
	}
	for _, g := range all.Groups {
		if len(worst) == mostGroups && view.WorstGroupsFirst(worst[mostGroups-1], g) <= 0 {
			continue
		}
		i, _ := slices.BinarySearchFunc(worst, g, view.WorstGroupsFirst)
		worst = slices.Insert(worst, i, g)
		worst = worst[:min(len(worst), mostGroups)]
	}
	return worst
}

// drawGroups lists the groups, the worst first.
func (o *Pane) drawGroups(a cell.Area) {
	w, h := a.Size()
	const status, lag, behind = 8, 13, 9
	for y, g := range o.groups {
		if y >= h {
			break
		}
		x := w - behind - 1
		late := format.Unknown
		if g.Behind.Known {
			late = view.Behind(g.Behind.Value, g.BehindAtLeast)
		}
		records := format.Unknown
		if g.Lag.Known {
			records = format.Thousands(g.Lag.Value)
		}
		a.Fit(1, y, status, pane.GroupStyle(g.Status), view.GroupStatusWord(g.Status), false)
		a.Fit(status+2, y, x-lag-status-4, cell.Plain, g.ID, false)
		a.Fit(x-lag-1, y, lag, cell.Plain, records, true)
		a.Fit(x, y, behind, cell.Faint, late, true)
	}
}
