package reassign

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kdeck/ops/state"
)

// looksAs makes a run see what change makes of each look.
func (w *simulation) looksAs(o *Options, change func(*state.Snapshot)) {
	look := o.Look
	o.Look = func(ctx context.Context) (*state.Snapshot, error) {
		s, err := look(ctx)
		if err == nil {
			change(s)
		}
		return s, err
	}
}

// submittedWhilePaused finds a move that was submitted while the whole run was paused.
func (w *simulation) submittedWhilePaused() (found []Event) {
	paused := false
	for _, e := range w.events {
		switch e := e.(type) {
		case Paused:
			paused = paused || e.Partition == nil
		case Resumed:
			paused = paused && e.Partition != nil
		case Submitted:
			if paused {
				found = append(found, e)
			}
		}
	}
	return found
}

func TestTheGateClosesWhileNoControllerLeads(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		began, until := time.Now().Add(30*time.Second), time.Now().Add(3*time.Minute)
		w.looksAs(&o, func(s *state.Snapshot) {
			if now := time.Now(); now.After(began) && now.Before(until) {
				s.Controller = state.Missing[int32]("no voter answers", now, "test")
			}
		})
		w.want(w.run(o), Done, "")
		if !w.saidOf("paused", "no controller leads: no voter answers") || w.said("resumed") == 0 || len(w.submittedWhilePaused()) > 0 {
			t.Errorf("submitted while paused: %v\n%s", w.submittedWhilePaused(), w.log())
		}
	})
}

// shrink sets how much is free on the disks of all brokers but one.
func shrink(s *state.Snapshot, but int32, usable int64) {
	for i := range s.Brokers {
		if b := &s.Brokers[i]; b.ID != but && b.LogDirs.Known {
			b.LogDirs.Value = slices.Clone(b.LogDirs.Value)
			for d := range b.LogDirs.Value {
				b.LogDirs.Value[d].Total, b.LogDirs.Value[d].Usable = 1000, 0
			}
			b.LogDirs.Value[0].Total, b.LogDirs.Value[0].Usable = 10_000_000_000, 1_000_000_000+usable
		}
	}
}

func TestMovesWaitForRoomOnTheDisksOfTheirTargets(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		until := time.Now().Add(3 * time.Minute)
		w.looksAs(&o, func(s *state.Snapshot) {
			if time.Now().Before(until) {
				shrink(s, 2, 150_000_000) // less than one of the partitions
			}
		})
		w.want(w.run(o), Done, "")
		if !w.saidOf("paused", "would have less than 10 % of the disks free") || w.said("resumed") == 0 || len(w.submittedWhilePaused()) > 0 {
			t.Errorf("%s", w.log())
		}
	})
}

func TestDisksThatAreFullWithoutTheRunTakeAPartOfWhatIsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		bytes int64
		waits bool
	}{"small partitions": {2_000_000, false}, "partitions larger than that part": {200_000_000, true}} {
		t.Run(name, func(t *testing.T) {
			full := small
			full.PartitionBytes = c.bytes
			simulate(t, full, func(w *simulation) {
				o := w.options(w.plan("drain 2"))
				o.Stall = time.Minute
				w.looksAs(&o, func(s *state.Snapshot) { shrink(s, 2, -500_000_000) }) // 5 %
				end := w.run(o)
				if waited := w.saidOf("paused", "of the disks free"); waited != c.waits || (end.Moved == 0) != c.waits {
					t.Errorf("waited %v: %+v\n%s", waited, end, w.log())
				}
			})
		})
	}
}

func TestBothCopiesCountOnTheDisksOfTargets(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Moves = 0
		w.looksAs(&o, func(s *state.Snapshot) { // each has room for one at a time, and what has come already takes it
			shrink(s, 2, 250_000_000)
			for i := range s.NumPartitions() {
				for r := range s.Partition(i).Replicas() {
					if r.Adding && r.Broker != 2 {
						s.Broker(r.Broker).LogDirs.Value[0].Usable -= max(0, r.Size)
					}
				}
			}
		})
		most := map[int32]int{}
		sink := o.Sink
		o.Sink = func(e Event) {
			sink(e)
			into := map[int32]int{}
			for _, m := range w.sim.Reassignments() {
				for _, b := range m.Adding {
					into[b]++
					most[b] = max(most[b], into[b])
				}
			}
		}
		w.want(w.run(o), Done, "")
		for b, n := range most {
			if n > 1 {
				t.Errorf("%d at once into broker %d\n%s", n, b, w.log())
			}
		}
	})
}

func TestMovesForWhichNoRoomComesAreSkipped(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Stall = time.Minute
		w.looksAs(&o, func(s *state.Snapshot) { shrink(s, 2, 0) })
		end := w.run(o)
		w.want(end, Partial, "")
		if end.Skipped != len(o.Plan.Partitions) || w.said("submitted")+w.said("throttled") > 0 {
			t.Errorf("%+v\n%s", end, w.log())
		}
	})
}

func TestPartitionsThatFallBehindElsewhereCloseTheGateUntilTheyCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		look := func(behind, offline, dead bool) *state.Snapshot {
			b := state.NewBuilder("Xy", time.Now(), 0, 0)
			for id := range int32(3) {
				b.Broker(state.Broker{ID: id + 1, Alive: id != 2 || !dead})
			}
			isr, off := []int32{1, 2, 3}, []int32(nil)
			if behind {
				isr = []int32{1, 2}
			}
			if offline {
				off = []int32{3}
			}
			if err := b.Topic("orders", [16]byte{}, false); err != nil {
				t.Fatal(err)
			}
			for p := range int32(2) {
				if err := b.Partition(p, 1, 1, []int32{1, 2, 3}, isr, off); err != nil {
					t.Fatal(err)
				}
			}
			return b.Done()
		}
		for _, c := range []struct {
			name  string
			looks [][3]bool // behind, offline, dead
			every time.Duration
			shut  bool
		}{
			{"for a moment", [][3]bool{{}, {true}, {}, {true}}, time.Second, false},
			{"at two looks", [][3]bool{{}, {true}, {true}}, time.Second, true},
			{"and caught up", [][3]bool{{}, {true}, {true}, {}}, time.Second, false},
			{"since before the run", [][3]bool{{true}, {true}, {true}}, time.Second, false},
			{"on a failed disk", [][3]bool{{}, {true, true}, {true, true}}, time.Second, false},
			{"on a dead broker", [][3]bool{{}, {true, false, true}, {true, false, true}}, time.Second, false},
			{"for too long", [][3]bool{{}, {true}, {true}, {true}, {true}}, 4 * time.Minute, false},
		} {
			e := &Executor{c: &cluster{}}
			var why []string
			for i, at := range c.looks {
				e.c.snap = look(at[0], at[1], at[2])
				if i == 0 {
					e.gate.behind.before = behindAt(e.c.snap)
				}
				e.gate.behind.look(e)
				why = e.gate.behind.worry(DefaultStall)
				time.Sleep(c.every)
			}
			if shut := len(why) > 0; shut != c.shut || shut && !strings.Contains(why[0], "2 partitions not in the plan fell behind (orders-0, orders-1)") {
				t.Errorf("%s: %q", c.name, why)
			}
		}
	})
}

// A target that dies keeps only those moves waiting that would bring a replica to it or keep one on it.
func TestMovesThatDoNotNeedADeadBrokerGoOnAtOnce(t *testing.T) {
	many := large
	many.Partitions = 120
	simulate(t, many, func(w *simulation) {
		p := w.plan("drain 2")
		o := w.options(p)
		o.Moves = 5
		var dead int32
		w.killTarget(&o, &dead)
		var late, needed []PartitionMove
		began := time.Now()
		sink := o.Sink
		o.Sink = func(e Event) {
			sink(e)
			if m, ok := e.(Submitted); ok && dead != 0 && time.Since(began) > time.Minute {
				if slices.Contains(m.To, dead) {
					needed = append(needed, m.PartitionMove)
				} else if time.Since(began) > o.Stall {
					late = append(late, m.PartitionMove)
				}
			}
		}
		o.Stall = DefaultStall
		end := w.run(o)
		others := 0
		for i := range p.Partitions {
			if !slices.Contains(p.Partitions[i].Replicas, dead) {
				others++
			}
		}
		for _, m := range late {
			if !w.saidOf("replanned", m.String()) {
				t.Errorf("%v waited for a broker that it doesn't need", m)
			}
		}
		if len(needed) > 0 || others < 5 {
			t.Errorf("%v were submitted to the dead broker %d, and %d moves don't need it", needed, dead, others)
		}
		if !w.saidOf("waiting", "is dead") || !w.saidOf("waiting", "no move waits") {
			t.Errorf("%s", w.log())
		}
		w.want(end, Partial, "")
	})
}

func TestWhatIsSkippedIsSaidAtTheEndByNameAndReason(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Stall, o.Moves = time.Minute, 1
		var kept int32
		o.when("submitted", func() {
			kept = w.events[len(w.events)-1].(Submitted).To[0]
			if kept == 2 || slices.Contains(without(w.events[len(w.events)-1].(Submitted).To, w.events[len(w.events)-1].(Submitted).From), kept) {
				t.Fatal("the first replica is a new one")
			}
			w.must(w.sim.Kill(kept))
		})
		end := w.run(o)
		w.want(end, Partial, fmt.Sprintf("its replicas would be on broker %d, which is dead", kept))
		for _, e := range w.events {
			if s, ok := e.(Skipped); ok && end.Skipped <= maxExamples && !strings.Contains(strings.Join(end.Why, "\n"), s.TopicPartition.String()) {
				t.Errorf("%v is not among %q", s.TopicPartition, end.Why)
			}
		}
	})
	byWhy := map[string][]string{"one": {"a-0"}, "two": {"b-0", "b-1", "b-2", "b-3", "b-4", "b-5", "b-6"}, "3": {"c"}, "4": {"d"}, "5": {"e"}, "6": {"f", "g"}, "7": {"h"}}
	want := []string{"skipped b-0, b-1, b-2, b-3, b-4 and 2 more: two", "skipped f, g: 6", "skipped c: 3", "skipped d: 4", "skipped e: 5", "skipped 2 partitions for other reasons, which were said then"}
	if got := whySkipped(byWhy); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestADeadBrokerThatNothingNeedsIsNoReasonToPause(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		p := w.plan("drain 2 --to 3,4,5")
		o := w.options(p)
		needed := map[int32]bool{2: true}
		for i := range p.Partitions {
			for _, b := range p.Partitions[i].Replicas {
				needed[b] = true
			}
		}
		bystander := int32(0)
		for b := int32(1); b <= int32(large.Brokers); b++ {
			if !needed[b] {
				bystander = b
			}
		}
		if bystander == 0 {
			t.Skip("every broker is needed")
		}
		o.when("submitted", func() { w.must(w.sim.Kill(bystander)) })
		w.want(w.run(o), Done, "")
		for _, e := range w.events {
			if s, ok := e.(Paused); ok && s.Partition == nil {
				t.Errorf("%v\n%s", s, w.log())
			}
		}
	})
}

// No pause brings a dead broker back: partitions that its death keeps under min.insync.replicas hold a run up for the stall time only.
func TestPartitionsThatADeathKeepsUnderMinISRAreNotWaitedForWithoutEnd(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		p := w.plan("drain 1")
		o := w.options(p)
		o.Moves, o.Stall = 1, 2*time.Minute
		victims := w.partners(p)
		o.when("submitted", func() {
			for _, b := range victims {
				w.must(w.sim.Kill(b))
			}
		})
		began := time.Now()
		w.run(o)
		if !w.saidOf("paused", "not in the plan came under min.insync.replicas") || w.said("resumed") == 0 || time.Since(began) > 30*time.Minute {
			t.Errorf("after %v:\n%s", time.Since(began), w.log())
		}
	})
}
