package config

import (
	"strings"
	"testing"
)

func TestAReferenceLeadsIntoAFileOfAnyFormat(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"a.yaml": `
base: &base {password: merged}
list: [{name: one, password: first}, {name: two.x, password: second}, {password: third}, {name: one, password: never}]
plain: [a, b]
deep.key: {in: {it: dotted}}
deep: {key.in: {it: shorter}, other: other}
self: &self {a: loop, <<: *self}
child: {<<: *base, user: u}
number: 0042
"quoted": "a: \"b\""
nothing: null
alias: *base
`,
		"a.json":       "{\"a\":\n\t{\"b\": [\"x\", {\"c\": \"json\"}]}}",
		"a.toml":       "sasl.pass = \"dotted\"\n[profiles.\"prod.eu\".sasl]\npass = '''\ntwo\nlines'''\nport = 9092\n",
		"a.properties": "sasl.password = java\nnested: x\n",
		"config":       "clusters:\n- name: prod\n  SASL: {password: yes-yaml}\n",
		"rc":           "[sasl]\npass = \"toml\"\n",
		"broken.yaml":  "a: [hunter2\n",
		"broken.toml":  "a = hunter2\n",
		"anchor.yaml":  "a: *hunter2\n",
		"two.yaml":     "a: first\n---\na: second\n",
	}
	for name, text := range files {
		write(t, dir, name, text)
	}
	for _, test := range []struct{ file, key, want, says string }{
		{"a.yaml", "list.one.password", "first", ""},
		{"a.yaml", "list.two.x.password", "second", ""},
		{"a.yaml", "list.2.password", "third", ""},
		{"a.yaml", "list.0.password", "first", ""},
		{"a.yaml", "plain.1", "b", ""},
		{"a.yaml", "deep.key.in.it", "dotted", ""},
		{"a.yaml", "deep.other", "other", ""},
		{"a.yaml", "self.a", "loop", ""},
		{"a.yaml", "child.password", "merged", ""},
		{"a.yaml", "alias.password", "merged", ""},
		{"a.yaml", "number", "0042", ""},
		{"a.yaml", "quoted", `a: "b"`, ""},
		{"a.yaml", "nothing", "", "has no key nothing"},
		{"a.yaml", "list", "", "has no key list"},
		{"a.yaml", "list.9.password", "", "has no key list.9.password"},
		{"a.yaml", "self.self.b", "", "has no key"},
		{"a.json", "a.b.1.c", "json", ""},
		{"a.toml", "sasl.pass", "dotted", ""},
		{"a.toml", "profiles.prod.eu.sasl.pass", "two\nlines", ""},
		{"a.toml", "profiles.prod.eu.sasl.port", "9092", ""},
		{"a.properties", "sasl.password", "java", ""},
		{"config", "clusters.prod.SASL.password", "yes-yaml", ""},
		{"rc", "sasl.pass", "toml", ""},
		{"rc", "sasl.user", "", "has no key sasl.user"},
		{"broken.yaml", "a", "", "not YAML"},
		{"broken.toml", "a", "", "broken.toml:1: not TOML"},
		{"anchor.yaml", "a", "", "not YAML"},
		{"two.yaml", "a", "first", ""},
		{"none.yaml", "a", "", "no such file"},
	} {
		t.Run(test.file+" "+test.key, func(t *testing.T) {
			got, err := expander{getenv: lookup(nil)}.expand("${file:" + dir + "/" + test.file + ":" + test.key + "}")
			if (err != nil) != (test.says != "") || err == nil && got != test.want {
				t.Fatalf("%q, %v", got, err)
			}
			if err != nil && (!strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("the error says %v, want %q", err, test.says)
			}
		})
	}
}
