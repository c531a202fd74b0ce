package kafka_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/kafkatest"
)

// A client.properties as Java's clients read it opens the doors of a real broker, and says why where a credential is wrong.
func TestTheDoorsOfRealKafka(t *testing.T) {
	t.Parallel()
	kafkatest.Require(t)
	for _, tool := range []string{"keytool", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped, no stores can be made: no %s in PATH", tool)
		}
	}
	c := kafkatest.Start(t, kafkatest.Options{SASL: true, Properties: map[string]string{
		"sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER",
		"listener.name.sasl_ssl.oauthbearer.sasl.jaas.config": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required " +
			`unsecuredLoginStringClaim_sub="broker";`,
		"listener.name.sasl_ssl.ssl.client.auth": "required",
	}})
	dir := storesOf(t, c)
	idp := tokenEndpoint(t)

	plain := func(password string) string {
		return fmt.Sprintf("sasl.mechanism=PLAIN\nsasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required "+
			"username=%q password=%q;\n", kafkatest.Admin, password)
	}
	scram := func(mechanism, user, password string) string {
		return fmt.Sprintf("sasl.mechanism=%s\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=%q password=%q;\n",
			mechanism, user, password)
	}
	pem := fmt.Sprintf("ssl.truststore.type=PEM\nssl.truststore.location=%s\nssl.keystore.type=PEM\nssl.keystore.location=%s\n",
		c.CAFile(), filepath.Join(c.Dir, "keystore.pem"))
	right := plain(kafkatest.Password(kafkatest.Admin))
	trust := func(kind, password string) string {
		return fmt.Sprintf("ssl.truststore.type=%s\nssl.truststore.location=%s\nssl.truststore.password=%s\n", kind, filepath.Join(dir, "trust."+kind), password)
	}
	own := func(kind, password string) string {
		return fmt.Sprintf("ssl.keystore.type=%s\nssl.keystore.location=%s\nssl.keystore.password=%s\n", kind, filepath.Join(dir, "own."+kind), password)
	}
	inline := func(password string) string {
		return fmt.Sprintf("ssl.truststore.type=PEM\nssl.truststore.certificates=%s\nssl.keystore.type=PEM\nssl.keystore.certificate.chain=%s\n"+
			"ssl.keystore.key=%s\nssl.key.password=%s\n", onOneLine(t, c.CAFile()), onOneLine(t, filepath.Join(dir, "certs.pem")),
			onOneLine(t, filepath.Join(dir, "key.pem")), password)
	}
	strimzi := func(secret string) string {
		return fmt.Sprintf("sasl.mechanism=OAUTHBEARER\nsasl.login.callback.handler.class=io.strimzi.kafka.oauth.client.JaasClientOauthLoginCallbackHandler\n"+
			"sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required oauth.client.id=\"kdeck\" "+
			"oauth.client.secret=%q oauth.token.endpoint.uri=%q;\n", secret, idp)
	}
	token := func(expires time.Time) string {
		return fmt.Sprintf("sasl.mechanism=OAUTHBEARER\nsasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required "+
			"oauth.access.token=%q;\n", unsecuredToken(expires))
	}
	jks := trust("JKS", "changeit") + own("JKS", "changeit")
	for _, test := range []struct {
		name, properties string
		says             string // what the refusal says; empty where the door opens
	}{
		{"JKS", jks + right, ""},
		{"JKS, the key store's password is wrong", trust("JKS", "changeit") + own("JKS", "wr0ng") + right, "password isn't that of the store"},
		{"JCEKS", trust("JCEKS", "changeit") + own("JCEKS", "changeit") + right, ""},
		{"JCEKS, the trust store's password is wrong", trust("JCEKS", "wr0ng") + own("JCEKS", "changeit") + right, "password isn't that of the store"},
		{"PKCS#12", trust("PKCS12", "changeit") + own("PKCS12", "changeit") + right, ""},
		{"PKCS#12, the password is wrong", trust("PKCS12", "changeit") + own("PKCS12", "wr0ng") + right, "password isn't that of the PKCS#12 file"},
		{"PEM on one line, the key encrypted", inline("keysecret") + right, ""},
		{"PEM on one line, the key's password is wrong", inline("wr0ng") + right, "isn't that of the key"},
		{"PEM files", pem + right, ""},
		{"PEM files, the authority is another", strings.Replace(pem, c.CAFile(), written(t, "ca.pem", newAuthority(t).pem), 1) + right, "give the cluster's CA as ssl.truststore.location"},
		{"no client certificate", trust("JKS", "changeit") + right, "give ssl.keystore.location"},
		{"PLAIN, the password is wrong", jks + plain("wr0ng"), "Authentication failed: Invalid username or password"},
		{"PLAIN, the user is unknown", jks + strings.Replace(right, kafkatest.Admin, "nobody", 1), "check user, password and mechanism"},
		{"SCRAM-SHA-256", pem + scram(kafkatest.ScramSHA256, kafkatest.Admin, kafkatest.Password(kafkatest.Admin)), ""},
		{"SCRAM-SHA-256, the password is wrong", pem + scram(kafkatest.ScramSHA256, kafkatest.Admin, "wr0ng"), "check user, password and mechanism"},
		{"SCRAM-SHA-512", pem + scram(kafkatest.ScramSHA512, kafkatest.Admin, kafkatest.Password(kafkatest.Admin)), ""},
		{"SCRAM-SHA-512, the password is wrong", pem + scram(kafkatest.ScramSHA512, kafkatest.Admin, "wr0ng"), "check user, password and mechanism"},
		{"SCRAM-SHA-512, the user is unknown", pem + scram(kafkatest.ScramSHA512, "nobody", "wr0ng"), "check user, password and mechanism"},
		{"GSSAPI, which isn't enabled", pem + "sasl.mechanism=GSSAPI\n", "set sasl.mechanism to one of these"},
		{"OAUTHBEARER by Strimzi's options", jks + strimzi("s3cret"), ""},
		{"OAUTHBEARER, the client's secret is wrong", jks + strimzi("wr0ng"), `401 Unauthorized: "invalid_client"`},
		{"OAUTHBEARER, a token", jks + token(time.Now().Add(time.Hour)), ""},
		{"OAUTHBEARER, a token that has expired", jks + token(time.Now().Add(-time.Hour)), "invalid_token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkDoor(t, throughTheDoor(t, c.BootstrapSASL(), "security.protocol=SASL_SSL\n"+test.properties), test.says)
		})
	}
	t.Run("PLAINTEXT", func(t *testing.T) { checkDoor(t, throughTheDoor(t, c.Bootstrap(), ""), "") })
	t.Run("PLAINTEXT, where TLS is spoken", func(t *testing.T) { checkDoor(t, throughTheDoor(t, c.BootstrapSASL(), ""), "TLS") })
	t.Run("SSL, where TLS isn't spoken", func(t *testing.T) {
		checkDoor(t, throughTheDoor(t, c.Bootstrap(), "security.protocol=SSL\n"+pem), "use security.protocol PLAINTEXT")
	})
	t.Run("SSL, where SASL is due", func(t *testing.T) {
		checkDoor(t, throughTheDoor(t, c.BootstrapSASL(), "security.protocol=SSL\n"+pem), "SASL")
	})
}

// The client's certificate alone opens a listener with SSL.
func TestTheDoorOfRealKafkaThatAsksForACertificate(t *testing.T) {
	t.Parallel()
	kafkatest.Require(t)
	c := kafkatest.Start(t, kafkatest.Options{SASL: true, Properties: map[string]string{
		"listener.security.protocol.map":         "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SSL",
		"listener.name.sasl_ssl.ssl.client.auth": "required",
	}})
	trust := "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=" + c.CAFile() + "\n"
	cert, key := text(t, newAuthority(t).sign(nil))
	for _, test := range []struct{ name, properties, says string }{
		{"a certificate of the cluster's authority", trust + "ssl.keystore.type=PEM\nssl.keystore.location=" + filepath.Join(c.Dir, "keystore.pem") + "\n", ""},
		{"none", trust, "give ssl.keystore.location"},
		{"a certificate of another authority", trust + "ssl.keystore.type=PEM\nssl.keystore.location=" + written(t, "own.pem", key+cert) + "\n", "client certificate"},
		{"SASL is not due", strings.Replace(trust, "=SSL", "=SASL_SSL", 1) + "ssl.keystore.type=PEM\nssl.keystore.location=" + filepath.Join(c.Dir, "keystore.pem") +
			"\nsasl.mechanism=PLAIN\nsasl.username=a\nsasl.password=wr0ng\n", "use security.protocol PLAINTEXT or SSL"},
	} {
		t.Run(test.name, func(t *testing.T) { checkDoor(t, throughTheDoor(t, c.BootstrapSASL(), test.properties), test.says) })
	}
}

// checkDoor checks what a refusal says, or that there is none where it is to say nothing, and that it holds no secret.
func checkDoor(t *testing.T, err error, says string) {
	t.Helper()
	if (err == nil) != (says == "") || (err != nil && !strings.Contains(err.Error(), says)) {
		t.Errorf("%v; want %q", err, says)
	}
	if err == nil {
		return
	}
	for _, secret := range []string{"wr0ng", "s3cret", "eyJ", kafkatest.Password(kafkatest.Admin)} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("a secret is in %q", err)
		}
	}
	t.Log(err)
}

// throughTheDoor asks a broker for its metadata with the settings of a properties file.
func throughTheDoor(t *testing.T, bootstrap, properties string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "client.properties")
	if err := os.WriteFile(path, []byte(properties), 0o600); err != nil {
		t.Fatal(err)
	}
	cluster, err := config.Resolve(&config.File{}, config.Flags{Bootstrap: bootstrap, CommandConfig: path}, nil)
	if err != nil {
		return err
	}
	s, err := kafka.Open(cluster, kafka.Options{Timeout: 2 * time.Minute})
	if err != nil {
		return err
	}
	defer s.Close()
	_, _, err = s.Any(t.Context(), metadata())
	return err
}

// storesOf makes stores of each kind with the cluster's authority, and with its key and certificate for a client's.
func storesOf(t *testing.T, c *kafkatest.Cluster) string {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf(`set -eu
ca=%q own=%q pass=changeit
openssl pkcs8 -topk8 -in "$own" -passout pass:keysecret -v1 PBE-SHA1-3DES -out key.pem
openssl crl2pkcs7 -nocrl -certfile "$own" | openssl pkcs7 -print_certs -out certs.pem
openssl pkcs12 -export -in "$own" -name kdeck -passout pass:$pass -out own.PKCS12
for type in JKS JCEKS PKCS12; do
	keytool -importcert -noprompt -keystore trust.$type -storetype $type -storepass $pass -alias ca -file "$ca"
	if [ $type != PKCS12 ]; then
		keytool -importkeystore -srckeystore own.PKCS12 -srcstorepass $pass -destkeystore own.$type -deststoretype $type -deststorepass $pass
	fi
done
`, c.CAFile(), filepath.Join(c.Dir, "keystore.pem"))
	run := exec.CommandContext(t.Context(), "sh", "-c", script)
	run.Dir = dir
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// onOneLine returns a PEM file as properties files hold it, blanks in the place of line ends.
func onOneLine(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.TrimSpace(string(data)), "\n", " \\\n")
}

// tokenEndpoint issues tokens to the client kdeck with the secret s3cret.
func tokenEndpoint(t *testing.T) string {
	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, secret, _ := r.BasicAuth(); id != "kdeck" || secret != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"error":"invalid_client"}`)
			return
		}
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, unsecuredToken(time.Now().Add(time.Hour)))
	}))
	t.Cleanup(idp.Close)
	return idp.URL
}

// unsecuredToken is a token as Kafka's OAuthBearerUnsecuredValidatorCallbackHandler, a broker's default, takes it.
func unsecuredToken(expires time.Time) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"none"}`) + "." + part(fmt.Sprintf(`{"sub":%q,"iat":%d,"exp":%d}`, kafkatest.Admin, expires.Add(-2*time.Hour).Unix(), expires.Unix())) + "."
}
