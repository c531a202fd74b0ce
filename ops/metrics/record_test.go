package metrics_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"kdeck/ops/kafkatest"
	"kdeck/ops/metrics"
)

var record = flag.Bool("record", false, "record testdata/pages anew from real brokers")

// dialects are the kinds of rules that the pages of testdata were recorded under; "none" has no rules.
var dialects = []string{"none", "strimzi", "example-2", "example-kraft", "confluent", "bitnami", "pasted"}

var throttled = regexp.MustCompile(`Produce_throttle_time{[^}]*heavy[^}]*} (\S+)`)

// TestRecordRealKafka records what real brokers say under each dialect's kind of rules, and by Jolokia. Quotas were set, one of
// them in force, and a client is at work.
func TestRecordRealKafka(t *testing.T) {
	if !*record {
		t.Skip("records testdata, with -record")
	}
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, JMXExporter: true, Jolokia: true})
			must(t, c.CreateTopics(t.Context(), kafkatest.Topic{Name: "orders", Partitions: 3, Replicas: 1}))
			alter(t, c, "--add-config", "producer_byte_rate=3000,consumer_byte_rate=1000000,request_percentage=150",
				"--entity-type", "users", "--entity-name", "ANONYMOUS", "--entity-type", "clients", "--entity-name", "heavy")
			alter(t, c, "--add-config", "controller_mutation_rate=5", "--entity-type", "clients", "--entity-default")
			kafkatest.StartLoad(t, kafkatest.LoadOptions{
				Dial:   kafkatest.Dial{Bootstrap: c.Bootstrap(), ClientID: "heavy"},
				Topics: []string{"orders"}, Rate: 100, Bytes: 1000, Group: "shipping",
			})
			eventually(t, "the producer is throttled", func() bool {
				m := throttled.FindSubmatch(get(t, c.Nodes[0].MetricsURL()))
				return m != nil && string(m[1]) != "NaN" && string(m[1]) != "0.0"
			})
			for i, dialect := range dialects {
				rules := []byte("{}\n")
				if dialect != "none" {
					var err error
					rules, err = os.ReadFile(filepath.Join("testdata", "rules", dialect+".yml"))
					must(t, err)
				}
				// The agent reads its file anew when that is younger.
				config := filepath.Join(c.Dir, "exporter.yml")
				must(t, os.WriteFile(config, rules, 0o644))
				later := time.Now().Add(time.Duration(i+1) * time.Minute)
				must(t, os.Chtimes(config, later, later))
				get(t, c.Nodes[0].MetricsURL())
				keep(t, version+"-"+dialect+".txt.gz", get(t, c.Nodes[0].MetricsURL()))
			}
			answer, err := http.Post(c.Nodes[0].JolokiaURL(), "application/json", bytes.NewReader(metrics.JolokiaRequest()))
			must(t, err)
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			must(t, err)
			keep(t, version+"-jolokia.json.gz", body)
		})
	}
}

func keep(t *testing.T, name string, page []byte) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	must(t, err)
	_, err = z.Write(page)
	must(t, err)
	must(t, z.Close())
	must(t, os.MkdirAll(filepath.Join("testdata", "pages"), 0o755))
	must(t, os.WriteFile(filepath.Join("testdata", "pages", name), b.Bytes(), 0o644))
	t.Logf("%s: %d bytes, packed %d", name, len(page), b.Len())
}

func alter(t *testing.T, c *kafkatest.Cluster, args ...string) {
	t.Helper()
	r, err := c.Tool(t.Context(), kafkatest.ConfigCommand, append([]string{"--bootstrap-server", c.Bootstrap(), "--alter"}, args...)...)
	must(t, err)
	if r.Exit != 0 {
		t.Fatalf("ConfigCommand %v: exit %d: %s%s", args, r.Exit, r.Stdout, r.Stderr)
	}
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	answer, err := http.Get(url)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return body
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if condition() {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatalf("%s: not within 30 s", what)
}
