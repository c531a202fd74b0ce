package assigner

import (
	"errors"
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// asked is what a chain asks of one partition, read from the demands by brute force's own lights.
type asked struct {
	has, leave, must, to      uint
	need                      int
	touched, free, even, wide bool // wide: spread over the racks
	drained                   bool
	kept                      bool // the preferred leader
}

// chain is a world with a chain of demands.
type chain struct {
	*world
	demands  []Demand
	parts    []asked
	closed   uint // brokers that are being drained or replaced
	balanced bool
	level    map[string]bool // topics that are to be level
	keep     bool            // preferred leaders are to be kept
	refused  bool            // a demand is wrong for this cluster
}

func newChain(in *Input, demands []Demand) *chain {
	c := &chain{world: newWorld(in, Drain{}), demands: demands, level: map[string]bool{}}
	for _, d := range demands {
		switch d := d.(type) {
		case Drain:
			c.closed |= c.bits(d.Brokers)
		case Replace:
			c.closed |= c.bits([]int32{d.Broker})
		}
	}
	open := c.target &^ c.closed
	c.target, c.to = open, open
	for _, p := range in.Partitions {
		a := asked{has: c.bits(p.Replicas), need: len(p.Replicas), to: open}
		for _, d := range demands {
			c.ask(&a, p, d)
		}
		if a.need < 1 {
			c.refused = true
		}
		a.kept = c.keep && c.first(p)&^c.off(p)&^a.leave != 0
		if a.kept {
			a.must |= c.first(p)
		}
		a.free = a.free && c.off(p) == 0
		c.parts = append(c.parts, a)
	}
	return c
}

func (c *chain) ask(a *asked, p Partition, d Demand) {
	switch d := d.(type) {
	case Drain:
		if off := c.bits(d.Brokers); d.Topics.chooses(p.Topic) && a.has&off != 0 {
			a.leave |= off
			a.touched, a.wide, a.drained = true, true, true
			if d.To != nil {
				a.to &= c.bits(d.To)
			}
		}
	case SetReplicationFactor:
		if d.Topics.chooses(p.Topic) && a.need != d.Factor {
			a.need, a.touched, a.wide = d.Factor, true, true
		}
	case Racks:
		if d.Topics.chooses(p.Topic) {
			a.wide, a.even = true, true
		}
		c.refused = c.refused || !c.racked
	case Replace:
		from, to := c.bits([]int32{d.Broker}), c.bits([]int32{d.With})
		if a.has&from != 0 {
			c.refused = c.refused || a.has&to != 0
			a.leave |= from
			a.must |= to
			a.touched = true
		}
		c.refused = c.refused || to&c.target == 0
	case Clone:
		if to := c.bits([]int32{d.To}); a.has&c.bits(d.Brokers) != 0 && (a.has|a.must)&to == 0 {
			a.must |= to
			a.need++
			a.touched = true
		}
		c.refused = c.refused || c.bits([]int32{d.To})&c.target == 0
	case Trim:
		if off := c.bits(d.Brokers); a.has&off != 0 {
			a.leave |= off
			a.need -= bits.OnesCount(a.has & off)
			a.touched = true
			c.refused = c.refused || a.need < 1
		}
	case KeepLeaders:
		c.keep = true
	case BalanceCount:
		c.balanced = true
		a.free = a.free || d.Topics.chooses(p.Topic)
	case BalanceTopics:
		if d.Topics.chooses(p.Topic) {
			a.free, c.level[p.Topic] = true, true
		}
	}
}

// emptiest is the largest number that every rack holds of a set, or all that it could.
func (c *chain) emptiest(set, room uint) int {
	in, can := map[string]int{}, map[string]int{}
	for i, rack := range c.rack {
		in[rack] += int(set >> i & 1)
		can[rack] += int(room >> i & 1)
	}
	for least := 0; ; least++ {
		if least >= c.fullest(set) {
			return least
		}
		for rack := range in {
			if in[rack] < min(least+1, can[rack]) {
				return least
			}
		}
	}
}

// sets are the sets that a partition may have: nil and true if it stays as it is, nil and false if there are none.
func (c *chain) sets(p Partition, a asked) (sets []uint, stays, stuck bool) {
	room := (c.to&a.to | a.has | a.must) &^ a.leave
	if (a.must&a.leave != 0 || bits.OnesCount(a.must) > a.need) && (a.touched || a.free || a.wide) {
		c.refused = true
	}
	best := [2]int{1 << 20, 0}
	var all []uint
	for set := range uint(1) << len(c.ids) {
		if bits.OnesCount(set) == a.need && set&^room == 0 && set&a.must == a.must {
			all = append(all, set)
			best[0] = min(best[0], c.fullest(set))
		}
	}
	limit := best[0]
	if !a.wide {
		limit = max(limit, c.fullest(a.has&^a.leave|a.must))
	}
	for _, set := range all {
		if c.racked && a.even && c.fullest(set) <= limit {
			best[1] = max(best[1], c.emptiest(set, room))
		}
	}
	for _, set := range all {
		if c.fullest(set) <= limit && (!c.racked || !a.even || c.emptiest(set, room) >= best[1]) {
			sets = append(sets, set)
		}
	}
	changes := a.touched || a.wide && len(all) > 0 && !slices.Contains(sets, a.has)
	switch {
	case !changes && !a.free, p.Leader < 0:
		return []uint{a.has}, true, changes
	case len(all) == 0 && a.drained && a.need <= len(p.Replicas) && c.live&^c.closed != 0:
		return []uint{a.has}, true, true
	}
	return sets, false, false
}

// cost is what goes before what.
type cost [6]int

func (c *chain) order(topics, squares, moves, dead, behind, left int) cost {
	if c.balanced {
		return cost{topics, squares, moves, dead, behind, left}
	}
	return cost{topics, moves, dead, behind, left, squares}
}

func (c *chain) first(p Partition) uint { return c.bits(p.Replicas[:1]) }

func (c *chain) price(a asked, set uint, p Partition) (moves, dead, behind, left int) {
	return bits.OnesCount(set &^ a.has), bits.OnesCount(set & c.off(p)), bits.OnesCount(set & c.behind(p)), bits.OnesCount(c.leads(p) &^ set)
}

// reached is a state of brute force: what is held, of the topic at hand too, and what it has cost.
type reached struct {
	load, topic                       []int
	topics, moves, dead, behind, left int
}

func (r reached) add(set uint) reached {
	r.load, r.topic = slices.Clone(r.load), slices.Clone(r.topic)
	for i := range r.load {
		r.load[i] += int(set >> i & 1)
		r.topic[i] += int(set >> i & 1)
	}
	return r
}

// next begins the next topic.
func (r reached) next(c *chain, ended string) reached {
	if c.level[ended] {
		r.topics += c.squares(r.topic)
	}
	r.topic = make([]int, len(r.topic))
	return r
}

func (c *chain) begin() reached {
	return reached{load: make([]int, len(c.ids)), topic: make([]int, len(c.ids))}
}

// optimum tries everything, by the loads that can be reached. It reports false where a partition has nowhere to go.
func (c *chain) optimum() (cost, bool) {
	at := map[string]reached{"": c.begin()}
	feasible := true
	for k, p := range c.in.Partitions {
		a := c.parts[k]
		sets, stays, _ := c.sets(p, a)
		feasible = feasible && len(sets) > 0
		next := map[string]reached{}
		for _, r := range at {
			if k > 0 && c.in.Partitions[k-1].Topic != p.Topic {
				r = r.next(c, c.in.Partitions[k-1].Topic)
			}
			for _, set := range sets {
				n := r.add(set)
				if !stays {
					moves, dead, behind, left := c.price(a, set, p)
					n.moves, n.dead, n.behind, n.left = n.moves+moves, n.dead+dead, n.behind+behind, n.left+left
				}
				key := fmt.Sprint(n.load, n.topic)
				old, ok := next[key]
				if !ok || slices.Compare([]int{n.topics, n.moves, n.dead, n.behind, n.left}, []int{old.topics, old.moves, old.dead, old.behind, old.left}) < 0 {
					next[key] = n
				}
			}
		}
		at = next
	}
	var best cost
	first := true
	for _, r := range at {
		r = r.next(c, c.in.Partitions[len(c.in.Partitions)-1].Topic)
		if k := c.order(r.topics, c.squares(r.load), r.moves, r.dead, r.behind, r.left); first || slices.Compare(k[:], best[:]) < 0 {
			best, first = k, false
		}
	}
	return best, feasible
}

// got is what a plan comes to, and the partitions that it gives sets that it may not.
func (c *chain) got(plan *Plan) (cost, []string) {
	var wrong []string
	r := c.begin()
	for k, p := range c.in.Partitions {
		a := c.parts[k]
		set := a.has
		if at := slices.IndexFunc(plan.Changes, func(x Change) bool { return x.Topic == p.Topic && x.ID == p.ID }); at >= 0 {
			set = c.bits(plan.Changes[at].After)
			if a.kept && plan.Changes[at].After[0] != p.Replicas[0] {
				wrong = append(wrong, fmt.Sprintf("%v loses its leader", plan.Changes[at]))
			}
			if bits.OnesCount(set) != len(plan.Changes[at].After) {
				wrong = append(wrong, fmt.Sprint(plan.Changes[at]))
			}
		}
		sets, stays, stuck := c.sets(p, a)
		if !slices.Contains(sets, set) {
			wrong = append(wrong, fmt.Sprintf("%s-%d: %b", p.Topic, p.ID, set))
		}
		if listed := slices.ContainsFunc(plan.Stuck, func(s Stuck) bool { return s.Topic == p.Topic && s.ID == p.ID }); listed != stuck {
			wrong = append(wrong, fmt.Sprintf("%s-%d: stuck %v, listed %v", p.Topic, p.ID, stuck, listed))
		}
		if k > 0 && c.in.Partitions[k-1].Topic != p.Topic {
			r = r.next(c, c.in.Partitions[k-1].Topic)
		}
		r = r.add(set)
		if !stays {
			m, d, b, l := c.price(a, set, p)
			r.moves, r.dead, r.behind, r.left = r.moves+m, r.dead+d, r.behind+b, r.left+l
		}
	}
	r = r.next(c, c.in.Partitions[len(c.in.Partitions)-1].Topic)
	return c.order(r.topics, c.squares(r.load), r.moves, r.dead, r.behind, r.left), wrong
}

func drawTopics(t *rapid.T) Topics {
	re := regexp.MustCompile(rapid.SampledFrom([]string{"^t0$", "^t1$", "^.*$"}).Draw(t, "topics"))
	switch rapid.IntRange(0, 4).Draw(t, "choice") {
	case 0:
		return Topics{Only: re}
	case 1:
		return Topics{Except: re}
	}
	return Topics{}
}

// drawChain draws demands on the sets of replicas.
func drawChain(t *rapid.T, in *Input) []Demand {
	w := newWorld(in, Drain{})
	ids := rapid.Permutation(w.ids).Draw(t, "ids")
	if len(ids) < 2 {
		return []Demand{BalanceCount{}}
	}
	some := func() []int32 { return rapid.Permutation(ids).Draw(t, "some")[:rapid.IntRange(1, 2).Draw(t, "many")] }
	var demands []Demand
	for _, stage := range rapid.Permutation([]string{"drain", "rf", "racks", "replace", "clone", "trim", "balance", "topics", "keep"}).
		Draw(t, "stages")[:rapid.IntRange(1, 4).Draw(t, "stages")] {
		switch stage {
		case "drain":
			d := drawDrain(t, in)
			d.Topics = drawTopics(t)
			demands = append(demands, d)
		case "rf":
			demands = append(demands, SetReplicationFactor{rapid.IntRange(1, min(4, len(ids))).Draw(t, "rf"), drawTopics(t)})
		case "racks":
			if w.racked {
				demands = append(demands, Racks{drawTopics(t)})
			}
		case "replace":
			demands = append(demands, Replace{Broker: ids[0], With: ids[1]})
		case "clone":
			demands = append(demands, Clone{Brokers: ids[:rapid.IntRange(1, min(2, len(ids)-1)).Draw(t, "sources")], To: ids[len(ids)-1]})
		case "trim":
			demands = append(demands, Trim{Brokers: some()})
		case "balance":
			demands = append(demands, BalanceCount{drawTopics(t)})
		case "keep":
			demands = append(demands, KeepLeaders{})
		case "topics":
			demands = append(demands, BalanceTopics{drawTopics(t)})
		}
	}
	return demands
}

func TestAChainIsWhatBruteForceFindsBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 6)
		demands := drawChain(t, in)
		c := newChain(in, demands)
		want, feasible := c.optimum()
		plan, err := solve(in, demands)
		var infeasible *InfeasibleError
		switch {
		case c.refused:
			if err == nil {
				t.Fatalf("%v should have been refused", demands)
			}
			return
		case errors.As(err, new(*NotTargetError)):
			if !slices.ContainsFunc(demands, func(d Demand) bool { d2, ok := d.(Drain); return ok && d2.To != nil }) {
				t.Fatal(err)
			}
			return
		case !feasible:
			if !errors.As(err, &infeasible) {
				t.Fatalf("a partition has nowhere to go, and the error is %v", err)
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		got, wrong := c.got(plan)
		if len(wrong) > 0 {
			t.Fatalf("%v: not allowed: %v", demands, wrong)
		}
		if got != want {
			t.Fatalf("%v: got %v, the best is %v", demands, got, want)
		}
		moves := got[1]
		if c.balanced {
			moves = got[2]
		}
		if plan.Moves != moves {
			t.Fatalf("%d moves, counted %d", plan.Moves, moves)
		}
		if plan.LeaderChangesBound > plan.LeaderChanges {
			t.Fatalf("%v: %d leader changes, bound %d", demands, plan.LeaderChanges, plan.LeaderChangesBound)
		}
		if plan.BytesBound.Known > plan.Bytes.Known {
			t.Fatalf("%v: bytes %v, bound %v", demands, plan.Bytes, plan.BytesBound)
		}
		if plan.MovesBound != plan.Moves {
			t.Fatalf("%v: %d moves, bound %d", demands, plan.Moves, plan.MovesBound)
		}
		v, err := Check(in, demands, plan.Changes, plan.Proof)
		if err != nil || len(v.Wrong) > 0 || !v.Best || v.Moves != plan.Moves || v.MovesBound != plan.Moves || v.Squares != v.SquaresBound ||
			v.LeaderChanges != plan.LeaderChanges || v.LeaderChangesBound > v.LeaderChanges {
			t.Fatalf("%v: the evaluator says %+v, %v of %+v", demands, v, err, plan)
		}
	})
}
