package health

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

// stopCluster has brokers 1 to 4, controllers 3001 to 3003 and 4 as a broker and a voter of none. Its topics have min.insync.replicas 2
// but for __consumer_offsets, which has 1, and unset, of which it isn't known.
func stopCluster(t *testing.T) *state.Builder {
	t.Helper()
	now := time.Unix(1000, 0)
	b := state.NewBuilder("c", now, 0, 0)
	for id := range int32(4) {
		b.Broker(state.Broker{ID: id + 1, Alive: true, Answered: state.Read(time.Millisecond, now, "")})
	}
	s := b.Snapshot()
	s.Controller, s.Moves = state.Read(int32(3001), now, ""), state.Read(0, now, "")
	s.Voters = []state.Voter{{ID: 3001, LogEndOffset: 9}, {ID: 3002, LogEndOffset: 9, LastFetch: now}, {ID: 3003, LogEndOffset: 9, LastFetch: now}}
	return b
}

// stopPartition is a partition that every broker sees alike.
type stopPartition struct {
	topic         string
	leader        int32
	replicas, isr []int32
	offline       []int32
}

func TestReasonsAgainstAStop(t *testing.T) {
	all := []int32{1, 2, 3}
	whole := stopPartition{"orders", 1, all, all, nil}
	for _, tt := range []struct {
		name   string
		nodes  []int32
		parts  []stopPartition
		change func(b *state.Builder)
		kinds  []string // of the reasons; none: it is safe
		says   string   // in a reason or a note
	}{
		{"all in sync", []int32{1}, []stopPartition{whole}, nil, nil, ""},
		{"a broker without a replica", []int32{4}, []stopPartition{{"orders", 1, all, []int32{1, 2}, nil}}, nil, nil, "1 partition has a replica on another broker that is not in sync"},
		{"two of three replicas", []int32{1, 2}, []stopPartition{whole}, nil, []string{StopUnderMinISR}, "1 partition would go under min.insync.replicas"},
		{"all replicas", all, []stopPartition{whole}, nil, []string{StopOffline}, "1 partition would go offline"},
		{"the only replica", []int32{2}, []stopPartition{{"single", 2, []int32{2}, []int32{2}, nil}}, nil, []string{StopOffline}, "would go offline"},
		{"another replica is out of sync", []int32{1}, []stopPartition{{"orders", 1, all, []int32{1, 2}, nil}}, nil, []string{StopUnderMinISR, StopCatchingUp}, "Broker 3 is not in sync yet for 1 partition that would lose another"},
		{"the one that is out of sync itself", []int32{3}, []stopPartition{{"orders", 1, all, []int32{1, 2}, nil}}, nil, nil, ""},
		{"the only one in sync", []int32{1}, []stopPartition{{"orders", 1, all, []int32{1}, nil}}, nil, []string{StopOffline, StopCatchingUp}, ""},
		{"the only one in sync, and another one may lead", []int32{1}, []stopPartition{{"orders", 1, all, []int32{1}, nil}}, func(b *state.Builder) { b.ELR("orders", 0, []int32{2}, nil) }, []string{StopFewer, StopCatchingUp}, "is under min.insync.replicas already"},
		{"the only one in sync, and the log dir of the other one that may lead failed", []int32{1}, []stopPartition{{"orders", 1, all, []int32{1}, []int32{2}}}, func(b *state.Builder) { b.ELR("orders", 0, []int32{2}, nil) }, []string{StopOffline, StopCatchingUp}, ""},
		{"min.insync.replicas isn't known", []int32{1}, []stopPartition{{"unset", 1, all, all, nil}}, nil, []string{StopUnknown}, "isn't known"},
		{"a coordinator with one replica left", []int32{1, 2}, []stopPartition{{"__consumer_offsets", 1, all, all, nil}}, nil, []string{StopCoordinators}, "coordinates groups"},
		{"a coordinator of two replicas by design", []int32{1}, []stopPartition{{"__consumer_offsets", 1, []int32{1, 2}, []int32{1, 2}, nil}}, nil, nil, ""},
		{"no leader already", []int32{1}, []stopPartition{{"orders", -1, all, []int32{3}, nil}}, nil, nil, "no leader already"},
		{"a dead broker", []int32{4}, []stopPartition{whole}, func(b *state.Builder) { b.Broker(state.Broker{ID: 4}) }, nil, "broker 4 is not alive as it is"},
		{"another broker is dead", []int32{1}, []stopPartition{whole}, func(b *state.Builder) { b.Broker(state.Broker{ID: 4}) }, nil, "broker 4, which isn't asked about, is down"},
		{"another broker doesn't answer", []int32{1}, []stopPartition{whole}, func(b *state.Builder) {
			b.Broker(state.Broker{ID: 9, Alive: true, Answered: state.Missing[time.Duration]("timeout", time.Time{}, "")})
		}, []string{StopUnknown}, "Broker 9 is alive to the cluster and doesn't answer kdeck: whether it can be counted on isn't known: timeout"},
		{"a move to the broker", []int32{4}, []stopPartition{{"orders", 1, []int32{1, 2, 3, 4}, all, nil}}, func(b *state.Builder) { b.Moving("orders", 0, []int32{4}, []int32{3}) }, []string{StopMoves}, "1 partition is being moved"},
		{"a move elsewhere", []int32{4}, []stopPartition{{"orders", 1, []int32{2, 1, 3}, all, nil}}, func(b *state.Builder) { b.Moving("orders", 0, nil, []int32{3}) }, nil, "being moved between other brokers"},
		{"one of three controllers", []int32{3001}, nil, nil, nil, "2 of 3 voters of the metadata quorum would be left, and 2 are needed"},
		{"two of three controllers", []int32{3001, 3002}, nil, nil, []string{StopQuorum}, "1 of 3 voters of the metadata quorum would be left, and 2 are needed"},
		{"one of three controllers, of which another is silent", []int32{3001}, nil, func(b *state.Builder) { b.Snapshot().Voters[2].LastFetch = time.Unix(900, 0) }, []string{StopQuorum}, "1 of 3"},
		{"the quorum has no leader", []int32{4}, nil, func(b *state.Builder) { b.Snapshot().Controller.Value = -1 }, []string{StopQuorum}, "no leader"},
		{"the quorum isn't known", []int32{4}, nil, func(b *state.Builder) {
			b.Snapshot().Controller = state.Missing[int32]("the ACL is missing", time.Time{}, "")
		}, []string{StopUnknown}, "the ACL is missing"},
		{"moves aren't known", []int32{4}, nil, func(b *state.Builder) {
			b.Snapshot().Moves = state.Missing[int]("the ACL is missing", time.Time{}, "")
		}, []string{StopUnknown}, "the ACL is missing"},
		{"the last brokers", []int32{1, 2, 3, 4}, []stopPartition{whole}, nil, []string{StopOffline}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := stopCluster(t)
			for _, p := range tt.parts {
				if err := b.Topic(p.topic, [16]byte{}, false); err != nil {
					t.Fatal(err)
				}
				if err := b.Partition(0, p.leader, 1, p.replicas, p.isr, nil); err != nil {
					t.Fatal(err)
				}
				least := map[string]int{"orders": 2, "single": 1, "__consumer_offsets": 1}[p.topic]
				b.Config(p.topic, least, nil)
			}
			if tt.change != nil {
				tt.change(b)
			}
			s := b.Done()
			st := NewStopping(s, tt.nodes)
			for by := range int32(4) {
				take := st.View(by+1, func(id int32) bool { b := s.Broker(id); return b != nil && b.Alive })
				for _, p := range tt.parts {
					take(p.topic, 0, p.leader, p.replicas, p.isr, p.offline)
				}
			}
			a := st.Answer()
			var kinds, said []string
			for _, r := range a.Reasons {
				kinds, said = append(kinds, r.Kind), append(said, r.Sentence)
			}
			if !slices.Equal(kinds, tt.kinds) || a.Safe != (len(tt.kinds) == 0) || a.Known != (a.Safe || !slices.Equal(kinds, []string{StopUnknown})) {
				t.Errorf("safe %v, known %v, %v: %q", a.Safe, a.Known, kinds, said)
			}
			if text := strings.Join(append(said, a.Notes...), "\n"); !strings.Contains(text, tt.says) {
				t.Errorf("%q lacks %q", text, tt.says)
			}
		})
	}
}

// A stop is judged by the worst of the views, and what only some see is said to be so.
func TestAStopIsJudgedByEveryBrokersView(t *testing.T) {
	b := stopCluster(t)
	if err := b.Topic("orders", [16]byte{}, false); err != nil {
		t.Fatal(err)
	}
	if err := b.Partition(0, 1, 1, []int32{1, 2, 3}, []int32{1, 2, 3}, nil); err != nil {
		t.Fatal(err)
	}
	b.Config("orders", 2, nil)
	st := NewStopping(b.Done(), []int32{1})
	for by := range int32(4) {
		isr := []int32{1, 2, 3}
		if by == 2 { // broker 3
			isr = []int32{1, 3}
		}
		st.View(by+1, func(int32) bool { return true })("orders", 0, 1, []int32{1, 2, 3}, isr, nil)
	}
	a := st.Answer()
	if a.Safe || len(a.Reasons) != 1 || a.Reasons[0].Kind != StopUnderMinISR || !strings.Contains(a.Reasons[0].Sentence, "not all brokers see it alike; broker 3 says") {
		t.Errorf("%+v", a)
	}
}
