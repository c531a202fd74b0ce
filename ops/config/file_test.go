package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAFileThatOthersCanReadIsRefused(t *testing.T) {
	path := write(t, t.TempDir(), "config.yaml", contexts)
	for mode, fine := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o620: false, 0o644: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		var refused *ModeError
		if fine && err != nil || !fine && (!errors.As(err, &refused) || !strings.Contains(err.Error(), "chmod 600 "+path)) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestWhatTheFileGetsWrongIsNamedWithItsLine(t *testing.T) {
	for _, test := range []struct{ name, text, says string }{
		{"an unknown key at the top", "curent: a\n", `f:1: unknown key "curent"`},
		{"an unknown key of a context", "contexts:\n  a:\n    bootstrap: b1:9092\n    colour: red\n", `f:4: unknown key "colour"`},
		{"an unknown key of the metrics", "contexts:\n  a:\n    metrics:\n      promtheus: x\n", `f:4: unknown key "promtheus"`},
		{"an unknown setting", "contexts:\n  a:\n    settings:\n      sasl.user: x\n", `f:4: unknown key "sasl.user"`},
		{"a key that is there twice", "contexts:\n  a: {}\n  a: {}\n", `f:3: contexts: key "a" is there twice`},
		{"an address that is none", "contexts:\n  a:\n    bootstrap:\n    - b1:9092\n    - b2\n", `f:5: bootstrap: "b2" is no address`},
		{"a class that is none", "contexts:\n  a:\n    max_class: ADMIN\n", `f:3: max_class: no class "ADMIN"`},
		{"production that is no flag", "contexts:\n  a:\n    production: very\n", `f:3: production: true or false`},
		{"a mapped address that is none", "contexts:\n  a:\n    address_map:\n      b1: b2:9092\n", `f:4: address_map: "b1"`},
		{"two sources of metrics", "contexts:\n  a:\n    metrics:\n      jolokia: x\n      prometheus: y\n", `f:4: metrics: one source`},
		{"two logins to an exporter", "contexts:\n  a:\n    metrics: {jolokia: x, username: u, token: t}\n", `token or username`},
		{"a password to an exporter without a name", "contexts:\n  a:\n    metrics: {jolokia: x, password: p}\n", `a password without username`},
		{"a key to an exporter without a certificate", "contexts:\n  a:\n    metrics: {jolokia: x, key: k}\n", `a key without certificate`},
		{"an exporter of a broker that is none", "contexts:\n  a:\n    metrics: {jolokia: {b1: x}}\n", `"b1" is no broker id`},
		{"a context whose name has a blank", "contexts:\n  a b: {}\n", `f:2: "a b" can't be`},
		{"a list where keys were expected", "- a\n", `f:1: the file: keys and values`},
		{"two documents", "current: a\n---\ncurrent: b\n", `f: one YAML document`},
		{"no YAML", "\tcurrent: a\n", `f: yaml`},
	} {
		if _, err := parseFile("f", []byte(test.text)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	for _, text := range []string{"", "# nothing yet\n", "contexts:\n", "contexts: {a: }\n"} {
		if _, err := parseFile("f", []byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhatIsWrittenKeepsCommentsAndModeAndReadsTheSame(t *testing.T) {
	dir := t.TempDir()
	real := write(t, dir, "real.yaml", contexts)
	path := filepath.Join(dir, "config.yaml")
	if err := os.Symlink(real, path); err != nil {
		t.Fatal(err)
	}
	file, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	added := &Context{Name: "new", Bootstrap: []string{"n1:9092", "n2:9092"}, Settings: map[string]string{"sasl.password": "yes", "acks": "1"},
		Production: true, Color: "blue", AddressMap: map[string]string{"a:1": "b:2"},
		Metrics: Metrics{PrometheusServer: PrometheusServer{URL: "http://u:hunter2@p:9090", Match: `{cluster="x"}`}}}
	if err := file.Add(added); err != nil {
		t.Fatal(err)
	}
	if err := file.Use("new"); err != nil {
		t.Fatal(err)
	}
	if err := file.Save(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info.Mode(), err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# where we run", "# the big one", "current: new"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%q isn't in\n%s", want, data)
		}
	}
	again, err := Load(path) // refuses any mode but the owner's
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.Context("new")
	if err != nil {
		t.Fatal(err)
	}
	got.settings = nil
	if diff := cmp.Diff(added, got, cmp.AllowUnexported(Context{}, Secret{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"prod-eu-1", "lab", "new"}, again.Names()); diff != "" || again.Current != "new" {
		t.Error(again.Current, diff)
	}
	shown, err := again.Show("new")
	if err != nil {
		t.Fatal(err)
	}
	if text := string(shown); strings.Contains(text, "hunter2") || strings.Contains(text, "yes") || !strings.Contains(text, hidden) {
		t.Errorf("shown:\n%s", text)
	}
	if shown, err = again.Show("prod-eu-1"); err != nil || !strings.Contains(string(shown), "${env:KPASS}") {
		t.Errorf("shown:\n%s\n%v", shown, err)
	}
}

func TestTheFirstContextMakesTheFileAndBecomesCurrent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kdeck", "config.yaml")
	file, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Add(&Context{Name: "a", Bootstrap: []string{"b1:9092"}}); err != nil {
		t.Fatal(err)
	}
	if err := file.Save(); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil || again.Current != "a" {
		t.Fatalf("current %q: %v", again.Current, err)
	}
	for _, bad := range []*Context{
		{Name: "a", Bootstrap: []string{"b1:9092"}}, {Name: "x y", Bootstrap: []string{"b1:9092"}}, {Name: "-x", Bootstrap: []string{"b1:9092"}},
		{Name: "b"}, {Name: "b", Bootstrap: []string{"b1:9092"}, Settings: map[string]string{"sasl.user": "x"}},
	} {
		if err := again.Add(bad); err == nil {
			t.Errorf("%+v was added", *bad)
		}
	}
	if err := again.Use("b"); err == nil {
		t.Error("a context that isn't there is in use")
	}
}

func TestTheFilesPlaceFollowsXDG(t *testing.T) {
	for _, test := range []struct {
		vars map[string]string
		want string
	}{
		{map[string]string{"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/kdeck/config.yaml"},
		{map[string]string{"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "/h/.config/kdeck/config.yaml"},
		{map[string]string{"HOME": "/h"}, "/h/.config/kdeck/config.yaml"},
	} {
		if got, err := DefaultPath(lookup(test.vars)); err != nil || got != test.want {
			t.Errorf("%v: %s, %v", test.vars, got, err)
		}
	}
	if _, err := DefaultPath(lookup(nil)); err == nil {
		t.Error("a place without HOME")
	}
}
