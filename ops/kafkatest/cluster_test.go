package kafkatest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestAClusterOfRealKafka does everything to one cluster of each version, while a load is
// on it that must lose nothing.
func TestAClusterOfRealKafka(t *testing.T) {
	t.Parallel()
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := Start(t, Options{
				Version: version, Brokers: 3, Racks: []string{"a", "b"},
				SASL: true, ACLs: true, JMXExporter: true, Jolokia: true, RequestLog: true,
			})
			must(t, c.CreateTopics(t.Context(),
				Topic{Name: "orders", Partitions: 6, Replicas: 3, Configs: map[string]string{"min.insync.replicas": "2"}},
				Topic{Name: "returns", Assignment: [][]int32{{3, 1, 2}, {2, 3, 1}}, Configs: map[string]string{"min.insync.replicas": "2"}},
			))
			load := StartLoad(t, LoadOptions{
				Dial: Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"orders", "returns"}, Rate: 200, Bytes: 1000, Group: "shipping",
			})

			t.Run("brokers stand in their racks", func(t *testing.T) { racks(t, c) })
			t.Run("agents answer", func(t *testing.T) { agents(t, c) })
			t.Run("requests are logged", func(t *testing.T) { requestLog(t, c) })
			t.Run("users and ACLs are in force", func(t *testing.T) { usersAndACLs(t, c) })
			t.Run("a killed broker comes back", func(t *testing.T) { killed(t, c) })
			t.Run("a paused broker comes back", func(t *testing.T) { paused(t, c) })
			t.Run("a log dir that was taken away comes back", func(t *testing.T) { logDir(t, c) })
			t.Run("the load's group makes progress", func(t *testing.T) { groupCommits(t, c, "shipping") })
			t.Run("nothing acknowledged is lost", func(t *testing.T) { nothingLost(t, load) })
			t.Run("a loss is noticed", func(t *testing.T) { aLossIsNoticed(t, c, load) })
			t.Run("what VerifiableProducer was told is safe can be read", func(t *testing.T) { verifiable(t, c) })
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tool runs one of Kafka's own tools, which must succeed, and returns what it printed.
func tool(t *testing.T, c *Cluster, class string, args ...string) string {
	t.Helper()
	out, err := c.Tool(t.Context(), class, args...)
	must(t, err)
	if out.Exit != 0 {
		t.Fatalf("%s: exit %d\n%s%s", class, out.Exit, out.Stdout, out.Stderr)
	}
	return out.Stdout
}

func racks(t *testing.T, c *Cluster) {
	brokers, err := kadm.NewClient(c.client).ListBrokers(t.Context())
	must(t, err)
	var got []string
	for _, b := range brokers {
		got = append(got, fmt.Sprintf("%d %s %d", b.NodeID, *b.Rack, b.Port))
	}
	var want []string
	for i, n := range c.Brokers() {
		want = append(want, fmt.Sprintf("%d %s %d", i+1, []string{"a", "b", "a"}[i], n.ports.plaintext))
	}
	if !slices.Equal(got, want) {
		t.Errorf("brokers, racks and ports are %v, want %v", got, want)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, answer.Status)
	}
	return string(body)
}

func agents(t *testing.T, c *Cluster) {
	for _, n := range c.Nodes {
		if page := get(t, n.MetricsURL()); !strings.Contains(page, "\nkafka_server_ReplicaManager_Value{") {
			t.Errorf("%v: the exporter's page of %d bytes lacks ReplicaManager", n, len(page))
		}
		value := get(t, n.JolokiaURL()+"read/kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions/Value")
		var bean struct {
			Value *int
		}
		if err := json.Unmarshal([]byte(value), &bean); err != nil || bean.Value == nil {
			t.Errorf("%v: Jolokia answered %s", n, value)
		}
	}
}

func requestLog(t *testing.T, c *Cluster) {
	for _, n := range c.Nodes {
		f, err := os.Open(n.RequestLogFile())
		must(t, err)
		defer f.Close()
		found := false
		for lines := bufio.NewScanner(f); !found && lines.Scan(); {
			found = strings.Contains(lines.Text(), `"clientId":"kafkatest"`) && strings.Contains(lines.Text(), `"requestApiKeyName":"METADATA"`)
		}
		if !found {
			t.Errorf("%v has logged no Metadata request of ours", n)
		}
	}
}

func usersAndACLs(t *testing.T, c *Cluster) {
	tenant := Tenants[0]
	for _, mechanism := range []string{ScramSHA256, ScramSHA512, Plain} {
		d := Dial{Bootstrap: c.BootstrapSASL(), User: tenant, Mechanism: mechanism, CAFile: c.CAFile()}
		client, err := d.client()
		must(t, err)
		defer client.Close()
		topics, err := kadm.NewClient(client).ListTopics(t.Context())
		must(t, err)
		if len(topics) != 0 {
			t.Errorf("by %s, a tenant without ACLs sees topics %v", mechanism, topics.Names())
		}
		config, err := c.ClientProperties(mechanism, Admin, Password(Admin))
		must(t, err)
		list := tool(t, c, TopicCommand, "--bootstrap-server", c.BootstrapSASL(), "--command-config", config, "--list")
		if !strings.Contains(list, "orders\n") {
			t.Errorf("by %s, TopicCommand lists for the admin only %q", mechanism, list)
		}
	}
	tool(t, c, AclCommand(c.Version), "--bootstrap-server", c.Bootstrap(),
		"--add", "--allow-principal", "User:"+tenant, "--producer", "--consumer", "--topic", "orders", "--group", "*")
	load := StartLoad(t, LoadOptions{
		Dial:   Dial{Bootstrap: c.BootstrapSASL(), ClientID: tenant, User: tenant, CAFile: c.CAFile()},
		Topics: []string{"orders"},
	})
	must(t, load.Stop())
	nothingLost(t, load)
}

func killed(t *testing.T, c *Cluster) {
	must(t, c.Node(3).Kill())
	must(t, c.AwaitUnderReplicated(t.Context(), 8))
	describe := []string{"--bootstrap-server", c.Node(1).Addr(), "--describe", "--under-replicated-partitions"}
	if got := tool(t, c, TopicCommand, describe...); strings.Count(got, "Topic: orders\t") != 6 || strings.Count(got, "Topic: returns\t") != 2 {
		t.Errorf("with one of three brokers dead, TopicCommand lists\n%s", got)
	}
	must(t, c.Node(3).Restart(t.Context()))
	must(t, c.AwaitInSync(t.Context()))
	if got := tool(t, c, TopicCommand, describe...); strings.TrimSpace(got) != "" {
		t.Errorf("with the broker back, TopicCommand lists\n%s", got)
	}
}

func paused(t *testing.T, c *Cluster) {
	n := c.Node(2)
	must(t, n.Pause())
	must(t, c.AwaitUnderReplicated(t.Context(), 8))
	if !n.Running() {
		t.Error("a paused node doesn't run")
	}
	if err := n.Stop(); err == nil {
		t.Error("a paused node could be stopped in good order")
	}
	must(t, n.Resume())
	must(t, c.AwaitBrokers(t.Context(), 1, 2, 3))
	must(t, c.AwaitInSync(t.Context()))
}

func logDir(t *testing.T, c *Cluster) {
	n := c.Node(1)
	must(t, n.TakeLogDirAway(0))
	must(t, poll(t.Context(), "the log dir to go offline", func(ctx context.Context) (error, error) {
		answer, err := c.client.SeedBrokers()[0].Request(ctx, kmsg.NewPtrDescribeLogDirsRequest())
		if err != nil {
			return err, nil
		}
		for _, d := range answer.(*kmsg.DescribeLogDirsResponse).Dirs {
			if d.Dir == n.LogDirs()[0] {
				if err := kerr.ErrorForCode(d.ErrorCode); err == kerr.KafkaStorageError {
					return nil, nil
				}
			}
		}
		return fmt.Errorf("%s is still online", n.LogDirs()[0]), nil
	}))
	must(t, c.AwaitUnderReplicated(t.Context(), 1))
	must(t, n.PutLogDirBack(0))
	must(t, n.Restart(t.Context()))
	must(t, c.AwaitInSync(t.Context()))
}

func nothingLost(t *testing.T, load *Load) {
	must(t, load.Stop())
	if failed := load.Failed(); len(failed) > 0 {
		t.Errorf("%d records were refused, the first because of %v", len(failed), failed[0])
	}
	lost, err := load.Lost(t.Context())
	must(t, err)
	acked := load.Acked()
	t.Logf("%d acknowledged records", len(acked))
	if len(lost) > 0 {
		t.Errorf("%d of %d acknowledged records are lost, %v first", len(lost), len(acked), lost[0])
	}
}

func groupCommits(t *testing.T, c *Cluster, group string) {
	must(t, poll(t.Context(), "committed offsets", func(ctx context.Context) (error, error) {
		offsets, err := kadm.NewClient(c.client).FetchOffsets(ctx, group)
		if err != nil {
			return err, nil
		}
		if first, ok := offsets.Lookup("orders", 0); !ok || first.At == 0 {
			return fmt.Errorf("none for orders-0 in %v", offsets), nil
		}
		return nil, nil
	}))
}

func aLossIsNoticed(t *testing.T, c *Cluster, load *Load) {
	const upTo = 5
	admin := kadm.NewClient(c.client)
	deleted, err := admin.DeleteRecords(t.Context(), kadm.Offsets{"returns": {1: {Topic: "returns", Partition: 1, At: upTo}}})
	must(t, err)
	must(t, deleted.Error())

	want := 0
	for _, r := range load.Acked() {
		if r.Topic == "returns" && r.Partition == 1 && r.Offset < upTo {
			want++
		}
	}
	lost, err := load.Lost(t.Context())
	must(t, err)
	if len(lost) != want || want != upTo {
		t.Errorf("%d records were deleted, %d are missed: %v", want, len(lost), lost)
	}

	// A record at an offset that another one took is lost as well.
	impostor := load.Acked()[len(load.Acked())-1]
	impostor.Value = "another"
	lost, err = Lost(t.Context(), load.options.Dial, []Record{impostor})
	must(t, err)
	if !slices.Equal(lost, []Record{impostor}) {
		t.Errorf("a record whose offset holds another one is not missed: %v", lost)
	}
}

func verifiable(t *testing.T, c *Cluster) {
	printed := tool(t, c, VerifiableProducer, "--bootstrap-server", c.Bootstrap(), "--topic", "orders", "--max-messages", "500", "--acks", "-1")
	acked, err := ReadVerifiable(strings.NewReader(printed))
	must(t, err)
	if len(acked) != 500 {
		t.Errorf("%d of 500 records acknowledged", len(acked))
	}
	lost, err := Lost(t.Context(), Dial{Bootstrap: c.Bootstrap()}, acked)
	must(t, err)
	if len(lost) > 0 {
		t.Errorf("%d records lost: %v", len(lost), lost[0])
	}
	moved := acked[0]
	moved.Offset += 100_000
	if lost, err = Lost(t.Context(), Dial{Bootstrap: c.Bootstrap()}, []Record{moved}); err != nil || len(lost) != 1 {
		t.Errorf("a record beyond the end of its partition is not missed: %v, %v", lost, err)
	}
}

func TestControllersOfRealKafkaApartFromItsBrokers(t *testing.T) {
	t.Parallel()
	c := Start(t, Options{Controllers: 3, FirstBrokerID: 7, Properties: map[string]string{"num.partitions": "5"}})
	status := tool(t, c, MetadataQuorumCommand, "--bootstrap-controller", c.ControllerAddrs(), "describe", "--replication")
	for _, id := range []int32{3001, 3002, 3003, 7} {
		if !strings.Contains(status, fmt.Sprintf("\n%d", id)) {
			t.Errorf("no node %d in the quorum:\n%s", id, status)
		}
	}
	must(t, c.Node(3001).Kill())
	must(t, c.CreateTopics(t.Context(), Topic{Name: "while-one-is-down", Partitions: -1, Replicas: 1}))
	topics, err := kadm.NewClient(c.client).ListTopics(t.Context(), "while-one-is-down")
	must(t, err)
	if got := len(topics["while-one-is-down"].Partitions); got != 5 {
		t.Errorf("num.partitions=5 gave a topic %d partitions", got)
	}
	must(t, c.Node(3001).Restart(t.Context()))
}
