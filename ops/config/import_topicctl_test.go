package config

import "testing"

func TestTopicctlIsImported(t *testing.T) {
	runImports(t, []importCase{
		{"a cluster with TLS and SASL", "{home}/clusters/prod.yaml", map[string]string{"clusters/prod.yaml": `
meta:
  name: prod
  environment: production
  region: eu-west-1
  shard: 1
  description: |
    text
spec:
  bootstrapAddrs:
    - b1.prod:9095
    - b2.prod
  clusterID: abc
  zkAddrs: []
  defaultThrottleMB: 60
  tls: {enabled: true, caCertPath: certs/ca.crt, certPath: certs/client.crt, keyPath: certs/client.key, skipVerify: true, serverName: kafka}
  sasl: {enabled: true, mechanism: scram_sha_512, username: adminscram, password: hunter2-MARKER}
`, "clusters/certs/ca.crt": "CA", "clusters/certs/client.crt": "C", "clusters/certs/client.key": "K"}, nil, `
			topicctl {home}/clusters/prod.yaml current=prod
			prod b1.prod:9095,b2.prod:9092
			  enable.ssl.certificate.verification: false
			  sasl.mechanism: SCRAM-SHA-512
			  sasl.password: ${file:{home}/clusters/prod.yaml:spec.sasl.password}
			  sasl.username: adminscram
			  security.protocol: SASL_SSL
			  ssl.certificate.location: {home}/clusters/certs/client.crt
			  ssl.key.location: {home}/clusters/certs/client.key
			  ssl.truststore.location: {home}/clusters/certs/ca.crt
			  ! the brokers' certificates are not verified (spec.tls.skipVerify): enable.ssl.certificate.verification=false
			  ! spec.tls.serverName is "kafka": kdeck always expects the name of the address; where certificates have only the other, set ssl.endpoint.identification.algorithm to nothing
			  ! not taken over, for kdeck has nothing like it: spec.clusterID, spec.defaultThrottleMB
`},
		{"variables", "topicctl", map[string]string{"c.yaml": `
meta: {name: stage}
spec:
  bootstrapAddrs: ["${BOOT}", "$OTHER:9092"]
  sasl: {enabled: true, mechanism: PLAIN, username: "${KAFKA_USER}", password: $KAFKA_PASSWORD}
`}, map[string]string{"TOPICCTL_CLUSTER_CONFIG": "c.yaml", "BOOT": "b1:9092,b2:9092", "KAFKA_USER": "u", "KAFKA_PASSWORD": marker}, `
			topicctl {home}/c.yaml current=stage
			stage b1:9092,b2:9092
			  sasl.mechanism: PLAIN
			  sasl.password: ${env:KAFKA_PASSWORD}
			  sasl.username: ${env:KAFKA_USER}
			  security.protocol: SASL_PLAINTEXT
			  ! the variable OTHER, which is a part of the address $OTHER:9092, is not set
			  ! left out: ":9092" is no address: host:port was expected
			  ! spec.sasl.username is the variable KAFKA_USER there, as topicctl takes it with --expand-env
			  ! spec.sasl.password is the variable KAFKA_PASSWORD there, as topicctl takes it with --expand-env
`},
		{"what topicctl takes from the environment", "topicctl", map[string]string{"cluster.yaml": `
# a cluster
---
meta: {name: stage}
spec: {bootstrapAddrs: [b1:9092], sasl: {enabled: true, mechanism: plain, username: u, password: old-hunter2}}
---
meta: {name: other}
`}, map[string]string{"TOPICCTL_SASL_USERNAME": "env", "TOPICCTL_SASL_PASSWORD": marker}, `
			topicctl {home}/cluster.yaml current=stage
			! the file has several documents: the first alone is read, as topicctl does
			stage b1:9092
			  sasl.mechanism: PLAIN
			  sasl.password: ${env:TOPICCTL_SASL_PASSWORD}
			  sasl.username: env
			  security.protocol: SASL_PLAINTEXT
			  ! TOPICCTL_SASL_USERNAME in the environment counts before the file, as with topicctl
			  ! TOPICCTL_SASL_PASSWORD in the environment counts before the file, as with topicctl
`},
		{"AWS", "topicctl", map[string]string{"cluster.yaml": `
{"meta": {"name": "msk"}, "spec": {
	"bootstrapAddrs": ["b-1.x.kafka.eu-west-1.amazonaws.com:9098"],
	"tls": {"enabled": true}, "sasl": {"enabled": true, "mechanism": "AWS-MSK-IAM"}}}
`}, nil, `
			topicctl {home}/cluster.yaml current=msk
			msk b-1.x.kafka.eu-west-1.amazonaws.com:9098
			  sasl.mechanism: AWS_MSK_IAM
			  security.protocol: SASL_SSL
`},
		{"a secret in AWS Secrets Manager", "topicctl", map[string]string{"cluster.yaml": `
meta: {name: msk}
spec: {bootstrapAddrs: [b1:9096], tls: {enabled: true}, sasl: {enabled: true, mechanism: SCRAM-SHA-512, secretsManagerArn: "arn:aws:secretsmanager:x"}}
`}, nil, `
			topicctl {home}/cluster.yaml current=msk
			msk b1:9096
			  sasl.mechanism: SCRAM-SHA-512
			  security.protocol: SASL_SSL
			  ! user and password are in AWS Secrets Manager there (arn:aws:secretsmanager:x), which kdeck doesn't read: give sasl.username and sasl.password in the context
			  ! it can't be used before this is put right: SCRAM-SHA-512 needs a user and a password: give sasl.jaas.config, or sasl.username and sasl.password
`},
		{"without a name and an address", "topicctl", map[string]string{"cluster.yaml": "spec:\n  bootstrapAddrs: []\n"}, nil, `
			topicctl {home}/cluster.yaml current=
			 
			  refused: it has no name
`},
	})
}
