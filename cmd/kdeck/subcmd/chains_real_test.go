package subcmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kdeck/ops/kafkatest"
)

var placed = regexp.MustCompile(`Topic: (\S+)\s+Partition: (\d+)\s+Leader: (\d+)\s+Replicas: (\S+)`)

// placedBy is where Kafka's own tool sees each partition's replicas, and which of them leads.
func placedBy(t *testing.T, c *kafkatest.Cluster) (lists, leaders map[string]string) {
	t.Helper()
	r, err := c.Tool(t.Context(), kafkatest.TopicCommand, "--bootstrap-server", c.Bootstrap(), "--describe")
	must(t, err)
	if r.Exit != 0 {
		t.Fatalf("TopicCommand --describe: exit %d: %s", r.Exit, r.Stderr)
	}
	lists, leaders = map[string]string{}, map[string]string{}
	for _, m := range placed.FindAllStringSubmatch(r.Stdout, -1) {
		name := m[1] + "-" + m[2]
		lists[name], leaders[name] = m[4], m[3]
	}
	return lists, leaders
}

// Chains of stages are planned, carried out under load, and then there is nothing left to plan.
func TestChainsOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	c := kafkatest.Start(t, kafkatest.Options{Brokers: 6, Racks: []string{"a", "b", "c"}})
	d := newDeck(t, "-b", c.Bootstrap())
	must(t, c.CreateTopics(t.Context(),
		kafkatest.Topic{Name: "orders", Partitions: 12, Replicas: 3, Configs: map[string]string{"min.insync.replicas": "2"}},
		kafkatest.Topic{Name: "payments", Partitions: 7, Replicas: 2},
		kafkatest.Topic{Name: "crowded", Assignment: [][]int32{{1, 4, 2}, {1, 4, 3}, {4, 1, 5}, {3, 6, 1}}}, // 1 and 4 share a rack, so do 3 and 6
	))
	load := kafkatest.StartLoad(t, kafkatest.LoadOptions{
		Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"orders", "payments", "crowded"}, Rate: 200, Bytes: 2000,
	})
	for _, words := range []string{
		"drain 6 + set-replication-factor 3 --topics pay.* + balance count topics + leaders",
		"replace 5 --with 6 + racks + leaders",
		"balance count topics + racks + leaders",
	} {
		carryOutOnKafka(t, d, c, words)
	}
	if set := configured(t, c, 1, 2, 3, 4, 5, 6); set != "" {
		t.Errorf("throttles are left: %s", set)
	}
	must(t, load.Stop())
	lost, err := load.Lost(t.Context())
	must(t, err)
	if acked := len(load.Acked()); len(lost) > 0 || acked < 500 {
		t.Errorf("%d of %d acknowledged records can't be read back", len(lost), acked)
	}
}

func carryOutOnKafka(t *testing.T, d *deck, c *kafkatest.Cluster, words string) {
	t.Helper()
	eventually(t, "every replica is in sync", func() (bool, string) {
		behind := d.partitions("--under-replicated")
		return len(behind) == 0, fmt.Sprint(behind)
	})
	stages := append([]string{"plan"}, strings.Fields(words)...)
	out := d.ok(0, append(stages, "-o", "json")...)
	p := planOf(t, out)
	if p.Kdeck.Moves == 0 || p.Kdeck.Moves != p.Kdeck.MovesBound {
		t.Errorf("%s: %d moves, at least %d", words, p.Kdeck.Moves, p.Kdeck.MovesBound)
	}
	path := filepath.Join(t.TempDir(), "plan.json")
	must(t, os.WriteFile(path, []byte(out), 0o600))
	d.ok(0, "apply", path, "--execute", "--throttle", "50MB", "--confirm", *p.Kdeck.Confirm)
	lists, leaders := placedBy(t, c)
	for _, want := range p.lists() {
		name, list, _ := strings.Cut(want, " ")
		if first, _, _ := strings.Cut(list, ","); lists[name] != list || leaders[name] != first {
			t.Errorf("%s: %s is on %s, led by %s; planned %s", words, name, lists[name], leaders[name], list)
		}
	}
	if again := planOf(t, d.ok(0, append(stages, "-o", "json")...)); len(again.Partitions) > 0 {
		t.Errorf("%s: planned again, it still changes %v", words, again.lists())
	}
	var left struct{ Moves []json.RawMessage }
	must(t, json.Unmarshal([]byte(d.ok(0, "moves", "-o", "json")), &left))
	if len(left.Moves) > 0 {
		t.Errorf("%s: moves are left: %s", words, left.Moves)
	}
	t.Logf("%s: %d moves, carried out", words, p.Kdeck.Moves)
}
