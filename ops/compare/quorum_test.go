package compare

import (
	"slices"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

func TestTheQuorumTellsWhoLeadsAndWhoCouldWin(t *testing.T) {
	onSim(t, sim.Options{Brokers: 4}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		read := func(s *kafka.Session) *Quorum {
			t.Helper()
			q, err := ReadQuorum(t.Context(), s, time.Now)
			must(t, err)
			return q
		}
		q := read(s)
		if q.Leader != 3001 || !slices.Equal(q.Winners(), []int32{3002, 3003}) || len(q.Split()) > 0 || len(q.Unknown) > 0 || len(q.Nodes) != 7 || q.ClusterID != c.ClusterID() {
			t.Errorf("%+v, winners %v", q, q.Winners())
		}
		for _, n := range q.Nodes {
			if lag, known := q.Lag(n); !q.KeepsUp(n) || !known || lag != 0 || n.Voter != (n.ID > 3000) || n.Voter && n.Says.Value != 3001 {
				t.Errorf("%+v", n)
			}
		}
		must(t, c.Kill(3002))
		c.Advance(20 * time.Second)
		q = read(s)
		if q.Leader != 3001 || len(q.Winners()) != 0 || len(q.Unknown) != 1 || q.Unknown[0].Node != 3002 {
			t.Errorf("with one dead: winners %v, %+v", q.Winners(), q.Unknown)
		}
		if lag, _ := q.Lag(q.Nodes[1]); q.KeepsUp(q.Nodes[1]) || lag == 0 {
			t.Errorf("the dead one: %+v", q.Nodes[1])
		}
		alone := sessionTo(t, c, config.Flags{Controllers: c.BootstrapControllers()[2]}) // which doesn't lead
		defer alone.Close()
		if q := read(alone); q.Leader != 3001 || q.ClusterID != c.ClusterID() {
			t.Errorf("through a controller that doesn't lead: %+v", q)
		}
		must(t, c.Kill(3001))
		q = read(s)
		if q.Leader != -1 || len(q.Winners()) != 0 || len(q.Unknown) == 0 {
			t.Errorf("without a majority: %+v", q)
		}
	})
}

func TestWhoCouldWinNeedsAMajorityThatHasNoLongerLog(t *testing.T) {
	now := time.Unix(1000, 0)
	voter := func(id int32, end int64, silent time.Duration) QuorumNode {
		return QuorumNode{ID: id, Voter: true, LogEnd: end, LastFetch: now.Add(-silent), Says: state.Read(int32(1), now, "")}
	}
	for _, tt := range []struct {
		name  string
		nodes []QuorumNode
		want  []int32
	}{
		{"of three, the one with the longer log", []QuorumNode{voter(1, 100, 0), voter(2, 99, 0), voter(3, 100, 0)}, []int32{3}},
		{"of three, either of two equal ones", []QuorumNode{voter(1, 100, 0), voter(2, 100, 0), voter(3, 100, 0)}, []int32{2, 3}},
		{"of three, nobody when one is silent", []QuorumNode{voter(1, 100, 0), voter(2, 100, time.Minute), voter(3, 100, 0)}, nil},
		{"of five, those with a log as long as two others'", []QuorumNode{voter(1, 100, 0), voter(2, 97, 0), voter(3, 98, 0), voter(4, 99, 0), voter(5, 100, 0)}, []int32{4, 5}},
		{"of one, nobody", []QuorumNode{voter(1, 100, 0)}, nil},
		{"an observer never", []QuorumNode{voter(1, 100, 0), voter(2, 100, 0), {ID: 4, LogEnd: 100, LastFetch: now}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := &Quorum{Leader: 1, Taken: now, Timed: true, Nodes: tt.nodes}
			if got := q.Winners(); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
