package health

import (
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestGroupsWhoseConsumersHaveLeft(t *testing.T) {
	left := func(id string, change func(*state.Group)) *state.Group {
		g := lagging(id, state.GroupStopped, 500, 5, 5)
		g.State, g.Protocol, g.Members.Value = "Empty", "consumer", nil
		g.Behind = state.Read(time.Minute, noon, "kdeck")
		if change != nil {
			change(g)
		}
		return g
	}
	for _, tc := range []struct {
		name   string
		groups []*state.Group
		says   string // "": nothing is found
		next   string
	}{
		{"one", []*state.Group{left("g", nil)}, "Group g has no members any more and 510 records to read, the oldest 1m00s old: its consumers have left", "kdeck groups g"},
		{"two are one finding", []*state.Group{left("g", nil), left("h", nil)}, "2 groups have no members any more and records to read: their consumers have left", "kdeck groups --state Empty --lagging"},
		{"its consumers are just being restarted", []*state.Group{left("g", func(g *state.Group) { g.Behind.Value = 20 * time.Second })}, "", ""},
		{"its consumers have read everything", []*state.Group{left("g", func(g *state.Group) { g.Lag.Value = 0 })}, "", ""},
		{"it never had members: its reader commits without them, as Flink does", []*state.Group{left("g", func(g *state.Group) { g.Protocol = "" })}, "", ""},
		{"it has members", []*state.Group{left("g", func(g *state.Group) { g.State, g.Status = "Stable", state.GroupOK })}, "", ""},
		{"it is a share group, whose offset says little", []*state.Group{left("g", func(g *state.Group) { g.Kind = state.ShareGroup })}, "", ""},
		{"how old what waits is isn't known", []*state.Group{left("g", func(g *state.Group) { g.Behind = state.Missing[time.Duration]("it takes two looks", noon, "") })}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := reading(t, []int32{1, 2, 3}, tc.groups...)
			verdict, findings := Judge(Input{State: s})
			s.Findings = findings
			f := found(findings, GroupsLeft)
			switch {
			case verdict != state.VerdictHealthy || ClientsHeadline(findings) != "":
				t.Errorf("%s%s", verdict, ClientsHeadline(findings))
			case tc.says == "":
				if f != nil {
					t.Errorf("found: %s", f.Sentence)
				}
			case f == nil || f.Sentence != tc.says || f.Next != tc.next || f.Severity != state.SeverityInfo || f.Fault != "client" || !strings.HasPrefix(f.Filter, "group:/^(g"):
				t.Errorf("found %+v", f)
			}
		})
	}
}
