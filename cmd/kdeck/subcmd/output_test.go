package subcmd

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// What a broker says may hold anything; a document says the same, and nothing in it moves a terminal.
func TestADocumentSaysWhatItWasGivenAndHoldsNothingThatATerminalActsOn(t *testing.T) {
	saysTheSame(t, map[string]string{"name": "\n\t"}) // a block of YAML holds tabs as they are
	rapid.Check(t, func(t *rapid.T) {
		saysTheSame(t, map[string]string{"name": rapid.OneOf(
			rapid.String(),
			rapid.StringOf(rapid.SampledFrom([]rune("a:- \"'\\\n\t\x00\x1b\x7f\u0080\u0085\u009b\u00ad\u2028\u202e\ufeff\ufffe\uffff\U000e0001#null~0x1"))),
		).Draw(t, "name")})
	})
}

func saysTheSame(t rapid.TB, given map[string]string) {
	t.Helper()
	if strings.Contains(given["name"], "\ufffd") {
		return
	}
	for _, form := range []string{outJSON, outYAML} {
		var out bytes.Buffer
		env := &Env{Out: &out}
		if err := env.document(&globals{output: form}, given); err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		read := map[string]string{}
		var err error
		if form == outJSON {
			err = json.Unmarshal(out.Bytes(), &read)
		} else {
			err = yaml.Unmarshal(out.Bytes(), &read)
		}
		if err != nil || read["name"] != given["name"] {
			t.Fatalf("%s: %q became %q: %v", form, given["name"], read["name"], err)
		}
		if i := strings.IndexFunc(out.String(), func(r rune) bool { return r != '\n' && unicode.IsControl(r) }); i >= 0 {
			t.Fatalf("%s: a control character in %q", form, out.String())
		}
	}
}
