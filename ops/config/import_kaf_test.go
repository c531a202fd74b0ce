package config

import "testing"

func TestKafIsImported(t *testing.T) {
	const place = ".kaf/config"
	runImports(t, []importCase{
		{"clusters", "kaf", map[string]string{place: `
current-cluster: eventhub
clusteroverride: ""
clusters:
- name: local
  version: "1.0.0"
  brokers:
  - localhost:9092
  SASL: null
  TLS: null
  security-protocol: ""
  schema-registry-url: https://registry.example
  schema-registry-credentials: {username: u, password: hunter2-MARKER}
- name: eventhub
  brokers: [hub.servicebus.windows.net:9093]
  SASL: {mechanism: PLAIN, username: $ConnectionString, password: "Endpoint=sb://hub/;SharedAccessKey=hunter2-MARKER="}
  security-protocol: SASL_SSL
- name: scram
  brokers: [b1:9093]
  SASL: {mechanism: SCRAM-SHA-512, username: '${env:odd}', password: hunter2-MARKER, version: 1}
  TLS: {cafile: ca.pem, clientfile: "", clientkeyfile: "", insecure: false}
  security-protocol: SASL_SSL
- name: oauth
  brokers: [b1:9093]
  SASL:
    mechanism: OAUTHBEARER
    clientID: me
    clientSecret: hunter2-MARKER
    tokenURL: https://idp.example/token
    scopes: [read, write]
  TLS: {insecure: true}
  security-protocol: SASL_SSL
- name: token
  brokers: [b1:9093]
  SASL: {mechanism: OAUTHBEARER, token: hunter2-MARKER, clientID: unused}
  security-protocol: SASL_PLAINTEXT
- name: msk
  brokers: [b-1.x.kafka.eu-west-1.amazonaws.com:9098]
  SASL: {mechanism: AWS_MSK_IAM}
  security-protocol: SASL_SSL
- name: noprotocol
  brokers: [b1:9092]
  SASL: {username: admin, password: hunter2-MARKER}
- name: nobrokers
- brokers: [b1:9092]
`}, nil, `
			kaf {home}/.kaf/config current=eventhub
			local localhost:9092
			  ! not taken over, for kdeck has nothing like it: schema-registry-url, schema-registry-credentials
			eventhub hub.servicebus.windows.net:9093
			  sasl.mechanism: PLAIN
			  sasl.password: ${file:{home}/.kaf/config:clusters.eventhub.SASL.password}
			  sasl.username: $ConnectionString
			  security.protocol: SASL_SSL
			scram b1:9093
			  sasl.mechanism: SCRAM-SHA-512
			  sasl.password: ${file:{home}/.kaf/config:clusters.scram.SASL.password}
			  sasl.username: ${file:{home}/.kaf/config:clusters.scram.SASL.username}
			  security.protocol: SASL_SSL
			  ssl.truststore.location: {home}/ca.pem
			  ! clusters.scram.TLS.cafile: {home}/ca.pem isn't there
			oauth b1:9093
			  enable.ssl.certificate.verification: false
			  sasl.mechanism: OAUTHBEARER
			  sasl.oauthbearer.client.credentials.client.id: me
			  sasl.oauthbearer.client.credentials.client.secret: ${file:{home}/.kaf/config:clusters.oauth.SASL.clientSecret}
			  sasl.oauthbearer.scope: read write
			  sasl.oauthbearer.token.endpoint.url: https://idp.example/token
			  security.protocol: SASL_SSL
			  ! the brokers' certificates are not verified (clusters.oauth.TLS.insecure): enable.ssl.certificate.verification=false
			token b1:9093
			  sasl.mechanism: OAUTHBEARER
			  sasl.oauthbearer.token: ${file:{home}/.kaf/config:clusters.token.SASL.token}
			  security.protocol: SASL_PLAINTEXT
			msk b-1.x.kafka.eu-west-1.amazonaws.com:9098
			  sasl.mechanism: AWS_MSK_IAM
			  security.protocol: SASL_SSL
			noprotocol b1:9092
			  sasl.mechanism: PLAIN
			  sasl.password: ${file:{home}/.kaf/config:clusters.noprotocol.SASL.password}
			  sasl.username: admin
			  security.protocol: SASL_PLAINTEXT
			nobrokers 
			  refused: it has no address
			 b1:9092
			  refused: it has no name
`},
		{"a wrong token endpoint and no password", "kaf", map[string]string{place: `
clusters:
  - {name: a, brokers: [b1:9092], SASL: {mechanism: OAUTHBEARER, clientID: c, clientSecret: hunter2-MARKER, tokenURL: "ftp://u:hunter2-MARKER@idp/token"}}
  - {name: b, brokers: [b1:9092], SASL: {mechanism: SCRAM-SHA-256, username: u}}
  - {name: c, brokers: [b1:9092], SASL: {mechanism: OTP, username: u, password: hunter2-MARKER}}
`}, nil, `
			kaf {home}/.kaf/config current=
			a b1:9092
			  sasl.mechanism: OAUTHBEARER
			  sasl.oauthbearer.client.credentials.client.id: c
			  sasl.oauthbearer.client.credentials.client.secret: ${file:{home}/.kaf/config:clusters.a.SASL.clientSecret}
			  sasl.oauthbearer.token.endpoint.url: ${file:{home}/.kaf/config:clusters.a.SASL.tokenURL}
			  security.protocol: SASL_PLAINTEXT
			  ! it can't be used before this is put right: sasl.oauthbearer.token.endpoint.url: an http, https or file URL was expected
			b b1:9092
			  sasl.mechanism: SCRAM-SHA-256
			  sasl.username: u
			  security.protocol: SASL_PLAINTEXT
			  ! kaf has no password there; give it in the context as sasl.password: ${env:NAME}
			  ! it can't be used before this is put right: SCRAM-SHA-256 needs a user and a password: give sasl.jaas.config, or sasl.username and sasl.password
			c b1:9092
			  sasl.mechanism: OTP
			  sasl.password: ${file:{home}/.kaf/config:clusters.c.SASL.password}
			  sasl.username: u
			  security.protocol: SASL_PLAINTEXT
			  ! it can't be used before this is put right: sasl.mechanism="OTP": one of {mechanisms} was expected
`},
		{"odd but legal", "kaf", map[string]string{place: "\ufeffcurrent-cluster: 1\r\nclusters:\r\n- name: 1\r\n  brokers: b1:9092,b2\r\n  SASL: {username: u, password: 0042}\r\n- null\r\n- name: prod.eu/1\r\n  brokers: null\r\n  TLS: {}\r\n"}, nil, `
			kaf {home}/.kaf/config current=1
			1 b1:9092,b2:9092
			  sasl.mechanism: PLAIN
			  sasl.password: ${file:{home}/.kaf/config:clusters.1.SASL.password}
			  sasl.username: u
			  security.protocol: SASL_PLAINTEXT
			prod.eu/1 
			  security.protocol: SSL
			  refused: it has no address
`},
		{"a broken file", "kaf", map[string]string{place: "clusters:\n- name: a\n  SASL: {password: \"hunter2-MARKER}\n"}, nil, `
			error: {home}/.kaf/config:3: not YAML: it can't be read near this line
`},
	})
}
