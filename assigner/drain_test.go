package assigner

import (
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// wanted is what brute force finds to be the optimum of a drain, in order of importance.
type wanted struct {
	moves   int
	dead    int // replicas that stay and are offline
	behind  int // replicas that stay and are out of sync
	leaders int // preferred leaders that stay
	squares int
}

// world is a cluster seen by brute force: brokers by position, sets as bits.
type world struct {
	in     *Input
	ids    []int32
	rack   []string
	racked bool
	live   uint
	target uint
	leave  uint // drained
	to     uint // may be given a replica
}

func newWorld(in *Input, d Drain) *world {
	w := &world{in: in}
	for _, b := range in.Brokers {
		w.ids = append(w.ids, b.ID)
		w.racked = w.racked || b.Rack != ""
	}
	for _, p := range in.Partitions {
		for _, id := range p.Replicas {
			if !slices.Contains(w.ids, id) {
				w.ids = append(w.ids, id)
			}
		}
	}
	w.rack = make([]string, len(w.ids))
	for i, b := range in.Brokers {
		w.rack[i] = b.Rack
		if b.Target {
			w.target |= 1 << i
		}
		if b.Target || b.Why == Cordoned {
			w.live |= 1 << i
		}
	}
	w.leave = w.bits(d.Brokers)
	w.target &^= w.leave
	w.to = w.target
	if d.To != nil {
		w.to &= w.bits(d.To)
	}
	return w
}

func (w *world) bits(ids []int32) uint {
	set := uint(0)
	for _, id := range ids {
		set |= 1 << slices.Index(w.ids, id)
	}
	return set
}

// off are the replicas of a partition that are offline, behind those that are out of sync, and leads its preferred leader, if it
// is in sync.
func (w *world) off(p Partition) uint    { return w.bits(p.Replicas)&^w.live | w.bits(p.Offline) }
func (w *world) behind(p Partition) uint { return w.bits(p.OutOfSync) &^ w.off(p) }
func (w *world) leads(p Partition) uint  { return w.bits(p.Replicas[:1]) &^ w.off(p) &^ w.behind(p) }

// fullest is how many of a set are in one rack at the most.
func (w *world) fullest(set uint) int {
	in := map[string]int{}
	most := 0
	for i, rack := range w.rack {
		if w.racked && set>>i&1 == 1 {
			in[rack]++
			most = max(most, in[rack])
		}
	}
	return most
}

// choices are the sets that are the best for a partition on its own, up to the state of its replicas and its leader.
func (w *world) choices(p Partition) []uint {
	has := w.bits(p.Replicas)
	var best []uint
	var bestKey [5]int
	for set := range uint(1) << len(w.ids) {
		if bits.OnesCount(set) != len(p.Replicas) || set&^(w.to|has)|set&w.leave != 0 {
			continue
		}
		key := [5]int{w.fullest(set), bits.OnesCount(set &^ has), bits.OnesCount(set & w.off(p)), bits.OnesCount(set & w.behind(p)),
			-bits.OnesCount(set & w.leads(p))}
		c := slices.Compare(key[:], bestKey[:])
		if best == nil || c < 0 {
			best, bestKey = nil, key
			c = 0
		}
		if c == 0 {
			best = append(best, set)
		}
	}
	return best
}

// touched says whether a drain changes a partition, and whether it can't: nobody can copy it, or it has nowhere to go, and
// another broker lives.
func (w *world) touched(p Partition) (touched, stuck bool) {
	touched = w.bits(p.Replicas)&w.leave != 0
	return touched, touched && (p.Leader < 0 || w.choices(p) == nil && w.live&^w.leave != 0)
}

// optimum tries everything. It reports false where a partition has nowhere to go, because all live brokers are drained.
func (w *world) optimum() (wanted, bool) {
	var best wanted
	loads := map[string][]int{"": make([]int, len(w.ids))}
	for _, p := range w.in.Partitions {
		has := w.bits(p.Replicas)
		sets := []uint{has}
		if touched, stuck := w.touched(p); touched && !stuck {
			if sets = w.choices(p); sets == nil {
				return best, false
			}
			best.moves += bits.OnesCount(sets[0] &^ has)
			best.dead += bits.OnesCount(sets[0] & w.off(p))
			best.behind += bits.OnesCount(sets[0] & w.behind(p))
			best.leaders += bits.OnesCount(sets[0] & w.leads(p))
		}
		next := map[string][]int{}
		for _, load := range loads {
			for _, set := range sets {
				sum := slices.Clone(load)
				for i := range sum {
					sum[i] += int(set >> i & 1)
				}
				next[fmt.Sprint(sum)] = sum
			}
		}
		loads = next
	}
	best.squares = 1 << 30
	for _, load := range loads {
		best.squares = min(best.squares, w.squares(load))
	}
	return best, true
}

func (w *world) squares(load []int) int {
	sum := 0
	for i, n := range load {
		if w.target>>i&1 == 1 {
			sum += n * n
		}
	}
	return sum
}

// got is what a plan comes to, counted by brute force's own lights.
func (w *world) got(plan *Plan) wanted {
	var g wanted
	load := make([]int, len(w.ids))
	for _, p := range w.in.Partitions {
		has, set := w.bits(p.Replicas), w.bits(p.Replicas)
		if at := slices.IndexFunc(plan.Changes, func(c Change) bool { return c.Topic == p.Topic && c.ID == p.ID }); at >= 0 {
			set = w.bits(plan.Changes[at].After)
		}
		for i := range load {
			load[i] += int(set >> i & 1)
		}
		if touched, stuck := w.touched(p); touched && !stuck {
			g.moves += bits.OnesCount(set &^ has)
			g.dead += bits.OnesCount(set & w.off(p))
			g.behind += bits.OnesCount(set & w.behind(p))
			g.leaders += bits.OnesCount(set & w.leads(p))
		}
	}
	g.squares = w.squares(load)
	return g
}

func drawDrain(t *rapid.T, in *Input) Drain {
	w := newWorld(in, Drain{})
	ids := rapid.Permutation(w.ids).Draw(t, "drained")
	n := rapid.IntRange(1, min(2, len(ids))).Draw(t, "many")
	d := Drain{Brokers: ids[:n]}
	if rapid.IntRange(0, 3).Draw(t, "to") == 0 {
		for _, id := range ids[n:] {
			if w.target&w.bits([]int32{id}) != 0 && rapid.Bool().Draw(t, "target") {
				d.To = append(d.To, id)
			}
		}
	}
	return d
}

func TestDrainIsWhatBruteForceFindsBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 8)
		d := drawDrain(t, in)
		w := newWorld(in, d)
		want, feasible := w.optimum()
		plan, err := solve(in, []Demand{d})
		if !feasible {
			var e *InfeasibleError
			if !errors.As(err, &e) || len(e.Brokers) >= e.Replicas || plan != nil {
				t.Fatalf("a partition has nowhere to go, and there is a plan %v or the error %v", plan, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := w.got(plan); got != want {
			t.Fatalf("got %+v, the best is %+v", got, want)
		}
		if plan.Moves != want.moves || plan.MovesBound != want.moves {
			t.Fatalf("%d moves, bound %d, the least is %d", plan.Moves, plan.MovesBound, want.moves)
		}
		if plan.Bytes != plan.BytesBound {
			t.Fatalf("bytes %v, bound %v", plan.Bytes, plan.BytesBound)
		}
		for _, c := range plan.Changes {
			i := slices.IndexFunc(in.Partitions, func(p Partition) bool { return p.Topic == c.Topic && p.ID == c.ID })
			p := in.Partitions[i]
			set := w.bits(c.After)
			touched, stuck := w.touched(p)
			switch {
			case !touched || stuck:
				t.Fatalf("%v was changed, which the drain doesn't touch or can't move", c)
			case !slices.Equal(c.Before, p.Replicas):
				t.Fatalf("%v was before %v", c, p.Replicas)
			case len(c.After) != len(p.Replicas) || bits.OnesCount(set) != len(p.Replicas):
				t.Fatalf("%v has another number of replicas", c)
			case w.fullest(set) != w.fullest(w.choices(p)[0]):
				t.Fatalf("%v has more in one rack than it must", c)
			}
			for at, id := range c.After {
				if was := slices.Index(c.Before, id); was >= 0 && was != at {
					t.Fatalf("%v: %d stays and has another position", c, id)
				}
			}
		}
		for _, p := range in.Partitions {
			_, stuck := w.touched(p)
			at := slices.IndexFunc(plan.Stuck, func(s Stuck) bool { return s.Topic == p.Topic && s.ID == p.ID })
			if at >= 0 != stuck {
				t.Fatalf("%v stuck: %v, listed: %v", p, stuck, at >= 0)
			}
			if stuck && p.Leader >= 0 && len(plan.Stuck[at].Short.Brokers) >= len(p.Replicas) {
				t.Fatalf("%v is stuck and may be on %v", p, plan.Stuck[at].Short.Brokers)
			}
		}
		again, err := solve(carriedOut(in, plan), []Demand{d})
		if err != nil || again.Moves != 0 || len(again.Changes) != 0 {
			t.Fatalf("carried out and planned again: %+v, %v", again, err)
		}
	})
}

func TestThePlanDependsOnTheClusterAndNotOnItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 8)
		d := drawDrain(t, in)
		shuffled := &Input{
			Brokers:    rapid.Permutation(in.Brokers).Draw(t, "brokers again"),
			Partitions: rapid.Permutation(in.Partitions).Draw(t, "partitions again"),
		}
		a, errA := solve(in, []Demand{d})
		b, errB := solve(shuffled, []Demand{d})
		if !reflect.DeepEqual(a, b) || fmt.Sprint(errA) != fmt.Sprint(errB) {
			t.Fatalf("%+v %v\n%+v %v", a, errA, b, errB)
		}
	})
}
