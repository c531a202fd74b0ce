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

// worstGroups returns the groups that stand worst, the worst first.
func worstGroups(all *state.Groups) []*state.Group {
	if all == nil {
		return nil
	}
	return view.Least(slices.Values(all.Groups), mostGroups, view.WorstGroupsFirst)
}

// drawGroups lists the groups, the worst first.
func (o *Pane) drawGroups(a cell.Area) {
	w, h := a.Size()
	const status = 8
	shown := o.groups[:min(len(o.groups), max(h, 0))]
	records, late := make([]string, len(shown)), make([]string, len(shown))
	lag, behind := 0, 0
	for i, g := range shown {
		records[i], late[i] = format.Unknown, format.Unknown
		if g.Lag.Known {
			records[i] = format.Thousands(g.Lag.Value)
		}
		if g.Behind.Known {
			late[i] = view.Behind(g.Behind.Value, g.BehindWithin, g.BehindAtLeast)
		}
		lag, behind = max(lag, len(records[i])), max(behind, len(late[i]))
	}
	for y, g := range shown {
		x := w - behind - 1
		a.Fit(1, y, status, pane.GroupStyle(g.Status), view.GroupStatusWord(g.Status), false)
		a.Fit(status+2, y, x-lag-status-5, cell.Plain, g.ID, false)
		a.Fit(x-lag-2, y, lag, cell.Plain, records[y], true)
		a.Fit(x, y, behind, cell.Faint, late[y], true)
	}
}
