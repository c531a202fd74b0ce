package subcmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kdeck/ops/sim"
)

// atHome gives kdeck a home with files in it, {boot} in which is a cluster's address.
func (d *deck) atHome(boot string, files map[string]string) (home string) {
	t := d.t
	t.Helper()
	home = t.TempDir()
	d.variables = map[string]string{"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config"), "XDG_STATE_HOME": t.TempDir()}
	for _, name := range []string{"KCL_CONFIG_PATH", "KAFKA_CTL_CONFIG", "KCAT_CONFIG", "KAFKACAT_CONFIG", "TOPICCTL_CLUSTER_CONFIG", "BROKERS"} {
		d.variables[name] = ""
	}
	t.Chdir(home) // where some tools look
	for name, text := range files {
		path := filepath.Join(home, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte(strings.ReplaceAll(text, "{boot}", boot)), 0o600))
	}
	return home
}

// ofEachTool is a file of each tool, which leads to the cluster without a login.
var ofEachTool = map[string]string{
	".config/kcl/config.toml":     "current_profile = 'kcl-1'\n[profiles.kcl-1]\nseed_brokers = ['{boot}']\n",
	".config/rpk/rpk.yaml":        "version: 6\ncurrent_profile: rpk-1\nprofiles:\n  - {name: rpk-1, kafka_api: {brokers: ['{boot}']}}\n",
	".kaf/config":                 "current-cluster: kaf-1\nclusters:\n  - {name: kaf-1, brokers: ['{boot}'], SASL: null}\n",
	".config/kafkactl/config.yml": "contexts:\n  kafkactl-1: {brokers: ['{boot}']}\n",
	".config/kcat.conf":           "metadata.broker.list={boot}\nsecurity.protocol=plaintext\n",
	"cluster.yaml":                "meta: {name: topicctl-1}\nspec: {bootstrapAddrs: ['{boot}']}\n",
	"java.properties":             "bootstrap.servers={boot}\n",
}

func TestWhatEachToolHasLeadsToTheCluster(t *testing.T) {
	d, c := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	d = d.with()
	d.atHome(c.Bootstrap()[0], ofEachTool)
	if r := d.run("status"); r.code != 2 || !strings.Contains(r.err, "kdeck demo") || !strings.Contains(r.err, "-server HOST:PORT") ||
		!strings.Contains(r.err, "kdeck config import kcl|rpk|") || !strings.Contains(r.err, "rpk.yaml") {
		t.Errorf("without a context: exit %d: %s", r.code, r.err)
	}
	for _, tt := range []struct{ source, context string }{
		{"kcl", "kcl-1"}, {"rpk", "rpk-1"}, {"kaf", "kaf-1"}, {"kafkactl", "kafkactl-1"}, {"kcat", "kcat"}, {"topicctl", "topicctl-1"},
		{"java.properties", "127.0.0.1"},
	} {
		out := d.ok(0, "config", "import", tt.source)
		if !strings.Contains(out, tt.context) {
			t.Errorf("import %s says\n%s", tt.source, out)
		}
		if out := d.ok(0, "brokers", "--context", tt.context, "-o", "json"); !strings.Contains(out, `"id": 3`) {
			t.Errorf("%s: %s", tt.context, out)
		}
	}
	if out := d.ok(0, "config", "list", "-o", "json"); !strings.Contains(out, `"current": "kcl-1"`) {
		t.Errorf("the current one isn't that of the first import: %s", out)
	}
}

const kafClusters = `current-cluster: prod
clusters:
- {name: dev, brokers: ["d1:9092"]}
- name: prod
  brokers: ["p1:9093"]
  SASL: {mechanism: PLAIN, username: admin, password: hunter2-MARKER}
  security-protocol: SASL_SSL
- {name: none}
`

func TestAnImportMakesContextsAndOverwritesNone(t *testing.T) {
	d := newDeck(t)
	home := d.atHome("", map[string]string{".kaf/config": kafClusters})
	mine := filepath.Join(home, ".config", "kdeck", "config.yaml")
	read := func() string {
		b, err := os.ReadFile(mine)
		must(t, err)
		if strings.Contains(string(b), "hunter2") {
			t.Errorf("the secret is in %s", b)
		}
		return string(b)
	}
	all := func(r result) string {
		if strings.Contains(r.out+r.err, "hunter2") {
			t.Errorf("the secret is in %s%s", r.out, r.err)
		}
		return r.out + r.err
	}
	if r := d.run("config", "import", "kaf"); r.code != 1 || !strings.Contains(all(r), "not made: it has no address") {
		t.Errorf("exit %d, %s", r.code, all(r))
	}
	if doc := read(); !strings.Contains(doc, "current: prod") || !strings.Contains(doc, "${file:"+home+"/.kaf/config:clusters.prod.SASL.password}") {
		t.Errorf("written:\n%s", doc)
	}
	if r := d.run("config", "show", "prod"); r.code != 0 || !strings.Contains(all(r), "clusters.prod.SASL.password") {
		t.Errorf("show: %s", all(r))
	}

	must(t, os.WriteFile(mine, []byte(strings.Replace(read(), "  prod:\n", "  prod:\n    production: true\n", 1)), 0o600))
	must(t, os.WriteFile(filepath.Join(home, ".kaf", "config"), []byte(strings.ReplaceAll(kafClusters, "p1:9093", "p2:9093")), 0o600))
	before := read()
	if r := d.run("config", "import", "kaf", "prod"); r.code != 1 || !strings.Contains(all(r), "is there already") {
		t.Errorf("again: exit %d, %s", r.code, all(r))
	}
	if read() != before {
		t.Errorf("a context was overwritten:\n%s", read())
	}
	all(d.run("config", "import", "kaf", "prod", "--replace"))
	if doc := read(); !strings.Contains(doc, "p2:9093") || strings.Contains(doc, "p1:9093") || !strings.Contains(doc, "production: true") {
		t.Errorf("replaced:\n%s", doc)
	}

	var doc struct {
		Tool     string
		Current  string
		Contexts []struct{ Name, State string }
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "config", "import", "kaf", "dev", "--as", "lab", "-o", "json")), &doc))
	if doc.Tool != "kaf" || doc.Current != "prod" || len(doc.Contexts) != 1 || doc.Contexts[0].Name != "lab" || doc.Contexts[0].State != "made" {
		t.Errorf("as JSON: %+v", doc)
	}
	for args, says := range map[string]string{
		"kaf --as one": "--as one goes with one context", "kaf prdo": `did you mean "prod"`, "kafka": "is neither a file nor a tool", "": "one of kcl",
		"rpk": "rpk/rpk.yaml",
	} {
		if r := d.run(append([]string{"config", "import"}, strings.Fields(args)...)...); r.code != 2 || !strings.Contains(all(r), says) {
			t.Errorf("%s: exit %d, %s", args, r.code, r.err)
		}
	}
}
