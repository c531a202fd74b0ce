package assigner

import (
	"testing"

	"pgregory.net/rapid"
)

// seats places partitions with brokers that may lead them, so many with each at the most, by augmenting paths: a flow that
// shares nothing with the solver.
type seats struct {
	first [][]int32 // by partition: who may lead it
	room  map[int32]int
	led   map[int32][]int // by broker: the partitions that it leads
}

func (s *seats) place(partition int, seen map[int32]bool) bool {
	for _, b := range s.first[partition] {
		if seen[b] {
			continue
		}
		seen[b] = true
		if len(s.led[b]) < s.room[b] {
			s.led[b] = append(s.led[b], partition)
			return true
		}
		for k, other := range s.led[b] {
			if s.place(other, seen) {
				s.led[b][k] = partition
				return true
			}
		}
	}
	return false
}

// seated is how many partitions find a leader if each broker leads no more than that.
func seated(first [][]int32, ids []int32, room int) int {
	s := &seats{first, map[int32]int{}, map[int32][]int{}}
	for _, id := range ids {
		s.room[id] = room
	}
	n := 0
	for partition := range first {
		if s.place(partition, map[int32]bool{}) {
			n++
		}
	}
	return n
}

func TestLeadersAreAsEvenAsAnIndependentFlowFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := &Input{}
		var ids []int32
		for id := range int32(rapid.IntRange(3, 12).Draw(t, "brokers")) {
			in.Brokers = append(in.Brokers, Broker{ID: id, Target: true})
			ids = append(ids, id)
		}
		var first [][]int32
		for i := range rapid.IntRange(1, 60).Draw(t, "partitions") {
			n := rapid.IntRange(1, 3).Draw(t, "rf")
			from := ids[:rapid.IntRange(n, len(ids)).Draw(t, "among")] // the first brokers are the fullest
			list := rapid.Permutation(from).Draw(t, "replicas")[:n]
			first = append(first, list)
			in.Partitions = append(in.Partitions, Partition{Topic: "t", ID: int32(i), Replicas: list, Leader: list[0], Bytes: 1})
		}
		plan, err := solve(in, []Demand{Leaders{}})
		if err != nil {
			t.Fatal(err)
		}
		most, fewest := 0, len(first)
		for _, l := range plan.Brokers {
			most, fewest = max(most, l.After.Leaders), min(fewest, l.After.Leaders)
		}
		// The fullest leads as few as can be: with one less not all partitions have a leader.
		if seated(first, ids, most) < len(first) || seated(first, ids, most-1) == len(first) {
			t.Fatalf("one leads %d of %d, %v", most, len(first), first)
		}
		// The emptiest leads as many as can be: brokers can't have one more each.
		if more := (fewest + 1) * len(ids); seated(first, ids, fewest) < fewest*len(ids) || seated(first, ids, fewest+1) == more {
			t.Fatalf("one leads %d of %d, %v", fewest, len(first), first)
		}
		low, high := len(first)/len(ids), (len(first)+len(ids)-1)/len(ids)
		even := seated(first, ids, low) == low*len(ids) && seated(first, ids, high) == len(first)
		if even && most-fewest > 1 {
			t.Fatalf("brokers lead %d to %d of %d where ±1 can be had", fewest, most, len(first))
		}
	})
}
