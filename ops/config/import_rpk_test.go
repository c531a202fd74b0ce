package config

import "testing"

func TestRPKIsImported(t *testing.T) {
	const place = ".config/rpk/rpk.yaml"
	runImports(t, []importCase{
		{"profiles", "rpk", map[string]string{place: `
version: 6
globals: {prompt: "", no_default_cluster: false, command_timeout: 0s}
current_profile: prod
current_cloud_auth_org_id: default-org-no-id
profiles:
    - name: prod
      description: production
      prompt: hi-red, "[%n]"
      from_cloud: false
      kafka_api:
        brokers:
            - b1.prod:9093
            - plaintext://b2.prod
        tls:
            key_file: client.key
            cert_file: client.pem
            ca_file: ca.pem
        sasl:
            user: admin
            password: hunter2-MARKER
            mechanism: scram-sha-512
      admin_api:
        addresses: [b1.prod:9644]
        tls: {}
      schema_registry: {}
    - name: cloud
      from_cloud: true
      cloud_cluster: {namespace: "", resource_group: rg, cluster_id: abc, auth_org_id: o}
      kafka_api:
        brokers: seed-1.cloud.example:9092
        tls: {insecure_skip_verify: true}
        sasl: {mechanism: CLOUD-OIDC}
    - name: default
      kafka_api: {}
    - name: "my lab"
      kafka_api: {brokers: ["[fd00::1]:9092", "fd00::2", "bad:port:99"], sasl: {user: u, password: 1234}}
    - name: prod
      kafka_api: {brokers: [other:9092]}
`, "ca.pem": "CA", "client.pem": "C", "client.key": "K"}, nil, `
			rpk {home}/.config/rpk/rpk.yaml current=prod
			prod b1.prod:9093,b2.prod:9092
			  sasl.mechanism: SCRAM-SHA-512
			  sasl.password: ${file:{home}/.config/rpk/rpk.yaml:profiles.prod.kafka_api.sasl.password}
			  sasl.username: admin
			  security.protocol: SASL_SSL
			  ssl.certificate.location: {home}/client.pem
			  ssl.key.location: {home}/client.key
			  ssl.truststore.location: {home}/ca.pem
			  ! not taken over, for kdeck has nothing like it: admin_api
			cloud seed-1.cloud.example:9092
			  enable.ssl.certificate.verification: false
			  security.protocol: SSL
			  ! the brokers' certificates are not verified (profiles.cloud.kafka_api.tls.insecure_skip_verify): enable.ssl.certificate.verification=false
			  ! its login, CLOUD-OIDC without a user, isn't taken over: give sasl.mechanism and what belongs to it in the context
			  ! not taken over, for kdeck has nothing like it: from_cloud, cloud_cluster
			default 127.0.0.1:9092
			  ! it names no brokers: rpk means 127.0.0.1:9092 then
			my-lab [fd00::1]:9092,[fd00::2]:9092
			  sasl.mechanism: SCRAM-SHA-256
			  sasl.password: ${file:{home}/.config/rpk/rpk.yaml:profiles.my lab.kafka_api.sasl.password}
			  sasl.username: u
			  security.protocol: SASL_PLAINTEXT
			  ! its name there is "my lab"
			  ! left out: "bad:port:99" is no address: host:port was expected
			prod other:9092
			  refused: the file has another of that name before it
`},
		{"variables count before the current profile", "rpk", map[string]string{place: `
version: 1
current_profile: a
profiles: [{name: a, kafka_api: {brokers: ["b1:9092"]}}, {name: b, kafka_api: {brokers: ["b2:9092"]}}]
`}, map[string]string{"RPK_USER": "env-user", "REDPANDA_SASL_PASSWORD": marker, "RPK_TLS_ENABLED": "true", "RPK_BROKERS": "x1:9092, x2:9092"}, `
			rpk {home}/.config/rpk/rpk.yaml current=a
			a x1:9092,x2:9092
			  sasl.mechanism: SCRAM-SHA-256
			  sasl.password: ${env:REDPANDA_SASL_PASSWORD}
			  sasl.username: env-user
			  security.protocol: SASL_SSL
			  ! RPK_BROKERS in the environment counts before the file, as with rpk
			  ! RPK_USER in the environment counts before the file, as with rpk
			  ! REDPANDA_SASL_PASSWORD in the environment counts before the file, as with rpk
			b b2:9092
`},
		{"a broker's file of an older version", "{home}/redpanda.yaml", map[string]string{"redpanda.yaml": `
redpanda:
  kafka_api: [{address: 0.0.0.0, port: 9092}]
rpk:
  enable_usage_stats: true
  tune_network: true
  tls: {truststore_file: /etc/redpanda/ca.pem}
  sasl: {user: admin, password: hunter2-MARKER}
`}, nil, `
			rpk {home}/redpanda.yaml current=redpanda
			redpanda 127.0.0.1:9092
			  sasl.mechanism: SCRAM-SHA-256
			  sasl.password: ${file:{home}/redpanda.yaml:rpk.sasl.password}
			  sasl.username: admin
			  security.protocol: SASL_SSL
			  ssl.truststore.location: /etc/redpanda/ca.pem
			  ! rpk.tls.truststore_file: /etc/redpanda/ca.pem isn't there
`},
		{"a broker's listeners", "rpk", map[string]string{"redpanda.yaml": `
redpanda:
  kafka_api:
    - {name: internal, address: 10.0.0.5, port: 9092}
    - {name: outside, address: 0.0.0.0, port: 9093}
  kafka_api_tls: {name: internal, enabled: true, key_file: k, cert_file: c}
`}, nil, `
			rpk {home}/redpanda.yaml current=redpanda
			redpanda 127.0.0.1:9093
`},
		{"a broker's listener with TLS alone", "rpk", map[string]string{"redpanda.yaml": `
redpanda: {kafka_api: {address: 10.0.0.5}, kafka_api_tls: [{enabled: true}]}
`}, nil, `
			rpk {home}/redpanda.yaml current=redpanda
			redpanda 10.0.0.5:9092
			  security.protocol: SSL
`},
		{"a broken file", "rpk", map[string]string{place: "profiles:\n - name: a\n   kafka_api: {sasl: {password: *hunter2-MARKER}}\n"}, nil, `
			error: {home}/.config/rpk/rpk.yaml: not YAML: it can't be read
`},
		{"no profile", "rpk", map[string]string{place: "version: 6\nprofiles: []\n"}, nil, `
			error: {home}/.config/rpk/rpk.yaml holds no cluster of rpk
`},
	})
}
