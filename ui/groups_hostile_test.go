package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
)

// hostileGroups are groups that stand still, whose names, members and topics are what brokers and clients made up.
func hostileGroups(names []string, at time.Time) *state.Groups {
	all := &state.Groups{At: at, Looks: 2}
	for i, name := range names {
		g := &state.Group{ID: name, Kind: state.GroupKind(name), State: name, Coordinator: 1, Epoch: -1}
		g.Members = state.Read([]state.Member{{ID: name, Client: name, Host: name, Owns: 2}}, at, name)
		g.Partitions = state.Read([]state.GroupPartition{
			{Topic: name, Committed: 5, End: 9, Start: 0, Lag: 4, Oldest: at.Add(-time.Hour).UnixMilli(), Status: state.GroupStalled},
			{Topic: "orders", Partition: int32(i), Member: -1, Committed: -1, End: -1, Start: -1, Lag: -1, Trouble: state.NoCommit},
		}, at, name)
		g.GroupLag = state.GroupLag{Lag: state.Read(int64(4), at, name), Behind: state.Read(time.Hour, at, name), Partial: 1, Status: state.GroupStalled, Why: name + "/0: it has not moved"}
		all.Groups = append(all.Groups, g)
	}
	slices.SortFunc(all.Groups, func(a, b *state.Group) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func TestAGroupOfAnyNameTearsNoScreen(t *testing.T) {
	names := append(slices.Clone(hostileNames), "\xff\xfe\xc3(", strings.Repeat("x", 10_000), " ", "' \"$(rm)/")
	for _, name := range names {
		t.Run(fmt.Sprintf("%.20q", name), func(t *testing.T) {
			for _, size := range [][2]int{{80, 24}, {200, 60}} {
				d := newDriver(t, "mono", size[0], size[1], nil)
				s := fixture.Small().State(1)
				s.Groups = hostileGroups([]string{name, "other"}, s.Now)
				s.Verdict, s.Findings = health.Judge(health.Input{State: s})
				at := slices.IndexFunc(s.Findings, func(f state.Finding) bool { return f.Code == health.GroupStuck && f.Subject.Name == name })
				if at < 0 {
					t.Fatalf("%+v", s.Findings)
				}
				d.state(s)
				checkScreen(t, d)
				d.keys(slices.Repeat([]string{"down"}, at)...)
				// By enter to the group, whatever it is called, and into it.
				for _, key := range []string{"enter", "enter", "down", "esc", "esc"} {
					d.keys(key)
					checkScreen(t, d)
				}
				d.keys("enter")
				if !strings.Contains(d.screen(), "1 of 2 groups") {
					t.Errorf("enter doesn't lead to the group:\n%s", d.screen())
				}
			}
		})
	}
}
