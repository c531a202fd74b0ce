package health

import (
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Headline sums up what the verdict doesn't say of those who read and write: ", one group stopped", or "" where there is nothing to say.
func Headline(findings []state.Finding) string {
	n := map[string]int{}
	for i := range findings {
		code := findings[i].Code
		if code == NotRead && findings[i].Pane == "groups" {
			code = unreadGroups
		}
		n[code]++
	}
	var parts []string
	for _, c := range []struct{ code, thing, one, more string }{
		{HangingTransaction, "transaction", "hangs", "hang"},
		{OverdueTransaction, "transaction", "overdue", "overdue"},
		{StalledTransaction, "transaction", "stands still", "stand still"},
		{GroupUncoordinated, "", "groups can't commit", ""},
		{ColdReader, "group", "reads from disks", "read from disks"},
		{GroupsOnBroker, "", "groups lag on a broker", ""},
		{GroupStuck, "group", "stopped", "stopped"},
		{GroupUnsettled, "group", "doesn't settle", "don't settle"},
		{GroupBehind, "group", "falls behind", "fall behind"},
		{unreadGroups, "", "groups not all read", ""},
	} {
		switch k := n[c.code]; {
		case k == 0:
		case c.thing == "":
			parts = append(parts, c.one)
		case k == 1:
			parts = append(parts, "one "+c.thing+" "+c.one)
		default:
			parts = append(parts, format.Count(k, c.thing)+" "+c.more)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// unreadGroups stands in a headline for findings that groups were not read.
const unreadGroups = "groups not read"
