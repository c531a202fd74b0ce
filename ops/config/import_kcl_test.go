package config

import "testing"

func TestKCLIsImported(t *testing.T) {
	const place = ".config/kcl/config.toml"
	runImports(t, []importCase{
		{"one cluster", "kcl", map[string]string{place: `
seed_brokers = ["b1:9092", "b2"]
timeout_ms = 5000

[tls]
ca_cert_path = "certs/ca.pem"
client_cert_path = "/etc/kafka/client.pem"
client_key_path = "/etc/kafka/client.key"
server_name = "kafka.internal"
min_version = "1.2"
cipher_suites = []

[sasl]
method = "scram-sha-512"
user = "admin"
pass = "hunter2-MARKER"
`, "certs/ca.pem": "CA"}, nil, `
			kcl {home}/.config/kcl/config.toml current=kcl
			kcl b1:9092,b2:9092
			  sasl.mechanism: SCRAM-SHA-512
			  sasl.password: ${file:{home}/.config/kcl/config.toml:sasl.pass}
			  sasl.username: admin
			  security.protocol: SASL_SSL
			  ssl.certificate.location: /etc/kafka/client.pem
			  ssl.key.location: /etc/kafka/client.key
			  ssl.truststore.location: {home}/certs/ca.pem
			  ! tls.client_cert_path: /etc/kafka/client.pem isn't there
			  ! tls.client_key_path: /etc/kafka/client.key isn't there
			  ! tls.server_name is "kafka.internal": kdeck always expects the name of the address; where certificates have only the other, set ssl.endpoint.identification.algorithm to nothing
			  ! not taken over, for kdeck has nothing like it: tls.min_version
`},
		{"profiles", "kcl", map[string]string{place: `
current_profile = "prod.eu"
seed_brokers = ["ignored:9092"]

[profiles."prod.eu"]
seed_brokers = ["b1.prod:9093"]
[profiles."prod.eu".tls]
insecure = true
[profiles."prod.eu".sasl]
method = "PLAIN"
user = "admin"
pass = "hunter2-MARKER"
zid = "other"

[profiles.msk]
seed_brokers = ["b-1.x.kafka.eu-west-1.amazonaws.com:9098"]
tls = {}
sasl = {method = "aws_msk_iam"}

[profiles.token]
seed_brokers = ["b1:9094"]
sasl = {method = "scram_sha_256", user = "tok", pass = "hunter2-MARKER", is_token = true}

[profiles.local]
`}, nil, `
			kcl {home}/.config/kcl/config.toml current=prod.eu
			! kcl ignores what stands beside profiles: seed_brokers
			local localhost:9092
			  ! it names no seed_brokers: kcl means localhost:9092 then
			msk b-1.x.kafka.eu-west-1.amazonaws.com:9098
			  sasl.mechanism: AWS_MSK_IAM
			  security.protocol: SASL_SSL
			prod.eu b1.prod:9093
			  enable.ssl.certificate.verification: false
			  sasl.mechanism: PLAIN
			  sasl.password: ${file:{home}/.config/kcl/config.toml:profiles.prod.eu.sasl.pass}
			  sasl.username: admin
			  security.protocol: SASL_SSL
			  ! the brokers' certificates are not verified (profiles.prod.eu.tls.insecure): enable.ssl.certificate.verification=false
			  ! not taken over, for kdeck has nothing like it: sasl.zid
			token b1:9094
			  sasl.jaas.config: org.apache.kafka.common.security.scram.ScramLoginModule required username="tok" password="${file:{home}/.config/kcl/config.toml:profiles.token.sasl.pass}" tokenauth="true";
			  sasl.mechanism: SCRAM-SHA-256
			  security.protocol: SASL_PLAINTEXT
`},
		{"variables count before the file", "kcl", map[string]string{"elsewhere": `
current_profile = "a"
profiles.a.seed_brokers = ["b1:9092"]
profiles.a.sasl.method = "plain"
profiles.a.sasl.user = "u"
profiles.a.sasl.pass = "old-hunter2"
profiles.b.seed_brokers = ["b9:9092"]
`}, map[string]string{"KCL_CONFIG_PATH": "elsewhere", "KCL_SASL_PASS": marker, "KCL_SEED_BROKERS": "x1:9092,x2:9092", "KCL_TLS_CA_CERT_PATH": "/nowhere/ca.pem"}, `
			kcl {home}/elsewhere current=a
			a x1:9092,x2:9092
			  sasl.mechanism: PLAIN
			  sasl.password: ${env:KCL_SASL_PASS}
			  sasl.username: u
			  security.protocol: SASL_SSL
			  ssl.truststore.location: /nowhere/ca.pem
			  ! KCL_SEED_BROKERS in the environment counts before the file, as with kcl
			  ! KCL_TLS_CA_CERT_PATH in the environment counts before the file, as with kcl
			  ! profiles.a.tls.ca_cert_path: /nowhere/ca.pem isn't there
			  ! KCL_SASL_PASS in the environment counts before the file, as with kcl
			b b9:9092
`},
		{"a reference that can't lead there", "kcl", map[string]string{"kcl:rc/config.toml": "seed_brokers=['b1:9092']\nsasl={method='plain',user='u',pass='hunter2-MARKER'}\n"},
			map[string]string{"KCL_CONFIG_DIR": "kcl:rc"}, `
			kcl {home}/kcl:rc/config.toml current=kcl
			kcl b1:9092
			  sasl.mechanism: PLAIN
			  sasl.username: u
			  security.protocol: SASL_PLAINTEXT
			  ! {home}/kcl:rc/config.toml:sasl.pass can't be found again by a reference: give it in the context as ${env:NAME} or ${file:/path}
			  ! it can't be used before this is put right: PLAIN needs a user and a password: give sasl.jaas.config, or sasl.username and sasl.password
`},
		{"dotted keys, a byte order mark, other ends of lines", "kcl", map[string]string{place: "\ufeffseed_brokers = ['b1']\r\nsasl.method = 'SCRAM_SHA_256'\r\nsasl.user = 'u'\r\nsasl.pass = 'hunter2-MARKER'\r\n"}, nil, `
			kcl {home}/.config/kcl/config.toml current=kcl
			kcl b1:9092
			  sasl.mechanism: SCRAM-SHA-256
			  sasl.password: ${file:{home}/.config/kcl/config.toml:sasl.pass}
			  sasl.username: u
			  security.protocol: SASL_PLAINTEXT
`},
		{"a broken file", "kcl", map[string]string{place: "seed_brokers = ['b1:9092']\n[sasl]\npass = hunter2-MARKER\n"}, nil, `
			error: {home}/.config/kcl/config.toml:3: not TOML: this line can't be read
`},
		{"a file of something else", "kcl", map[string]string{place: "title = 'x'\n"}, nil, `
			error: {home}/.config/kcl/config.toml holds no cluster of kcl: looked for seed_brokers or profiles in TOML
`},
		{"no file", "kcl", nil, map[string]string{"XDG_CONFIG_HOME": "{home}/xdg"}, `
			error: no file of kcl: looked for {home}/xdg/kcl/config.toml
`},
	})
}
