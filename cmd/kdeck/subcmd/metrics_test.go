package subcmd_test

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/sim"
)

func TestBrokersAreShownWithTheirMetrics(t *testing.T) {
	d, c := onMeasured(t, sim.Options{Scenario: "hot-processor"})
	c.Advance(time.Minute)
	table := d.ok(0, "brokers")
	head := strings.Fields(strings.Split(table, "\n")[0])
	if got := strings.Join(head, " "); got != "ID RACK STATE NET MIN HDLR REQ/S P99 IN/S OUT/S URP FULL" {
		t.Errorf("columns %s", got)
	}
	for _, line := range strings.Split(table, "\n") {
		if !strings.HasPrefix(line, "broker ") && len(line) > 80-len("NO-ANSWER")+len("STATE") {
			t.Errorf("with a broker that doesn't answer this is wider than 80 columns: %q", line)
		}
	}
	if !strings.Contains(table, "stands out: idle share of its busiest network thread") {
		t.Errorf("nobody stands out:\n%s", table)
	}
	if out := d.ok(0, "brokers", "--filter", "network_idle:/^[0-9][0-9]?%$/", "-o", "wide"); !strings.Contains(out, "HOTTEST THREAD") || !strings.Contains(out, "PLAINTEXT") {
		t.Errorf("wide:\n%s", out)
	}
	must(t, c.Kill(3))
	var doc struct {
		Unknown []struct {
			Node      int32
			What, Why string
		}
		Brokers []map[string]any
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "brokers", "-o", "json")), &doc))
	for _, b := range doc.Brokers {
		dead := b["id"] == 3.0
		for _, name := range []string{"network_idle", "busiest_idle", "handler_idle", "requests", "bytes_in", "bytes_out", "messages_in", "produce_p99_ms", "request_queue", "disk_read", "isr_shrinks", "cleaner_dirty", "connections", "metrics_at"} {
			if (b[name] == nil) != dead {
				t.Errorf("broker %v: %s is %v", b["id"], name, b[name])
			}
		}
		if threads, _ := b["processors"].([]any); (len(threads) == 0) != dead {
			t.Errorf("broker %v: processors %v", b["id"], threads)
		}
	}
	said := false
	for _, u := range doc.Unknown {
		said = said || u.Node == 3 && u.What == "metrics" && u.Why != ""
	}
	if !said {
		t.Errorf("that broker 3 gives no metrics is not said: %v", doc.Unknown)
	}
}

func TestTopicsTellHowTheirBytesAreKnown(t *testing.T) {
	d, c := onMeasured(t, sim.Options{Scenario: "healthy", Live: true})
	c.Advance(time.Minute)
	var doc struct {
		Topics []struct {
			Topic    string
			BytesIn  *float64 `json:"bytes_in"`
			By       *string  `json:"bytes_in_by"`
			BytesOut *float64 `json:"bytes_out"`
		}
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "topics", "-o", "json")), &doc))
	counted := 0
	for _, topic := range doc.Topics {
		switch {
		case topic.By == nil && topic.BytesIn == nil: // a command doesn't look at the sizes of logs twice
		case topic.By == nil || *topic.By != "metrics" || topic.BytesIn == nil || topic.BytesOut == nil || *topic.BytesIn+*topic.BytesOut == 0:
			t.Errorf("%+v", topic)
		case *topic.BytesIn > 0: // some are read alone
			counted++
		}
	}
	if counted < len(doc.Topics)/2 {
		t.Errorf("the bytes of %d topics of %d are known", counted, len(doc.Topics))
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "topics", "--once", "-o", "json")), &doc))
	for _, topic := range doc.Topics {
		if topic.BytesIn != nil || topic.By != nil {
			t.Errorf("in one look %+v", topic)
		}
	}
	if head, _, _ := strings.Cut(d.ok(0, "topics", "--once", "-o", "wide"), "\n"); !strings.Contains(head, "IN/S") || !strings.Contains(head, "OUT/S") {
		t.Errorf("columns %s", head)
	}
}

func TestWithoutMetricsBrokersAreShownAsBefore(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 4, Topics: 4})
	var mu sync.Mutex
	var others []string
	d.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !slices.Contains(c.Bootstrap(), addr) {
			mu.Lock()
			others = append(others, addr)
			mu.Unlock()
		}
		return c.DialContext(ctx, network, addr)
	}
	if table := d.ok(0, "brokers"); !strings.Contains(table, "ON DISK") || strings.Contains(table, "HDLR") {
		t.Errorf("%s", table)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(others) > 0 {
		t.Errorf("metrics were looked for at %v", others)
	}
}

func TestStatusLooksAtMetricsWhereTheContextSaysWhereTheyAre(t *testing.T) {
	t.Run("all is well", func(t *testing.T) {
		d, c := onMeasured(t, sim.Options{Scenario: "healthy"})
		c.Advance(time.Minute)
		if out := d.ok(0, "status"); !strings.HasPrefix(out, "HEALTHY") {
			t.Errorf("%s", out)
		}
	})
	t.Run("a hot network thread", func(t *testing.T) {
		d, c := onMeasured(t, sim.Options{Scenario: "hot-processor"})
		c.Advance(2 * time.Minute)
		if out := d.ok(1, "status"); !strings.HasPrefix(out, "DEGRADED") || !strings.Contains(out, "Network thread") || !strings.Contains(out, "next: kdeck tenants --broker") {
			t.Errorf("%s", out)
		}
	})
	t.Run("an exporter that is gone", func(t *testing.T) {
		d, c := onMeasured(t, sim.Options{Scenario: "healthy"})
		urls := c.MetricsURLs()
		urls[2] = "http://127.0.0.1:1/metrics"
		path := d.configPath()
		must(t, os.Remove(path))
		file, err := config.Load(path)
		must(t, err)
		must(t, file.Add(&config.Context{Name: "demo", Bootstrap: c.Bootstrap(), Metrics: config.Metrics{Prometheus: config.ExporterByBroker(urls)}}))
		must(t, file.Save())
		if out := d.ok(1, "status"); !strings.HasPrefix(out, "UNKNOWN") || !strings.Contains(out, "Metrics of broker 2 not read") {
			t.Errorf("%s", out)
		}
	})
}
