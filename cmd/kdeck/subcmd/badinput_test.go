package subcmd_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kdeck/ops/config"
	"kdeck/ops/sim"
	"kdeck/ui/cell"
)

// onSim gives a deck on an embedded cluster without sockets.
func onSim(t *testing.T, o sim.Options) (*deck, *sim.Cluster) {
	t.Helper()
	o.Virtual = true
	c, err := sim.New(o)
	must(t, err)
	t.Cleanup(c.Close)
	d := newDeck(t, "-b", c.Bootstrap()[0])
	d.dial = c.DialContext
	return d, c
}

func file(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(content), mode))
	must(t, os.Chmod(path, mode)) // past the umask
	return path
}

// Each of these is one clear message, exit 2, and nothing sent that changes anything.
func TestBadInputIsRefusedByName(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 5, Racks: 3, Topics: 8})
	whole := filepath.Join(t.TempDir(), "whole.json")
	d.ok(0, "snapshot", "save", whole)
	saved, err := os.ReadFile(whole)
	must(t, err)
	for _, tt := range []struct {
		name  string
		args  string
		says  []string
		alone bool // without the flags that point at the cluster
	}{
		{name: "an unknown command", args: "statsu", says: []string{"statsu", `"status"`}},
		{name: "an unknown flag", args: "partitions --under-replicatd", says: []string{"--under-replicatd", "--under-replicated"}},
		{name: "an unknown output", args: "brokers -o jsno", says: []string{"jsno", `"json"`}},
		{name: "an unknown context", args: "status --context prod", says: []string{"prod", "config.yaml"}, alone: true},
		{name: "no cluster at all", args: "status", says: []string{"--bootstrap-server"}, alone: true},
		{name: "an address without a port", args: "status -b kafka", says: []string{"kafka", "host:port"}, alone: true},
		{name: "an unknown setting", args: "status -X sasl.mechansim=PLAIN", says: []string{"sasl.mechansim", "sasl.mechanism"}},
		{name: "a setting without a value", args: "status -X sasl.mechanism", says: []string{"key=value"}},
		{name: "a word after a list flag", args: "drain 4 --to 1 2", says: []string{`"2"`, "--to", "commas"}},
		{name: "the same with everything else right", args: "drain 4 --to 1 2 --execute --throttle 10MB", says: []string{`"2"`, "--to"}},
		{name: "a word after a list flag of a stage", args: "plan drain 4 --to 1 2", says: []string{`"2"`, "--to"}},
		{name: "a word after a flag that every command has", args: "drain 4 -o json 2", says: []string{`"2"`, "-o"}},
		{name: "a broker after a flag", args: "drain --to 1 4", says: []string{`"4"`, "--to", "before"}},
		{name: "a broker after two dashes", args: "drain 4 -- 2", says: []string{`"--"`}},
		{name: "a broker after a switch", args: "drain 4 --execute 2", says: []string{`"2"`, "--execute"}},
		{name: "targets given twice", args: "drain 4 --to 1 --to 2", says: []string{"--to is given twice"}},
		{name: "a flag of drain that there isn't", args: "drain 4 --exectue", says: []string{"--exectue", "--execute"}},
		{name: "two plans", args: "apply a.json b.json", says: []string{"one plan file, not 2"}},
		{name: "a drain of nothing", args: "drain", says: []string{"no broker"}},
		{name: "a drain of a word", args: "drain four", says: []string{"four"}},
		{name: "a drain of a broker that doesn't exist", args: "drain 44", says: []string{"44", "1 2 3 4 5"}},
		{name: "a drain onto a broker that doesn't exist", args: "drain 4 --to 44", says: []string{"44"}},
		{name: "a drain onto a broker that is being drained", args: "drain 4 5 --to 5", says: []string{"5", "drained"}},
		{name: "a stage that doesn't exist", args: "plan drian 4", says: []string{"drian", `"drain"`}},
		{name: "a stage without its argument", args: "plan drain", says: []string{"no broker"}},
		{name: "an empty stage", args: "plan drain 4 +", says: []string{"+"}},
		{name: "execution without a throttle", args: "drain 4 --execute", says: []string{"--throttle"}},
		{name: "a throttle that is no size", args: "drain 4 --execute --throttle fast", says: []string{"fast", "200MB"}},
		{name: "a throttle that is no size, of a dry run", args: "drain 4 --throttle fast", says: []string{"fast", "200MB"}},
		{name: "no moves at once, of a dry run", args: "drain 4 --moves 0", says: []string{"--moves 0"}},
		{name: "a flag with an empty value", args: "drain 4 --to=", says: []string{"--to", "given none"}},
		{name: "the console as JSON", args: "-o json", says: []string{"-o json"}},
		{name: "keys as YAML", args: "keys -o yaml", says: []string{"-o yaml"}},
		{name: "a saved cluster as YAML", args: "snapshot save - -o yaml", says: []string{"-o yaml", "JSON"}},
		{name: "a wide saved cluster", args: "snapshot save - -o wide", says: []string{"-o wide", "JSON"}},
		{name: "a live list as JSON", args: "partitions --watch -o json", says: []string{"--watch", "-o json"}},
		{name: "a filter field of brokers that doesn't exist", args: "brokers --filter rak:a", says: []string{"rak:", `"rack"`}},
		{name: "a request log by broker", args: "tenants --request-log x.log --by-broker", says: []string{"--by-broker"}},
		{name: "a flag of the console alone", args: "status --theme dark", says: []string{"--theme", "kdeck alone"}},
		{name: "a colour that there isn't", args: "config add x --color pink", says: []string{"pink", "magenta"}},
		{name: "an empty context", args: "status --context=", says: []string{"--context", "given none"}},
		{name: "an empty snapshot", args: "status --snapshot=", says: []string{"--snapshot", "given none"}},
		{name: "no time at all", args: "status --timeout 0s", says: []string{"--timeout", "above 0"}},
		{name: "a theme that doesn't exist, where nothing is drawn", args: "--theme pink", says: []string{"pink", "dark"}},
		{name: "a theme that is nearly one", args: "--theme drak", says: []string{"drak", `"dark"`}},
		{name: "a theme of the demo", args: "demo --theme pink", says: []string{"pink", "dark"}, alone: true},
		{name: "a theme of a demo without a console", args: "demo --headless --theme dark", says: []string{"--headless", "--theme"}, alone: true},
		{name: "a pane that doesn't exist", args: "--pane brokrs", says: []string{"brokrs", `"brokers"`}},
		{name: "a demo on another cluster", args: "demo", says: []string{"--bootstrap-server"}},
		{name: "a class that doesn't exist", args: "api --class ADN", says: []string{"ADN", `"ADM"`}},
		{name: "something else allowed", args: "request Metadata --to 1 --allow inter-brokr", says: []string{"inter-brokr", `"inter-broker"`}},
		{name: "a node that doesn't exist", args: "request Metadata --to controler", says: []string{"controler", `"controller"`}},
		{name: "no node to ask", args: "request", says: []string{"--to", "leader-of:topic/0"}},
		{name: "changes shown as JSON", args: "request Metadata --to 1 --watch 1s -o json", says: []string{"--watch", "json"}},
		{name: "a change made again and again", args: "request DeleteTopics topics=orders --to 1 --watch 1s", says: []string{"--watch", "DeleteTopics"}},
		{name: "a phrase of a request without execution", args: "request DeleteTopics topics=orders --to 1 --confirm x", says: []string{"--execute"}},
		{name: "a throttle of nothing", args: "drain 4 --execute --throttle 0", says: []string{"none"}},
		{name: "a throttle without a unit", args: "drain 4 --execute --throttle 50", says: []string{"--throttle 50", "50MB"}},
		{name: "a throttle that nobody means", args: "drain 4 --execute --throttle 50KB", says: []string{"--throttle 50KB", "--throttle-anyway"}},
		{name: "bounds of a throttle that isn't chosen", args: "drain 4 --throttle 50MB --throttle-floor 1MB", says: []string{"--throttle-floor", "auto"}},
		{name: "bounds of a throttle the wrong way round", args: "drain 4 --throttle auto --throttle-floor 100MB --throttle-ceiling 50MB", says: []string{"100MB/s", "50.0MB/s"}},
		{name: "a bound without a unit", args: "drain 4 --throttle auto --throttle-ceiling 50", says: []string{"--throttle-ceiling 50", "50MB"}},
		{name: "no moves at once", args: "drain 4 --execute --throttle none -m 0", says: []string{"--moves 0"}},
		{name: "execution without the phrase", args: "drain 4 --execute --throttle none", says: []string{"phrase", "drain 4"}},
		{name: "a phrase without execution", args: "drain 4 --confirm x", says: []string{"--execute"}},
		{name: "unregistering a broker that is alive", args: "drain 4 --unregister --execute --throttle none --confirm x", says: []string{"broker 4 is alive"}},
		{name: "execution on a saved cluster", args: "drain 4 --execute --throttle none --snapshot " + whole, says: []string{"saved"}},
		{name: "a filter field that doesn't exist", args: "partitions --filter color:red", says: []string{"color:"}},
		{name: "a filter that is no regular expression", args: "partitions --filter /(/", says: []string{"/(/"}},
		{name: "a topic that nothing matches", args: "partitions --topic paymnts", says: []string{"paymnts"}},
		{name: "a broker that isn't there", args: "partitions --broker 44", says: []string{"44", "1 2 3 4 5"}},
		{name: "a plan file that isn't there", args: "apply /nowhere.json", says: []string{"/nowhere.json"}},
		{name: "a plan that is none", args: "apply " + file(t, "p.json", `{"version":1}`, 0o600), says: []string{"partitions"}},
		{name: "a plan of a future version", args: "apply " + file(t, "p.json", `{"version":7,"partitions":[]}`, 0o600), says: []string{"version 7"}},
		{name: "a plan that names a partition twice", args: "apply " + file(t, "p.json", `{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[1]},{"topic":"a","partition":0,"replicas":[2]}]}`, 0o600), says: []string{"a-0", "twice"}},
		{name: "a plan for a topic that isn't there", args: "apply " + file(t, "p.json", `{"version":1,"partitions":[{"topic":"nowhere","partition":0,"replicas":[1]}]}`, 0o600), says: []string{"nowhere"}},
		{name: "records of a topic", args: "records orders", says: []string{`"orders"`, "orders/0"}},
		{name: "records of a topic that doesn't exist", args: "records ordres/0", says: []string{"ordres"}},
		{name: "records of a partition that doesn't exist", args: "records orders/99", says: []string{"99", "numbered from 0"}},
		{name: "records from no time", args: "records orders/0 --from yesterday", says: []string{"--from yesterday", "-5m"}},
		{name: "records of the future", args: "records orders/0 --from 2999-01-01", says: []string{"2999-01-01", "future"}},
		{name: "records beyond the end", args: "records orders/0 --from 7", says: []string{"offset 7", "next record will be 0"}},
		{name: "more records than are read at once", args: "records orders/0 -n 10001", says: []string{"10001", "10000"}},
		{name: "values of unopened batches", args: "records orders/0 --batches --values", says: []string{"--values"}},
		{name: "records of a saved cluster", args: "records orders/0 --snapshot " + whole, says: []string{"saved"}},
		{name: "transactions of topics that are no expression", args: "transactions --topic (", says: []string{"--topic ("}},
		{name: "transactions of a topic that nothing matches", args: "transactions --topic ordres", says: []string{"ordres", "orders"}},
		{name: "a comparison of topics that are no expression", args: "compare (", says: []string{`"("`}},
		{name: "a comparison of a topic that nothing matches", args: "compare ordres", says: []string{"ordres"}},
		{name: "a comparison of a broker that isn't there", args: "compare --brokers 1,44", says: []string{"44", "1, 2, 3, 4, 5"}},
		{name: "a comparison of what is no broker", args: "compare --brokers 1,b", says: []string{`"b"`}},
		{name: "a comparison of a saved cluster", args: "compare --snapshot " + whole, says: []string{"saved"}},
		{name: "a comparison of a partition that is none", args: "compare partition orders", says: []string{`"orders"`, "orders/0"}},
		{name: "a comparison of a partition that doesn't exist", args: "compare partition orders/99", says: []string{"99"}},
		{name: "a comparison of a partition of a topic that doesn't exist", args: "compare partition ordres/0", says: []string{"ordres"}},
		{name: "a comparison with what is neither a time nor a file", args: "changed --since yesterday", says: []string{"yesterday"}},
		{name: "a text about a topic that isn't there", args: "status --exonerate ordres", says: []string{"ordres"}},
		{name: "a text about a tenant without rules", args: "status --tenant nobody", says: []string{"nobody"}},
		{name: "a text about two things", args: "status --exonerate orders --tenant a", says: []string{"--exonerate", "--tenant"}},
		{name: "a stop of nothing", args: "safe-to-stop", says: []string{"BROKER"}},
		{name: "a stop of what is no broker", args: "safe-to-stop b7", says: []string{`"b7"`}},
		{name: "a stop of a node that isn't there", args: "safe-to-stop 44", says: []string{"44", "1 2 3 4 5", "3001"}},
		{name: "a stop of a rack that isn't there", args: "safe-to-stop --rack nowhere", says: []string{"nowhere"}},
		{name: "waiting for a saved cluster", args: "safe-to-stop 2 --wait --snapshot " + whole, says: []string{"--wait"}},
		{name: "a probe of a saved cluster", args: "probe --snapshot " + whole, says: []string{"saved"}},
		{name: "a probe without its topic", args: "probe --once", says: []string{"__kdeck-probe", "probe create", "--read-only"}},
		{name: "a probe that would write to a topic of others", args: "probe --once --topic orders", says: []string{"orders", "nothing is written", "retention.ms", "--read-only"}},
		{name: "a probe of a topic that doesn't exist", args: "probe --once --read-only --topic ordres", says: []string{"ordres"}},
		{name: "a probe of no time", args: "probe --for 0s", says: []string{"--for 0s"}},
		{name: "a probe for ever", args: "probe --for 9999h", says: []string{"--for", "24h"}},
		{name: "a probe once and for a time", args: "probe --once --for 10s", says: []string{"--once", "--for"}},
		{name: "a probe without a pause", args: "probe --every 1ms", says: []string{"--every 1ms", "100ms"}},
		{name: "a probe that nothing can satisfy", args: "probe --target 100", says: []string{"--target 100", "99.9"}},
		{name: "a probe that everything satisfies", args: "probe --target NaN", says: []string{"--target"}},
		{name: "a machine that is no broker's", args: "host", says: []string{"no Kafka broker runs on this machine"}},
		{name: "a machine at no time", args: "host --for 0s", says: []string{"--for 0s", "1s"}},
		{name: "a machine for ever", args: "host --for 24h", says: []string{"--for 24h", "10m"}},
		{name: "a machine without a pause", args: "host --every 1us", says: []string{"--every 1µs", "1ms"}},
		{name: "a machine looked at twice", args: "host --for 1s --every 500ms", says: []string{"--every 500ms", "--for 1s"}},
		{name: "a machine by process and broker", args: "host --pid 5 --broker 7", says: []string{"--pid 5", "--broker 7"}},
		{name: "a process that can't be", args: "host --pid -5", says: []string{"--pid -5"}},
		{name: "a broker that can't be", args: "host --broker -7", says: []string{"--broker -7"}},
		{name: "a saved cluster's machine", args: "host --snapshot " + whole, says: []string{"saved"}},
		{name: "a machine for all to see", args: "host --serve 0.0.0.0:9405", says: []string{"0.0.0.0:9405", "loopback"}},
		{name: "a machine watched and served", args: "host --watch --serve 127.0.0.1:0", says: []string{"--watch", "--serve"}},
		{name: "metrics nowhere", args: "serve nowhere", says: []string{"nowhere", ":9200"}},
		{name: "metrics at an address of others", args: "serve 203.0.113.7:9200", says: []string{"203.0.113.7:9200", "listen"}},
		{name: "metrics at two addresses", args: "serve :9200 --listen :9201", says: []string{":9200", ":9201"}},
		{name: "metrics of a saved cluster", args: "serve --snapshot " + whole, says: []string{"saved"}},
		{name: "metrics of a share that is none", args: "serve --share 4/3", says: []string{`"4/3"`, "2/3"}},
		{name: "metrics of a probe that isn't asked for", args: "serve --read-only", says: []string{"--read-only", "--probe"}},
		{name: "metrics of a probe without its topic", args: "serve 127.0.0.1:0 --probe", says: []string{"__kdeck-probe", "probe create"}},
		{name: "metrics as JSON", args: "serve -o json", says: []string{"-o json", "serve"}},
		{name: "a probe's topic in the place of another one", args: "probe create --topic orders", says: []string{"orders", "nothing is changed"}},
		{name: "the removal of a topic that is no probe's", args: "probe remove --topic orders --execute", says: []string{"orders", "nothing is changed"}},
		{name: "a quorum of a saved cluster", args: "quorum --snapshot " + whole, says: []string{"saved"}},
		{name: "exact lags of a saved cluster", args: "groups --exact --snapshot " + whole, says: []string{"--exact", "asks none"}},
		{name: "hanging transactions with all producers", args: "transactions --hanging --producers", says: []string{"--hanging", "--producers"}},
		{name: "an abort of nothing", args: "transactions abort", says: []string{"--topic", "--partition"}},
		{name: "an abort of any transaction", args: "transactions abort --topic orders --partition 0", says: []string{"--start-offset", "--producer-id"}},
		{name: "an abort of two", args: "transactions abort --topic orders --partition 0 --start-offset 1 --producer-id 1", says: []string{"one of them"}},
		{name: "an abort in a partition that isn't there", args: "transactions abort --topic orders --partition 99 --start-offset 1", says: []string{"orders/99"}},
		{name: "an abort of what isn't open", args: "transactions abort --topic orders --partition 0 --start-offset 1", says: []string{"orders/0", "offset 1", "nor any other"}},
		{name: "a cancel of no partition", args: "moves cancel orders", says: []string{"orders"}},
		{name: "a cancel of a partition and of topics", args: "moves cancel orders/0 --topics x", says: []string{"--topics"}},
		{name: "a cancel of topics that are no expression", args: "moves cancel --topics (", says: []string{"--topics ("}},
		{name: "a cancel of what isn't moving", args: "moves cancel orders/0", says: []string{"orders-0"}},
		{name: "a snapshot that isn't there", args: "status --snapshot /nowhere.json", says: []string{"/nowhere.json"}},
		{name: "a snapshot cut short", args: "status --snapshot " + file(t, "s.json", string(saved[:len(saved)/2]), 0o600), says: []string{"cut short"}},
		{name: "a snapshot of a future version", args: "status --snapshot " + file(t, "s.json", strings.Replace(string(saved), `"version":1`, `"version":9`, 1), 0o600), says: []string{"version 9"}},
		{name: "a snapshot to a place that can't be written", args: "snapshot save /nowhere/s.json", says: []string{"/nowhere"}},
		{name: "a demo scenario that doesn't exist", args: "demo --scenario helthy", says: []string{"helthy", `"healthy"`}, alone: true},
		{name: "a demo for the whole world", args: "demo --headless --listen 0.0.0.0:9092", says: []string{"0.0.0.0", "loopback"}, alone: true},
		{name: "a properties file that isn't there", args: "status --command-config /nowhere.properties", says: []string{"/nowhere.properties"}},
		{name: "a properties file with an unknown key", args: "status --command-config " + file(t, "c.properties", "security.protocl=SSL\n", 0o600), says: []string{"security.protocl", "security.protocol"}},
		{name: "a secret that isn't set", args: "status -X sasl.mechanism=PLAIN -X security.protocol=SASL_PLAINTEXT -X sasl.username=a -X sasl.password=${env:NO_SUCH}", says: []string{"NO_SUCH"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			on := d.with(d.flags...)
			if tt.alone || strings.Contains(tt.args, "--snapshot ") {
				on = d.with()
			}
			on.t = t
			r := on.run(strings.Fields(tt.args)...)
			if r.code != 2 {
				t.Errorf("exit %d, want 2: %s%s", r.code, r.out, r.err)
			}
			if lines := strings.Count(r.err, "\n"); lines != 1 || !strings.HasPrefix(r.err, "kdeck: ") {
				t.Errorf("not one message of one line: %q", r.err)
			}
			for _, word := range tt.says {
				if !strings.Contains(r.err, word) {
					t.Errorf("the message lacks %q: %s", word, r.err)
				}
			}
		})
	}
	if sent := c.Mutations(); len(sent) > 0 {
		t.Errorf("sent: %v", sent)
	}
}

func TestAConfigurationThatCantBeTrustedIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, content string
		mode          os.FileMode
		says          []string
	}{
		{"readable by others", "contexts: {}\n", 0o644, []string{"chmod 600"}},
		{"malformed", "contexts: [\n", 0o600, []string{"config.yaml"}},
		{"with an unknown key", "contexts:\n  prod:\n    bootstrp: b1:9092\n", 0o600, []string{"bootstrp", `"bootstrap"`, ":3"}},
		{"with a colour that there isn't", "contexts:\n  prod:\n    bootstrap: [b1:9092]\n    color: pink\n", 0o600, []string{"pink", "magenta", ":4"}},
		{"with a current context that it doesn't have", "current: prod\ncontexts: {}\n", 0o600, []string{"prod"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDeck(t)
			path := d.configPath()
			must(t, os.WriteFile(path, []byte(tt.content), tt.mode))
			must(t, os.Chmod(path, tt.mode))
			r := d.run("status")
			if r.code != 2 {
				t.Errorf("exit %d, want 2: %s", r.code, r.err)
			}
			for _, word := range tt.says {
				if !strings.Contains(r.err, word) {
					t.Errorf("the message lacks %q: %s", word, r.err)
				}
			}
		})
	}
}

func TestAnAddressThatIsNoKafkaIsNamed(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	defer tls.Close()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	nobody.Close()
	kafka, err := sim.New(sim.Options{Brokers: 3, Topics: 3})
	must(t, err)
	defer kafka.Close()
	host := func(url string) string { return url[strings.LastIndex(url, "/")+1:] }
	for _, tt := range []struct {
		name string
		args []string
		says []string
	}{
		{"nothing listens", []string{"-b", nobody.Addr().String()}, []string{nobody.Addr().String(), "refused"}},
		{"an HTTP server", []string{"-b", host(web.URL)}, []string{"HTTP"}},
		{"TLS to a plaintext port", []string{"-b", kafka.Bootstrap()[0], "-X", "security.protocol=SSL"}, []string{kafka.Bootstrap()[0], "TLS"}},
		{"plaintext to a TLS port", []string{"-b", host(tls.URL)}, []string{"TLS"}},
		{"a certificate that nobody trusts", []string{"-b", host(tls.URL), "-X", "security.protocol=SSL"}, []string{"certificate"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newDeck(t, tt.args...).run("status")
			if r.code != 2 || strings.Count(r.err, "\n") != 1 {
				t.Errorf("exit %d, want 2 and one line: %s", r.code, r.err)
			}
			for _, word := range tt.says {
				if !strings.Contains(r.err, word) {
					t.Errorf("the message lacks %q: %s", word, r.err)
				}
			}
		})
	}
}

func TestTheConsoleHasEveryColourThatAContextMayHave(t *testing.T) {
	for _, name := range config.Colors {
		if cell.ContextColor(name) == cell.ContextColor("") {
			t.Errorf("the console has no %s", name)
		}
	}
}
