package subcmd_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kdeck/ops/sim"
)

// onExporters is a simulated cluster whose brokers have an exporter each, with those lines.
func onExporters(t *testing.T, page string) (*deck, *sim.Cluster) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }))
	t.Cleanup(exporter.Close)
	d.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == exporter.Listener.Addr().String() {
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
		return c.DialContext(ctx, network, addr)
	}
	d.writeConfig(fmt.Sprintf("current: prod\ncontexts:\n  prod:\n    bootstrap: [%q]\n    metrics: {prometheus: %q}\n    tenants: {bobs: {user: bob$}}\n", c.Bootstrap()[0], exporter.URL+"/{id}"))
	d.flags = nil
	return d, c
}

// The page of a broker without rules: two users, one of them held back.
const tenantsPage = `kafka_server_Produce_byte_rate{user="alice"} 5000.0
kafka_server_Produce_throttle_time{user="alice"} NaN
kafka_server_Produce_byte_rate{user="CN%3Dbob"} 990.0
kafka_server_Produce_throttle_time{user="CN%3Dbob"} 420.5
kafka_server_Request_request_time{user="alice"} 30.0
kafka_server_Request_exempt_request_time 10.0
`

// set sets or removes a quota by its dry run's phrase.
func (d *deck) set(args ...string) string {
	d.t.Helper()
	var doc struct{ Confirm, Undo string }
	must(d.t, json.Unmarshal([]byte(d.ok(0, append(append([]string{"quota"}, args...), "-o", "json")...)), &doc))
	d.ok(0, append(append([]string{"quota"}, args...), "--execute", "--confirm", doc.Confirm)...)
	return doc.Undo
}

func TestAQuotaIsSetListedExplainedAndRemoved(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 2})
	d.set("set", "--user", "alice", "producer_byte_rate=1MB")
	undo := d.set("set", "--user", "alice", "producer_byte_rate=2MB", "request_percentage=50")
	d.set("set", "--user-default", "--client", "batch", "producer_byte_rate=5")
	if out := d.ok(0, "quota", "list"); !strings.Contains(out, "users/alice") || !strings.Contains(out, "2.00MB/s") || !strings.Contains(out, "users/<default>/clients/batch") {
		t.Errorf("list:\n%s", out)
	}
	out := d.ok(0, "quota", "explain", "--user", "alice", "--client", "batch")
	for _, says := range []string{"2.00MB/s by level 3, for all clients of user alice together", "> 3  users/alice", "4  users/<default>/clients/batch", "consumer_byte_rate  no limit"} {
		if !strings.Contains(out, says) {
			t.Errorf("explain lacks %q:\n%s", says, out)
		}
	}
	for command := range strings.SplitSeq(undo, "; ") {
		words := strings.Fields(command)[2:] // kdeck quota …
		for i, w := range words {
			if w == "--execute" {
				words = words[:i] // what follows points at the cluster
				break
			}
		}
		d.set(words...)
	}
	out = d.ok(0, "quota", "explain", "--user", "alice", "--client", "x")
	if !strings.Contains(out, "1.00MB/s by level 3") || strings.Contains(out, "request_percentage  50") {
		t.Errorf("after the undo %q:\n%s", undo, out)
	}
	d.set("remove", "--user", "alice")
	if out := d.ok(0, "quota", "list"); strings.Contains(out, "alice") {
		t.Errorf("after remove:\n%s", out)
	}
}

func TestAnAddressHasTheLimitOfItsOwnRecordOrTheDefault(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 2})
	if out := d.ok(0, "quota", "explain", "--ip", "10.0.0.1"); !strings.Contains(out, "no limit") {
		t.Errorf("unlimited: %s", out)
	}
	d.set("set", "--ip-default", "connection_creation_rate=100")
	d.set("set", "--ip", "10.0.0.1", "connection_creation_rate=7")
	for ip, says := range map[string]string{"10.0.0.1": "7.0/s by ips/10.0.0.1", "10.0.0.2": "100.0/s by ips/<default>"} {
		if out := d.ok(0, "quota", "explain", "--ip", ip); !strings.Contains(out, says) {
			t.Errorf("%s: %s", ip, out)
		}
	}
}

func TestTheControllerIsAskedFirstAndTheJournalHoldsTheWayBack(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 2})
	d.set("set", "--user", "alice", "producer_byte_rate=1000")
	d.set("set", "--user", "alice", "producer_byte_rate=2000")
	journals, err := filepath.Glob(filepath.Join(d.stateDir(), "journal", "*"))
	must(t, err)
	if len(journals) != 1 {
		t.Fatalf("journals: %v", journals)
	}
	content, err := os.ReadFile(journals[0])
	must(t, err)
	type line struct {
		API     string
		Undo    string
		Request struct {
			ValidateOnly bool
			Entries      []struct{ Ops []struct{ Value float64 } }
		}
		Before struct {
			Before []struct{ Value *float64 }
		}
	}
	var sent []line
	for text := range strings.Lines(string(content)) {
		var l line
		must(t, json.Unmarshal([]byte(text), &l))
		if l.API == "AlterClientQuotas" {
			sent = append(sent, l)
		}
	}
	if len(sent) != 4 {
		t.Fatalf("%d requests were sent for two changes:\n%s", len(sent), content)
	}
	for i, l := range sent {
		if l.Request.ValidateOnly != (i%2 == 0) {
			t.Errorf("request %d: validateOnly %v", i, l.Request.ValidateOnly)
		}
	}
	last := sent[3]
	if last.Request.Entries[0].Ops[0].Value != 2000 || *last.Before.Before[0].Value != 1000 || !strings.Contains(last.Undo, "quota set --user alice producer_byte_rate=1000 --execute") {
		t.Errorf("%+v", last)
	}
}

func TestNamesThatLookLikeSomethingElseKeepTheirMeaning(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 2})
	for _, name := range []string{"a=b,c", `quo"ted`, "jürgen", "<default>", "it's"} {
		d.set("set", "--user", name, "request_percentage=50")
		var doc struct {
			Quotas []struct {
				User        *string
				UserDefault bool `json:"user_default"`
			}
		}
		must(t, json.Unmarshal([]byte(d.ok(0, "quota", "list", "-o", "json")), &doc))
		if len(doc.Quotas) != 1 || doc.Quotas[0].User == nil || *doc.Quotas[0].User != name || doc.Quotas[0].UserDefault {
			t.Errorf("%q came back as %+v", name, doc.Quotas)
		}
		d.set("remove", "--user", name, "request_percentage")
	}
}

func TestALimitThatAppliesToNobodyOrStopsEverybodyIsWarnedOf(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 2})
	for limit, says := range map[string]string{"request_percentage=1e9": "holds nobody back", "consumer_byte_rate=5": "next to nothing"} {
		if out := d.ok(0, "quota", "set", "--user", "alice", limit); !strings.Contains(out, says) {
			t.Errorf("%s:\n%s", limit, out)
		}
	}
}

func TestATemporaryLimitIsRestored(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 2})
	d.set("set", "--client", "app", "consumer_byte_rate=777")
	out := d.set("set", "--client", "app", "consumer_byte_rate=5", "--for", "20ms")
	if list := d.ok(0, "quota", "list"); !strings.Contains(list, "777B/s") {
		t.Errorf("%s\n%s", out, list)
	}
	if doctor := d.run("doctor"); strings.Contains(doctor.out, "still in force") {
		t.Errorf("doctor:\n%s", doctor.out)
	}
}

func TestTenantsAreShownBesideTheirLimitsWorstFirst(t *testing.T) {
	d, _ := onExporters(t, tenantsPage)
	d.set("set", "--user", "CN=bob", "producer_byte_rate=1000")
	d.set("set", "--user-default", "producer_byte_rate=100kB")
	var doc struct {
		ClusterID string `json:"cluster_id"`
		Unknown   []any
		Tenants   []struct {
			User, ClientID *string `json:",omitempty"`
			Type           string
			Broker         int
			Usage, Limit   *float64
			Percent        *float64
			ThrottleMS     *float64 `json:"throttle_ms"`
			Level          *int
			Tenant         *string
			OfBusy         *float64 `json:"percent_of_busy"`
			OfThreads      *float64 `json:"percent_of_threads"`
		}
	}
	r := d.run("tenants", "-o", "json")
	must(t, json.Unmarshal([]byte(r.out), &doc))
	if len(doc.Tenants) != 9 {
		t.Fatalf("%d rows of 3 brokers with 3 buckets each:\n%s%s", len(doc.Tenants), r.out, r.err)
	}
	first := doc.Tenants[0]
	if *first.User != "CN=bob" || *first.Percent != 99 || *first.ThrottleMS != 420.5 || *first.Level != 3 || first.Tenant == nil || *first.Tenant != "bobs" {
		t.Errorf("the throttled one isn't first: %s", r.out)
	}
	for _, row := range doc.Tenants {
		switch {
		case row.Type == "request_percentage" && (row.Limit != nil || row.OfBusy == nil || *row.OfBusy != 75):
			t.Errorf("request time without a quota: %+v", row)
		case row.Type == "producer_byte_rate" && *row.User == "alice" && (*row.Level != 6 || *row.Percent != 5):
			t.Errorf("alice: %+v", row)
		}
	}
	if out := d.ok(0, "tenants", "--broker", "2", "--type", "producer_byte_rate", "--top", "1"); strings.Count(out, "\n") != 2 || !strings.Contains(out, "CN=bob") {
		t.Errorf("one row:\n%s", out)
	}
	if out := d.ok(0, "tenants", "--type", "producer_byte_rate"); !strings.Contains(strings.Join(strings.Fields(out), " "), "990B/s 1.00kB/s 99% 1") || !strings.Contains(out, "throttled 420ms") || !strings.Contains(out, "1 2 3") {
		t.Errorf("one line for all brokers:\n%s", out)
	}
	if out := d.ok(0, "tenants", "--by-broker", "--type", "request_percentage"); !strings.Contains(out, "75%") {
		t.Errorf("shares of thread time:\n%s", out)
	}
	out := d.ok(0, "quota", "what-if", "--user", "alice", "producer_byte_rate=4000")
	if !strings.Contains(out, "throttled, 1.00kB/s over") || !strings.Contains(out, "3 buckets of 3 would be throttled") {
		t.Errorf("what-if:\n%s", out)
	}
}

func TestWhereNoTenantsCanBeSeenTheReasonIsSaid(t *testing.T) {
	for _, tt := range []struct {
		name, page, says string
		quota            bool
	}{
		{"no quota was ever set", "kafka_server_Request_exempt_request_time 0.0\n", "measures no client", false},
		{"the exporter drops them", "kafka_server_Request_exempt_request_time 1.0\n", "drops", true},
		{"quotas are set and it can't be told", "kafka_server_replicamanager_leadercount 5\n", "quotas are set, and the exporter", true},
		{"no quotas and it can't be told", "kafka_server_replicamanager_leadercount 5\n", "no quota is set", false},
		{"not Kafka's", "node_load1 1\n", "not Kafka's", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := onExporters(t, tt.page)
			if tt.quota {
				d.set("set", "--user", "alice", "request_percentage=50")
			}
			if r := d.run("tenants"); r.code != 0 || !strings.Contains(r.err, tt.says) {
				t.Errorf("exit %d, lacks %q:\n%s%s", r.code, tt.says, r.out, r.err)
			}
		})
	}
}

func TestObserveSetsOneRecordThatLimitsNobodyAndRemovesIt(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 2})
	d.set("observe", "--by", "both")
	if out := d.ok(0, "quota", "list"); !strings.Contains(out, "users/__kdeck_observe__/clients/__kdeck_observe__") {
		t.Errorf("list:\n%s", out)
	}
	if r := d.run("quota", "observe", "--by", "both"); r.code != 2 || !strings.Contains(r.err, "already") {
		t.Errorf("observed twice: exit %d %s", r.code, r.err)
	}
	if r := d.run("doctor"); !strings.Contains(r.out, "counts thread time by both") {
		t.Errorf("doctor:\n%s%s", r.out, r.err)
	}
	d.set("observe", "--off")
	if out := d.ok(0, "quota", "list"); strings.Contains(out, "__kdeck") {
		t.Errorf("after --off:\n%s", out)
	}
	d.set("set", "--client", "app", "request_percentage=50")
	if r := d.run("quota", "observe", "--by", "both"); r.code != 2 || !strings.Contains(r.err, "at another level") {
		t.Errorf("beside another level: exit %d %s", r.code, r.err)
	}
}

func TestDoctorPrintsWhatToAdd(t *testing.T) {
	d, _ := onExporters(t, "kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent 0.9\n")
	r := d.run("doctor")
	for _, says := range []string{"Strimzi's rules", "only the mean since the broker was started", "kafka_server_quota_$4", "socket-server-metrics, listener=(.+)"} {
		if !strings.Contains(r.out, says) {
			t.Errorf("doctor lacks %q:\n%s%s", says, r.out, r.err)
		}
	}
	d, _ = onSim(t, sim.Options{Brokers: 3, Topics: 2})
	if r := d.run("doctor"); r.code != 1 || !strings.Contains(r.out, "unreachable") || !strings.Contains(r.out, "stands for 3 brokers") {
		t.Errorf("without exporters: exit %d\n%s%s", r.code, r.out, r.err)
	}
}

func TestBadQuotasAreRefusedAndNothingIsSent(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Topics: 2})
	for _, args := range [][]string{
		{"set", "producer_byte_rate=1"}, {"set", "--user", "a"}, {"set", "--user", "a", "producer_byte_rate"},
		{"set", "--user", "a", "producer_rate=1"}, {"set", "--user", "a", "producer_byte_rate=0"}, {"set", "--user", "a", "producer_byte_rate=-5"},
		{"set", "--user", "a", "producer_byte_rate=1e300"}, {"set", "--user", "a", "producer_byte_rate=lots"},
		{"set", "--user", "a", "connection_creation_rate=5"}, {"set", "--ip", "10.0.0.1", "producer_byte_rate=5"},
		{"set", "--ip", "10.0.0.1", "--user", "a", "connection_creation_rate=5"}, {"set", "--user", "a", "--user-default", "request_percentage=5"},
		{"set", "--user", "", "request_percentage=5"}, {"set", "--user", "\xff", "request_percentage=5"}, {"set", "--user", "a", "request_percentage=5", "request_percentage=6"},
		{"set", "--user", "a", "request_percentage=NaN"}, {"set", "--user", "a", "request_percentage=5", "--confirm", "x"},
		{"set", "--user", "a", "request_percentage=5", "--for", "-5m"}, {"remove", "--user", "nobody"}, {"remove", "--user", "a", "producer_byte_rate"},
		{"explain"}, {"observe", "--by", "topic"}, {"observe", "--off"}, {"observe", "--off", "--by", "user"}, {"nonsense"},
		{"set", "--user", "a", "request_percentage=5", "--execute", "--confirm", "quota set users/a elsewhere"},
	} {
		if r := d.run(append([]string{"quota"}, args...)...); r.code != 2 || r.err == "" {
			t.Errorf("quota %v: exit %d %s%s", args, r.code, r.out, r.err)
		}
	}
	for _, r := range c.Requests() {
		if strings.Contains(fmt.Sprint(r), "AlterClientQuotas") {
			t.Errorf("sent %v", r)
		}
	}
}

// logLine is one line as Kafka 4.3 writes it, shortened.
func logLine(principal, client, api string, version int, local float64, records int) string {
	return fmt.Sprintf(`[2026-11-22 14:00:00,000] DEBUG Completed request:{"isForwarded":false,"requestHeader":{"clientId":%q,"requestApiKeyName":%q,"requestApiKey":0,"requestApiVersion":%d},"request":{"topicData":[{"partitionData":[{"index":0,"recordsSizeInBytes":%d}]}]},"response":{},"totalTimeMs":%f,"requestQueueTimeMs":0.1,"localTimeMs":%f,"remoteTimeMs":0.0,"sendTimeMs":0.05,"principal":%q,"clientInformation":{"softwareName":"kgo","softwareVersion":"1.21"}} (kafka.request.logger)`,
		client, api, version, records, local, local, principal)
}

func TestTheRequestLogNamesWhoTakesTheThreads(t *testing.T) {
	d := newDeck(t)
	var lines bytes.Buffer
	for range 150 {
		fmt.Fprintln(&lines, logLine("User:abuser", "loop", "FETCH", 4, 2, 10))
		fmt.Fprintln(&lines, logLine("User:orders", "app", "PRODUCE", 11, 0.1, 50000))
	}
	for range 40 {
		fmt.Fprintln(&lines, logLine("User:orders", "app", "FETCH", 13, 0.1, 50000))
	}
	fmt.Fprintln(&lines, "[2026] INFO something else {} \n\nbroken {\"requestHeader\":")
	path := file(t, "request.log", lines.String(), 0o600)
	out := strings.Split(d.ok(0, "tenants", "--request-log", path), "\n")
	if !strings.HasPrefix(out[1], "User:abuser") || !strings.Contains(out[1], "tiny fetches in a loop: 150 with 10 bytes") || !strings.Contains(out[1], "old: FETCH version 4, others use 13") {
		t.Errorf("first is %s", out[1])
	}
	var doc struct {
		Lines, OtherLines int
		Callers           []struct {
			Principal string
			Percent   float64 `json:"percent_of_thread_time"`
		}
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "tenants", "--request-log", path, "--top", "1", "-o", "json")), &doc))
	if len(doc.Callers) != 1 || doc.Callers[0].Percent < 85 {
		t.Errorf("%+v", doc)
	}
	for _, args := range [][]string{{"--request-log", filepath.Join(t.TempDir(), "none")}, {"--request-log", file(t, "other.log", "hello\n", 0o600)}, {"--request-log", path, "--broker", "1"}} {
		if r := d.run(append([]string{"tenants"}, args...)...); r.code != 2 || r.err == "" {
			t.Errorf("%v: exit %d %s", args, r.code, r.err)
		}
	}
}

// gzipped is text as gzip compresses it.
func gzipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(text))
	must(t, err)
	must(t, w.Close())
	return out.String()
}

func TestRequestLogsComeInSeveralFilesWrappedAndCompressed(t *testing.T) {
	d := newDeck(t)
	one := logLine("User:a", "app", "FETCH", 4, 2, 10) + "\n"
	other := "[2026] INFO something else\n"
	docker := func(text string) string {
		line, err := json.Marshal(map[string]string{"log": text, "stream": "stdout"})
		must(t, err)
		return string(line) + "\n"
	}
	put := func(name, text string) string { return file(t, name, text, 0o600) }
	plain, zipped := put("request.log", one+other+one), put("request.log.1", gzipped(t, one)+gzipped(t, other+one))
	huge := "x" + strings.Repeat("x", 16<<20) + "\n"
	cut := gzipped(t, strings.Repeat(one, 100)+strings.Repeat(logLine("User:b", "app", "FETCH", 4, 2, 10), 100))
	for _, tt := range []struct {
		name            string
		args            []string
		exit            int
		requests, other int
		err             string
	}{
		{"a file", []string{"--request-log", plain}, 0, 2, 1, "skipped: 1 of 3 lines"},
		{"gzip, in two members", []string{"--request-log", zipped}, 0, 2, 1, ""},
		{"files as a shell spreads a pattern", []string{"--request-log", plain, zipped}, 0, 4, 2, ""},
		{"files each by its flag", []string{"--request-log", plain, "--request-log=" + zipped}, 0, 4, 2, ""},
		{"docker's json-file", []string{"--request-log", put("docker.log", docker(one)+docker(other))}, 0, 1, 1, ""},
		{"a line that is too long", []string{"--request-log", put("huge.log", huge+one)}, 0, 1, 1, ""},
		{"no line feed at the end", []string{"--request-log", put("open.log", other+strings.TrimSpace(one))}, 0, 1, 1, ""},
		{"gzip that is cut short", []string{"--request-log", put("cut.gz", cut[:len(cut)-12]), plain}, 1, -1, -1, "cut.gz: it can't be read to its end"},
		{"zstd", []string{"--request-log", put("log.zst", "\x28\xb5\x2f\xfd\x00\x00\x00")}, 1, -1, -1, "zstd -dc"},
		{"a directory", []string{"--request-log", t.TempDir()}, 2, -1, -1, "is a directory"},
		{"the same file twice", []string{"--request-log", plain, plain}, 2, -1, -1, "count twice"},
		{"one that is missing", []string{"--request-log", plain, plain + ".9"}, 2, -1, -1, "no such file"},
		{"files without the flag", []string{plain}, 2, -1, -1, "--request-log"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := d.run(append([]string{"tenants"}, tt.args...)...)
			if r.code != tt.exit || !strings.Contains(r.err, tt.err) {
				t.Fatalf("exit %d, want %d: %s", r.code, tt.exit, r.err)
			}
			if tt.requests < 0 {
				return
			}
			var doc struct {
				Lines      int
				OtherLines int `json:"other_lines"`
			}
			must(t, json.Unmarshal([]byte(d.ok(tt.exit, append([]string{"tenants", "-o", "json"}, tt.args...)...)), &doc))
			if doc.Lines-doc.OtherLines != tt.requests || doc.OtherLines != tt.other {
				t.Errorf("%d requests and %d other lines, want %d and %d", doc.Lines-doc.OtherLines, doc.OtherLines, tt.requests, tt.other)
			}
		})
	}
}
