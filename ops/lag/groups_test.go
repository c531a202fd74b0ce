package lag

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// scene is one group that reads one partition, second by second: what is written, and where the group has committed.
type scene struct {
	written   func(second int) int64            // records in that second
	committed func(second int, end int64) int64 // the offset that is committed then; end is where the log ends
	owned     func(second int) bool             // nil: always
	state     func(second int) string           // nil: Stable
}

var epoch = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func at(second int) time.Time { return epoch.Add(time.Duration(second) * time.Second) }

func onePartition(t testing.TB) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("c", epoch, 0, 0)
	if err := b.Topic("orders", [16]byte{1}, false); err != nil {
		t.Fatal(err)
	}
	if err := b.Partition(0, 1, 1, []int32{1}, []int32{1}, nil); err != nil {
		t.Fatal(err)
	}
	return b.Done()
}

// watched runs the scene with a look every so many seconds, and calls each with what every look shows. ends are of every second.
func (s scene) watched(t testing.TB, seconds, every int, each func(second int, g *state.Group, ends []int64)) {
	t.Helper()
	snap := onePartition(t)
	var r Record
	var ends []int64
	end, committed := int64(1000), int64(1000)
	for second := range seconds {
		end += s.written(second)
		ends = append(ends, end)
		committed = s.committed(second, end)
		if second%every != 0 {
			continue
		}
		now := state.NewOffsets(snap)
		now.Set(0, end, -1, now.Answer(state.OffsetAnswer{At: at(second), From: "broker 1"}))
		r.Add(now)
		g := &state.Group{ID: "billing", Kind: state.ClassicGroup, Protocol: "consumer", State: "Stable", Epoch: -1}
		member := int32(-1)
		var members []state.Member
		if s.owned == nil || s.owned(second) {
			member = 0
			members = []state.Member{{ID: "m1", Client: "billing-1", Host: "10.0.0.7", Owns: 1}}
		}
		if s.state != nil {
			g.State = s.state(second)
		}
		g.Members = state.Read(members, at(second), "broker 1")
		g.Partitions = state.Read([]state.GroupPartition{{Topic: "orders", Member: member, Committed: committed}}, at(second), "broker 1")
		r.Look(&state.Groups{Groups: []*state.Group{g}, At: at(second)}, Logs{Ends: now})
		each(second, g, ends)
	}
}

// A look reads offsets first and then where logs end, which takes a while in a large cluster. The first look counts like the others.
func TestTheFirstLookCountsThoughOffsetsAreReadBeforeEnds(t *testing.T) {
	for _, took := range []time.Duration{20 * time.Millisecond, time.Second, 3 * time.Minute} {
		snap := onePartition(t)
		var r Record
		var g *state.Group
		for look := range 2 {
			begins := epoch.Add(time.Duration(look) * (took + 5*time.Second))
			now := state.NewOffsets(snap)
			now.Set(0, 2000, -1, now.Answer(state.OffsetAnswer{At: begins.Add(took), From: "broker 1"}))
			r.Add(now)
			g = &state.Group{ID: "billing", Kind: state.ClassicGroup, Protocol: "consumer", State: "Stable", Epoch: -1,
				Members:    state.Read([]state.Member{{ID: "m1", Owns: 1}}, begins, "broker 1"),
				Partitions: state.Read([]state.GroupPartition{{Topic: "orders", Committed: 1500}}, begins, "broker 1")}
			r.Look(&state.Groups{Groups: []*state.Group{g}, At: begins}, Logs{Ends: now})
		}
		if want := "not moved for " + format.Duration(took+5*time.Second); took < time.Minute && !strings.Contains(g.Why, want) || took > time.Minute && g.Status != state.GroupStalled {
			t.Errorf("offsets read %v before ends: %s: %s", took, g.Status, g.Why)
		}
	}
}

// Two looks may be so close that nobody commits between them.
func TestNobodyIsCalledStuckForASecondThoughItIsLate(t *testing.T) {
	for apart, want := range map[time.Duration]state.GroupStatus{time.Second: state.GroupUnknown, 5 * time.Second: state.GroupStalled} {
		w := []sample{{at: time.Hour, off: 5, lag: 2000}, {at: time.Hour + apart, off: 5, lag: 2010}}
		if got, why := judge(w, facts{owned: true, behind: time.Hour, age: 10 * time.Minute}); got != want {
			t.Errorf("%v apart: %s: %s", apart, got, why)
		}
	}
}

// A member that reads many partitions in turns, and less than is written, is late in all of them: the lag of each alone goes up and down.
func TestAGroupThatFallsBehindIsSaidToDoSoAtEveryLookThoughItsMemberReadsInTurns(t *testing.T) {
	const partitions, perLook = 18, 100 // records written into each partition between two looks
	b := state.NewBuilder("c", epoch, 0, 0)
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.Topic("orders", [16]byte{1}, false))
	for p := range int32(partitions) {
		must(b.Partition(p, 1, 1, []int32{1}, []int32{1}, nil))
	}
	snap := b.Done()
	for _, c := range []struct {
		name string
		read int64 // of each partition, on average between two looks
		want state.GroupStatus
	}{{"it reads less", 70, state.GroupWarn}, {"it reads as much", 100, state.GroupOK}, {"it catches up", 130, state.GroupOK}} {
		t.Run(c.name, func(t *testing.T) {
			var r Record
			end, committed := int64(100_000), [partitions]int64{}
			for p := range committed {
				committed[p] = end - 60*perLook // ten minutes
			}
			for look := range 100 {
				end += perLook
				for p := range committed {
					if (look+p)%9 == 0 { // each is read at every ninth look, and much at once
						committed[p] = min(end, committed[p]+9*c.read)
					}
				}
				now := state.NewOffsets(snap)
				answer := now.Answer(state.OffsetAnswer{At: at(look * 10), From: "broker 1"})
				parts := make([]state.GroupPartition, partitions)
				for p := range parts {
					now.Set(p, end, -1, answer)
					parts[p] = state.GroupPartition{Topic: "orders", Partition: int32(p), Member: 0, Committed: committed[p]}
				}
				r.Add(now)
				g := &state.Group{ID: "billing", Kind: state.ClassicGroup, Protocol: "consumer", State: "Stable", Epoch: -1,
					Members:    state.Read([]state.Member{{ID: "m1", Owns: partitions}}, at(look*10), "broker 1"),
					Partitions: state.Read(parts, at(look*10), "broker 1")}
				r.Look(&state.Groups{Groups: []*state.Group{g}, At: at(look * 10)}, Logs{Ends: now})
				if look > 60 && g.Lag.Value > 0 && g.Status != c.want {
					t.Fatalf("look %d: %s: %s (%s)", look, g.Status, g.Why, g.Forecast)
				}
			}
		})
	}
}

// Each scripted consumer is named right, and never wrongly before.
func TestWhatAConsumerDoesIsNamedRight(t *testing.T) {
	steady := func(int) int64 { return 100 }
	keepsUp := func(_ int, end int64) int64 { return end - 150 } // commits a moment later
	stopsAt := func(stop int) func(int, int64) int64 {
		last := int64(0)
		return func(second int, end int64) int64 {
			if second <= stop {
				last = end - 150
			}
			return last
		}
	}
	slow := func() func(int, int64) int64 {
		off := int64(1000)
		return func(_ int, end int64) int64 { off = min(off+60, end); return off }
	}
	for _, tc := range []struct {
		name   string
		scene  scene
		want   state.GroupStatus
		by     int                 // the second by which it is named
		before []state.GroupStatus // what it may be called before
		why    string
	}{
		{"keeps up", scene{written: steady, committed: keepsUp}, state.GroupOK, 10, nil, ""},
		{"reads everything", scene{written: steady, committed: func(_ int, end int64) int64 { return end }}, state.GroupOK, 0, nil, "everything is read"},
		{"nothing is written", scene{written: func(int) int64 { return 0 }, committed: func(int, int64) int64 { return 1000 }}, state.GroupOK, 0, nil, ""},
		{"a record a minute, committed 20 seconds later", scene{
			written: func(s int) int64 {
				if s%60 == 0 {
					return 1
				}
				return 0
			},
			committed: func(s int, _ int64) int64 { return 1000 + int64((s+40)/60) },
		}, state.GroupOK, 20, []state.GroupStatus{state.GroupOK}, ""},
		{"dies while nothing is written", scene{
			written: func(s int) int64 {
				if s < 100 {
					return 0
				}
				return 10
			}, committed: func(int, int64) int64 { return 1000 },
		}, state.GroupStalled, 220, []state.GroupStatus{state.GroupOK}, "has not moved"},
		{"commits once a minute", scene{written: steady, committed: func(s int, _ int64) int64 { return 1000 + max(0, int64((s+25)/60)*6000-3000) }}, state.GroupOK, 100, []state.GroupStatus{state.GroupOK}, ""},
		{"a burst of two minutes, kept up with", scene{
			written: func(s int) int64 {
				if s > 100 && s < 220 {
					return 5000
				}
				return 100
			}, committed: func() func(int, int64) int64 {
				var ends []int64
				return func(_ int, end int64) int64 { // five seconds later
					ends = append(ends, end)
					return ends[max(0, len(ends)-6)]
				}
			}(),
		}, state.GroupOK, 10, nil, ""},
		{"a burst that takes half a minute to read", scene{
			written: func(s int) int64 {
				if s == 100 {
					return 30_000
				}
				return 0
			}, committed: func() func(int, int64) int64 {
				off := int64(1000)
				return func(_ int, end int64) int64 { off = min(off+1000, end); return off }
			}(),
		}, state.GroupOK, 0, nil, ""},
		{"slow", scene{written: steady, committed: slow()}, state.GroupWarn, 60, []state.GroupStatus{state.GroupOK}, "falls behind"},
		{"slow, after its lag went up and down and to nothing", scene{written: steady, committed: func() func(int, int64) int64 {
			off := int64(1000)
			return func(second int, end int64) int64 {
				if second <= 100 {
					off = end - int64(second*7%50)*10
				} else {
					off = min(off+60, end)
				}
				return off
			}
		}()}, state.GroupWarn, 160, []state.GroupStatus{state.GroupOK}, "falls behind"},
		{"bursts that take forty seconds each, between some that is always written", scene{
			written: func(s int) int64 {
				if s%60 == 0 {
					return 6000
				}
				return 50
			}, committed: func() func(int, int64) int64 {
				off := int64(1000)
				return func(_ int, end int64) int64 { off = min(off+200, end); return off }
			}(),
		}, state.GroupOK, 10, nil, ""},
		{"bursts of half a minute that take two minutes to read", scene{
			written: func(s int) int64 {
				if s%150 > 3 && s%150 <= 33 {
					return 800
				}
				return 0
			}, committed: func() func(int, int64) int64 {
				off := int64(1000)
				return func(_ int, end int64) int64 { off = min(off+200, end); return off }
			}(),
		}, state.GroupOK, 0, nil, ""},
		{"stopped by SIGSTOP, still a member", scene{written: steady, committed: stopsAt(200)}, state.GroupStopped, 260, []state.GroupStatus{state.GroupOK, state.GroupWarn}, "polling can't know"},
		{"killed", scene{written: steady, committed: stopsAt(200), owned: func(s int) bool { return s < 245 }}, state.GroupStopped, 260, []state.GroupStatus{state.GroupOK, state.GroupWarn}, "moved until"},
		{"hung before kdeck looks", scene{written: steady, committed: func(int, int64) int64 { return 500 }}, state.GroupStalled, 120, nil, "has not moved"},
		{"nobody reads", scene{written: steady, committed: func(int, int64) int64 { return 500 }, owned: func(int) bool { return false }}, state.GroupStopped, 120, nil, "no member"},
		{"rewound", scene{written: steady, committed: func(s int, end int64) int64 {
			if s >= 100 {
				return 1000 + int64(s-100)*50
			}
			return end
		}}, state.GroupRewound, 110, []state.GroupStatus{state.GroupOK}, "went back from offset"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			named := false
			tc.scene.watched(t, 320, 10, func(second int, g *state.Group, _ []int64) {
				switch {
				case second >= tc.by && g.Status != tc.want && !(named && tc.want == state.GroupRewound):
					t.Errorf("after %d s it is %s, want %s: %s", second, g.Status, tc.want, g.Why)
				case second >= tc.by && !strings.Contains(g.Why, tc.why) && g.Status == tc.want:
					t.Errorf("after %d s the sentence is %q, want %q in it", second, g.Why, tc.why)
				case second < tc.by && g.Status > state.GroupUnknown && g.Status != tc.want:
					ok := false
					for _, b := range tc.before {
						ok = ok || b == g.Status
					}
					if !ok {
						t.Errorf("after %d s already it is %s: %s", second, g.Status, g.Why)
					}
				}
				named = named || g.Status == tc.want
			})
		})
	}
}

// A group that is started again is well again.
func TestARestartedConsumerIsNoLongerCalledStopped(t *testing.T) {
	off := int64(0)
	s := scene{written: func(int) int64 { return 100 }, committed: func(second int, end int64) int64 {
		switch {
		case second < 100:
			off = end
		case second > 200:
			off = min(off+1000, end)
		}
		return off
	}}
	last := state.GroupUnknown
	s.watched(t, 400, 10, func(_ int, g *state.Group, _ []int64) { last = g.Status })
	if last != state.GroupOK {
		t.Errorf("two minutes after the restart it is %s", last)
	}
}

// The lag in time is compared with the truth: each second's records carry their time.
func TestLagInTimeIsWithin5PercentOrWhatLooksAreApart(t *testing.T) {
	const every = 10
	for _, tc := range []struct {
		name  string
		scene scene
		slack float64 // seconds; that between two looks can't be seen
	}{
		{"steady", scene{written: func(int) int64 { return 100 }, committed: func(s int, _ int64) int64 { return 1000 + int64(s)*40 }}, 2},
		{"bursts", scene{written: func(s int) int64 {
			if s%180 < 20 {
				return 2000
			}
			return 10
		}, committed: func(s int, _ int64) int64 { return 1000 + int64(s)*90 }}, every},
		{"production stops", scene{written: func(s int) int64 {
			if s > 300 {
				return 0
			}
			return 100
		}, committed: func(s int, _ int64) int64 { return 1000 + int64(s)*20 }}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.scene.watched(t, 900, every, func(second int, g *state.Group, ends []int64) {
				p := g.Partitions.Value[0]
				if p.Lag == 0 || second < 20 || p.OldestOrBefore {
					return
				}
				wrote := 0
				for ends[wrote] <= p.Committed {
					wrote++
				}
				want, got := float64(second-wrote), g.Behind.Value.Seconds()
				if !g.Behind.Known || math.Abs(got-want) > math.Max(0.05*want, tc.slack) {
					t.Errorf("after %d s it is %.1f s behind, and kdeck says %.1f s", second, want, got)
				}
			})
		})
	}
}

func TestALagIsNeverNegative(t *testing.T) {
	for _, tc := range []struct {
		name           string
		committed, end int64
		start          int64
		lag            int64
		trouble        state.OffsetTrouble
	}{
		{"none committed", -1, 100, 0, -1, state.NoCommit},
		{"at the end", 100, 100, 0, 0, state.NoTrouble},
		{"beyond the end", 101, 100, 0, -1, state.BeyondEnd},
		{"before the start", 5, 100, 40, 60, state.BeforeStart},
		{"an empty log", 0, 0, 0, 0, state.NoTrouble},
		{"the largest offset", math.MaxInt64 - 1, math.MaxInt64 - 1, 0, 0, state.NoTrouble},
	} {
		t.Run(tc.name, func(t *testing.T) {
			snap := onePartition(t)
			ends, starts := state.NewOffsets(snap), state.NewOffsets(snap)
			ends.Set(0, tc.end, -1, ends.Answer(state.OffsetAnswer{At: epoch}))
			starts.Set(0, tc.start, -1, starts.Answer(state.OffsetAnswer{At: epoch}))
			g := &state.Group{ID: "g"}
			g.Partitions = state.Read([]state.GroupPartition{{Topic: "orders", Member: -1, Committed: tc.committed}, {Topic: "orders", Partition: 9, Member: -1, Committed: 5}, {Topic: "gone", Member: -1, Committed: 5}}, epoch, "")
			var r Record
			r.Add(ends)
			r.Look(&state.Groups{Groups: []*state.Group{g}, At: epoch}, Logs{Ends: ends, Starts: starts})
			p := g.Partitions.Value[0]
			if p.Lag != tc.lag || p.Trouble != tc.trouble {
				t.Errorf("lag %d, %q; want %d, %q", p.Lag, p.Trouble, tc.lag, tc.trouble)
			}
			for _, gone := range g.Partitions.Value[1:] {
				if gone.Trouble != state.TopicGone || gone.Lag != -1 {
					t.Errorf("a partition that doesn't exist: %+v", gone)
				}
			}
		})
	}
}

func TestEndlessRebalancingIsCounted(t *testing.T) {
	s := scene{written: func(int) int64 { return 1 }, committed: func(int, int64) int64 { return 1000 },
		state: func(second int) string {
			if second >= 50 {
				return "PreparingRebalance"
			}
			return "Stable"
		}}
	s.watched(t, 151, 10, func(second int, g *state.Group, _ []int64) {
		if second < 50 && (g.Rebalances > 0 || !g.RebalancingSince.IsZero()) {
			t.Errorf("after %d s it rebalances", second)
		}
		if second == 150 && (g.Rebalances != looks || !g.RebalancingSince.Equal(at(60)) && !g.RebalancingSince.Equal(at(50))) {
			t.Errorf("after %d s: %d looks, since %v", second, g.Rebalances, g.RebalancingSince)
		}
	})
}

const partitionsEach = 50

// manyTopics is a cluster with a topic for each of many groups.
func manyTopics(t testing.TB, groups int) *state.Snapshot {
	b := state.NewBuilder("c", epoch, groups*partitionsEach, groups*partitionsEach)
	for i := range groups {
		if err := b.Topic(fmt.Sprintf("topic-%05d", i), [16]byte{byte(i), byte(i >> 8), 1}, false); err != nil {
			t.Fatal(err)
		}
		for p := range int32(partitionsEach) {
			if err := b.Partition(p, 1, 1, []int32{1}, []int32{1}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.Done()
}

// lookAtMany is one more look at many groups, each of which reads a topic of its own.
func (r *Record) lookAtMany(snap *state.Snapshot, look int) {
	ends := state.NewOffsets(snap)
	answer := ends.Answer(state.OffsetAnswer{At: at(look * 10)})
	now := &state.Groups{At: at(look * 10)}
	for i := range snap.NumTopics() {
		parts := make([]state.GroupPartition, partitionsEach)
		for p := range parts {
			end := int64(look*(p+1)*100 + (look%3)*1000*p)
			ends.Set(i*partitionsEach+p, end, -1, answer)
			parts[p] = state.GroupPartition{Topic: snap.Topic(i).Name(), Partition: int32(p), Member: 0, Committed: end / 2}
		}
		g := &state.Group{ID: fmt.Sprintf("group-%05d", i)}
		g.Partitions = state.Read(parts, now.At, "")
		now.Groups = append(now.Groups, g)
	}
	r.Add(ends)
	r.Look(now, Logs{Ends: ends})
}

// 10,000 groups of 50 partitions shall take 200 MB. What is kept of a partition has a fixed size, so that a few looks take as much as many,
// and a fifth of the groups a fifth of it; BenchmarkLookAt10000GroupsOf50Partitions measures them all.
func TestAFifthOf10000GroupsTakesAFifthOf200MB(t *testing.T) {
	snap := manyTopics(t, 2000)
	r := &Record{}
	before := heap()
	for look := range 3 {
		r.lookAtMany(snap, look)
	}
	if took := heap() - before; took > 40e6 {
		t.Errorf("what was seen of %d groups takes %.0f MB, %d bytes for each partition", len(r.groups), float64(took)/1e6, took/(2000*partitionsEach))
	}
	runtime.KeepAlive(snap)
}

func BenchmarkLookAt10000GroupsOf50Partitions(b *testing.B) {
	snap := manyTopics(b, 10_000)
	r := &Record{}
	before := heap()
	look := 0
	for ; look < 30; look++ {
		r.lookAtMany(snap, look)
	}
	took := heap() - before
	for b.Loop() {
		r.lookAtMany(snap, look)
		look++
	}
	b.ReportMetric(float64(took)/1e6, "MB") // the loop forgets what was reported before it
	if r.groups["group-00001"] == nil {
		b.Fatal("nothing was kept")
	}
}

func TestTheForecastSaysWhenAGroupWillHaveCaughtUp(t *testing.T) {
	for _, tc := range []struct {
		name               string
		lag                int64
		consumed, produced float64
		want               string
	}{
		{"it reads more than is written", 1200, 30, 10, "caught up in 1m00s"},
		{"it reads less", 1200, 7, 10, "falls behind 3m00s in every 10m00s"},
		{"it reads as much", 1200, 10, 10, "keeps its distance"},
		{"nothing is left to read", 0, 10, 10, ""},
		{"it reads nothing, which its status says", 1200, 0, 10, ""},
		{"it reads nothing, and nothing is written", 1200, 0, 0, ""},
	} {
		if got := forecast(tc.lag, tc.consumed, tc.produced); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
