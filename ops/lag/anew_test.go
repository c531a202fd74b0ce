package lag

import (
	"testing"
	"time"

	"kdeck/ops/state"
)

// A topic that is made anew under its name has another id. What its readers had committed in the one before says nothing of how they get on in it.
func TestATopicThatIsMadeAnewIsNotTakenForTheOneBefore(t *testing.T) {
	snapshot := func(id byte) *state.Snapshot {
		b := state.NewBuilder("c", epoch, 0, 0)
		if err := b.Topic("orders", [16]byte{id}, false); err != nil {
			t.Fatal(err)
		}
		if err := b.Partition(0, 1, 1, []int32{1}, []int32{1}, nil); err != nil {
			t.Fatal(err)
		}
		return b.Done()
	}
	old, anew := snapshot(1), snapshot(2)
	none := state.NewBuilder("c", epoch, 0, 0).Done()
	for _, tc := range []struct {
		name string
		// what each look sees: which topic, where it ends, what is committed (-1: nothing, -2: the group has no row of it)
		looks []madeAnewLook
		want  state.OffsetTrouble // at the last look
		lag   int64
	}{
		{"its readers begin again", []madeAnewLook{{old, 900, 900}, {old, 1000, 990}, {anew, 0, -2}, {anew, 40, 30}, {anew, 60, 60}}, state.NoTrouble, 0},
		{"without a look in between", []madeAnewLook{{old, 900, 900}, {old, 1000, 990}, {anew, 40, 30}, {anew, 80, 70}}, state.NoTrouble, 10},
		{"the old offset is left", []madeAnewLook{{old, 900, 900}, {old, 1000, 990}, {none, 0, 990}, {anew, 0, 990}, {anew, 5, 990}}, state.BeyondEnd, -1},
		{"it is gone for a while", []madeAnewLook{{old, 900, 900}, {old, 1000, 990}, {none, 0, 990}, {none, 0, 990}}, state.TopicGone, -1},
		{"the old offset is within the new log", []madeAnewLook{{old, 900, 30}, {old, 1000, 30}, {anew, 50, 30}}, state.OtherTopic, 20},
		{"and is still there at later looks", []madeAnewLook{{old, 900, 30}, {old, 1000, 30}, {anew, 50, 30}, {anew, 60, 30}, {anew, 60, 30}}, state.OtherTopic, 30},
		{"its coordinator drops it, and it is committed again", []madeAnewLook{{old, 1000, 30}, {none, 0, -2}, {anew, 10, -2}, {anew, 50, 30}}, state.OtherTopic, 20},
		{"it is read on from there", []madeAnewLook{{old, 1000, 30}, {anew, 50, 30}, {anew, 60, 45}}, state.NoTrouble, 15},
		{"another offset is committed", []madeAnewLook{{old, 1000, 30}, {anew, 50, 31}}, state.NoTrouble, 19},
		{"nothing was read in the one before", []madeAnewLook{{old, 1000, 0}, {anew, 50, 0}}, state.NoTrouble, 50},
		{"kdeck began to look afterwards", []madeAnewLook{{anew, 50, 30}, {anew, 50, 30}}, state.NoTrouble, 20},
		{"the group left it for a while, and it is the same topic", []madeAnewLook{{old, 1000, 30}, {old, 1000, -2}, {old, 1000, 30}}, state.NoTrouble, 970},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var r Record
			for i, look := range tc.looks {
				ends := state.NewOffsets(look.snap)
				if look.snap.NumPartitions() > 0 {
					ends.Set(0, look.end, -1, ends.Answer(state.OffsetAnswer{At: at(i*10 + 1)}))
				}
				g := &state.Group{ID: "g", State: "Stable"}
				var parts []state.GroupPartition
				if look.committed > -2 {
					parts = append(parts, state.GroupPartition{Topic: "orders", Committed: look.committed})
				}
				g.Partitions = state.Read(parts, at(i*10), "")
				r.Add(ends)
				r.Look(&state.Groups{Groups: []*state.Group{g}, At: at(i * 10)}, Logs{Ends: ends})
				if g.Status > state.GroupOK {
					t.Errorf("look %d: %s: %s", i, g.Status, g.Why)
				}
				if g.Lag.Known && g.Lag.Value < 0 || g.Behind.Known && g.Behind.Value > time.Duration(i*10)*time.Second {
					t.Errorf("look %d: it lags %d records, %s", i, g.Lag.Value, g.Behind.Value)
				}
				if i < len(tc.looks)-1 {
					continue
				}
				if p := g.Partitions.Value[0]; p.Lag != tc.lag || p.Trouble != tc.want {
					t.Errorf("at last it lags %d, %q; want %d, %q", p.Lag, p.Trouble, tc.lag, tc.want)
				}
			}
		})
	}
}

// madeAnewLook is what one look sees.
type madeAnewLook struct {
	snap           *state.Snapshot
	end, committed int64
}
