package subcmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/sim"
)

// quick is a cluster whose moves take moments.
func quick(scenario string) sim.Options {
	return sim.Options{Scenario: scenario, Brokers: 6, Racks: 3, Topics: 12, PartitionBytes: 2e6, SessionTimeout: time.Second}
}

func TestStatusFindsTheFaultOfEachScenario(t *testing.T) {
	for _, tt := range []struct {
		scenario string
		code     int
		says     []string
	}{
		{"healthy", 0, []string{"HEALTHY", "ok "}},
		{"broker-down", 1, []string{"Broker 7 is down", "next: start broker 7 again; if it can't be started: kdeck drain 7", "under-replicated"}},
		{"stuck-move", 1, []string{"3 moves can't finish", "kdeck moves"}},
		{"stale-broker", 1, []string{"broker 7"}},
		{"bad-disk", 1, []string{"log dir"}},
		{"slow-broker", 1, []string{"broker 7 takes", "next: kdeck request ApiVersions --to 7"}},
	} {
		t.Run(tt.scenario, func(t *testing.T) {
			d, _ := onSim(t, sim.Options{Scenario: tt.scenario})
			out := hasty(d).ok(tt.code, "status")
			for _, word := range tt.says {
				if !strings.Contains(strings.ToLower(out), strings.ToLower(word)) {
					t.Errorf("status lacks %q:\n%s", word, out)
				}
			}
		})
	}
}

// The names that programs rely on; fields are added, never renamed.
func TestEveryAnswerIsOneDocumentForPrograms(t *testing.T) {
	d, _ := onSim(t, sim.Options{Scenario: "broker-down"})
	for args, names := range map[string][]string{
		"status":                        {"version", "cluster_id", "taken_at", "unknown", "verdict", "not_looked_at", "findings.code", "findings.severity", "findings.scope", "findings.sentence", "findings.since", "findings.fault", "findings.evidence", "findings.next"},
		"brokers":                       {"version", "cluster_id", "taken_at", "unknown", "brokers.id", "brokers.host", "brokers.port", "brokers.rack", "brokers.alive", "brokers.fenced", "brokers.cordoned", "brokers.silent_since", "brokers.controller", "brokers.leaders", "brokers.replicas", "brokers.under_replicated", "brokers.log_dirs", "brokers.network_idle", "brokers.handler_idle", "brokers.bytes_in", "brokers.bytes_out"},
		"partitions --under-replicated": {"version", "cluster_id", "taken_at", "unknown", "partitions.topic", "partitions.partition", "partitions.leader", "partitions.leader_epoch", "partitions.replicas", "partitions.isr", "partitions.offline", "partitions.adding", "partitions.removing", "partitions.elr", "partitions.last_known_elr", "partitions.min_isr", "partitions.under_replicated", "partitions.under_min_isr", "partitions.at_min_isr", "partitions.size_bytes"},
		"moves":                         {"version", "cluster_id", "taken_at", "unknown", "moves"},
		"plan drain 2":                  {"version", "partitions.topic", "partitions.partition", "partitions.replicas", "kdeck.cluster_id", "kdeck.stages", "kdeck.moves", "kdeck.moves_bound", "kdeck.bytes", "kdeck.bytes_bound", "kdeck.leader_changes", "kdeck.violations", "kdeck.relaxed", "kdeck.confirm", "kdeck.before"},
		"drain 2":                       {"version", "partitions.replicas", "kdeck.confirm"},
		"moves cancel":                  {"version", "moves", "confirm"},
		"throttles":                     {"version", "cluster_id", "throttles", "unknown"},
		"topics --once":                 {"version", "cluster_id", "taken_at", "unknown", "topics.topic", "topics.partitions", "topics.replication_factor", "topics.size_bytes", "topics.records_per_second", "topics.bytes_in", "topics.newest_record_at", "topics.retention_ms", "topics.cleanup_policy", "topics.min_isr", "topics.overridden", "topics.groups", "topics.worst_state"},
		"throttles clear":               {"version", "throttles", "confirm"},
		"audit":                         {"version", "cluster_id", "taken_at", "unknown", "journal", "actions"},
		"records orders/0":              {"version", "cluster_id", "taken_at", "unknown", "topic", "partition", "leader", "node", "log_start_offset", "high_watermark", "last_stable_offset", "from", "notes", "records"},
		"records orders/0 --batches":    {"version", "batches", "producers"},
		"transactions --producers":      {"version", "cluster_id", "taken_at", "unknown", "transactions", "held", "producers"},
		"version":                       {"version", "kdeck"},
		"compare":                       {"version", "cluster_id", "taken_at", "unknown", "agree", "brokers", "topics", "partitions", "looks", "differences"},
		"compare partition orders/0":    {"version", "cluster_id", "taken_at", "unknown", "agree", "topic", "partition", "sentence", "copies.broker", "copies.leader", "copies.leader_epoch", "copies.isr", "copies.leads", "copies.log_end", "copies.log_dir", "differences"},
		"safe-to-stop 2":                {"version", "cluster_id", "taken_at", "unknown", "safe", "brokers", "reasons.kind", "reasons.sentence", "reasons.partitions", "notes", "views"},
		"quorum":                        {"version", "cluster_id", "taken_at", "unknown", "leader", "epoch", "high_watermark", "sentence", "winners", "split", "nodes.id", "nodes.role", "nodes.log_end", "nodes.lag", "nodes.keeps_up", "nodes.last_fetch", "nodes.says_leader"},
		"probe --read-only --once":      {"version", "cluster_id", "taken_at", "unknown", "well", "sentence", "seat.host", "seat.addresses", "seat.listener", "seat.security", "topic", "read_only", "seconds", "every_ms", "requests", "attempts", "good", "sli_percent", "budget.target_percent", "budget.allowed", "budget.spent", "budget.left_percent", "budget.burn_rate", "findings", "brokers.broker", "brokers.stages.stage", "brokers.stages.p50_ms", "brokers.sli_percent", "brokers.led_by"},
		"probe create":                  {"version", "cluster_id", "taken_at", "unknown", "topic", "new", "partitions.partition", "partitions.replicas", "configs", "notes", "undo", "confirm"},
		"impact":                        {"version", "cluster_id", "taken_at", "unknown", "verdict", "topics", "tenants", "commits_fail"},
		"status --exonerate orders":     {"version", "cluster_id", "taken_at", "unknown", "cleared", "sentence", "topics", "facts", "against", "of_clients", "elsewhere", "not_looked_at", "from"},
		"configs broker 2":              {"version", "cluster_id", "taken_at", "unknown", "resource.type", "resource.name", "answered_by", "configs.name", "configs.value", "configs.source", "configs.type", "configs.read_only", "configs.sensitive", "configs.layers.source"},
		"configs broker 1 2 --diff":     {"version", "cluster_id", "taken_at", "unknown", "compared", "classes", "differences"},
		"configs topic orders set retention.ms=3d": {"version", "cluster_id", "taken_at", "unknown", "resource.type", "resource.name", "changes.name", "changes.before", "changes.source", "changes.after", "notes", "checked", "undo", "confirm"},
	} {
		t.Run(args, func(t *testing.T) {
			on := d.with(d.flags...)
			on.t = t
			r := on.run(append(strings.Fields(args), "-o", "json")...)
			var doc, same any
			if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
				t.Fatalf("exit %d: %v in %s%s", r.code, err, r.out, r.err)
			}
			for _, name := range names {
				if !has(doc, strings.Split(name, ".")) {
					t.Errorf("no %s", name)
				}
			}
			y := on.run(append(strings.Fields(args), "-o", "yaml")...)
			if err := yaml.Unmarshal([]byte(y.out), &same); err != nil || !has(same, strings.Split(names[0], ".")) {
				t.Errorf("as YAML: %v in %s", err, y.out)
			}
		})
	}
}

func has(doc any, path []string) bool {
	if list, ok := doc.([]any); ok {
		return len(list) > 0 && has(list[0], path)
	}
	m, ok := doc.(map[string]any)
	if !ok {
		return len(path) == 0
	}
	if len(path) == 0 {
		return true
	}
	v, ok := m[path[0]]
	return ok && (len(path) == 1 || has(v, path[1:]))
}

func TestASavedClusterAnswersAsTheLiveOne(t *testing.T) {
	d, c := onSim(t, quick("broker-down"))
	path := filepath.Join(t.TempDir(), "cluster.json")
	d.ok(0, "snapshot", "save", path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	offline := d.with("--snapshot", path)
	asked := fmt.Sprint(c.Requests())
	for _, args := range [][]string{
		{"partitions", "--under-replicated", "-o", "wide"}, {"plan", "drain", "6"},
	} {
		live, saved := d.run(args...), offline.run(args...)
		if live.code != saved.code {
			t.Errorf("%v: live exit %d, saved %d: %s", args, live.code, saved.code, saved.err)
		}
		before, _, _ := strings.Cut(live.out, "\nnothing is changed yet")
		if strings.TrimSpace(before) != strings.TrimSpace(saved.out) {
			t.Errorf("%v: live\n%s\nsaved\n%s", args, live.out, saved.out)
		}
	}
	offline.ok(1, "status")
	if fmt.Sprint(c.Requests()) == asked {
		t.Fatal("the live commands asked nothing: the count can't tell")
	}
	asked = fmt.Sprint(c.Requests())
	offline.ok(0, "brokers")
	if now := fmt.Sprint(c.Requests()); now != asked {
		t.Errorf("an offline command asked the cluster: %s, before %s", now, asked)
	}
	var doc struct{ Kdeck struct{ Confirm *string } }
	must(t, json.Unmarshal([]byte(offline.run("plan", "drain", "6", "-o", "json").out), &doc))
	if doc.Kdeck.Confirm != nil {
		t.Errorf("an offline plan has the phrase %q", *doc.Kdeck.Confirm)
	}
}

func TestADeadBrokerIsDrainedAndUnregistered(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	must(t, c.Kill(6))
	eventually(t, "broker 6 is fenced", func() (bool, string) {
		r := d.run("brokers")
		return strings.Contains(r.out, "FENCED"), r.out
	})
	d.ok(0, "drain", "6", "--unregister", "--execute", "--throttle", "50MB", "--confirm", d.phrase("drain", "6", "--unregister"))
	if out := d.ok(0, "brokers"); strings.Contains(out, "\n 6 ") {
		t.Errorf("broker 6 is still registered:\n%s", out)
	}
	if set := throttlesOf(d); set != "" {
		t.Errorf("throttles are left: %s", set)
	}
	d.ok(0, "status")
}

// twice interrupts once something is in flight, and once more when that can't be an echo of the first.
type twice struct {
	mu    sync.Mutex
	all   bytes.Buffer
	times int
	d     *deck
}

func (w *twice) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all.Write(b)
	if n := strings.Count(w.all.String(), `"event":"submitted"`); n > 0 {
		for i := range w.times {
			time.AfterFunc(time.Duration(i)*400*time.Millisecond, func() { w.d.interrupts <- syscall.SIGINT })
		}
		w.times = 0
	}
	return len(b), nil
}

func TestASecondInterruptLeavesEverythingAndTheSameCommandFinishes(t *testing.T) {
	o := quick("healthy")
	o.PartitionBytes, o.Bandwidth = 40e6, 20e6
	d, c := onSim(t, o)
	phrase := d.phrase("drain", "5")
	out := &twice{times: 2, d: d}
	if code := d.runTo(out, out, "drain", "5", "--execute", "--throttle", "10MB", "-m", "3", "--confirm", phrase, "-o", "json"); code != 1 {
		t.Fatalf("exit %d, want 1:\n%s", code, &out.all)
	}
	if len(c.Reassignments()) == 0 {
		t.Fatalf("nothing was left in flight:\n%s", &out.all)
	}
	moves := d.ok(0, "moves")
	if !strings.Contains(moves, "-drain-5") {
		t.Errorf("moves don't say whose they are:\n%s", moves)
	}
	for _, command := range []string{"drain 5 --execute", "moves cancel"} {
		if !strings.Contains(out.all.String(), command) {
			t.Errorf("no command %q to go on with:\n%s", command, &out.all)
		}
	}
	var cancel struct{ Confirm string }
	must(t, json.Unmarshal([]byte(d.ok(0, "moves", "cancel", "-o", "json")), &cancel))
	d.ok(0, "moves", "cancel", "--execute", "--confirm", cancel.Confirm)
	if left := c.Reassignments(); len(left) > 0 {
		t.Errorf("in flight after the cancel: %v", left)
	}
	if set := throttlesOf(d); set != "" {
		t.Errorf("throttles after the cancel: %s", set)
	}
}

// throttlesOf are the topics with throttled replicas.
func throttlesOf(d *deck) string {
	path := filepath.Join(d.t.TempDir(), "s.json")
	d.ok(0, "snapshot", "save", path)
	b, err := os.ReadFile(path)
	must(d.t, err)
	var topics []string
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, "throttled.replicas") {
			topics = append(topics, line)
		}
	}
	return strings.Join(topics, "")
}

func TestAPlanIsCarriedOutAsItWasShown(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	path := filepath.Join(t.TempDir(), "plan.json")
	must(t, os.WriteFile(path, []byte(d.ok(0, "plan", "drain", "3", "-o", "json")), 0o600))
	var plan struct {
		Partitions []struct {
			Topic     string
			Partition int32
			Replicas  []int32
		}
	}
	b, err := os.ReadFile(path)
	must(t, err)
	must(t, json.Unmarshal(b, &plan))
	out := d.ok(0, "apply", path, "--execute", "--throttle", "none", "--confirm", d.phrase("apply", path), "-o", "json")
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var event struct{ Event string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Event == "" {
			t.Fatalf("not an event: %q", line)
		}
	}
	at := map[string][]int32{}
	for _, p := range c.Partitions() {
		at[fmt.Sprintf("%s-%d", p.Topic, p.Partition)] = p.Replicas
	}
	for _, p := range plan.Partitions {
		if got := at[fmt.Sprintf("%s-%d", p.Topic, p.Partition)]; !slices.Equal(got, p.Replicas) {
			t.Errorf("%s-%d is on %v, planned %v", p.Topic, p.Partition, got, p.Replicas)
		}
	}
	if len(plan.Partitions) == 0 {
		t.Error("the plan is empty")
	}
	r := d.run("apply", path, "--execute", "--throttle", "none", "--confirm", d.phrase("apply", path))
	if r.code != 0 {
		t.Errorf("carried out again: exit %d\n%s%s", r.code, r.out, r.err)
	}
}

func TestContextsAreKeptAndUsed(t *testing.T) {
	d, c := onSim(t, quick("healthy"))
	plain := d.with()
	plain.ok(0, "config", "add", "prod-eu-1", "-b", c.Bootstrap()[0], "--production", "--color", "red", "-X", "sasl.password=hunter2")
	if out := plain.ok(0, "config", "list"); !strings.Contains(out, "prod-eu-1") {
		t.Errorf("list: %s", out)
	}
	if out := plain.ok(0, "config", "show"); strings.Contains(out, "hunter2") || !strings.Contains(out, c.Bootstrap()[0]) {
		t.Errorf("show: %s", out)
	}
	if out := plain.ok(0, "status"); !strings.Contains(out, "prod-eu-1") {
		t.Errorf("status on the current context: %s", out)
	}
	if phrase := plain.phrase("drain", "2"); phrase != "drain 2 prod-eu-1" {
		t.Errorf("the phrase is %q", phrase)
	}
	plain.ok(0, "config", "add", "dev", "-b", "127.0.0.1:1")
	plain.ok(0, "config", "use", "dev")
	plain.ok(2, "status")
	plain.ok(0, "status", "--context", "prod-eu-1")
	plain.ok(2, "config", "use", "nowhere")
}

func TestPartitionsOfATenantAreThoseThatItsTopicsHave(t *testing.T) {
	d := newDeck(t, "--snapshot", saved(t, "1a 2b", "audit-0 2", "orders-0 1,2", "orders-1 2,1", "payments-0 1,2"))
	d.writeConfig("current: here\ncontexts:\n  here:\n    bootstrap: [b1:9092]\n    tenants: {apps: {user: ^app}, shop: {topic: '^(orders|pay)'}}\n")
	for words, want := range map[string]string{"--tenant shop": "orders-0 orders-1 payments-0", "--tenant -": "audit-0", "--filter !tenant:shop": "audit-0"} {
		var doc struct {
			Partitions []struct {
				Topic     string
				Partition int
			}
		}
		must(t, json.Unmarshal([]byte(d.ok(0, append(append([]string{"partitions"}, strings.Fields(words)...), "-o", "json")...)), &doc))
		var got []string
		for _, p := range doc.Partitions {
			got = append(got, fmt.Sprintf("%s-%d", p.Topic, p.Partition))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", words, got, want)
		}
	}
	for words, says := range map[string]string{"--tenant shp": "did you mean", "--tenant apps": `unknown "tenant:apps"`} {
		if r := d.run(append([]string{"partitions"}, strings.Fields(words)...)...); r.code != 2 || !strings.Contains(r.err, says) {
			t.Errorf("%s: exit %d: %s", words, r.code, r.err)
		}
	}
	d.variables["XDG_CONFIG_HOME"] = t.TempDir()
	if r := d.run("partitions", "--tenant", "shop"); r.code != 2 || !strings.Contains(r.err, "no rule puts a topic to a tenant") {
		t.Errorf("without rules: exit %d: %s", r.code, r.err)
	}
}
