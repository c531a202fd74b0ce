package lag

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

// consumer is a scripted group that reads some partitions, second by second.
type consumer struct {
	partitions int // default 6
	written    func(partition, second int) int64
	// committed is the offset that is committed in a second; before is that of the second before, and ended tells where the log ended in an earlier second.
	committed func(partition, second int, before int64, ended func(second int) int64) int64
	members   func(second int) int // default: three
	state     func(second int) string
	unknown   bool // who its members are isn't known
}

// scriptedFor is how long consumers are watched, in seconds.
const scriptedFor = 600

// history is what a consumer did.
type scriptedHistory struct {
	consumer
	ends, committed [][]int64 // by partition and second
	snap            *state.Snapshot
}

func (c consumer) run(t testing.TB) *scriptedHistory {
	t.Helper()
	if c.partitions == 0 {
		c.partitions = 6
	}
	if c.members == nil {
		c.members = func(int) int { return 3 }
	}
	if c.state == nil {
		c.state = func(int) string { return "Stable" }
	}
	h := &scriptedHistory{consumer: c, ends: make([][]int64, c.partitions), committed: make([][]int64, c.partitions)}
	b := state.NewBuilder("c", epoch, 0, 0)
	if err := b.Topic("orders", [16]byte{1}, false); err != nil {
		t.Fatal(err)
	}
	for p := range c.partitions {
		if err := b.Partition(int32(p), 1, 1, []int32{1}, []int32{1}, nil); err != nil {
			t.Fatal(err)
		}
		end, off := int64(1000), int64(1000)
		ended := func(second int) int64 {
			if second < 0 {
				return 1000
			}
			return h.ends[p][second]
		}
		for s := range scriptedFor {
			end += c.written(p, s)
			h.ends[p] = append(h.ends[p], end)
			off = c.committed(p, s, off, ended)
			h.committed[p] = append(h.committed[p], off)
		}
	}
	h.snap = b.Done()
	return h
}

// later is how long after the offsets of groups the ends of the logs are read.
const later = 150 * time.Millisecond

// look shows a record what a look in that second sees, with what its judgement asks for besides.
func (h *scriptedHistory) look(r *Record, second int) *state.Group {
	l := Logs{Ends: state.NewOffsets(h.snap), Older: state.NewOffsets(h.snap), Later: state.NewOffsets(h.snap)}
	first := func(o *state.Offsets, p int, age time.Duration) {
		offset := int64(1000)
		if was := second - int(age/time.Second); was >= 0 {
			offset = h.ends[p][was]
		}
		if offset == h.ends[p][second] {
			offset = state.NoOffset
		}
		o.Set(p, offset, state.NoOffset, o.Answer(state.OffsetAnswer{At: at(second).Add(later), From: "broker 1"}))
	}
	members := make([]state.Member, h.members(second))
	for i := range members {
		members[i] = state.Member{ID: fmt.Sprint("m", i)}
	}
	g := &state.Group{ID: "billing", Kind: state.ClassicGroup, Protocol: "consumer", State: h.state(second), Epoch: -1}
	var parts []state.GroupPartition
	for p := range h.partitions {
		l.Ends.Set(p, h.ends[p][second], state.NoOffset, l.Ends.Answer(state.OffsetAnswer{At: at(second).Add(later), From: "broker 1"}))
		first(l.Older, p, Old)
		first(l.Later, p, Late)
		member := int32(-1)
		if len(members) > 0 && !h.unknown && g.State == "Stable" {
			member = int32(p % len(members))
		}
		parts = append(parts, state.GroupPartition{Topic: "orders", Partition: int32(p), Member: member, Committed: h.committed[p][second]})
	}
	if !h.unknown {
		g.Members = state.Read(members, at(second), "broker 1")
	}
	if len(members) == 0 {
		g.State = "Empty"
	}
	g.Partitions = state.Read(parts, at(second), "broker 1")
	r.Add(l.Ends)
	groups := &state.Groups{Groups: []*state.Group{g}, At: at(second)}
	r.Look(groups, l)
	return g
}

// every commits each so many seconds what was written until a moment before.
func every(seconds, behind int) func(int, int, int64, func(int) int64) int64 {
	return func(p, s int, before int64, ended func(int) int64) int64 {
		if (s+p)%seconds != 0 {
			return before
		}
		return max(before, ended(s-behind))
	}
}

// until is a consumer that does nothing any more from a second on.
func until(stop int, of func(int, int, int64, func(int) int64) int64) func(int, int, int64, func(int) int64) int64 {
	return func(p, s int, before int64, ended func(int) int64) int64 {
		if s >= stop {
			return before
		}
		return of(p, s, before, ended)
	}
}

// inTrouble is where scripted consumers get into trouble, in seconds.
const inTrouble = 200

func TestScriptedConsumersAreNamedInWatchesAndInTwoLooks(t *testing.T) {
	steady := func(int, int) int64 { return 100 }
	healthy := every(5, 1)
	slow := func(p, s int, before int64, ended func(int) int64) int64 {
		if s%5 != 0 {
			return before
		}
		if s < inTrouble {
			return ended(s - 1)
		}
		return min(before+5*60, ended(s))
	}
	back := func(p, s int, before int64, ended func(int) int64) int64 {
		switch {
		case s < inTrouble:
			return healthy(p, s, before, ended)
		case s == inTrouble:
			return before - 10_000
		case s%5 == 0:
			return min(before+5*110, ended(s))
		}
		return before
	}
	const never = scriptedFor
	for _, tc := range []struct {
		name     string
		consumer consumer
		want     []state.GroupStatus // what it is named in its trouble; none: nothing is ever found
		watched  int                 // the seconds after which a watch names it, looking each 10 s
		twice    int                 // the seconds after which two looks 5 s apart name it
		least    int                 // the seconds before which it isn't named
		well     int                 // when it is well again; 0: never
		why      string
	}{
		{name: "healthy", consumer: consumer{written: steady, committed: healthy}},
		{name: "healthy, with members that can't be seen", consumer: consumer{written: steady, committed: healthy, unknown: true}},
		{name: "slow", consumer: consumer{written: steady, committed: slow}, want: []state.GroupStatus{state.GroupWarn}, watched: 60, twice: never, why: "falls behind"},
		{name: "hanging", consumer: consumer{written: steady, committed: until(inTrouble, healthy)},
			want: []state.GroupStatus{state.GroupStalled, state.GroupStopped}, watched: 60, twice: 85, why: "polling can't know"},
		{name: "hanging, with members that can't be seen", consumer: consumer{written: steady, committed: until(inTrouble, healthy), unknown: true},
			want: []state.GroupStatus{state.GroupStalled, state.GroupStopped}, watched: 60, twice: 85},
		{name: "killed", consumer: consumer{written: steady, committed: until(inTrouble, healthy), members: func(s int) int {
			if s >= inTrouble+45 {
				return 0
			}
			return 3
		}}, want: []state.GroupStatus{state.GroupStalled, state.GroupStopped}, watched: 60, twice: 85, why: "6 partitions"},
		{name: "rewound", consumer: consumer{written: steady, committed: back}, want: []state.GroupStatus{state.GroupRewound}, watched: 15, twice: never, well: inTrouble + 80},
		{name: "restarted", consumer: consumer{written: steady, committed: func(p, s int, before int64, ended func(int) int64) int64 {
			if s >= inTrouble && s < inTrouble+100 {
				return before
			}
			return healthy(p, s, before, ended)
		}}, want: []state.GroupStatus{state.GroupStalled, state.GroupStopped}, watched: 60, twice: 85, well: inTrouble + 100},
		{name: "of a topic that is idle", consumer: consumer{written: func(int, int) int64 { return 0 }, committed: healthy}},
		{name: "of a topic that is written once a minute", consumer: consumer{written: func(p, s int) int64 {
			if (s+7*p)%61 == 0 {
				return 1
			}
			return 0
		}, committed: healthy}},
		{name: "of a burst that it keeps up with", consumer: consumer{written: func(_, s int) int64 {
			if s >= inTrouble && s < inTrouble+120 {
				return 5000
			}
			return 100
		}, committed: every(5, 4)}},
		{name: "of a burst that takes a minute to read", consumer: consumer{written: func(_, s int) int64 {
			if s == inTrouble {
				return 60_000
			}
			return 100
		}, committed: func(_, s int, before int64, ended func(int) int64) int64 {
			if s%5 != 0 {
				return before
			}
			return min(before+5*1100, ended(s))
		}}},
		{name: "rebalancing for a quarter of a minute", consumer: consumer{written: steady, committed: func(p, s int, before int64, ended func(int) int64) int64 {
			if s >= inTrouble && s < inTrouble+15 {
				return before
			}
			return healthy(p, s, before, ended)
		}, state: func(s int) string {
			if s >= inTrouble && s < inTrouble+15 {
				return "PreparingRebalance"
			}
			return "Stable"
		}}},
		{name: "rebalancing without an end", consumer: consumer{written: steady, committed: until(inTrouble, healthy), state: func(s int) string {
			if s >= inTrouble {
				return "PreparingRebalance"
			}
			return "Stable"
		}}, want: []state.GroupStatus{state.GroupStalled, state.GroupStopped}, watched: 60, twice: 310, why: "the group is rebalancing"},
		{name: "that commits once a minute", consumer: consumer{written: steady, committed: every(60, 3)}},
		{name: "that commits once a minute, of topics that are seldom written", consumer: consumer{written: func(p, s int) int64 {
			if (s*7+p*13)%23 == 0 {
				return 1
			}
			return 0
		}, committed: every(60, 3)}},
		{name: "one of whose three members hangs", consumer: consumer{written: steady, committed: func(p, s int, before int64, ended func(int) int64) int64 {
			if s >= inTrouble && p%3 == 1 {
				return before
			}
			return healthy(p, s, before, ended)
		}}, want: []state.GroupStatus{state.GroupStalled, state.GroupStopped}, watched: 60, twice: 85, why: "2 of 6 partitions"},
		{name: "one of whose partitions is poisoned", consumer: consumer{written: steady, committed: func(p, s int, before int64, ended func(int) int64) int64 {
			if s >= inTrouble && p == 4 {
				return before
			}
			return healthy(p, s, before, ended)
		}}, want: []state.GroupStatus{state.GroupStalled, state.GroupStopped}, watched: 200, twice: never, least: 170, why: "orders/4"},
		{name: "slow, with partitions that are seldom written", consumer: consumer{partitions: 12, written: func(p, s int) int64 {
			if p%4 == 0 || (s+p)%40 == 0 {
				return 100
			}
			return 0
		}, committed: func(p, s int, _ int64, ended func(int) int64) int64 {
			s -= s % 5
			if s > inTrouble { // it reads in order of time, at six tenths of the speed
				s = inTrouble + (s-inTrouble)*6/10
			}
			return ended(s - 1)
		}}, want: []state.GroupStatus{state.GroupWarn}, watched: 70, twice: never},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := tc.consumer.run(t)
			check := func(how string, second int, g *state.Group, named, must bool) (wanted bool) {
				t.Helper()
				for _, s := range tc.want {
					wanted = wanted || g.Status == s
				}
				switch alarm := g.Status > state.GroupOK; {
				case alarm && !wanted || alarm && second < inTrouble+tc.least:
					t.Errorf("%s: after %d s it is %s: %s", how, second, g.Status, g.Why)
				case must && !wanted:
					t.Errorf("%s: after %d s it is %s: %s", how, second, g.Status, g.Why)
				case must && !strings.Contains(g.Why, tc.why):
					t.Errorf("%s: after %d s no %q: %s", how, second, tc.why, g.Why)
				case alarm && tc.well > 0 && second >= tc.well+100: // ten looks of a watch
					t.Errorf("%s: after %d s it is still %s: %s", how, second, g.Status, g.Why)
				}
				return named || wanted
			}
			end := scriptedFor
			if tc.well > 0 {
				end = tc.well
			}
			for _, apart := range []int{10, 60} {
				for _, from := range []int{0, 7} {
					var r Record
					named := false
					for s := from; s < scriptedFor; s += apart {
						must := apart == 10 && len(tc.want) > 0 && s >= inTrouble+tc.watched && s < end
						named = check(fmt.Sprintf("watched each %d s", apart), s, h.look(&r, s), named, must)
					}
					if len(tc.want) > 0 && !named && apart == 10 {
						t.Errorf("watched each %d s it was never named", apart)
					}
				}
			}
			for s := 80; s < scriptedFor-5; s += 3 {
				var r Record
				h.look(&r, s)
				g := h.look(&r, s+5)
				check("in two looks", s+5, g, false, len(tc.want) > 0 && s >= inTrouble+tc.twice && s+5 < end)
			}
		})
	}
}
