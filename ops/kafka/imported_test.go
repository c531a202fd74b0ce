package kafka_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// The password of each file is in it alone: the context that is imported refers to it.
func TestAnImportedContextLogsInOverTLS(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	cert, key := text(t, ca.sign(nil))
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	addr := kafkaAt(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "admin", "ri#ht: \"one\""), kfake.Superuser("SCRAM-SHA-256", "admin", "ri#ht: \"one\""),
		kfake.Superuser("SCRAM-SHA-512", "admin", "ri#ht: \"one\""),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{ca.sign(nil)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}))
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		text = strings.NewReplacer("{addr}", addr, "{dir}", dir).Replace(text)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	put("ca.pem", ca.pem)
	put("own.pem", cert)
	put("own.key", key)
	for _, test := range []struct{ name, file string }{
		{"kcl.toml", `seed_brokers = ["{addr}"]
tls = {ca_cert_path = "{dir}/ca.pem", client_cert_path = "{dir}/own.pem", client_key_path = "{dir}/own.key"}
sasl = {method = "plain", user = "admin", pass = '''PASS'''}
`},
		{"rpk.yaml", `profiles:
  - name: p
    kafka_api:
      brokers: ["{addr}"]
      tls: {ca_file: "{dir}/ca.pem", cert_file: "{dir}/own.pem", key_file: "{dir}/own.key"}
      sasl: {user: admin, password: 'PASS'}
`},
		{"kaf", `clusters:
- name: p
  brokers: ["{addr}"]
  security-protocol: SASL_SSL
  TLS: {cafile: "{dir}/ca.pem", clientfile: "{dir}/own.pem", clientkeyfile: "{dir}/own.key"}
  SASL: {mechanism: SCRAM-SHA-512, username: admin, password: 'PASS'}
`},
		{"kafkactl.yml", `contexts:
  p:
    brokers: ["{addr}"]
    tls: {enabled: true, ca: ca.pem, cert: own.pem, certKey: own.key}
    sasl: {enabled: true, mechanism: scram-sha512, username: admin, password: 'PASS'}
`},
		{"topicctl.yaml", `meta: {name: p}
spec:
  bootstrapAddrs: ["{addr}"]
  tls: {enabled: true, caCertPath: ca.pem, certPath: own.pem, keyPath: own.key}
  sasl: {enabled: true, mechanism: SCRAM-SHA-256, username: admin, password: 'PASS'}
`},
		{"kcat.conf", `bootstrap.servers={addr}
security.protocol=SASL_SSL
sasl.mechanisms=SCRAM-SHA-256
sasl.username=admin
sasl.password=PASS
ssl.ca.location={dir}/ca.pem
ssl.certificate.location={dir}/own.pem
ssl.key.location={dir}/own.key
`},
		{"java.properties", `bootstrap.servers={addr}
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password='PASS';
ssl.truststore.type=PEM
ssl.truststore.location={dir}/ca.pem
ssl.certificate.location={dir}/own.pem
ssl.key.location={dir}/own.key
`},
		{"other.properties", `bootstrap.servers={addr}
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password='PASS';
ssl.truststore.location={dir}/ca.pem
ssl.certificate.location={dir}/own.pem
ssl.key.location={dir}/own.key
acme.key=x
`},
	} {
		for password, right := range map[string]bool{`ri#ht: "one"`: true, "hunter2": false} {
			path := put(test.name, strings.ReplaceAll(test.file, "PASS", password))
			imported, err := config.Import(path, func(string) (string, bool) { return "", false })
			if err != nil {
				t.Fatal(err)
			}
			c := imported.Contexts[0]
			mine, err := config.Load(filepath.Join(dir, "none.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if err := mine.Add(&c.Context); err != nil {
				t.Fatal(err)
			}
			cluster, err := config.Resolve(mine, config.Flags{Context: c.Name}, nil)
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			_, err = opened(t, kafka.Options{}, *cluster).Ask(t.Context(), addr, metadata())
			if right && err != nil || !right && (protocol.CauseOf(err) != protocol.AuthenticationFailed || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("%s, the password is right: %v: %v", test.name, right, err)
			}
		}
	}
}
