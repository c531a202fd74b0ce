package subcmd_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/kafkatest"
)

// kafkaConfigs runs Kafka's own ConfigCommand.
func kafkaConfigs(t *testing.T, c *kafkatest.Cluster, args ...string) string {
	t.Helper()
	r, err := c.Tool(t.Context(), kafkatest.ConfigCommand, append([]string{"--bootstrap-server", c.Bootstrap()}, args...)...)
	must(t, err)
	if r.Exit != 0 {
		t.Fatalf("ConfigCommand %v: exit %d: %s%s", args, r.Exit, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// levels are the eight levels as Kafka's tool names them and as kdeck lists them; each has the limit 1000 times its level.
var levels = []struct {
	flags, kdeck string
}{
	{"--entity-type users --entity-name orders --entity-type clients --entity-name app", "users/orders/clients/app"},
	{"--entity-type users --entity-name orders --entity-type clients --entity-default", "users/orders/clients/<default>"},
	{"--entity-type users --entity-name orders", "users/orders"},
	{"--entity-type users --entity-default --entity-type clients --entity-name app", "users/<default>/clients/app"},
	{"--entity-type users --entity-default --entity-type clients --entity-default", "users/<default>/clients/<default>"},
	{"--entity-type users --entity-default", "users/<default>"},
	{"--entity-type clients --entity-name app", "clients/app"},
	{"--entity-type clients --entity-default", "clients/<default>"},
}

func limitsOf(level int) string {
	return fmt.Sprintf("producer_byte_rate=%d,consumer_byte_rate=%d,request_percentage=%d,controller_mutation_rate=%d",
		1000*level, 100000*level, 100*level, 10*level)
}

// What Kafka's own tool sets, kdeck lists; what the broker enforces, kdeck explains and shows; what kdeck removes, Kafka's
// tool no longer has. Two brokers' worth of one small cluster a version.
func TestQuotasOnRealKafka(t *testing.T) {
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, Brokers: 2, SASL: true, JMXExporter: true})
			must(t, c.CreateTopics(t.Context(), kafkatest.Topic{Name: "t", Assignment: [][]int32{{1, 2}}}))
			d := onMetrics(t, c)
			t.Run("observed by user, every broker counts every user", func(t *testing.T) { observedUsers(t, d, c) })
			for i, l := range levels {
				kafkaConfigs(t, c, append([]string{"--alter", "--add-config", limitsOf(i + 1)}, strings.Fields(l.flags)...)...)
			}
			kafkaConfigs(t, c, "--alter", "--add-config", "connection_creation_rate=500", "--entity-type", "ips", "--entity-name", "127.0.0.9")
			listed(t, d)
			t.Run("the client that the broker holds back is the one that is shown at its limit", func(t *testing.T) { throttledTenant(t, d, c) })
			t.Run("what binds is what is left when levels are removed", func(t *testing.T) { quotasRemovedLevelByLevel(t, d, c) })
			t.Run("kdeck raises a broker's request logger for a time, and lowers it", func(t *testing.T) { raisedForATime(t, d, c) })
			t.Run("the request log names the same client", func(t *testing.T) { loggedTenant(t, d, c) })
		})
	}
}

// onMetrics is kdeck with a context that names the brokers' exporters.
func onMetrics(t *testing.T, c *kafkatest.Cluster) *deck {
	d := newDeck(t)
	d.writeConfig(withExporters(c))
	return d
}

// withExporters is a configuration whose context names the brokers' exporters.
func withExporters(c *kafkatest.Cluster) string {
	exporters := ""
	for _, n := range c.Brokers() {
		exporters += fmt.Sprintf("\n        %q: %q", fmt.Sprint(n.ID), n.MetricsURL())
	}
	return "current: real\ncontexts:\n  real:\n    bootstrap: [" + c.Bootstrap() + "]\n    metrics:\n      prometheus:" + exporters + "\n"
}

func listed(t *testing.T, d *deck) {
	var doc struct {
		Quotas []struct {
			Entity string
			Level  *int
			Limits map[string]float64
		}
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "quota", "list", "-o", "json")), &doc))
	got := map[string]string{}
	for _, q := range doc.Quotas {
		level := 0
		if q.Level != nil {
			level = *q.Level
		}
		got[q.Entity] = fmt.Sprint(level, q.Limits)
	}
	want := map[string]string{"ips/127.0.0.9": fmt.Sprint(0, map[string]float64{"connection_creation_rate": 500})}
	for i, l := range levels {
		n := float64(i + 1)
		want[l.kdeck] = fmt.Sprint(i+1, map[string]float64{"producer_byte_rate": 1000 * n, "consumer_byte_rate": 100000 * n, "request_percentage": 100 * n, "controller_mutation_rate": 10 * n})
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("listed\n%v\nset by Kafka's tool\n%v", got, want)
	}
}

type tenantRow struct {
	User     *string
	ClientID *string `json:"client_id"`
	Type     string
	Broker   int
	Percent  *float64
	Throttle *float64 `json:"throttle_ms"`
	Level    *int
}

// throttledTenant has user orders, as client app, send to broker 1 far more than its 1000 bytes a second.
func throttledTenant(t *testing.T, d *deck, c *kafkatest.Cluster) {
	load := kafkatest.StartLoad(t, kafkatest.LoadOptions{
		Dial:   kafkatest.Dial{Bootstrap: c.BootstrapSASL(), User: "orders", CAFile: c.CAFile(), ClientID: "app"},
		Topics: []string{"t"}, Rate: 500, Bytes: 100,
	})
	eventually(t, "kdeck shows the client at its limit", func() (bool, string) {
		var doc struct{ Tenants []tenantRow }
		r := d.run("tenants", "--type", "producer_byte_rate", "-o", "json")
		if json.Unmarshal([]byte(r.out), &doc) != nil || len(doc.Tenants) == 0 {
			return false, r.out + r.err
		}
		first := doc.Tenants[0]
		ok := first.User != nil && *first.User == "orders" && first.ClientID != nil && *first.ClientID == "app" &&
			first.Broker == 1 && first.Level != nil && *first.Level == 1 && first.Throttle != nil && *first.Throttle > 0 && first.Percent != nil && *first.Percent > 50
		return ok, r.out
	})
	explain := d.ok(0, "quota", "explain", "--user", "orders", "--client", "app")
	if !strings.Contains(explain, "producer_byte_rate  1.00kB/s by level 1") {
		t.Errorf("explain:\n%s", explain)
	}
	d.set("set", "--user", "orders", "--client", "app", "producer_byte_rate=100MB")
	eventually(t, "the load gets through under the limit that kdeck set", func() (bool, string) {
		return len(load.Acked()) > 500, fmt.Sprint(len(load.Acked()), " records")
	})
	must(t, load.Stop())
}

// quotasRemovedLevelByLevel removes level after level by kdeck, and has Kafka's own tool say what is left.
func quotasRemovedLevelByLevel(t *testing.T, d *deck, c *kafkatest.Cluster) {
	words := [][]string{
		{"--user", "orders", "--client", "app"}, {"--user", "orders", "--client-default"}, {"--user", "orders"}, {"--user-default", "--client", "app"},
		{"--user-default", "--client-default"}, {"--user-default"}, {"--client", "app"}, {"--client-default"},
	}
	for i, w := range words {
		var doc struct {
			Types []struct {
				Type  string
				Level *int
				Limit *float64
			}
		}
		must(t, json.Unmarshal([]byte(d.ok(0, "quota", "explain", "--user", "orders", "--client", "app", "-o", "json")), &doc))
		for _, x := range doc.Types {
			if x.Level == nil || *x.Level != i+1 {
				t.Errorf("without the first %d levels: %+v", i, x)
			}
		}
		d.set(append([]string{"remove"}, w...)...)
	}
	if left := kafkaConfigs(t, c, "--describe", "--entity-type", "users", "--entity-type", "clients"); strings.TrimSpace(left) != "" {
		t.Errorf("Kafka's tool still has\n%s", left)
	}
}

func loggedTenant(t *testing.T, d *deck, c *kafkatest.Cluster) {
	var doc struct {
		Callers []struct {
			Principal string
			ClientID  string `json:"client_id"`
			Requests  int
		}
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "tenants", "--request-log", c.Node(1).RequestLogFile(), "-o", "json")), &doc))
	for _, caller := range doc.Callers {
		if caller.Principal == "User:orders" && caller.ClientID == "app" && caller.Requests > 10 {
			return
		}
	}
	t.Errorf("the request log's ranking lacks user orders: %+v", doc.Callers)
}

// raisedForATime works with a client of its own, and afterwards has Kafka's tool say at which level the logger is.
func raisedForATime(t *testing.T, d *deck, c *kafkatest.Cluster) {
	level := func() string {
		return kafkaConfigs(t, c, "--describe", "--entity-type", "broker-loggers", "--entity-name", "1")
	}
	if before := level(); strings.Contains(before, "kafka.request.logger=DEBUG") {
		t.Fatalf("raised from the start:\n%s", before)
	}
	load := kafkatest.StartLoad(t, kafkatest.LoadOptions{
		Dial:   kafkatest.Dial{Bootstrap: c.BootstrapSASL(), User: "orders", CAFile: c.CAFile(), ClientID: "app"},
		Topics: []string{"t"}, Rate: 100,
	})
	d.set("observe", "--request-log", "1", "--for", "2s")
	must(t, load.Stop())
	if after := level(); strings.Contains(after, "kafka.request.logger=DEBUG") {
		t.Errorf("left raised:\n%s", after)
	}
	if doctor := d.run("doctor"); strings.Contains(doctor.out, "logs every request") || strings.Contains(doctor.out, "temporary change of") {
		t.Errorf("doctor:\n%s", doctor.out)
	}
	leftRaised(t, d, c, level)
}

// leftRaised has the logger as a kdeck leaves it that is gone before it could lower it.
func leftRaised(t *testing.T, d *deck, c *kafkatest.Cluster, level func() string) {
	broker, lower := int32(1), "kdeck quota observe --request-log 1 --off --execute"
	d.hold(change.Held{What: "request log of broker 1", Until: time.Now().Add(-time.Minute), Undo: config.CommandLine(lower), Broker: &broker, Level: "ERROR"})
	if status := d.run("status"); strings.Contains(status.out, lower) {
		t.Errorf("status, while the logger is as it was:\n%s", status.out)
	}
	kafkaConfigs(t, c, "--alter", "--add-config", "kafka.request.logger=TRACE", "--entity-type", "broker-loggers", "--entity-name", "1")
	for _, verb := range []string{"status", "doctor"} {
		if r := d.run(verb); r.code != 1 || !strings.Contains(r.out, "request log of broker 1") || !strings.Contains(r.out, lower) {
			t.Errorf("%s: exit %d\n%s%s", verb, r.code, r.out, r.err)
		}
	}
	d.set("observe", "--request-log", "1", "--off")
	if after := level(); !strings.Contains(after, "kafka.request.logger=ERROR") {
		t.Errorf("lowered by kdeck:\n%s", after)
	}
	if r := d.run("quota", "observe", "--request-log", "1", "--off"); r.code != 2 || !strings.Contains(r.err, "ERROR") {
		t.Errorf("lowered twice: exit %d %s", r.code, r.err)
	}
	if status := d.run("status"); strings.Contains(status.out, lower) {
		t.Errorf("status, when it was lowered:\n%s", status.out)
	}
}

// observedUsers has one user send many small requests and another few, and finds the first named first.
// It comes before any quota: Kafka 3.9 goes on telling clients apart by every level that has had one since the
// broker was started, also when it is removed.
func observedUsers(t *testing.T, d *deck, c *kafkatest.Cluster) {
	d.set("observe")
	for user, rate := range map[string]int{"billing": 2000, "search": 5} {
		load := kafkatest.StartLoad(t, kafkatest.LoadOptions{
			Dial:   kafkatest.Dial{Bootstrap: c.BootstrapSASL(), User: user, CAFile: c.CAFile(), ClientID: "same"},
			Topics: []string{"t"}, Rate: rate,
		})
		defer func() { must(t, load.Stop()) }()
	}
	eventually(t, "user billing is counted, and named before user search", func() (bool, string) {
		var doc struct{ Tenants []tenantRow }
		r := d.run("tenants", "--type", "request_percentage", "-o", "json")
		if json.Unmarshal([]byte(r.out), &doc) != nil {
			return false, r.out + r.err
		}
		at := map[string]int{}
		for i, row := range doc.Tenants {
			if row.User != nil && row.Broker == 1 && row.Throttle != nil && *row.Throttle == 0 {
				at[*row.User] = i + 1
			}
		}
		if at["billing"] > 0 && at["search"] > at["billing"] {
			return true, ""
		}
		return false, r.out + r.err
	})
	d.set("observe", "--off")
	if left := kafkaConfigs(t, c, "--describe", "--entity-type", "users"); strings.Contains(left, "Quota") {
		t.Errorf("after --off:\n%s", left)
	}
}
