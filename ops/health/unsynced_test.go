package health

import (
	"slices"
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestPartitionsThatAreOutOfSyncForAMomentMakeNoVerdict(t *testing.T) {
	out := partition{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2}}
	refused := partition{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1}}
	all := func(p ...partition) []partition { return append(slices.Repeat([]partition{well}, 6-len(p)), p...) }
	for _, c := range []struct {
		name   string
		looks  [][]partition // one after the other
		change func(*state.Snapshot)
		calm   state.Calm
		at     int // the look from which on it counts; -1: never
	}{
		{"one, for three looks", [][]partition{all(out), all(out), all(out), all()}, nil, state.Calm{}, -1},
		{"one, and it stays", [][]partition{all(out), all(out), all(out), all(out), all(out)}, nil, state.Calm{}, 3},
		{"one, and the context waits for one look", [][]partition{all(out)}, nil, state.Calm{OutOfSync: 1}, 0},
		{"one, that comes and goes", slices.Repeat([][]partition{all(out), all()}, 8)[:15], nil, state.Calm{}, 14},
		{"one, twice shortly after one another", [][]partition{all(out), all(out), all(out), all(), all(out), all(out), all(out), all(), all()}, nil, state.Calm{}, -1},
		{"one, seldom", [][]partition{all(out), all(), all(), all(out), all(), all(), all(out), all(), all(), all(out)}, nil, state.Calm{}, -1},
		{"many at the same time", [][]partition{all(out, out, out), all(out, out, out)}, nil, state.Calm{}, 1},
		{"writes are refused", [][]partition{all(refused)}, nil, state.Calm{}, 0},
		{"what is missing is dead", [][]partition{all(out)}, func(s *state.Snapshot) { kill(s, 3) }, state.Calm{}, 0},
		{"a replica is offline", [][]partition{all(partition{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2}, offline: []int32{3}})}, nil, state.Calm{}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var u *Unsynced
			for i, parts := range c.looks {
				s := cluster(t, parts...)
				if c.change != nil {
					c.change(s)
				}
				u = u.Look(s, c.calm)
				_, findings := Judge(Input{State: &state.State{Snapshot: s, Now: noon, Calm: c.calm}, Unsynced: u})
				counts := found(findings, UnderReplicated) != nil
				if want := c.at >= 0 && i >= c.at; counts != want {
					t.Errorf("look %d: counts %v, want %v%s", i, counts, want, sentences(findings))
				}
				if u.Open() > 0 && counts {
					t.Errorf("look %d: it counts, and another look is to show whether", i)
				}
			}
		})
	}
}

func TestAFindingThatIsGoneCountsUntilTwoLooksHaveMissedIt(t *testing.T) {
	at := func(s int, last *state.State, calm state.Calm, parts ...partition) *state.State {
		st := &state.State{Now: noon.Add(time.Duration(s) * time.Second), Snapshot: cluster(t, parts...), Calm: calm}
		st.Snapshot.Taken = st.Now
		for i := range st.Snapshot.Brokers {
			b := &st.Snapshot.Brokers[i]
			b.Answered.At, b.LogDirs.At, b.MetadataOffset.At = st.Now, st.Now, st.Now
		}
		st.Snapshot.Controller.At, st.Snapshot.Moves.At = st.Now, st.Now
		st.Verdict, st.Findings = Judge(Input{State: st, Last: last})
		return st
	}
	lost := partition{leader: -1, replicas: []int32{3}, isr: []int32{3}}
	first := at(0, nil, state.Calm{}, lost)
	second := at(5, first, state.Calm{}, well)
	if f := found(second.Findings, Leaderless); second.Verdict != state.VerdictCritical || f == nil || f.Sentence[:len("Not seen any more: ")] != "Not seen any more: " {
		t.Errorf("after one look without it: %s%s", second.Verdict, sentences(second.Findings))
	}
	again := *second // metrics came, and no look
	again.Verdict, again.Findings = Judge(Input{State: &again, Last: second})
	if again.Verdict != state.VerdictCritical {
		t.Errorf("news of another kind count as a look: %s", again.Verdict)
	}
	if third := at(10, &again, state.Calm{}, well); third.Verdict != state.VerdictHealthy || len(third.Findings) != 1 {
		t.Errorf("after two looks without it: %s%s", third.Verdict, sentences(third.Findings))
	}
	if back := at(10, &again, state.Calm{}, lost); found(back.Findings, Leaderless).Gone.Looks != 0 {
		t.Error("it is back, and counts as gone")
	}
	if once := at(5, first, state.Calm{Well: 1}, well); once.Verdict != state.VerdictHealthy {
		t.Errorf("the context waits for one look: %s", once.Verdict)
	}
}

func TestThreadsThatAreAboutTheThresholdMakeOneVerdict(t *testing.T) {
	var last *state.State
	for i, c := range []struct {
		idle float64
		want state.Verdict
	}{{0.11, state.VerdictHealthy}, {0.09, state.VerdictDegraded}, {0.11, state.VerdictDegraded}, {0.14, state.VerdictDegraded}, {0.16, state.VerdictDegraded}, {0.16, state.VerdictHealthy}, {0.11, state.VerdictHealthy}} {
		now := noon.Add(time.Duration(i) * time.Second)
		s := &state.State{Now: now, Snapshot: cluster(t, well), Metrics: map[int32]state.Reading[*state.BrokerMetrics]{}}
		s.Snapshot.Taken = now
		allRead(s.Snapshot)
		m := handlers(c.idle)
		m.At = now
		s.Metrics[1] = state.Read(m, now, "")
		if s.Verdict, s.Findings = Judge(Input{State: s, Last: last}); s.Verdict != c.want {
			t.Errorf("look %d, %.2f idle: %s, want %s%s", i, c.idle, s.Verdict, c.want, sentences(s.Findings))
		}
		last = s
	}
}
