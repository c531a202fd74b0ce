package kafkatest

import (
	"strings"
	"testing"
	"time"
)

// onBoth runs a test on one cluster of each Kafka version.
func onBoth(t *testing.T, o Options, test func(*testing.T, *Cluster)) {
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			o.Version = version
			test(t, Start(t, o))
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestABrokerThatIsKilledComesBackAndNothingIsLost(t *testing.T) {
	onBoth(t, Options{Brokers: 3, Racks: []string{"a", "b", "c"}}, func(t *testing.T, c *Cluster) {
		ctx := t.Context()
		must(t, c.CreateTopics(ctx, Topic{Name: "orders", Partitions: 6, Replicas: 3, Configs: map[string]string{"min.insync.replicas": "2"}}))
		load := StartLoad(t, LoadOptions{Dial: Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"orders"}, Rate: 500, Group: "shipping"})

		start := time.Now()
		must(t, c.Node(3).Kill())
		must(t, c.AwaitUnderReplicated(ctx))
		t.Log("noticed after", time.Since(start))
		describe := func() string {
			out, err := c.Tool(ctx, TopicCommand, "--bootstrap-server", c.Bootstrap(), "--describe", "--under-replicated-partitions")
			must(t, err)
			if out.Exit != 0 {
				t.Errorf("TopicCommand: exit %d, %s", out.Exit, out.Stderr)
			}
			return out.Stdout
		}
		start = time.Now()
		if got := strings.Count(describe(), "Topic: orders"); got != 6 {
			t.Errorf("TopicCommand lists %d under-replicated partitions of orders, want 6", got)
		}
		t.Log("tool took", time.Since(start))

		start = time.Now()
		must(t, c.Node(3).Restart(ctx))
		t.Log("restarted after", time.Since(start))
		must(t, c.AwaitInSync(ctx))
		t.Log("in sync after", time.Since(start))
		if got := describe(); got != "" {
			t.Errorf("TopicCommand still lists under-replicated partitions: %s", got)
		}

		must(t, load.Stop())
		if failed := load.Failed(); len(failed) > 0 {
			t.Errorf("%d records were refused, first: %v", len(failed), failed[0])
		}
		lost, err := load.Lost(ctx)
		must(t, err)
		if acked := len(load.Acked()); len(lost) > 0 || acked < 1000 {
			t.Errorf("%d of %d acknowledged records are lost", len(lost), acked)
		}
		t.Log(len(load.Acked()))
	})
}
