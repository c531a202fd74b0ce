package config

import "testing"

func TestKafkactlIsImported(t *testing.T) {
	const place = ".config/kafkactl/config.yml"
	runImports(t, []importCase{
		{"contexts", "kafkactl", map[string]string{place: `
x-tls: &tls {enabled: true, ca: ca.pem, insecure: false}
contexts:
  default:
    brokers:
      - localhost:9092
  Remote.EU:
    brokers: [r1:9093, r2:9093]
    tls:
      <<: *tls
      cert: client.pem
      certKey: client.key
      certKeyPassphrase: hunter2-MARKER
    sasl: {enabled: true, username: admin, password: hunter2-MARKER, mechanism: scram-sha256, version: v1}
    clientID: me
    kafkaVersion: 2.5.0
    requestTimeout: 10s
    schemaRegistry: {url: "https://registry", username: u, password: hunter2-MARKER}
    avro: {jsonCodec: avro}
  azure:
    brokers: [a1:9093]
    tls: {enabled: true}
    sasl: {enabled: true, mechanism: oauth, tokenprovider: {plugin: azure, options: {tenant-id: t}}}
  aws:
    brokers: [b-1.x.kafka.eu-west-1.amazonaws.com:9098]
    tls: {enabled: true}
    sasl: {enabled: true, mechanism: oauth, tokenprovider: {plugin: aws}}
  pod:
    brokers: [k1:9092]
    sasl: {enabled: true, username: admin}
    tls: {enabled: false, ca: none.pem}
    kubernetes: {enabled: true, kubeContext: prod, namespace: kafka, tlsSecret: s}
keyring: {enabled: true}
`, ".config/kafkactl/current-context.yml": "current-context: remote.eu\n", ".config/kafkactl/ca.pem": "CA",
			".config/kafkactl/client.pem": "C", ".config/kafkactl/client.key": "K"}, nil, `
			kafkactl {home}/.config/kafkactl/config.yml current=Remote.EU
			default localhost:9092
			Remote.EU r1:9093,r2:9093
			  client.id: me
			  sasl.mechanism: SCRAM-SHA-256
			  sasl.password: ${file:{home}/.config/kafkactl/config.yml:contexts.Remote.EU.sasl.password}
			  sasl.username: admin
			  security.protocol: SASL_SSL
			  ssl.certificate.location: {home}/.config/kafkactl/client.pem
			  ssl.key.location: {home}/.config/kafkactl/client.key
			  ssl.key.password: ${file:{home}/.config/kafkactl/config.yml:contexts.Remote.EU.tls.certKeyPassphrase}
			  ssl.truststore.location: {home}/.config/kafkactl/ca.pem
			  ! not taken over, for kdeck has nothing like it: schemaRegistry
			azure a1:9093
			  sasl.mechanism: OAUTHBEARER
			  security.protocol: SASL_SSL
			  ! tokens come from kafkactl's plugin "azure", which kdeck can't run: give sasl.oauthbearer.token, or sasl.oauthbearer.token.endpoint.url with a client, in the context
			  ! not taken over, for kdeck has nothing like it: sasl.tokenprovider.options
			  ! it can't be used before this is put right: OAUTHBEARER needs a token: give sasl.oauthbearer.token.endpoint.url (a URL; file: for a file that holds the token) or sasl.oauthbearer.token
			aws b-1.x.kafka.eu-west-1.amazonaws.com:9098
			  sasl.mechanism: AWS_MSK_IAM
			  security.protocol: SASL_SSL
			pod k1:9092
			  sasl.mechanism: PLAIN
			  sasl.username: admin
			  security.protocol: SASL_PLAINTEXT
			  ! kafkactl asks for the password or has it in the system's keyring, which kdeck doesn't read; give it in the context as sasl.password: ${env:NAME}
			  ! kafkactl works in a pod of Kubernetes there: from here the addresses may need tunnels and address_map, and paths of files may be those of the pod
			  ! not taken over, for kdeck has nothing like it: kubernetes.kubeContext, kubernetes.namespace, kubernetes.tlsSecret
			  ! it can't be used before this is put right: PLAIN needs a user and a password: give sasl.jaas.config, or sasl.username and sasl.password
`},
		{"variables", "kafkactl", map[string]string{"k.yml": `
contexts:
  default: {brokers: ["b1:9092"], sasl: {enabled: false}}
  prod-eu: {brokers: ["b2:9092"], sasl: {enabled: true, username: u, password: old-hunter2}}
`}, map[string]string{"KAFKA_CTL_CONFIG": "k.yml", "BROKERS": "x1:9092 x2:9092", "SASL_ENABLED": "true", "SASL_USERNAME": "eu", "SASL_PASSWORD": marker,
			"CONTEXTS_PROD_EU_SASL_PASSWORD": marker, "CURRENT_CONTEXT": "prod-eu"}, `
			kafkactl {home}/k.yml current=prod-eu
			default x1:9092,x2:9092
			  sasl.mechanism: PLAIN
			  sasl.password: ${env:SASL_PASSWORD}
			  sasl.username: eu
			  security.protocol: SASL_PLAINTEXT
			  ! BROKERS in the environment counts before the file, as with kafkactl
			  ! SASL_ENABLED in the environment counts before the file, as with kafkactl
			  ! SASL_USERNAME in the environment counts before the file, as with kafkactl
			  ! SASL_PASSWORD in the environment counts before the file, as with kafkactl
			prod-eu b2:9092
			  sasl.mechanism: PLAIN
			  sasl.password: ${env:CONTEXTS_PROD_EU_SASL_PASSWORD}
			  sasl.username: u
			  security.protocol: SASL_PLAINTEXT
			  ! CONTEXTS_PROD_EU_SASL_PASSWORD in the environment counts before the file, as with kafkactl
`},
		{"a file of the project", "kafkactl", map[string]string{".kafkactl.yml": "contexts: {p: {brokers: b1:9092 b2:9092}}\ncurrent-context: p\n"}, nil, `
			kafkactl {home}/.kafkactl.yml current=p
			p b1:9092,b2:9092
`},
		{"keys in any case, and odd names", "kafkactl", map[string]string{place: "contexts:\n  1: {Brokers: ['b1:9092']}\n  a b: {brokers: ['b2:9092'], SASL: {Enabled: true, UserName: u, PassWord: hunter2-MARKER}}\n  c:\n"}, nil, `
			kafkactl {home}/.config/kafkactl/config.yml current=1
			1 b1:9092
			a-b b2:9092
			  sasl.mechanism: PLAIN
			  sasl.password: ${file:{home}/.config/kafkactl/config.yml:contexts.a b.SASL.PassWord}
			  sasl.username: u
			  security.protocol: SASL_PLAINTEXT
			  ! its name there is "a b"
			c 
			  refused: it has no address
`},
		{"a merge that leads to itself", "kafkactl", map[string]string{place: "contexts:\n  a: &a\n    brokers: [b1:9092]\n    tls: {enabled: true}\n    <<: *a\n"}, nil, `
			kafkactl {home}/.config/kafkactl/config.yml current=a
			a b1:9092
			  security.protocol: SSL
`},
		{"a broken file", "kafkactl", map[string]string{place: "contexts:\n  a:\n   brokers: [b1:9092\n   sasl: {password: hunter2-MARKER}\n"}, nil, `
			error: {home}/.config/kafkactl/config.yml:2: not YAML: it can't be read near this line
`},
	})
}
