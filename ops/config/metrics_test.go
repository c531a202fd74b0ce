package config

import (
	"path/filepath"
	"strings"
	"testing"
)

const guarded = `contexts:
  a:
    bootstrap: b1:9092
    metrics:
      prometheus: "https://eve:${env:URL_PASSWORD}@{host}:9404/metrics"
      ca: ca.pem
      certificate: /etc/own.pem
      key: own.key
      username: eve
      password: ${env:PASSWORD}
`

func TestTheWayToAnExporterIsReadWithItsSecrets(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "config.yaml", guarded)
	file, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"PASSWORD": "pw1", "URL_PASSWORD": "pw2"}[name]
		return v, ok
	}
	c, err := Resolve(file, Flags{Context: "a"}, env)
	if err != nil {
		t.Fatal(err)
	}
	m := c.Metrics
	if m.Password.Reveal() != "pw1" || m.Prometheus.URL != "https://eve:pw2@{host}:9404/metrics" || m.CA != filepath.Join(dir, "ca.pem") ||
		m.Certificate != "/etc/own.pem" || m.Key != filepath.Join(dir, "own.key") || m.Username != "eve" {
		t.Errorf("%+v", m)
	}
	if of := m.TLS(); of.Truststore.Location != m.CA || of.Keystore.Location != m.Certificate || of.Keystore.Key != m.Key || !of.VerifyHostname {
		t.Errorf("%+v", of)
	}
	_, err = Resolve(file, Flags{Context: "a"}, func(string) (string, bool) { return "", false })
	if err == nil || !strings.Contains(err.Error(), "metrics: password: ${env:PASSWORD}: environment variable PASSWORD is not set") {
		t.Errorf("%v", err)
	}
}

func TestSecretsOfAnExporterAreWrittenAsTheyStandAndShownOnlyAsReferences(t *testing.T) {
	literal := Metrics{Prometheus: Exporter{URL: "http://${env:USER}:pw3@h/"}, Username: "eve", Password: NewSecret("pw4"), Token: NewSecret("${file:/t}")}
	shown := literal.node(true)
	for key, want := range map[string]string{"prometheus": "http://h/", "password": hidden, "token": "${file:/t}", "username": "eve"} {
		if n := valueOf(shown, key); n == nil || n.Value != want {
			t.Errorf("%s is shown as %+v, want %s", key, n, want)
		}
	}
	if n := valueOf(literal.node(false), "password"); n == nil || n.Value != "pw4" {
		t.Errorf("%+v is written", n)
	}
}
