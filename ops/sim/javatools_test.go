package sim_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kdeck/ops/kafkatest"
	"kdeck/ops/sim"
)

// javaTools runs Kafka's own tools, of one version, on a simulated cluster.
type javaTools struct {
	t       *testing.T
	c       *sim.Cluster
	version string
}

func (j javaTools) run(class string, args ...string) string {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(j.t.Context(), 10*time.Minute)
	defer cancel()
	bootstrap := []string{"--bootstrap-server", strings.Join(j.c.Bootstrap(), ",")}
	if class == kafkatest.MetadataQuorumCommand || class == transactionsCommand { // want it before their verb, the others after theirs
		args = append(bootstrap, args...)
	} else {
		args = append(args, bootstrap...)
	}
	r, err := kafkatest.RunTool(ctx, j.version, class, args...)
	if err != nil {
		j.t.Fatal(err)
	}
	if r.Exit != 0 {
		j.t.Fatalf("%s %v: exit %d\n%s%s", class, args, r.Exit, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

func (j javaTools) says(out string, words ...string) {
	j.t.Helper()
	for _, w := range words {
		if !strings.Contains(out, w) {
			j.t.Errorf("no %q in:\n%s", w, out)
		}
	}
}

func TestToolsOfRealKafkaWorkOnTheSimulatedCluster(t *testing.T) {
	kafkatest.Require(t)
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := start(t, sim.Options{Brokers: 6, PartitionBytes: 2_000_000_000})
			j := javaTools{t, c, version}
			t.Run("TopicCommand", func(t *testing.T) { topicCommand(javaTools{t, c, version}) })
			t.Run("LogDirsCommand", func(t *testing.T) { logDirsCommand(javaTools{t, c, version}) })
			t.Run("ReassignPartitionsCommand", func(t *testing.T) { reassignCommand(javaTools{t, c, version}) })
			t.Run("produce and consume", func(t *testing.T) { produceAndConsume(javaTools{t, c, version}) })
			t.Run("groups and transactions", func(t *testing.T) { groupsAndTransactions(t, version) })
			j.says(j.run(kafkatest.MetadataQuorumCommand, "describe", "--status"), "LeaderId:", "3001")
			j.says(j.run(kafkatest.ClusterTool, "cluster-id"), c.ClusterID())
			j.says(j.run(kafkatest.ConfigCommand, "--describe", "--entity-type", "topics", "--entity-name", "orders"), "min.insync.replicas=2")
		})
	}
}

func topicCommand(j javaTools) {
	if listed := strings.Count(j.run(kafkatest.TopicCommand, "--list"), "\n"); listed != 60 {
		j.t.Errorf("%d topics listed, want 60", listed)
	}
	j.says(j.run(kafkatest.TopicCommand, "--describe", "--topic", "orders"), "PartitionCount: 24", "ReplicationFactor: 3", "min.insync.replicas=2", "Partition: 23")
	if out := j.run(kafkatest.TopicCommand, "--describe", "--under-replicated-partitions"); out != "" {
		j.t.Errorf("under-replicated: %s", out)
	}
	if err := j.c.Kill(2); err != nil {
		j.t.Fatal(err)
	}
	j.c.Advance(time.Minute)
	want := 0
	for _, p := range j.c.Partitions() {
		if len(p.ISR) < len(p.Replicas) {
			want++
		}
	}
	if got := strings.Count(j.run(kafkatest.TopicCommand, "--describe", "--under-replicated-partitions"), "Partition: "); got != want || want == 0 {
		j.t.Errorf("TopicCommand counts %d under-replicated partitions, the cluster has %d", got, want)
	}
	if err := j.c.Start(2); err != nil {
		j.t.Fatal(err)
	}
	j.c.Advance(time.Hour)
	j.run(kafkatest.TopicCommand, "--create", "--topic", "made-by-java", "--partitions", "4", "--replication-factor", "2")
	if p := partitionOf(j.t, j.c, "made-by-java", 3); len(p.Replicas) != 2 {
		j.t.Errorf("made-by-java-3 has replicas %v", p.Replicas)
	}
}

func logDirsCommand(j javaTools) {
	j.says(j.run(kafkatest.LogDirsCommand, "--describe", "--broker-list", "1,2", "--topic-list", "orders"),
		`"broker":1`, `"logDir":"/var/lib/kafka/data-1"`, `"size":2000000000`)
}

func reassignCommand(j javaTools) {
	p := partitionOf(j.t, j.c, "payments", 0)
	to := otherBroker(p.Replicas, 6)
	file := filepath.Join(j.t.TempDir(), "plan.json")
	plan := fmt.Sprintf(`{"version":1,"partitions":[{"topic":"payments","partition":0,"replicas":[%d,%d,%d]}]}`, p.Replicas[0], p.Replicas[1], to)
	if err := os.WriteFile(file, []byte(plan), 0o600); err != nil {
		j.t.Fatal(err)
	}
	tool := func(args ...string) string {
		return j.run(kafkatest.ReassignPartitionsCommand, args...)
	}
	j.says(tool("--execute", "--reassignment-json-file", file, "--throttle", "1000000"), "Successfully started partition reassignment for payments-0")
	j.says(tool("--list"), "payments-0", fmt.Sprintf("adding: %d. removing: %d.", to, p.Replicas[2]))
	j.says(tool("--verify", "--reassignment-json-file", file, "--preserve-throttles"), "Reassignment of partition payments-0 is still in progress.")
	j.c.Advance(30 * time.Minute)
	if len(j.c.Reassignments()) != 1 {
		j.t.Error("2 GB arrived in half an hour at 1 MB/s")
	}
	j.says(tool("--cancel", "--reassignment-json-file", file), "Successfully cancelled partition reassignment for: payments-0")
	if n := len(j.c.Reassignments()); n != 0 {
		j.t.Errorf("%d moves left after the cancel", n)
	}
	tool("--execute", "--reassignment-json-file", file, "--throttle", "100000000")
	j.c.Advance(5 * time.Minute)
	j.says(tool("--verify", "--reassignment-json-file", file), "Reassignment of partition payments-0 is completed.", "Clearing broker-level throttles")
	if got := partitionOf(j.t, j.c, "payments", 0).Replicas; got[2] != to {
		j.t.Errorf("payments-0 has replicas %v, want %d last", got, to)
	}
}

func produceAndConsume(j javaTools) {
	ctx, cancel := context.WithTimeout(j.t.Context(), 10*time.Minute)
	defer cancel()
	bootstrap := strings.Join(j.c.Bootstrap(), ",")
	produced, err := kafkatest.RunTool(ctx, j.version, kafkatest.VerifiableProducer, "--bootstrap-server", bootstrap, "--topic", "invoices", "--max-messages", "50")
	if err != nil {
		j.t.Fatal(err)
	}
	acked, err := kafkatest.ReadVerifiable(strings.NewReader(produced.Stdout))
	if err != nil || len(acked) != 50 {
		j.t.Fatalf("%d records acknowledged: %v\n%s%s", len(acked), err, produced.Stdout, produced.Stderr)
	}
	consumed, err := kafkatest.RunTool(ctx, j.version, kafkatest.VerifiableConsumer, "--bootstrap-server", bootstrap, "--topic", "invoices", "--group-id", "java", "--max-messages", "50", "--reset-policy", "earliest")
	if err != nil {
		j.t.Fatal(err, consumed.Stdout, consumed.Stderr)
	}
	j.says(consumed.Stdout, `"name":"records_consumed"`, `"name":"offsets_committed"`)
	lost, err := kafkatest.Lost(ctx, kafkatest.Dial{Bootstrap: bootstrap}, acked)
	if err != nil || len(lost) > 0 {
		j.t.Errorf("%d of 50 records lost: %v", len(lost), err)
	}
	j.says(j.run(kafkatest.ConsumerGroupCommand, "--describe", "--group", "java"), "invoices")
}

const transactionsCommand = "org.apache.kafka.tools.TransactionsCommand"

// groupsAndTransactions runs the tools on tenants' groups, and ends the transaction of a story as an administrator would.
func groupsAndTransactions(t *testing.T, version string) {
	j := javaTools{t, start(t, sim.Options{Groups: true, Scenario: "hanging-transaction"}), version}
	groups := j.run(kafkatest.ConsumerGroupCommand, "--describe", "--all-groups")
	j.says(groups, "checkout-orders", "invoicing-ledger", "spark-etl-clicks", "/10.4.1.11")
	j.says(j.run(kafkatest.ConsumerGroupCommand, "--describe", "--group", "wms-sync", "--members"), "wms-sync", "/10.4.4.14")
	j.says(j.run(transactionsCommand, "list"), "invoicing-ledger-3", "invoicing-invoices-5")
	j.says(j.run(transactionsCommand, "describe", "--transactional-id", "invoicing-ledger-3"), "60000")
	hanging := j.run(transactionsCommand, "find-hanging", "--topic", "ledger")
	lines := strings.Split(strings.TrimSpace(hanging), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[1], "ledger") {
		t.Fatalf("hanging transactions:\n%s", hanging)
	}
	fields := strings.Fields(lines[1]) // topic, partition, producer, its epoch, the coordinator's, offset, …
	j.run(transactionsCommand, "abort", "--topic", "ledger", "--partition", fields[1], "--start-offset", fields[5])
	if after := j.run(transactionsCommand, "find-hanging", "--topic", "ledger"); strings.Contains(after, "ledger") {
		t.Errorf("still hanging after it was aborted:\n%s", after)
	}
}
