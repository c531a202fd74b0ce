package assigner

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// striped is a cluster in three racks whose partitions of RF 3 have a replica in each, 12 partitions to a topic.
func striped(brokers, partitions int) *Input {
	r := rand.New(rand.NewPCG(1, 2))
	in := &Input{}
	var racks [3][]int32
	for id := range int32(brokers) {
		in.Brokers = append(in.Brokers, Broker{ID: id, Rack: string('a' + id%3), Target: true})
		racks[id%3] = append(racks[id%3], id)
	}
	for i := range partitions {
		p := Partition{Topic: fmt.Sprintf("topic-%05d", i/12), ID: int32(i % 12), Bytes: int64(r.IntN(1 << 34))}
		for k := range 3 {
			rack := racks[(i+k)%3]
			p.Replicas = append(p.Replicas, rack[r.IntN(len(rack))])
		}
		p.Leader = p.Replicas[0]
		in.Partitions = append(in.Partitions, p)
	}
	return in
}

// rackless is the same without racks and with replicas anywhere.
func rackless(brokers, partitions int) *Input {
	r := rand.New(rand.NewPCG(3, 4))
	in := striped(brokers, partitions)
	for i := range in.Brokers {
		in.Brokers[i].Rack = ""
	}
	for i := range in.Partitions {
		p := &in.Partitions[i]
		p.Replicas = p.Replicas[:0]
		for _, b := range r.Perm(brokers)[:3] {
			p.Replicas = append(p.Replicas, int32(b))
		}
		p.Leader = p.Replicas[0]
	}
	return in
}

func benchmark(b *testing.B, in *Input, demands ...Demand) {
	b.ReportAllocs()
	for b.Loop() {
		plan, err := solve(in, demands)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(plan.Moves), "moves")
		b.ReportMetric(float64(plan.MovesBound), "bound")
		b.ReportMetric(float64(plan.Bytes.Known)/1e9, "GB")
		b.ReportMetric(float64(plan.BytesBound.Known)/1e9, "GB-bound")
	}
}

func rack(in *Input, name string) []int32 {
	var ids []int32
	for _, b := range in.Brokers {
		if b.Rack == name {
			ids = append(ids, b.ID)
		}
	}
	return ids
}

// The budget is 0.3 s.
func BenchmarkDrainOneOf33BrokersOf10000Partitions(b *testing.B) {
	benchmark(b, striped(33, 10_000), Drain{Brokers: []int32{7}})
}

// The budget is 10 s.
func BenchmarkDrainOneOf250BrokersOf1000000Replicas(b *testing.B) {
	benchmark(b, striped(250, 333_333), Drain{Brokers: []int32{7}})
}

func BenchmarkDrainOneOf250BrokersOf1000000ReplicasWithoutRacks(b *testing.B) {
	benchmark(b, rackless(250, 333_333), Drain{Brokers: []int32{7}})
}

func BenchmarkDrainARackOfThreeOf1000000Replicas(b *testing.B) {
	in := striped(250, 333_333)
	benchmark(b, in, Drain{Brokers: rack(in, "c")})
}

func BenchmarkBalanceCountOf10000PartitionsOver30BrokersAnd3Empty(b *testing.B) {
	benchmark(b, grown(), BalanceCount{})
}

// The budget is 60 s and 4 GiB.
func BenchmarkDrainRacksCountAndLeadersOf1000000Replicas(b *testing.B) {
	benchmark(b, striped(250, 333_333), Drain{Brokers: []int32{7}}, Racks{}, BalanceCount{}, Leaders{})
}

// The same, with racks to repair nearly everywhere.
func BenchmarkDrainRacksCountAndLeadersOf1000000ReplicasPlacedAnywhere(b *testing.B) {
	in := rackless(250, 333_333)
	for i := range in.Brokers {
		in.Brokers[i].Rack = string('a' + in.Brokers[i].ID%3)
	}
	benchmark(b, in, Drain{Brokers: []int32{7}}, Racks{}, BalanceCount{}, Leaders{})
}

func BenchmarkLeadersOf1000000Replicas(b *testing.B) {
	benchmark(b, striped(250, 333_333), Leaders{})
}

func BenchmarkBalanceTopicsAndCountOf10000PartitionsOver30BrokersAnd3Empty(b *testing.B) {
	benchmark(b, grown(), BalanceTopics{}, BalanceCount{})
}

// grown is a cluster of 30 brokers that got 3 more.
func grown() *Input {
	in := striped(33, 10_000)
	for i := range in.Partitions {
		for k, id := range in.Partitions[i].Replicas {
			if id >= 30 {
				in.Partitions[i].Replicas[k] = id%3 + 3*(int32(i*7+k)%10)
			}
		}
	}
	return in
}

func BenchmarkBalanceBytesOf10000PartitionsOver30BrokersAnd3Empty(b *testing.B) {
	benchmark(b, grown(), BalanceBytes{})
}

func BenchmarkBalanceCountAndBytesOf10000PartitionsOver30BrokersAnd3Empty(b *testing.B) {
	benchmark(b, grown(), BalanceCount{}, BalanceBytes{})
}

func BenchmarkBalanceBytesOf1000000Replicas(b *testing.B) {
	benchmark(b, striped(250, 333_333), BalanceBytes{})
}

// Time and memory by size: nothing is to grow faster than the cluster.
func BenchmarkGrowth(b *testing.B) {
	for _, size := range []struct{ brokers, partitions int }{{33, 10_000}, {100, 100_000}, {100, 300_000}} {
		in := striped(size.brokers, size.partitions)
		for _, c := range []struct {
			name    string
			demands []Demand
		}{
			{"drain", []Demand{Drain{Brokers: []int32{7}}}},
			{"joint", []Demand{Drain{Brokers: []int32{7}}, Racks{}, BalanceCount{}, Leaders{}}},
			{"topics", []Demand{BalanceTopics{}}},
			{"bytes", []Demand{BalanceBytes{}}},
			{"keepleaders", []Demand{Drain{Brokers: []int32{7}}, BalanceCount{}, KeepLeaders{}}},
		} {
			b.Run(fmt.Sprintf("%s/%dpartitions", c.name, size.partitions), func(b *testing.B) { benchmark(b, in, c.demands...) })
		}
	}
}

func BenchmarkPositionsOf1000000Replicas(b *testing.B) {
	benchmark(b, striped(250, 333_333), Leaders{Followers: true})
}

func BenchmarkCheckOf1000000Replicas(b *testing.B) {
	in := striped(250, 333_333)
	demands := []Demand{Drain{Brokers: []int32{7}}, Racks{}, BalanceCount{}}
	plan, err := solve(in, demands)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if v, err := Check(in, demands, plan.Changes, plan.Proof); err != nil || !v.Best {
			b.Fatalf("%+v, %v", v, err)
		}
	}
}

func BenchmarkFewerReplicasOf10000PartitionsOver33Brokers(b *testing.B) {
	benchmark(b, striped(33, 10_000), SetReplicationFactor{Factor: 2})
}

func BenchmarkFewerReplicasOf1000000Replicas(b *testing.B) {
	benchmark(b, striped(250, 333_333), SetReplicationFactor{Factor: 2})
}
