package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/files"
)

// marker is the secret of all files here: nothing but a reference to it may come out.
const marker = "hunter2-MARKER"

// importing lays files into a home of its own and imports a source from it.
type importing struct {
	t    *testing.T
	home string
	vars map[string]string
}

// newImporting writes files by their paths below the home; {home} in them is its path.
func newImporting(t *testing.T, files map[string]string, vars map[string]string) *importing {
	t.Helper()
	i := &importing{t, t.TempDir(), map[string]string{}}
	t.Chdir(i.home)
	i.vars["HOME"] = i.home
	for name, value := range vars {
		i.vars[name] = i.here(value)
	}
	for name, text := range files {
		path := filepath.Join(i.home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Dir(path), filepath.Base(path), i.here(text))
	}
	return i
}

func (i *importing) here(text string) string { return strings.ReplaceAll(text, "{home}", i.home) }

// text is what an import came to, one line for each thing, with {home} for the home.
func (i *importing) text(source string) string {
	i.t.Helper()
	got, err := Import(source, lookup(i.vars))
	if err != nil {
		i.noSecret(err.Error())
		return strings.ReplaceAll("error: "+err.Error(), i.home, "{home}") + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s current=%s\n", got.Tool, got.Path, got.Current)
	for _, note := range got.Notes {
		fmt.Fprintf(&b, "! %s\n", note)
	}
	file := &File{Path: filepath.Join(i.home, "kdeck.yaml"), contexts: map[string]*Context{}}
	for _, c := range got.Contexts {
		fmt.Fprintf(&b, "%s %s\n", c.Name, strings.Join(c.Bootstrap, ","))
		if c.Properties != "" {
			fmt.Fprintf(&b, "  properties: %s\n", c.Properties)
		}
		for _, key := range slices.Sorted(maps.Keys(c.Settings)) {
			fmt.Fprintf(&b, "  %s: %s\n", key, c.Settings[key])
		}
		for _, note := range c.Notes {
			fmt.Fprintf(&b, "  ! %s\n", note)
		}
		if c.Refuse != "" {
			fmt.Fprintf(&b, "  refused: %s\n", c.Refuse)
		} else if err := file.Add(&c.Context); err != nil {
			i.t.Error(err)
		}
	}
	if len(file.contexts) > 0 {
		if err := file.Save(); err != nil {
			i.t.Fatal(err)
		}
		saved, err := os.ReadFile(file.Path)
		if err != nil {
			i.t.Fatal(err)
		}
		i.noSecret(string(saved))
	}
	i.noSecret(b.String())
	return strings.NewReplacer(i.home, "{home}", strings.Join(Mechanisms, ", "), "{mechanisms}").Replace(b.String())
}

func (i *importing) noSecret(text string) {
	i.t.Helper()
	if strings.Contains(text, "hunter2") {
		i.t.Errorf("the secret is in %s", text)
	}
}

// importCase is one file, or a few, and what comes of it.
type importCase struct {
	name   string
	source string
	files  map[string]string
	vars   map[string]string
	want   string
}

func runImports(t *testing.T, cases []importCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			i := newImporting(t, test.files, test.vars)
			want := strings.TrimLeft(strings.ReplaceAll(test.want, "\n\t\t\t", "\n"), "\n")
			if diff := cmp.Diff(want, i.text(i.here(test.source))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheFormatOfAFileIsToldFromWhatItHolds(t *testing.T) {
	runImports(t, []importCase{
		{"kcl by another name", "{home}/a.conf", map[string]string{"a.conf": "seed_brokers = ['b1:9092']\n"}, nil, `
			kcl {home}/a.conf current=kcl
			kcl b1:9092
`},
		{"rpk", "a", map[string]string{"a": "profiles: [{name: p, kafka_api: {brokers: ['b1:9092']}}]\n"}, nil, `
			rpk {home}/a current=
			p b1:9092
`},
		{"kaf", "a", map[string]string{"a": "clusters: [{name: p, brokers: ['b1:9092']}]\n"}, nil, `
			kaf {home}/a current=
			p b1:9092
`},
		{"kafkactl as JSON", "a.json", map[string]string{"a.json": `{"contexts": {"p": {"brokers": ["b1:9092"]}}}`}, nil, `
			kafkactl {home}/a.json current=p
			p b1:9092
`},
		{"topicctl", "a", map[string]string{"a": "meta: {name: p}\nspec: {bootstrapAddrs: [b1:9092]}\n"}, nil, `
			topicctl {home}/a current=p
			p b1:9092
`},
		{"librdkafka's names", "prod.conf", map[string]string{"prod.conf": "metadata.broker.list=b1:9092\n"}, nil, `
			client.properties {home}/prod.conf current=prod
			prod 
			  properties: {home}/prod.conf
`},
		{"properties with colons", "p.properties", map[string]string{"p.properties": "bootstrap.servers: b1:9092\nclient.id: x\n"}, nil, `
			client.properties {home}/p.properties current=p
			p 
			  properties: {home}/p.properties
`},
		{"kdeck's own", "c.yaml", map[string]string{"c.yaml": "contexts: {p: {bootstrap: [b1:9092]}}\n"}, nil, `
			error: {home}/c.yaml is a configuration file of kdeck itself: take it by XDG_CONFIG_HOME, or copy contexts out of it
`},
		{"broken YAML", "c.yaml", map[string]string{"c.yaml": "contexts:\n  p: [hunter2\n"}, nil, `
			error: {home}/c.yaml:1: not YAML: it can't be read near this line
`},
		{"a directory", "{home}", nil, nil, `
			error: {home} is a directory: a regular file was expected
`},
		{"a word", "kafkctl", nil, nil, `
			error: "kafkctl" is neither a file nor a tool whose configuration is known: kcl, rpk, kaf, kafkactl, kcat, topicctl
`},
	})
	for name, text := range map[string]string{"nothing": "", "prose": "hello hunter2\n", "a binary": "\x00\x01\xff\xfe", "a list": "- a\n- b\n", "a Kubernetes file": "apiVersion: v1\nkind: Config\nclusters: {}\ncontexts: []\n"} {
		i := newImporting(t, map[string]string{"x": text}, nil)
		if got := i.text("x"); !strings.Contains(got, "the format is not known: looked for seed_brokers") || !strings.Contains(got, "bootstrap.servers") {
			t.Errorf("%s: %s", name, got)
		}
	}
	i := newImporting(t, map[string]string{"x": strings.Repeat("#", files.MaxSettings+1)}, nil)
	if got := i.text("x"); !strings.Contains(got, "x holds more than 4194304 bytes") {
		t.Errorf("a large file: %s", got)
	}
}

func TestTheFilesOfToolsAreFoundWhereTheToolsLook(t *testing.T) {
	i := newImporting(t, map[string]string{
		"xdg/rpk/rpk.yaml": "x", ".kaf/config": "x", ".kafkactl/config.yml": "x", ".config/kafkacat.conf": "x", "conf/kcl.toml": "x", "sub/c.yaml": "x",
	}, map[string]string{"XDG_CONFIG_HOME": "{home}/xdg", "KCL_CONFIG_DIR": "conf", "KCL_CONFIG_FILE": "kcl.toml", "TOPICCTL_CLUSTER_CONFIG": "sub/c.yaml"})
	want := []Found{
		{"kcl", i.home + "/conf/kcl.toml"}, {"rpk", i.home + "/xdg/rpk/rpk.yaml"}, {"kaf", i.home + "/.kaf/config"},
		{"kafkactl", i.home + "/.kafkactl/config.yml"}, {"kcat", i.home + "/.config/kafkacat.conf"}, {"topicctl", i.home + "/sub/c.yaml"},
	}
	if diff := cmp.Diff(want, FindImports(lookup(i.vars))); diff != "" {
		t.Error(diff)
	}
	if found := FindImports(lookup(nil)); len(found) > 0 {
		t.Errorf("without a home: %v", found)
	}
}

func TestSecretsThatOthersCanReadAreNamed(t *testing.T) {
	for text, named := range map[string]bool{
		"clusters: [{name: p, brokers: ['b1:9092'], SASL: {username: u, password: hunter2}}]\n":                                             true,
		"clusters: [{name: p, brokers: ['b1:9092']}]\n":                                                                                     false,
		"bootstrap.servers=b1:9092\nsasl.password=hunter2\n":                                                                                true,
		"bootstrap.servers=b1:9092\nsasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true keyTab=\"/k\";\n": false,
		"bootstrap.servers=b1:9092\nsasl.password=${env:P}\n":                                                                               false,
	} {
		i := newImporting(t, map[string]string{"x": text}, nil)
		if err := os.Chmod("x", 0o644); err != nil {
			t.Fatal(err)
		}
		if got := i.text("x"); strings.Contains(got, "! others can read the secrets in the file (mode 0644): chmod 600 {home}/x") != named {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestReplaceKeepsWhatIsKdecksOwn(t *testing.T) {
	file := contextsFile(t)
	if err := file.Replace(&Context{Name: "prod-eu-1", Bootstrap: []string{"n1:9092"}, Settings: map[string]string{"client.id": "x"}}); err != nil {
		t.Fatal(err)
	}
	if err := file.Save(); err != nil {
		t.Fatal(err)
	}
	again, err := Load(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := again.Context("prod-eu-1")
	if err != nil {
		t.Fatal(err)
	}
	if !c.Production || c.MaxClass == 0 || c.Color != "red" || c.Metrics.Prometheus.Empty() || len(c.AddressMap) != 1 || len(c.Controllers) != 1 {
		t.Errorf("something of kdeck's own is lost: %+v", *c)
	}
	if c.Properties != "" || len(c.Settings) != 1 || c.Bootstrap[0] != "n1:9092" || !slices.Equal(again.Names(), []string{"prod-eu-1", "lab"}) {
		t.Errorf("%+v, %v", *c, again.Names())
	}
}
