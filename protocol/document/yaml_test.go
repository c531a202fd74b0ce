package document

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"kdeck/protocol/printable"
	"kdeck/protocol/printable/hostile"
)

func TestAnyTextIsWrittenPrintableAndReadBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile.Text().Draw(t, "s")
		var out strings.Builder
		doc := map[string]any{"before": 1, "name": s, "list": []any{s, map[string]any{s: s}}, "z": nil}
		if err := YAML(&out, doc); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if plain := strings.ReplaceAll(out.String(), "\n", ""); !printable.Text(plain) {
			t.Fatalf("%q is written as %q", s, out.String())
		}
		var back map[string]any
		if err := yaml.Unmarshal([]byte(out.String()), &back); err != nil {
			t.Fatalf("%q: %v in\n%s", s, err, out.String())
		}
		want := map[string]any{}
		asJSON, _ := json.Marshal(doc)
		_ = json.Unmarshal(asJSON, &want)
		want["before"] = 1
		if diff := cmp.Diff(want, back); diff != "" {
			t.Fatalf("%q (valid: %v):\n%s\n%s", s, utf8.ValidString(s), diff, out.String())
		}
	})
}

func TestNumbersStayAsTheyAreWritten(t *testing.T) {
	var out strings.Builder
	if err := YAMLOf(&out, []byte(`{"big":9223372036854775807,"small":1.5E-7,"text":"12","on":true,"none":null,"empty":[],"nothing":{}}`)); err != nil {
		t.Fatal(err)
	}
	want := "big: 9223372036854775807\nsmall: 1.5E-7\ntext: \"12\"\non: true\nnone: null\nempty: []\nnothing: {}\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
	for _, broken := range []string{"", "{", "[1", `{"a":1} 2`} {
		if err := YAMLOf(&out, []byte(broken)); err == nil {
			t.Errorf("%q is no error", broken)
		}
	}
}
