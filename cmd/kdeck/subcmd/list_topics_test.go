package subcmd_test

import (
	"encoding/json"
	"strings"
	"testing"

	"kdeck/ops/sim"
)

func TestTopicsTellWhatTheirPartitionsAndConfigsHaveInCommon(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Topics: 6})
	d.edit("topic", "orders", "set", "retention.ms=12h", "cleanup.policy=compact,delete")
	var doc struct {
		Topics []struct {
			Topic            string
			Partitions       int
			RF               int    `json:"replication_factor"`
			Size             *int64 `json:"size_bytes"`
			Share            *float64
			RetentionMS      *int64  `json:"retention_ms"`
			Policy           *string `json:"cleanup_policy"`
			Overridden       *int
			WorstState       string `json:"worst_state"`
			Groups           []string
			RecordsPerSecond *float64 `json:"records_per_second"`
		}
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "topics", "--once", "-o", "json")), &doc))
	share, partitions := 0.0, map[string]int{}
	for _, p := range c.Partitions() {
		partitions[p.Topic]++
	}
	for _, topic := range doc.Topics {
		if strings.HasPrefix(topic.Topic, "__") || topic.Partitions != partitions[topic.Topic] || topic.Size == nil || topic.Groups == nil || topic.RecordsPerSecond != nil {
			t.Errorf("%+v", topic)
		}
		share += *topic.Share
		if topic.Topic == "orders" && (*topic.RetentionMS != 12*3600*1000 || *topic.Policy != "compact,delete" || *topic.Overridden != 3 || topic.WorstState != "ok" || topic.RF != 3) {
			t.Errorf("%+v", topic)
		}
	}
	if len(doc.Topics) < 4 || share > 1.0001 {
		t.Errorf("%d topics, which take %v of the disks", len(doc.Topics), share)
	}
	out := d.ok(0, "topics", "orders.*", "--once")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); !strings.HasPrefix(lines[0], "TOPIC") || !strings.Contains(out, "12h00m") || strings.Contains(out, "order-lines") {
		t.Errorf("those of one name:\n%s", out)
	}
	if out := d.ok(0, "topics", "--once", "--filter", "overridden:3"); !strings.Contains(out, "orders ") || strings.Contains(out, "orders.dlq") {
		t.Errorf("filtered:\n%s", out)
	}
	for args, says := range map[string]string{"topics order": `"orders"`, "topics [": "regular expression", "topics --filter nowhere:1": "nowhere", "topics a b": `"b"`} {
		if r := d.run(append(strings.Fields(args), "--once")...); r.code != 2 || !strings.Contains(r.err, says) {
			t.Errorf("%s: exit %d: %s", args, r.code, r.err)
		}
	}
}
