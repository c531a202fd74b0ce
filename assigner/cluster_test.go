package assigner

import (
	"context"
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

func solve(in *Input, demands []Demand) (*Plan, error) {
	return Solve(context.Background(), in, demands)
}

// drawCluster draws a cluster small enough for brute force: racks equal, unequal, missing or none, brokers dead, fenced,
// cordoned or known from replica lists only, partitions with mixed replication factors, some of them leaderless, replicas out of
// sync or in a failed log dir.
func drawCluster(t *rapid.T, maxBrokers, maxPartitions int) *Input {
	in := &Input{}
	size := rapid.IntRange(2, maxBrokers).Draw(t, "brokers")
	ids := rapid.Permutation([]int32{1, 2, 3, 5, 8, 13, 21, 34, 55}).Draw(t, "ids")[:size]
	racks := rapid.SampledFrom([][]string{{""}, {"a", "b"}, {"a", "b", "c"}, {"a", "a", "b"}, {"a", "b", ""}}).Draw(t, "racks")
	live := map[int32]bool{}
	for i, id := range ids {
		b := Broker{ID: id, Rack: racks[i%len(racks)], Target: true}
		switch rapid.SampledFrom([]string{"", "", "", "", "", Dead, Fenced, Cordoned, "gone"}).Draw(t, "why") {
		case Dead:
			b.Target, b.Why = false, Dead
		case Fenced:
			b.Target, b.Why = false, Fenced
		case Cordoned:
			b.Target, b.Why = false, Cordoned
		case "gone":
			continue
		}
		live[id] = b.Target || b.Why == Cordoned
		in.Brokers = append(in.Brokers, b)
	}
	for i := range rapid.IntRange(1, maxPartitions).Draw(t, "partitions") {
		p := Partition{Topic: fmt.Sprintf("t%d", i/3), ID: int32(i % 3), Leader: -1}
		p.Replicas = rapid.Permutation(ids).Draw(t, "replicas")[:rapid.IntRange(1, min(4, size)).Draw(t, "rf")]
		for _, id := range p.Replicas {
			switch rapid.SampledFrom([]string{"", "", "", "", "behind", "failed"}).Draw(t, "replica") {
			case "behind":
				p.OutOfSync = append(p.OutOfSync, id)
			case "failed":
				p.Offline, p.OutOfSync = append(p.Offline, id), append(p.OutOfSync, id)
			}
		}
		if at := slices.IndexFunc(p.Replicas, func(id int32) bool { return live[id] && !slices.Contains(p.OutOfSync, id) }); at >= 0 {
			p.Leader = p.Replicas[at]
		}
		p.Bytes = int64(rapid.IntRange(-1, 100).Draw(t, "bytes"))
		in.Partitions = append(in.Partitions, p)
	}
	return in
}

// carriedOut is the cluster after a plan: lists as planned, led by the first live replica. Brokers that only replica lists
// named are then brokers of the cluster, for they may be in no list any more.
func carriedOut(in *Input, plan *Plan) *Input {
	out := &Input{Brokers: slices.Clone(in.Brokers), Partitions: slices.Clone(in.Partitions)}
	for _, l := range plan.Brokers {
		if !slices.ContainsFunc(in.Brokers, func(b Broker) bool { return b.ID == l.Broker }) {
			out.Brokers = append(out.Brokers, Broker{ID: l.Broker, Why: Dead})
		}
	}
	for _, c := range plan.Changes {
		i := slices.IndexFunc(out.Partitions, func(p Partition) bool { return p.Topic == c.Topic && p.ID == c.ID })
		p := &out.Partitions[i]
		gone := func(id int32) bool { return !slices.Contains(c.After, id) }
		p.Replicas, p.OutOfSync, p.Offline = c.After, slices.DeleteFunc(slices.Clone(p.OutOfSync), gone), slices.DeleteFunc(slices.Clone(p.Offline), gone)
		for _, b := range in.Brokers {
			if b.Target && b.ID == c.After[0] && !slices.Contains(p.OutOfSync, b.ID) {
				p.Leader = b.ID
			}
		}
	}
	return out
}
