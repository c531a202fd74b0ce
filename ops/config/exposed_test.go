package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFilesThatOthersCanGetAtAreWarnedOf(t *testing.T) {
	const password = "ssl.keystore.password=hunter2\n"
	tests := map[string]struct {
		text string
		mode os.FileMode
		want string // "": nothing
	}{
		"a password that the user alone can read":           {password, 0o600, ""},
		"a password that the group can read":                {password, 0o640, "it holds secrets, and others can read it (mode 0640)"},
		"a password that everybody can read":                {password, 0o644, "it holds secrets, and others can read it (mode 0644)"},
		"a password that everybody can write":               {password, 0o666, "others can write it, and with that choose whom secrets are sent to (mode 0666)"},
		"a password that the group can write":               {password, 0o660, "others can write it"},
		"no password, which everybody can read":             {"client.id=x\n", 0o644, ""},
		"no password, which the user's own group can write": {"client.id=x\n", 0o664, ""},
		"no password, which everybody can write":            {"client.id=x\n", 0o666, "others can write it"},
		"a reference to a password that all can read":       {"ssl.keystore.password=${env:X}\n", 0o644, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := write(t, dir, "client.properties", test.text)
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			c, err := Resolve(&File{}, Flags{Bootstrap: "b1:9092", CommandConfig: path}, lookup(map[string]string{"X": "x"}))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(c.Warnings, "\n")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) || test.want != "" && !strings.Contains(got, "run chmod 600 "+path) {
				t.Errorf("warnings %q, %q was expected", got, test.want)
			}
			if strings.Contains(got, "hunter2") {
				t.Error("the warning holds the password")
			}
		})
	}
}

func TestEveryFileOfSecretsIsWarnedOfOnce(t *testing.T) {
	dir := t.TempDir()
	open := func(name, text string) string {
		path := write(t, dir, name, text)
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, token, keytab := open("key.p12", "x"), open("token", "x"), open("u.keytab", "x")
	secret, secrets := open("secret", "x"), open("secrets.properties", "a=b\n")
	tests := map[string][]string{
		key:     {"ssl.keystore.location=" + key, "security.protocol=SSL"},
		secret:  {"ssl.keystore.password=${file:" + secret + "}", "ssl.key.password=${directory:" + dir + ":secret}"},
		secrets: {"ssl.keystore.password=${file:" + secrets + ":a}"},
		token:   {"security.protocol=SASL_SSL", "sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=file://" + token},
		keytab:  {"security.protocol=SASL_SSL", "sasl.mechanism=GSSAPI", "sasl.kerberos.keytab=" + keytab, "sasl.kerberos.principal=u@R"},
		"":      {"ssl.truststore.location=" + open("trust.pem", "x")},
	}
	for path, settings := range tests {
		c, err := Resolve(&File{}, Flags{Bootstrap: "b1:9092", X: settings}, lookup(nil))
		if err != nil {
			t.Fatal(err)
		}
		if path == "" && len(c.Warnings) > 0 || path != "" && (len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], path+": it holds secrets")) {
			t.Errorf("%s: warnings %q", filepath.Base(path), c.Warnings)
		}
	}
}
