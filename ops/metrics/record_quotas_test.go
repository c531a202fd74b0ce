package metrics_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kdeck/ops/kafkatest"
)

// quotaLines are the lines that are kept of a page.
var quotaLines = regexp.MustCompile(`(?i)^kafka_server_(quota|produce|fetch|request|controllermutation)_`)

// TestRecordQuotasOfRealKafka records what real brokers say of clients under quotas of several levels, under each kind of rules for them. Two of the
// users and of the clients have names that are the same in lower case, or without their separators.
func TestRecordQuotasOfRealKafka(t *testing.T) {
	if !*record {
		t.Skip("records testdata, with -record")
	}
	files, err := filepath.Glob(filepath.Join("testdata", "rules", "quota-*.yml"))
	must(t, err)
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, SASL: true, JMXExporter: true})
			must(t, c.CreateTopics(t.Context(), kafkatest.Topic{Name: "t", Partitions: 2, Replicas: 1}))
			setQuotas(t, c)
			for _, who := range [][2]string{{"Team.Orders", "App.1"}, {"Team.Orders", "other_app"}, {"CN=a,O=b", "c1"}, {"alice", "x"}, {"Alice", "x"},
				{"billing", "batch"}, {"billing", "App-1"}, {"billing", "a, user=bob"}} {
				startProducer(t, c, who[0], who[1])
			}
			eventually(t, "three clients are throttled", func() bool {
				page := get(t, c.Nodes[0].MetricsURL())
				for _, who := range []string{`Produce_throttle_time{client_id="App.1"`, `Produce_throttle_time{client_id="batch"`, `Request_throttle_time{user="CN%3Da`} {
					_, rest, _ := bytes.Cut(page, []byte(who))
					value, _, _ := bytes.Cut(rest, []byte("\n"))
					if len(value) == 0 || bytes.HasSuffix(value, []byte("NaN")) || bytes.HasSuffix(value, []byte(" 0.0")) {
						return false
					}
				}
				return true
			})
			for i, file := range files {
				rules, err := os.ReadFile(file)
				must(t, err)
				config := filepath.Join(c.Dir, "exporter.yml") // read anew when it is younger
				must(t, os.WriteFile(config, rules, 0o644))
				later := time.Now().Add(time.Duration(i+1) * time.Minute)
				must(t, os.Chtimes(config, later, later))
				get(t, c.Nodes[0].MetricsURL())
				lines := slices.DeleteFunc(strings.Split(string(get(t, c.Nodes[0].MetricsURL())), "\n"), func(l string) bool { return !quotaLines.MatchString(l) })
				name := version + "-" + strings.TrimSuffix(filepath.Base(file), ".yml") + ".txt.gz"
				keep(t, name, []byte(strings.Join(lines, "\n")+"\n"))
			}
		})
	}
}

func setQuotas(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	admin, err := kgo.NewClient(kgo.SeedBrokers(c.Bootstrap()))
	must(t, err)
	t.Cleanup(admin.Close)
	var users []kadm.UpsertSCRAM
	for _, user := range []string{"Team.Orders", "CN=a,O=b", "alice", "Alice"} {
		users = append(users, kadm.UpsertSCRAM{User: user, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: kafkatest.Password(user)})
	}
	_, err = kadm.NewClient(admin).AlterUserSCRAMs(t.Context(), nil, users)
	must(t, err)
	for _, q := range [][]string{
		{"producer_byte_rate=20000,request_percentage=300", "--entity-type", "users", "--entity-name", "Team.Orders", "--entity-type", "clients", "--entity-name", "App.1"},
		{"producer_byte_rate=300000", "--entity-type", "users", "--entity-name", "Team.Orders", "--entity-type", "clients", "--entity-default"},
		{"producer_byte_rate=500000,request_percentage=0.05", "--entity-type", "users", "--entity-name", "CN=a,O=b"},
		{"producer_byte_rate=700000", "--entity-type", "users", "--entity-name", "alice"},
		{"producer_byte_rate=800000", "--entity-type", "users", "--entity-name", "Alice"},
		{"producer_byte_rate=30000", "--entity-type", "clients", "--entity-name", "batch"},
		{"request_percentage=400", "--entity-type", "clients", "--entity-default"},
	} {
		alter(t, c, append([]string{"--add-config"}, q...)...)
	}
}

// startProducer sends 10 records of 8 kB a second, until the test ends.
func startProducer(t *testing.T, c *kafkatest.Cluster, user, clientID string) {
	t.Helper()
	pem, err := os.ReadFile(c.CAFile())
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(c.BootstrapSASL(), ",")...), kgo.ClientID(clientID), kgo.DefaultProduceTopic("t"),
		kgo.DialTLSConfig(&tls.Config{RootCAs: roots}), kgo.SASL(scram.Auth{User: user, Pass: kafkatest.Password(user)}.AsSha512Mechanism()),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(20))
	must(t, err)
	t.Cleanup(client.Close)
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				client.TryProduce(ctx, &kgo.Record{Value: make([]byte, 8000)}, nil)
			}
		}
	}()
}
