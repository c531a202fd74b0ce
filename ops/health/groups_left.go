package health

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// groupsLeft says which groups have no members any more though records wait for them: so a consumer looks that was stopped or has died, and a job that runs now and
// then too. Therefore it only informs, in one finding for all, and is no headline. Groups that never had members are left out: their readers choose their partitions
// themselves and only commit, as those of Flink and Spark do, and may read all the same.
func (j *judge) groupsLeft() {
	var left []*state.Group
	for _, g := range j.State.Groups.Groups {
		if g.Kind != state.ShareGroup && g.State == "Empty" && g.Protocol != "" && g.Lag.Or(0) > 0 && g.Behind.Or(0) >= LeftFor {
			left = append(left, g)
		}
	}
	if len(left) == 0 {
		return
	}
	first := left[0]
	f := state.Finding{
		Code: GroupsLeft, Severity: state.SeverityInfo, Scope: "group " + name(first.ID), Fault: "client",
		Sentence: fmt.Sprintf("Group %s has no members any more and %s records to read, the oldest %s old: its consumers have left", name(first.ID), format.Thousands(first.Lag.Value), behind(first)),
		Next:     "kdeck groups " + format.Shell(first.ID), Pane: "groups", Filter: groupsFilter(ids(left[:min(len(left), groupsFiltered)])),
	}
	if n := len(left); n > 1 {
		f.Scope, f.Next = format.Count(n, "group"), "kdeck groups --state Empty --lagging"
		f.Sentence = format.Count(n, "group") + " have no members any more and records to read: their consumers have left"
		for _, g := range left[:min(n, groupsNamed)] {
			f.Evidence = append(f.Evidence, fmt.Sprintf("group %s: %s records to read, the oldest %s old", name(g.ID), format.Thousands(g.Lag.Value), behind(g)))
		}
		if rest := n - groupsNamed; rest > 0 {
			f.Evidence = append(f.Evidence, "and "+format.Count(rest, "other"))
		}
	}
	j.find(f)
}
