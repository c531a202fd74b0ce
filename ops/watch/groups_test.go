package watch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

func TestGroupsOfTheEmbeddedClusterAreJudgedInTwoLooks(t *testing.T) {
	for _, tc := range []struct {
		scenario, group string
		status          state.GroupStatus
		members         int
		why             string
	}{
		{"healthy", "wms-sync", state.GroupOK, 4, ""},
		{"slow-group", "search-indexer", state.GroupWarn, 4, "falls behind"},
		{"hanging-group", "checkout-orders", state.GroupStalled, 6, "polling can't know"},
		{"stopped-group", "wms-sync", state.GroupStopped, 0, "no member"},
	} {
		t.Run(tc.scenario, func(t *testing.T) {
			inCluster(t, sim.Options{Scenario: tc.scenario, Groups: true, Live: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
				snap := lookAt(t, s, nil)
				before := s.Spent().Requests
				all, _ := JudgedGroups(t.Context(), s, snap, JudgedOptions{Again: func(*state.Groups) bool { time.Sleep(Apart); return true }}, Options{}) // virtual time
				if len(all.Unknown) > 0 || len(all.Groups) < 5 {
					t.Fatalf("%d groups, unknown %v", len(all.Groups), all.Unknown)
				}
				// For each look and broker: the list, the members by kind, the offsets of groups and of share groups, the ends; and the connections.
				if spent, most := s.Spent().Requests-before, int64(2*8*len(snap.Brokers)+2*len(snap.Brokers)); spent > most {
					t.Errorf("%d requests, want at most %d", spent, most)
				}
				g := all.Find(tc.group)
				if g == nil {
					t.Fatalf("no group %s", tc.group)
				}
				if g.Status != tc.status || len(g.Members.Value) != tc.members || !strings.Contains(g.Why, tc.why) {
					t.Errorf("%s with %d members: %s; want %s with %d, and %q", g.Status, len(g.Members.Value), g.Why, tc.status, tc.members, tc.why)
				}
				for i := range g.Partitions.Value {
					if p := &g.Partitions.Value[i]; p.Lag < 0 || p.End < p.Committed {
						t.Errorf("%s/%d: committed %d, end %d, lag %d: %s", p.Topic, p.Partition, p.Committed, p.End, p.Lag, p.Trouble)
					}
				}
				exactly(t, s, g, snap)
			})
		})
	}
}

// exactly finds out lags in time by bisection, within its requests.
func exactly(t *testing.T, s *kafka.Session, g *state.Group, snap *state.Snapshot) {
	t.Helper()
	before := s.Spent().Requests
	read := Exact(t.Context(), s, g, nil, Ends(t.Context(), s, snap, nil, Options{}), Options{})
	if spent, most := s.Spent().Requests-before, int64(13*len(snap.Brokers)); spent > most {
		t.Errorf("%d requests, want at most %d", spent, most)
	}
	if e := read.Exact; read.Why != "" || !e.Behind.Known || e.BehindAtLeast || state.Rough(e.Behind.Value, e.BehindWithin) {
		t.Errorf("the lag in time of %s is %s, within %s: %s", g.ID, fmt.Sprint(e.Behind), e.BehindWithin, read.Why)
	}
}

func TestAGroupThatIsNamedIsReadAlone(t *testing.T) {
	inCluster(t, sim.Options{Groups: true, Live: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		snap := lookAt(t, s, nil)
		all := Groups(t.Context(), s, snap, GroupsOptions{Only: []string{"wms-sync", "no such group"}}, Options{})
		if len(all.Groups) != 1 || all.Groups[0].ID != "wms-sync" || !all.Groups[0].Members.Known || !all.Groups[0].Partitions.Known {
			t.Errorf("read %d groups: %+v", len(all.Groups), all.Groups)
		}
	})
}
