package subcmd_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kdeck/ops/sim"
)

func TestImpactGoesFromBrokenPartitionsToWhomItHurts(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 4, Racks: 2, Topics: 12, Groups: true, SessionTimeout: time.Second})
	d.apart = time.Millisecond
	if out := d.ok(0, "impact"); !strings.HasPrefix(out, "nobody is hurt: ") {
		t.Errorf("%s", out)
	}
	for _, id := range []int32{2, 3, 4} {
		must(t, c.Kill(id))
	}
	c.Advance(time.Minute)
	out := d.ok(1, "impact")
	for _, word := range []string{"can't be used as they should", "no tenant by the rules of the context", "can be neither written nor read", "tell them:\n            Of topic "} {
		if !strings.Contains(out, word) {
			t.Errorf("no %q in\n%s", word, out)
		}
	}
	var doc struct {
		Topics []struct {
			Topic      string
			Leaderless []int32
		}
		Tenants []struct {
			Tenant *string
			Topics []string
			Tell   string
		}
	}
	must(t, json.Unmarshal([]byte(d.run("impact", "-o", "json").out), &doc))
	if len(doc.Topics) == 0 || len(doc.Topics[0].Leaderless) == 0 || len(doc.Tenants) != 1 || doc.Tenants[0].Tenant != nil || len(doc.Tenants[0].Topics) != len(doc.Topics) {
		t.Errorf("%+v", doc)
	}
}

func TestATextForATicketClearsKafkaOrDoesNot(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 6, Racks: 3, Topics: 12, Groups: true, SessionTimeout: time.Second})
	d.apart = time.Millisecond
	out := d.ok(0, "status", "--exonerate", "orders")
	for _, word := range []string{"As far as the protocol tells, Kafka is not at fault for topic orders.", "Looked at ", "led by broker", "they answer kdeck", "Not looked at: threads, quotas and connections: no metrics.", "What clients see between themselves and the brokers"} {
		if !strings.Contains(out, word) {
			t.Errorf("no %q in\n%s", word, out)
		}
	}
	for _, id := range []int32{2, 3, 4, 5, 6} {
		must(t, c.Kill(id))
	}
	c.Advance(time.Minute)
	out = d.ok(1, "status", "--exonerate", "orders")
	if !strings.HasPrefix(out, "Kafka can't be cleared for topic orders: ") || !strings.Contains(out, "What speaks against Kafka there:") {
		t.Errorf("%s", out)
	}
	var doc struct {
		Cleared bool
		Against []struct{ Code string }
	}
	must(t, json.Unmarshal([]byte(d.run("status", "--exonerate", "orders", "-o", "json").out), &doc))
	if doc.Cleared || len(doc.Against) == 0 {
		t.Errorf("%+v", doc)
	}
	for words, says := range map[string]string{
		"status --exonerate ordres":            "there is no such topic (did you mean \"orders\"?)",
		"status --exonerate orders --tenant a": "not both",
		"status --exonerate orders --strict":   "--strict",
		"status --tenant nobody":               "no rules",
	} {
		if r := d.run(strings.Fields(words)...); r.code != 2 || !strings.Contains(r.err, says) {
			t.Errorf("%s: exit %d %s", words, r.code, r.err)
		}
	}
}
