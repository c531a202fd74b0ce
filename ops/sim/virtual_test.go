package sim_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// client returns a kgo client of the cluster. It is closed when the test ends, before the cluster is.
func client(t *testing.T, c *sim.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	opts = append([]kgo.Opt{kgo.SeedBrokers(c.Bootstrap()...), kgo.Dialer(c.DialContext), kgo.DisableClientMetrics()}, opts...)
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func start(t *testing.T, o sim.Options) *sim.Cluster {
	t.Helper()
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAThreeHourMoveRunsOnVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, bytes = 1_000_000, 3 * 3600 * 1_000_000
		c := start(t, sim.Options{Virtual: true, Brokers: 4, Topics: 8, PartitionBytes: bytes, Bandwidth: rate})
		cl := client(t, c)
		p := partitionOf(t, c, "orders", 0)
		target := append(p.Replicas[:2:2], otherBroker(p.Replicas, 4))
		reassign(t, cl, "orders", 0, target)
		began := time.Now()
		polls := 0
		for moving(t, cl) {
			polls++
			time.Sleep(5 * time.Second)
		}
		if took := time.Since(began); took < 3*time.Hour || took > 3*time.Hour+10*time.Second {
			t.Errorf("%d bytes at %d bytes a second took %v, want three hours", bytes, rate, took)
		}
		if polls < 2000 {
			t.Errorf("%d polls in three hours", polls)
		}
	})
}

func partitionOf(t *testing.T, c *sim.Cluster, topic string, id int32) sim.PartitionState {
	t.Helper()
	for _, p := range c.Partitions() {
		if p.Topic == topic && p.Partition == id {
			return p
		}
	}
	t.Fatalf("no partition %s-%d", topic, id)
	return sim.PartitionState{}
}

// otherBroker is the highest id up to n that is not among the replicas.
func otherBroker(replicas []int32, n int32) int32 {
	for id := n; id > 0; id-- {
		taken := false
		for _, r := range replicas {
			taken = taken || r == id
		}
		if !taken {
			return id
		}
	}
	return 0
}

func reassign(t *testing.T, cl *kgo.Client, topic string, partition int32, replicas []int32) {
	t.Helper()
	req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	rt := kmsg.NewAlterPartitionAssignmentsRequestTopic()
	rt.Topic = topic
	rp := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
	rp.Partition, rp.Replicas = partition, replicas
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(t.Context(), cl)
	if err != nil {
		t.Fatal(err)
	}
	if code := resp.Topics[0].Partitions[0].ErrorCode; code != 0 {
		t.Fatalf("reassigning %s-%d to %v: error %d", topic, partition, replicas, code)
	}
}

func moving(t *testing.T, cl *kgo.Client) bool {
	t.Helper()
	req := kmsg.NewPtrListPartitionReassignmentsRequest()
	req.Topics = nil
	resp, err := req.RequestWith(t.Context(), cl)
	if err != nil {
		t.Fatal(err)
	}
	return len(resp.Topics) > 0
}
