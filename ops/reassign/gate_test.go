package reassign

import (
	"context"
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
			if shut := len(why) > 0; shut != c.shut || shut && !strings.Contains(why[0], "2 partitions that are not in the plan have fallen behind (orders-0, orders-1)") {
				t.Errorf("%s: %q", c.name, why)
			}
		}
	})
}
