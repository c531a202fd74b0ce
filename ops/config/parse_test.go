package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kdeck/protocol/alloctest"
)

func TestJAASIsReadAsJavaReadsIt(t *testing.T) {
	for _, test := range []struct {
		name, line string
		module     string
		options    map[string]string
	}{
		{"as documented", `org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="alice-secret";`,
			"PlainLoginModule", map[string]string{"username": "alice", "password": "alice-secret"}},
		{"single quotes, and one kind inside the other", `M required a='x"y' b="x'y";`, "M", map[string]string{"a": `x"y`, "b": `x'y`}},
		{"escapes", `M required a="\"\\\t\101\7x" b="\q";`, "M", map[string]string{"a": "\"\\\tA\ax", "b": "q"}},
		{"the flag in capitals, blanks everywhere", "\tM  Required\n a = \"x\" ; ", "M", map[string]string{"a": "x"}},
		{"comments", "M required /* a=\"no\" */ a=\"x\" // b=\"no\"\n;", "M", map[string]string{"a": "x"}},
		{"bare words", `M required serviceName=kafka tokenauth=true;`, "M", map[string]string{"serviceName": "kafka", "tokenauth": "true"}},
		{"what would end it, in quotes", `M required a="x;y=z";`, "M", map[string]string{"a": "x;y=z"}},
		{"no options", `M sufficient;`, "M", map[string]string{}},
		{"a class shaded into another package", `org.apache.flink.kafka.shaded.ScramLoginModule required a="x";`, "ScramLoginModule", map[string]string{"a": "x"}},
	} {
		got, err := parseJAAS(test.line)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(&login{test.module, test.options}, got, cmp.AllowUnexported(login{})); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	for _, line := range []string{"", ";", "M", "M required", "M often a=\"x\";", `M required a;`, `M required a=;`, `M required a="x`, `M required a="x";;`,
		`M required a="x"; N required b="y";`, `M required a=p@ss;`, `M required ="x";`, `"M" required;`, "M required a=\"x\ny\";", `M required a="x" /* ;`} {
		if got, err := parseJAAS(line); err == nil {
			t.Errorf("%q was read as %+v", line, got)
		}
	}
}

func TestAnyValueInQuotesComesBackFromAJAASLine(t *testing.T) {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		got, err := parseJAAS(`M required password="` + escape.Replace(value) + `";`)
		if err != nil || got.options["password"] != value {
			t.Fatalf("%q: %+v, %v", value, got, err)
		}
	})
}

func FuzzJAAS(f *testing.F) {
	f.Add(`org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="a\"b\101";`)
	f.Add("M required /* */ a='x' // \n;")
	f.Fuzz(func(t *testing.T, line string) {
		defer alloctest.Bound(t, len(line))()
		if l, err := parseJAAS(line); err == nil && l.module == "" {
			t.Fatal("no module")
		}
	})
}

func FuzzProperties(f *testing.F) {
	f.Add([]byte("# c\nbootstrap.servers = b1:9092\\\n  ,b2:9092\nsasl.password=${env:X}\n"))
	f.Add([]byte("a\\u0041:b\nc\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer alloctest.Bound(t, len(data))()
		pairs, err := parseProperties("f", data)
		if err != nil {
			return
		}
		_, _ = newLayer(pairs, expander{getenv: lookup(map[string]string{"X": "x"})})
	})
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(contexts))
	f.Add([]byte("contexts: &a\n  x: {settings: &b {acks: 1}}\n  y: *b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer alloctest.Bound(t, len(data))()
		file, err := parseFile("f", data)
		if err != nil {
			return
		}
		for _, name := range file.Names() {
			if _, err := file.Show(name); err != nil {
				t.Fatal(err)
			}
		}
	})
}
