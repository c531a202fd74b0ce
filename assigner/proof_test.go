package assigner

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// middling is a cluster too large for brute force: racks of unequal size, a few brokers that are no targets, mixed
// replication factors, replicas anywhere.
func middling(seed uint64) *Input {
	r := rand.New(rand.NewPCG(seed, 0))
	in := &Input{}
	var ids []int32
	for id := range int32(8 + r.IntN(40)) {
		b := Broker{ID: id, Rack: string(rune('a' + r.IntN(1+int(seed%5)))), Target: true}
		if r.IntN(15) == 0 {
			b.Target, b.Why = false, []string{Dead, Fenced, Cordoned}[r.IntN(3)]
		}
		in.Brokers = append(in.Brokers, b)
		ids = append(ids, id)
	}
	for topic := range 3 + r.IntN(30) {
		factor := 1 + r.IntN(4)
		for i := range 1 + r.IntN(20) {
			p := Partition{Topic: fmt.Sprintf("t%02d", topic), ID: int32(i), Leader: -1, Bytes: int64(r.IntN(1000))}
			for _, k := range r.Perm(len(ids))[:factor] {
				p.Replicas = append(p.Replicas, ids[k])
			}
			if at := slices.IndexFunc(p.Replicas, func(id int32) bool { return in.Brokers[id].Target }); at >= 0 {
				p.Leader = p.Replicas[at]
			}
			in.Partitions = append(in.Partitions, p)
		}
	}
	return in
}

func TestPlansAreProvedTheBestWhereBruteForceCannot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := middling(rapid.Uint64().Draw(t, "cluster"))
		demands := slices.DeleteFunc(drawChain(t, in), func(d Demand) bool { _, replace := d.(Replace); return replace })
		plan, err := solve(in, demands)
		if err != nil {
			return
		}
		v, err := Check(in, demands, plan.Changes, plan.Proof)
		if err != nil || len(v.Wrong) > 0 || !v.Best || v.Moves != plan.Moves || v.MovesBound != plan.Moves || plan.MovesBound != plan.Moves {
			t.Fatalf("%v: the evaluator says %+v, %v of %d moves, bound %d", demands, v, err, plan.Moves, plan.MovesBound)
		}
	})
}
