package config

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"kdeck/protocol/printable"
)

func TestASecretIsMaskedInEachFormThatATextMayHoldItIn(t *testing.T) {
	const secret = `pä"s's w&rd\1/+`
	m := NewMask(secret)
	for form, text := range map[string]string{
		"as it is": secret, "quoted": strconv.Quote(secret), "quoted in ASCII": strconv.QuoteToASCII(secret), "in a query": url.QueryEscape(secret),
		"in a path": url.PathEscape(secret), "in YAML": strings.ReplaceAll(secret, "'", "''"), "in CSV": strings.ReplaceAll(secret, `"`, `""`), "quoted twice": strconv.Quote(strconv.Quote(secret)), "for a shell": strings.ReplaceAll(secret, "'", `'\''`),
		"in hex": hex.EncodeToString([]byte(secret)), "in a dump": fmt.Sprintf("% x", secret),
		"in base64": base64.StdEncoding.EncodeToString([]byte(secret)), "behind a user": base64.StdEncoding.EncodeToString([]byte("me:" + secret)),
		"as SASL sends it": base64.URLEncoding.EncodeToString([]byte("\x00user\x00" + secret)),
	} {
		got := m.Text("before " + text + " behind")
		if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " behind") || !strings.Contains(got, hidden) || strings.Contains(got, text[len(text)/2:len(text)-3]) {
			t.Errorf("%s: %s", form, got)
		}
	}
	const odd = "wïth \" \x1b < \u202e and \U000e0041" // which each writes in another way
	for form, text := range map[string]string{"as kdeck writes it on a line": printable.Escape(odd), "quoted": strings.Trim(strconv.Quote(odd), `"`), "quoted in ASCII": strings.Trim(strconv.QuoteToASCII(odd), `"`),
		"in JSON": jsonOf(odd, false), "in JSON for HTML": jsonOf(odd, true), "in JSON of kdeck for HTML": strings.Trim(string(printable.JSON([]byte(`"`+jsonOf(odd, true)+`"`))), `"`),
		"in JSON of kdeck": strings.Trim(string(printable.JSON([]byte(`"`+jsonOf(odd, false)+`"`))), `"`),
		"in large hex":     strings.ToUpper(hex.EncodeToString([]byte(odd)))} {
		if got := NewMask(odd).Text("it is " + text + "."); got != "it is "+hidden+"." {
			t.Errorf("%s: %s", form, got)
		}
	}
	const signs = "???>>>???>>>" // whose base64 has both of the characters that are others for URLs
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		if got := NewMask(signs).Text("it is " + encoding.EncodeToString([]byte(signs)) + "."); got != "it is "+hidden+"." {
			t.Errorf("in base64: %s", got)
		}
	}
	token := fmt.Sprint(rand.New(rand.NewPCG(1, 2)).Perm(200))
	if got := NewMask(token).Text("token " + token + "."); got != "token "+hidden+"." {
		t.Errorf("a long token: %s", got)
	}
	key := "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAq7BFUpkGp3+LQmlQ\nx2VhkZ\n-----END PRIVATE KEY-----\n"
	if got := NewMask(key).Text("line MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAq7BFUpkGp3+LQmlQ of it"); got != "line "+hidden+" of it" {
		t.Errorf("a line of a key: %s", got)
	}
}

// jsonOf is a text between the quotes of JSON.
func jsonOf(text string, forHTML bool) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(forHTML)
	_ = e.Encode(text) // a string can always be encoded
	return strings.Trim(b.String(), "\"\n")
}

func TestASecretThatComesInPiecesIsMasked(t *testing.T) {
	var out strings.Builder
	w := NewMask("hunter2-marker").Writer(&out)
	for _, piece := range []string{"says hun", "t", "er2-marker, and hunter", "-less\n"} {
		if _, err := fmt.Fprint(w, piece); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprint(w, "ends in hunte")
	w.Close()
	if want := "says " + hidden + ", and hunter-less\nends in hunte"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestAPartOfASecretIsHiddenInARowOfTheScreen(t *testing.T) {
	m := NewMask("hunter2-marker")
	for row, want := range map[string]string{
		"│hunter2-marker│": "│**************│", "│says hunter2-m…│": "│says *********…│", "│2-marker ends": "│******** ends", "│hunter2│": "│hunter2│",
	} {
		text := []rune(row)
		m.Cells([]rune(row), func(i int) { text[i] = '*' })
		if string(text) != want {
			t.Errorf("%s: %s, want %s", row, string(text), want)
		}
	}
}

func TestCommandLinesAndHistoriesHoldNoSecretHoweverItIsWritten(t *testing.T) {
	const secret = "hunter2-marker"
	for _, words := range [][]string{
		{"-X", "sasl.password=" + secret}, {"-Xsasl.password=" + secret}, {"-X=sasl.password=" + secret}, {"--config-key", "sasl.password=" + secret},
		{"--config-key=ssl.key.password=" + secret}, {"-X", secret}, {"-X" + secret}, {"sasl.password=" + secret},
		{"-X", `sasl.jaas.config=PlainLoginModule required username="me" password="` + secret + `";`}, {"-X", "sasl.jaas.config=" + secret},
		{"-X", "sasl.oauthbearer.token.endpoint.url=https://me:" + secret + "@idp/token"}, {"-X", "schema.registry.url=https://me:" + secret + "@registry"},
		{"-X", "ssl.ca.pem=-----BEGIN PRIVATE KEY-----\n" + secret}, {"-X", "ssl.certificate.pem=-----BEGIN PRIVATE KEY-----\n" + secret},
		{"request", "SaslAuthenticate", "authBytes=" + secret}, {"request", "AlterUserScramCredentials", "upsertions[0].saltedPassword=base64:" + secret},
		{"request", "RenewDelegationToken", "hmac=hex:" + secret}, {"request", "IncrementalAlterConfigs", "resources[0].configs[0].value=" + secret},
	} {
		if line := NewCommandLine(append([]string{"kdeck", "status"}, words...)...); strings.Contains(string(line), secret) {
			t.Errorf("%q is written down as %s", words, line)
		}
		if !HoldsSecret(words) {
			t.Errorf("%q is kept in a history", words)
		}
		if got := NewMask(SecretsOf(words)...).Text("said " + secret); strings.Contains(got, secret) && !strings.Contains(strings.Join(words, " "), "PRIVATE KEY-----\n") {
			t.Errorf("%q: %s", words, got)
		}
	}
	for _, words := range [][]string{{"quota", "set", "--user", "u", "producer_byte_rate=20MB"}, {"request", "AlterClientQuotas", "entries[0].ops[0].value=1000"},
		{"-X", "sasl.mechanism=PLAIN"}, {"-X", "sasl.password=${env:PW}"}, {"request", "Metadata", "topics=orders"}} {
		if HoldsSecret(words) || strings.Contains(string(NewCommandLine(words...)), hidden) || len(NewMask(SecretsOf(words)...).forms) > 0 {
			t.Errorf("%q is taken for a secret", words)
		}
	}
}
