package subcmd_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/sim"
)

// producer is a client of the embedded cluster that writes to orders/0.
func producer(t *testing.T, c *sim.Cluster, o ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.Bootstrap()...), kgo.Dialer(c.DialContext), kgo.DefaultProduceTopic("orders"), kgo.RecordPartitioner(kgo.ManualPartitioner())}, o...)...)
	must(t, err)
	t.Cleanup(client.Close)
	return client
}

func TestWhoSendsOneRecordARequestIsSeen(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	d = patient(d)
	single := producer(t, c, kgo.ProducerLinger(0))
	for i := range 8 {
		must(t, single.ProduceSync(t.Context(), &kgo.Record{Key: fmt.Append(nil, i), Value: []byte("a\x1b[31m\xff")}).FirstErr())
	}
	bulk := producer(t, c, kgo.TransactionalID("bulk"), kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	must(t, bulk.BeginTransaction())
	for range 5 {
		var many []*kgo.Record
		for range 100 {
			many = append(many, &kgo.Record{Value: []byte("value")})
		}
		must(t, bulk.ProduceSync(t.Context(), many...).FirstErr())
	}
	must(t, bulk.EndTransaction(t.Context(), kgo.TryCommit))
	var doc struct {
		Batches []struct {
			Compression string
			Marker      *string
		}
		Producers []struct {
			ProducerID int64 `json:"producer_id"`
			Batches    int
			Records    int
			Warning    *string
		}
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "records", "orders/0", "--batches", "-o", "json")), &doc))
	singles, rest := doc.Producers[0], doc.Producers[1:]
	if len(rest) != 1 || singles.Batches != 8 || singles.Records != 8 || singles.Warning == nil || rest[0].Records != 500 || rest[0].Warning != nil {
		t.Errorf("%+v", doc.Producers)
	}
	if last := doc.Batches[len(doc.Batches)-1]; last.Marker == nil || *last.Marker != "commit" || doc.Batches[8].Compression != "zstd" {
		t.Errorf("%+v", doc.Batches)
	}
	if out := d.ok(0, "records", "orders/0", "--batches"); !strings.Contains(out, fmt.Sprintf("producer %d sends about one record a request", singles.ProducerID)) {
		t.Error(out)
	}
	if out := d.ok(0, "records", "orders/0", "--from", "6", "-n", "2"); strings.Contains(out, "31m") || strings.Count(out, "\n") != 3 {
		t.Error("contents that nobody asked for:\n" + out)
	}
	if out := d.ok(0, "records", "orders/0", "--from", "6", "-n", "2", "--values"); !strings.Contains(out, `a\x1b[31m\xff`) {
		t.Error(out)
	}
	if out := d.ok(0, "records", "orders/0", "--from", "6", "-n", "1", "--values", "-o", "json"); !strings.Contains(out, `"key": "6"`) || !strings.Contains(out, `"value_base64": "YRtbMzFt/w=="`) {
		t.Error(out)
	}
}

// What records hold is of class DATA. The cap holds also where the cluster is reached by another context.
func TestAContextMayForbidContents(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	d = patient(d)
	boot := c.Bootstrap()[0]
	d.writeConfig(fmt.Sprintf("contexts:\n  strict:\n    bootstrap: ['%s']\n    max_class: RO\n  other:\n    bootstrap: ['%s']\n", boot, c.Bootstrap()[1]))
	d = d.with()
	d.ok(0, "records", "orders/0", "--context", "strict")
	for _, flags := range [][]string{{"--context", "strict"}, {"--context", "other"}, {"-b", boot}} {
		r := d.run(append([]string{"records", "orders/0", "--values"}, flags...)...)
		if r.code != 2 || r.out != "" || !strings.Contains(r.err, "DATA") || !strings.Contains(r.err, "strict") {
			t.Errorf("%v: exit %d %s%s", flags, r.code, r.out, r.err)
		}
	}
}
