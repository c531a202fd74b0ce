package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"kdeck/protocol"
)

// write puts a file into the test's directory and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func lookup(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

// plain is a cluster in plaintext, for comparison.
func plain(edit func(*Cluster)) *Cluster {
	c := &Cluster{Name: "b1:9092", Bootstrap: []string{"b1:9092"}, Security: Plaintext, MaxClass: protocol.ClassIBX,
		TLS: TLS{VerifyHostname: true}}
	if edit != nil {
		edit(c)
	}
	return c
}

var reveal = cmp.AllowUnexported(Secret{})

func TestFlagsAndFilesAreUnderstood(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "secrets.properties", "other=x\npassword=from\\ file\n")
	write(t, dir, "password", "whole file\n")
	saslSSL := write(t, dir, "sasl.properties", `
bootstrap.servers = b1:9092,b2:9092
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
    username="admin" \
    password="pa\\"ss ${env:X}";
ssl.truststore.location=/etc/ca.p12
ssl.truststore.type=PKCS12
ssl.truststore.password=changeit
ssl.endpoint.identification.algorithm=
client.id=runbook
request.timeout.ms=60000
acks=all
key.serializer=org.apache.kafka.common.serialization.StringSerializer
schema.registry.url=https://sr
`)
	strangeHandler := write(t, dir, "handler.properties", `security.protocol=SASL_SSL
sasl.mechanism=OAUTHBEARER
sasl.login.callback.handler.class=com.example.VaultHandler
sasl.jaas.config=OAuthBearerLoginModule required vault.path="x";
`)
	for _, test := range []struct {
		name  string
		flags Flags
		want  *Cluster
	}{
		{"an address alone", Flags{Bootstrap: "b1:9092"}, plain(nil)},
		{"addresses as a broker advertises them", Flags{Bootstrap: "PLAINTEXT://b1:9092, [::1]:9093"}, plain(func(c *Cluster) {
			c.Name, c.Bootstrap = "PLAINTEXT://b1:9092", []string{"b1:9092", "[::1]:9093"}
		})},
		{"controllers alone", Flags{Controllers: "c1:9093"}, plain(func(c *Cluster) {
			c.Name, c.Bootstrap, c.Controllers = "c1:9093", nil, []string{"c1:9093"}
		})},
		{"a Java client.properties", Flags{CommandConfig: saslSSL}, plain(func(c *Cluster) {
			c.Bootstrap, c.Security, c.ClientID = []string{"b1:9092", "b2:9092"}, SASLSSL, "runbook"
			c.SASL = SASL{Mechanism: "SCRAM-SHA-512", User: "admin", Password: NewSecret(`pa"ss exes`)}
			c.TLS = TLS{Truststore: Store{Location: "/etc/ca.p12", Password: NewSecret("changeit")}}
		})},
		{"-X over the file, by librdkafka's names", Flags{CommandConfig: saslSSL, X: []string{
			"metadata.broker.list=b9:9092", "sasl.username=bob", "sasl.password=b=ob", "sasl.mechanisms=plain", "ssl.ca.location=/ca.pem",
			"request.timeout.ms=1500"}}, plain(func(c *Cluster) {
			c.Name, c.Bootstrap, c.Security, c.ClientID = "b9:9092", []string{"b9:9092"}, SASLSSL, "runbook"
			c.SASL = SASL{Mechanism: "PLAIN", User: "bob", Password: NewSecret("b=ob")}
			c.TLS = TLS{Truststore: Store{Location: "/ca.pem"}}
			c.Timeout = 1500 * time.Millisecond
		})},
		{"Java's name over librdkafka's, in any order", Flags{X: []string{
			"bootstrap.servers=b1:9092", "metadata.broker.list=b2:9092"}}, plain(nil)},
		{"--bootstrap-server over all", Flags{Bootstrap: "b1:9092", CommandConfig: saslSSL, X: []string{
			"bootstrap.servers=b2:9092", "security.protocol=PLAINTEXT", "client.id="}}, plain(func(c *Cluster) {
			c.TLS = TLS{Truststore: Store{Location: "/etc/ca.p12", Password: NewSecret("changeit")}}
		})},
		{"a password in a properties file of its own", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=sasl_plaintext",
			"sasl.mechanism=PLAIN", "sasl.username=a", "sasl.password=${file:" + dir + "/secrets.properties:password}"}}, plain(func(c *Cluster) {
			c.Security, c.SASL = SASLPlaintext, SASL{Mechanism: "PLAIN", User: "a", Password: NewSecret("from file")}
		})},
		{"a password that is a file", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_PLAINTEXT",
			"sasl.mechanism=PLAIN", "sasl.username=a", "sasl.password=${directory:" + dir + ":password}"}}, plain(func(c *Cluster) {
			c.Security, c.SASL = SASLPlaintext, SASL{Mechanism: "PLAIN", User: "a", Password: NewSecret("whole file")}
		})},
		{"a whole JAAS line by reference", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_PLAINTEXT",
			"sasl.mechanism=SCRAM-SHA-256", "sasl.jaas.config=${env:JAAS}"}}, plain(func(c *Cluster) {
			c.Security, c.SASL = SASLPlaintext, SASL{Mechanism: "SCRAM-SHA-256", User: "tok", Password: NewSecret("${env:X}"), DelegationToken: true}
		})},
		{"a PEM key store in one, text in the other", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SSL",
			"ssl.keystore.type=PEM", "ssl.keystore.certificate.chain=CERT", "ssl.keystore.key=KEY", "ssl.truststore.certificates=CA"}},
			plain(func(c *Cluster) {
				c.Security = SSL
				c.TLS = TLS{VerifyHostname: true, Truststore: Store{Certificates: "CA"}, Keystore: Store{Certificates: "CERT", KeyText: NewSecret("KEY")}}
			})},
		{"a JCEKS key store with several keys", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SSL", "ssl.keystore.type=jceks",
			"ssl.keystore.location=/k.jceks", "ssl.keystore.password=p", "ssl.keystore.key.alias=mine", "ssl.key.password=q"}},
			plain(func(c *Cluster) {
				c.Security = SSL
				c.TLS = TLS{VerifyHostname: true, Keystore: Store{Location: "/k.jceks", KeyAlias: "mine", Password: NewSecret("p"), KeyPassword: NewSecret("q")}}
			})},
		{"librdkafka's certificate and key", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=ssl",
			"ssl.certificate.location=/c.pem", "ssl.key.location=/k.pem", "enable.ssl.certificate.verification=false"}},
			plain(func(c *Cluster) {
				c.Security = SSL
				c.TLS = TLS{VerifyHostname: true, SkipVerify: true, Keystore: Store{Location: "/c.pem", Key: "/k.pem"}}
			})},
		{"OAUTHBEARER by client credentials in the JAAS line", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_SSL",
			"sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=https://idp/token",
			`sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="id" clientSecret="s" scope="k" extension_logicalCluster="lkc-1";`}},
			plain(func(c *Cluster) {
				c.Security = SASLSSL
				c.SASL = SASL{Mechanism: "OAUTHBEARER", OAuth: OAuth{TokenEndpoint: "https://idp/token", ClientID: "id",
					ClientSecret: NewSecret("s"), Scope: "k", Extensions: map[string]string{"logicalCluster": "lkc-1"}}}
			})},
		{"OAUTHBEARER as Strimzi's handler spells it", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_SSL",
			"sasl.mechanism=OAUTHBEARER", "sasl.login.callback.handler.class=io.strimzi.kafka.oauth.client.JaasClientOauthLoginCallbackHandler",
			`sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required oauth.client.id="c" oauth.client.secret="s"
				oauth.token.endpoint.uri="https://idp.example/token" oauth.scope="k" oauth.audience="a" oauth.ssl.truststore.location="/ca.p12"
				oauth.ssl.truststore.password="p" oauth.ssl.truststore.type="PKCS12" oauth.connect.timeout.seconds="20" oauth.sasl.extension.poolId="x";`}},
			plain(func(c *Cluster) {
				c.Security = SASLSSL
				c.SASL = SASL{Mechanism: "OAUTHBEARER", OAuth: OAuth{TokenEndpoint: "https://idp.example/token", ClientID: "c", ClientSecret: NewSecret("s"),
					Scope: "k", Audience: "a", Truststore: Store{Location: "/ca.p12", Password: NewSecret("p")}, Extensions: map[string]string{"poolId": "x"}}}
			})},
		{"Strimzi's access token", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_SSL", "sasl.mechanism=OAUTHBEARER",
			`sasl.jaas.config=OAuthBearerLoginModule required oauth.access.token="t0ken";`}},
			plain(func(c *Cluster) {
				c.Security, c.SASL = SASLSSL, SASL{Mechanism: "OAUTHBEARER", OAuth: OAuth{Token: NewSecret("t0ken")}}
			})},
		{"Strimzi's access token in a file", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_SSL", "sasl.mechanism=OAUTHBEARER",
			`sasl.jaas.config=OAuthBearerLoginModule required oauth.access.token.location="/run/token";`}},
			plain(func(c *Cluster) {
				c.Security, c.SASL = SASLSSL, SASL{Mechanism: "OAUTHBEARER", OAuth: OAuth{TokenFile: "/run/token"}}
			})},
		{"the trust store of the token endpoint as Kafka's own handler has it", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_SSL",
			"sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=https://idp/token", "sasl.oauthbearer.header.urlencode=true",
			"sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
			`sasl.jaas.config=OAuthBearerLoginModule required clientId="c" clientSecret="s" ssl.truststore.location="/ca.pem" ssl.truststore.type="PEM";`}},
			plain(func(c *Cluster) {
				c.Security, c.SASL = SASLSSL, SASL{Mechanism: "OAUTHBEARER", OAuth: OAuth{TokenEndpoint: "https://idp/token", ClientID: "c",
					ClientSecret: NewSecret("s"), URLEncode: true, Truststore: Store{Location: "/ca.pem"}}}
			})},
		{"OAUTHBEARER by AWS's handler", Flags{Bootstrap: "b-1.x.c2.kafka.us-gov-west-1.amazonaws.com:9098", X: []string{"security.protocol=SASL_SSL", "sasl.mechanism=OAUTHBEARER",
			"sasl.login.callback.handler.class=software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler",
			`sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required awsProfileName="prod" awsDebugCreds="true";`}},
			plain(func(c *Cluster) {
				c.Name = "b-1.x.c2.kafka.us-gov-west-1.amazonaws.com:9098"
				c.Bootstrap, c.Security = []string{c.Name}, SASLSSL
				c.SASL = SASL{Mechanism: "OAUTHBEARER", AWS: &AWS{Profile: "prod", Region: "us-gov-west-1"}}
			})},
		{"AWS_MSK_IAM as AWS writes it", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_SSL", "sasl.mechanism=AWS_MSK_IAM",
			"sasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler",
			`sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="arn:aws:iam::1:role/r" awsRoleSessionName="me" awsStsRegion="eu-west-1";`}},
			plain(func(c *Cluster) {
				c.Security = SASLSSL
				c.SASL = SASL{Mechanism: "AWS_MSK_IAM", AWS: &AWS{RoleARN: "arn:aws:iam::1:role/r", RoleSession: "me", STSRegion: "eu-west-1"}}
			})},
		{"a token given beside a handler that isn't known", Flags{Bootstrap: "b1:9092", CommandConfig: strangeHandler, X: []string{"sasl.oauthbearer.token=t0ken"}},
			plain(func(c *Cluster) {
				c.Security, c.SASL = SASLSSL, SASL{Mechanism: "OAUTHBEARER", OAuth: OAuth{Token: NewSecret("t0ken")}}
			})},
		{"a broker's own JAAS line", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_SSL", "sasl.mechanism=PLAIN",
			`sasl.jaas.config=PlainLoginModule required username="admin" password="p" user_admin="p" user_bob="q" serviceName="kafka";`}},
			plain(func(c *Cluster) {
				c.Security, c.SASL = SASLSSL, SASL{Mechanism: "PLAIN", User: "admin", Password: NewSecret("p")}
			})},
		{"OAUTHBEARER by a token in a file", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_SSL",
			"sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=file:///run/token"}},
			plain(func(c *Cluster) {
				c.Security = SASLSSL
				c.SASL = SASL{Mechanism: "OAUTHBEARER", OAuth: OAuth{TokenFile: "/run/token"}}
			})},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, err := Load(filepath.Join(dir, "none.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Resolve(file, test.flags, lookup(map[string]string{"X": "exes",
				"JAAS": `ScramLoginModule required username="tok" password="${env:X}" tokenauth="true";`}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, reveal, cmpopts.IgnoreUnexported(Cluster{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const contexts = `# where we run
current: prod-eu-1   # the big one
contexts:
  prod-eu-1:
    bootstrap: [b1:9092, "b2:9092"]
    properties: client.properties
    settings:
      sasl.password: ${env:KPASS}
      request.timeout.ms: 2000
    metrics: {prometheus: "http://{host}:9404/metrics"}
    controllers: [c1:9093]
    production: true
    max_class: ADM
    color: red
    address_map: {"b3.internal:9092": "127.0.0.1:19092"}
  lab:
    bootstrap: localhost:9092
    metrics:
      jolokia: {"1": "http://a/jolokia", "2": "http://b/jolokia"}
`

func contextsFile(t *testing.T) *File {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "client.properties", "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=admin\nsasl.password=old\n")
	file, err := Load(write(t, dir, "config.yaml", contexts))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAContextIsResolved(t *testing.T) {
	file, env := contextsFile(t), lookup(map[string]string{"KPASS": "s3cret"})
	prod := &Cluster{Name: "prod-eu-1", File: file.Path, Bootstrap: []string{"b1:9092", "b2:9092"}, Controllers: []string{"c1:9093"}, Security: SASLPlaintext,
		SASL: SASL{Mechanism: "PLAIN", User: "admin", Password: NewSecret("s3cret")}, TLS: TLS{VerifyHostname: true},
		AddressMap: map[string]string{"b3.internal:9092": "127.0.0.1:19092"}, Production: true, MaxClass: protocol.ClassADM, Color: "red",
		Metrics: Metrics{Prometheus: Exporter{URL: "http://{host}:9404/metrics"}}, Timeout: 2 * time.Second}
	for _, test := range []struct {
		name  string
		flags Flags
		want  *Cluster
	}{
		{"the current one", Flags{}, prod},
		{"one by name", Flags{Context: "lab"}, plain(func(c *Cluster) {
			c.Name, c.File, c.Bootstrap = "lab", file.Path, []string{"localhost:9092"}
			c.Metrics.Jolokia.ByBroker = map[int32]URL{1: "http://a/jolokia", 2: "http://b/jolokia"}
		})},
		{"an address that is typed gets nothing of the current one", Flags{Bootstrap: "b1:9092"}, plain(nil)},
		{"an address beside a context gives its own name to the cluster", Flags{Context: "lab", Bootstrap: "b7:9092"}, plain(func(c *Cluster) {
			c.Name, c.Bootstrap = "b7:9092", []string{"b7:9092"}
			c.Metrics.Jolokia.ByBroker = map[int32]URL{1: "http://a/jolokia", 2: "http://b/jolokia"}
		})},
		{"so does a controller's", Flags{Context: "lab", Controllers: "c9:9093"}, plain(func(c *Cluster) {
			c.Name, c.Bootstrap, c.Controllers = "c9:9093", []string{"localhost:9092"}, []string{"c9:9093"}
			c.Metrics.Jolokia.ByBroker = map[int32]URL{1: "http://a/jolokia", 2: "http://b/jolokia"}
		})},
		{"and one behind an address of the context", Flags{Context: "lab", X: []string{"bootstrap.servers=localhost:9092, b8:9092"}}, plain(func(c *Cluster) {
			c.Name, c.Bootstrap = "b8:9092", []string{"localhost:9092", "b8:9092"}
			c.Metrics.Jolokia.ByBroker = map[int32]URL{1: "http://a/jolokia", 2: "http://b/jolokia"}
		})},
		{"an address of the context leaves it its name", Flags{Context: "lab", Bootstrap: "localhost:9092"}, plain(func(c *Cluster) {
			c.Name, c.File, c.Bootstrap = "lab", file.Path, []string{"localhost:9092"}
			c.Metrics.Jolokia.ByBroker = map[int32]URL{1: "http://a/jolokia", 2: "http://b/jolokia"}
		})},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Resolve(file, test.flags, env)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, reveal, cmpopts.IgnoreUnexported(Cluster{})); diff != "" {
				t.Error(diff)
			}
		})
	}
	if diff := cmp.Diff([]string{"prod-eu-1", "lab"}, file.Names()); diff != "" {
		t.Error(diff)
	}
}

func TestBadInputIsRefusedAndNamed(t *testing.T) {
	dir := t.TempDir()
	typo := write(t, dir, "typo.properties", "acks=all\nsecurity.protocl=SSL\n")
	secret := write(t, dir, "secret", "hunter2\n")
	broken := write(t, dir, "broken.properties", "sasl.password=hunter2\\uZZZZ\n")
	sasl := func(more ...string) Flags {
		return Flags{Bootstrap: "b1:9092", X: append([]string{"security.protocol=SASL_SSL"}, more...)}
	}
	for _, test := range []struct {
		name  string
		flags Flags
		says  []string
	}{
		{"nothing", Flags{}, []string{"no cluster is named", "--bootstrap-server"}},
		{"a context that isn't there", Flags{Context: "prd"}, []string{`"prd"`}},
		{"an address without a port", Flags{Bootstrap: "b1"}, []string{`"b1"`, "host:port"}},
		{"a port that is none", Flags{Bootstrap: "b1:99999"}, []string{`"b1:99999"`, "65535"}},
		{"-X without a value", Flags{X: []string{"acks"}}, []string{`-X acks`}},
		{"-X with a key nobody knows", Flags{Bootstrap: "b1:9092", X: []string{"sasl.mechanis=PLAIN"}}, []string{"-X", `"sasl.mechanis"`}},
		{"a file with a key nobody knows", Flags{CommandConfig: typo}, []string{typo + ":2", `"security.protocl"`}},
		{"a file that isn't there", Flags{CommandConfig: dir + "/none"}, []string{"--command-config", dir + "/none"}},
		{"a file that is broken", Flags{CommandConfig: broken}, []string{broken, "not a properties file"}},
		{"a security protocol that is none", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=TLS"}}, []string{`"TLS"`, "SASL_SSL"}},
		{"a value by a reference, which may lead to a secret", Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=${file:" + secret + "}"}},
			[]string{"security.protocol", "SASL_SSL was expected"}},
		{"a token endpoint by a reference in the JAAS line", sasl("sasl.mechanism=OAUTHBEARER",
			`sasl.jaas.config=OAuthBearerLoginModule required oauth.token.endpoint.uri="ftp://u:${file:`+secret+`}@idp" oauth.client.id="c";`),
			[]string{"oauth.token.endpoint.uri", "URL was expected"}},
		{"a timeout that is none", Flags{Bootstrap: "b1:9092", X: []string{"request.timeout.ms=5s"}}, []string{`"5s"`, "milliseconds"}},
		{"SASL without a mechanism", sasl(), []string{"sasl.mechanism", "GSSAPI", "PLAIN"}},
		{"a mechanism that isn't known", sasl("sasl.mechanism=DIGEST-MD5"), []string{`"DIGEST-MD5"`, "SCRAM-SHA-512", "GSSAPI"}},
		{"no password", sasl("sasl.mechanism=PLAIN", "sasl.username=a"), []string{"PLAIN needs a user and a password"}},
		{"a secret that isn't set", sasl("sasl.mechanism=PLAIN", "sasl.username=a", "sasl.password=${env:NOPE}"), []string{"sasl.password", "NOPE"}},
		{"a secret in a file without it", sasl("sasl.password=${file:" + typo + ":pw}"), []string{typo, "pw"}},
		{"a secret of a provider that isn't known", sasl("sasl.password=${vault:secret/x:y}"), []string{"vault", "env, file and directory"}},
		{"a JAAS line without its semicolon", sasl("sasl.mechanism=PLAIN", `sasl.jaas.config=PlainLoginModule required username="a" password="hunter2"`),
			[]string{"sasl.jaas.config", "semicolon"}},
		{"a JAAS line with a bare password", sasl("sasl.mechanism=PLAIN", `sasl.jaas.config=PlainLoginModule required username=a password=hunter2!;`),
			[]string{"sasl.jaas.config", "quotes"}},
		{"a login module that isn't known", sasl(`sasl.jaas.config=com.sun.security.auth.module.NTLoginModule required;`), []string{"NTLoginModule", "Krb5LoginModule"}},
		{"a host name check that is none", Flags{Bootstrap: "b1:9092", X: []string{"ssl.endpoint.identification.algorithm=yes"}}, []string{`"yes"`}},
		{"a store type that can't be read", Flags{Bootstrap: "b1:9092", X: []string{"ssl.keystore.type=BCFKS"}}, []string{`"BCFKS"`, "PKCS12"}},
		{"OAUTHBEARER without a token", sasl("sasl.mechanism=OAUTHBEARER"), []string{"sasl.oauthbearer.token.endpoint.url"}},
		{"OAUTHBEARER without a client", sasl("sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=https://idp"), []string{"clientId"}},
		{"a handler that isn't known", sasl("sasl.mechanism=OAUTHBEARER", "sasl.login.callback.handler.class=com.google.cloud.hosted.kafka.auth.GcpLoginCallbackHandler",
			`sasl.jaas.config=OAuthBearerLoginModule required;`),
			[]string{"sasl.login.callback.handler.class", "com.google.cloud.hosted.kafka.auth.GcpLoginCallbackHandler is not known here", "sasl.oauthbearer.token"}},
		{"a handler that isn't known and its options", sasl("sasl.mechanism=OAUTHBEARER", "sasl.login.callback.handler.class=com.example.VaultHandler",
			`sasl.jaas.config=OAuthBearerLoginModule required vault.secret="hunter2" vault.path="x";`),
			[]string{"com.example.VaultHandler", "not understood: vault.path, vault.secret"}},
		{"options of Strimzi's handler that aren't understood", sasl("sasl.mechanism=OAUTHBEARER",
			"sasl.login.callback.handler.class=io.strimzi.kafka.oauth.client.JaasClientOauthLoginCallbackHandler",
			`sasl.jaas.config=OAuthBearerLoginModule required oauth.token.endpoint.uri="https://idp" oauth.client.id="c" oauth.refresh.token="hunter2";`),
			[]string{"not understood: oauth.refresh.token", "(the handler is io.strimzi.kafka.oauth.client.JaasClientOauthLoginCallbackHandler)"}},
		{"Kafka's own unsecured tokens", sasl("sasl.mechanism=OAUTHBEARER", `sasl.jaas.config=OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="a";`),
			[]string{"not understood: unsecuredLoginStringClaim_sub"}},
		{"an option of PLAIN that is misspelt", sasl("sasl.mechanism=PLAIN", `sasl.jaas.config=PlainLoginModule required username="a" pasword="hunter2";`),
			[]string{"not understood: pasword", "sasl.password"}},
		{"an option of AWS_MSK_IAM that isn't understood", sasl("sasl.mechanism=AWS_MSK_IAM", `sasl.jaas.config=IAMLoginModule required awsProfile="hunter2";`),
			[]string{"not understood: awsProfile"}},
		{"a login class of PLAIN that isn't known", sasl("sasl.mechanism=PLAIN", "sasl.login.class=com.example.VaultLogin",
			`sasl.jaas.config=PlainLoginModule required username="a" password="hunter2";`), []string{"sasl.login.class", "com.example.VaultLogin"}},
		{"librdkafka's other grant", sasl("sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=https://idp",
			"sasl.oauthbearer.grant.type=urn:ietf:params:oauth:grant-type:jwt-bearer"), []string{"jwt-bearer", "client_credentials", "sasl.oauthbearer.token"}},
		{"librdkafka's tokens of an Azure machine", sasl("sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.metadata.authentication.type=azure_imds"),
			[]string{`"azure_imds"`, "sasl.oauthbearer.token"}},
		{"an assertion in place of a client's secret", sasl("sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=https://idp",
			"sasl.oauthbearer.jwt.retriever.class=org.apache.kafka.common.security.oauthbearer.JwtBearerJwtRetriever"), []string{"JwtBearerJwtRetriever is not known here"}},
		{"a token endpoint that is no URL", sasl("sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=idp"), []string{`"idp"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, err := Load(filepath.Join(dir, "none.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = Resolve(file, test.flags, lookup(nil))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range test.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q doesn't say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in %q", err)
			}
		})
	}
	var unknown *UnknownKeyError
	if _, err := Resolve(&File{}, Flags{CommandConfig: typo}, nil); !errors.As(err, &unknown) || !slices.Contains(unknown.Known, "security.protocol") {
		t.Errorf("the keys that are known: %v", err)
	}
}

func TestEveryKeyOfJavasClientsIsTaken(t *testing.T) {
	for _, key := range []string{"acks", "auto.offset.reset", "group.id", "key.deserializer", "client.dns.lookup", "sasl.login.refresh.window.factor",
		"enable.idempotence", "default.api.timeout.ms", "config.providers.env.class", "compression.codec", "statistics.interval.ms"} {
		if name, known := canonical(key); !known || name != "" {
			t.Errorf("%s: held as %q, known %v", key, name, known)
		}
	}
	for alias, key := range aliases {
		if name, known := canonical(alias); !known || name != key {
			t.Errorf("%s: held as %q", alias, name)
		}
	}
	for _, key := range understoodKeys {
		if ignored[key] {
			t.Errorf("%s is both understood and carried", key)
		}
	}
}

func TestNoWayOfPrintingShowsASecret(t *testing.T) {
	c := plain(func(c *Cluster) {
		c.SASL = SASL{User: "u", Password: NewSecret("hunter2"), OAuth: OAuth{ClientSecret: NewSecret("hunter2")}}
		c.TLS.Keystore = Store{KeyText: NewSecret("hunter2"), Password: NewSecret("hunter2")}
	})
	var outputs []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		outputs = append(outputs, fmt.Sprintf(verb, *c), fmt.Sprintf(verb, c.SASL), fmt.Sprintf(verb, c.SASL.Password), fmt.Sprintf(verb, &c.SASL.Password))
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	asText, err := c.SASL.Password.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range append(outputs, string(asJSON), string(asYAML), string(asText)) {
		if strings.Contains(out, "hunter2") || strings.Contains(out, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("a secret is in %s", out)
		}
	}
}

func TestAnAddressThatIsNoneIsNamedWithoutItsPassword(t *testing.T) {
	for _, address := range []string{"htp://me:hunter2@idp/", "me:hunter2@idp", "https://me:hunter2%zz@idp/"} {
		_, err := Resolve(&File{}, Flags{Bootstrap: "b1:9092", X: []string{"security.protocol=SASL_SSL", "sasl.mechanism=OAUTHBEARER", keyTokenEndpoint + "=" + address}}, nil)
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "idp") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestASecretThatASessionLearnsIsHiddenByWhoeverAsksForTheMask(t *testing.T) {
	c, err := Resolve(&File{}, Flags{Bootstrap: "b1:9092"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Mask().Add("a token that was issued")
	if got := c.Mask().Text("you sent a token that was issued"); got != "you sent "+hidden {
		t.Error(got)
	}
}
