package subcmd_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/kafkatest"
)

// What safe-to-stop says yes to is killed, and nothing goes offline or under min ISR by Kafka's own tool; what it says no to is killed,
// and the partitions that it named do. compare is silent while topics are made, and quorum says what Kafka's own tool says.
func TestCompareSafeToStopAndQuorumOnRealKafka(t *testing.T) {
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, Brokers: 4, Racks: []string{"a", "b", "c"}})
			d := newDeck(t, "-b", c.Bootstrap(), "--bootstrap-controller", c.ControllerAddrs())
			must(t, c.CreateTopics(t.Context(),
				kafkatest.Topic{Name: "orders", Assignment: [][]int32{{1, 2, 3}, {2, 3, 4}, {3, 4, 1}, {4, 1, 2}}, Configs: map[string]string{"min.insync.replicas": "2"}},
				kafkatest.Topic{Name: "single", Assignment: [][]int32{{4}, {1}}},
			))
			d.silentWhileTopicsAreMade(c)
			d.quorumAsKafkaSays(c)
			d.stopsAsSaid(c)
		})
	}
}

// silentWhileTopicsAreMade makes two hundred topics, or a thousand where KDECK_SOAK is set, and compares all the while.
func (d *deck) silentWhileTopicsAreMade(c *kafkatest.Cluster) {
	d.t.Helper()
	times := 10
	if soaking() > 0 {
		times = 50
	}
	made := make(chan error, 1)
	go func() {
		made <- func() error {
			for i := range times {
				var topics []kafkatest.Topic
				for j := range 20 {
					topics = append(topics, kafkatest.Topic{Name: fmt.Sprintf("made-%d-%d", i, j), Partitions: 1, Replicas: 2})
				}
				if err := c.CreateTopics(d.t.Context(), topics...); err != nil {
					return err
				}
			}
			return nil
		}()
	}()
	compared := 0
	for running := true; running; compared++ {
		select {
		case err := <-made:
			must(d.t, err)
			running = false
		default:
		}
		if r := d.run("compare"); strings.Contains(r.out, "DIFFERS IN") {
			d.t.Errorf("while topics were made: exit %d: %s%s", r.code, r.out, r.err)
		}
	}
	d.t.Logf("%d comparisons while %d topics were made", compared, 20*times)
	eventually(d.t, "all brokers agree", func() (bool, string) {
		r := d.run("compare")
		return r.code == 0, r.out + r.err
	})
	if out := d.ok(0, "compare", "partition", "orders/2"); !strings.Contains(out, "All 4 brokers agree: broker 3 leads orders/2 in epoch 0, 3 of 3 replicas are in sync") {
		d.t.Errorf("%s", out)
	}
}

var quorumStatus = regexp.MustCompile(`(?m)^(LeaderId|LeaderEpoch):\s+(\d+)`)

func (d *deck) quorumAsKafkaSays(c *kafkatest.Cluster) {
	d.t.Helper()
	eventually(d.t, "kdeck and MetadataQuorumCommand agree", func() (bool, string) {
		r, err := c.Tool(d.t.Context(), kafkatest.MetadataQuorumCommand, "--bootstrap-server", c.Bootstrap(), "describe", "--status")
		must(d.t, err)
		ours := d.run("quorum", "-o", "json")
		var doc struct {
			Leader, Epoch int
			Unknown       []any
			Nodes         []struct {
				Role       string
				SaysLeader *int `json:"says_leader"`
			}
		}
		if ours.code == 2 {
			return false, ours.err
		}
		must(d.t, json.Unmarshal([]byte(ours.out), &doc))
		theirs := map[string]string{}
		for _, m := range quorumStatus.FindAllStringSubmatch(r.Stdout, -1) {
			theirs[m[1]] = m[2]
		}
		voters := 0
		for _, n := range doc.Nodes {
			if n.Role != "observer" {
				if voters++; n.SaysLeader == nil || *n.SaysLeader != doc.Leader {
					return false, "a controller takes another for the leader, or doesn't tell: " + ours.out
				}
			}
		}
		return ours.code == 0 && theirs["LeaderId"] == fmt.Sprint(doc.Leader) && theirs["LeaderEpoch"] == fmt.Sprint(doc.Epoch) && voters == 3 && len(doc.Nodes) == 4, r.Stdout + ours.out
	})
}

// stopAnswer is what safe-to-stop says, and the partitions that it names by the kinds of reasons.
func (d *deck) stopAnswer(id int32) (safe bool, partitions map[string][]string, said string) {
	d.t.Helper()
	r := d.run("safe-to-stop", fmt.Sprint(id), "-o", "json")
	var doc struct {
		Safe    *bool
		Reasons []struct {
			Kind       string
			Partitions []string
		}
	}
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		return false, nil, r.err
	}
	partitions = map[string][]string{}
	for _, reason := range doc.Reasons {
		for _, p := range reason.Partitions {
			at := strings.LastIndexByte(p, '/')
			partitions[reason.Kind] = append(partitions[reason.Kind], p[:at]+"-"+p[at+1:])
		}
	}
	return doc.Safe != nil && *doc.Safe, partitions, r.out + r.err
}

// become waits until Kafka's tool lists these partitions, and no others of the two topics.
func (d *deck) become(c *kafkatest.Cluster, filter string, want []string) {
	d.t.Helper()
	slices.Sort(want)
	eventually(d.t, fmt.Sprintf("TopicCommand %s lists %v", filter, want), func() (bool, string) {
		got := slices.DeleteFunc(kafkasOwn(d.t, c, filter), func(p string) bool { return strings.HasPrefix(p, "made-") })
		return slices.Equal(got, want), fmt.Sprint(got)
	})
}

func (d *deck) stopsAsSaid(c *kafkatest.Cluster) {
	d.t.Helper()
	must(d.t, c.Node(2).Kill()) // a voter: the topics that were made have one replica left in places, and min.insync.replicas 1
	d.become(c, "--under-replicated-partitions", []string{"orders-0", "orders-1", "orders-3"})
	d.become(c, "--under-min-isr-partitions", nil)
	var named map[string][]string
	eventually(d.t, "safe-to-stop sees that broker 2 is down", func() (bool, string) {
		safe, partitions, said := d.stopAnswer(4)
		named = map[string][]string{}
		for kind, list := range partitions {
			named[kind] = slices.DeleteFunc(list, func(p string) bool { return strings.HasPrefix(p, "made-") })
		}
		return !safe && slices.Equal(named["under-min-isr"], []string{"orders-1", "orders-3"}) && slices.Equal(named["offline"], []string{"single-0"}), said
	})
	must(d.t, c.Node(4).Kill())
	d.become(c, "--unavailable-partitions", named["offline"])
	d.become(c, "--under-min-isr-partitions", slices.Concat(named["under-min-isr"], named["offline"]))
	must(d.t, c.Node(4).Start())
	must(d.t, c.Node(2).Start())
	d.become(c, "--under-replicated-partitions", nil)
	eventually(d.t, "safe-to-stop says yes to broker 3", func() (bool, string) {
		safe, _, said := d.stopAnswer(3)
		return safe, said
	})
	must(d.t, c.Node(3).Kill())
	d.become(c, "--under-replicated-partitions", []string{"orders-0", "orders-1", "orders-2"})
	d.become(c, "--unavailable-partitions", nil)
	d.become(c, "--under-min-isr-partitions", nil)
	if safe, _, said := d.stopAnswer(1); safe || !strings.Contains(said, "voters of the metadata quorum would be left") {
		d.t.Errorf("with broker 3 dead, of voters 1 to 3: %s", said)
	}
}
