package config

import "testing"

func TestPropertiesAreImported(t *testing.T) {
	runImports(t, []importCase{
		{"kcat's file", "kcat", map[string]string{".config/kcat.conf": `# prod
metadata.broker.list=b1:9093,b2:9093
security.protocol=sasl_ssl
sasl.mechanisms=SCRAM-SHA-512
sasl.username=admin
sasl.password=hunter2-MARKER
ssl.ca.location=ca.pem
enable.ssl.certificate.verification=false
`}, nil, `
			kcat {home}/.config/kcat.conf current=kcat
			kcat 
			  properties: {home}/.config/kcat.conf
			  ! ssl.truststore.location is a relative path: it counts from the directory in which kdeck is started
`},
		{"kcat's file with keys of others", "kcat", map[string]string{"prod.conf": `
bootstrap.servers=b1:9093
security.protocol=SASL_SSL
sasl.mechanisms=PLAIN
sasl.username=admin
sasl.password=hunter2-MARKER
topic.request.required.acks=1
some.plugin.option=hunter2-MARKER
request.timeout.ms=30000
`}, map[string]string{"KCAT_CONFIG": "prod.conf"}, `
			kcat {home}/prod.conf current=prod
			prod b1:9093
			  sasl.mechanisms: PLAIN
			  sasl.password: ${file:{home}/prod.conf:sasl.password}
			  sasl.username: admin
			  security.protocol: SASL_SSL
			  ! the file has keys that kdeck doesn't know and that are not taken over: some.plugin.option; so its other settings are copied, but for secrets
`},
		{"what kcat reads otherwise", "kcat", map[string]string{".config/kafkacat.conf": "bootstrap.servers=b1\\:9092\nclient.id=a\\b\n"}, nil, `
			kcat {home}/.config/kafkacat.conf current=kafkacat
			kafkacat 
			  properties: {home}/.config/kafkacat.conf
			  ! client.id: kcat takes a backslash and letters outside ASCII as they are, kdeck as Java does: put the value into a file of its own and give it in the context as client.id: ${file:/path}
`},
		{"Kerberos as librdkafka spells it", "kcat", map[string]string{".config/kcat.conf": "bootstrap.servers=b1:9092\nsecurity.protocol=SASL_SSL\nsasl.mechanisms=GSSAPI\nsasl.kerberos.keytab=/etc/me.keytab\nsasl.kerberos.principal=me@X\n"}, nil, `
			kcat {home}/.config/kcat.conf current=kcat
			kcat 
			  properties: {home}/.config/kcat.conf
`},
		{"a client.properties of Java", "{home}/client.properties", map[string]string{"client.properties": `
bootstrap.servers=b1.prod.example:9093
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="hunter2-MARKER";
ssl.truststore.location=/etc/kafka/trust.jks
ssl.truststore.password=hunter2-MARKER
`}, nil, `
			client.properties {home}/client.properties current=b1.prod.example
			b1.prod.example 
			  properties: {home}/client.properties
`},
		{"a configuration of Confluent Cloud", "{home}/.ccloud/config", map[string]string{".ccloud/config": `
bootstrap.servers=pkc-1.eu-west-1.aws.confluent.cloud:9092
security.protocol=SASL_SSL
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="K" password="hunter2-MARKER";
ssl.endpoint.identification.algorithm=https
sasl.mechanism=PLAIN
basic.auth.credentials.source=USER_INFO
schema.registry.basic.auth.user.info=k:hunter2-MARKER
schema.registry.url=https://registry
`}, nil, `
			client.properties {home}/.ccloud/config current=pkc-1.eu-west-1.aws.confluent.cloud
			pkc-1.eu-west-1.aws.confluent.cloud 
			  properties: {home}/.ccloud/config
			  ! of no use to kdeck: basic.auth.credentials.source, schema.registry.basic.auth.user.info, schema.registry.url
`},
		{"with keys of an interceptor", "{home}/orders.properties", map[string]string{"orders.properties": `
bootstrap.servers = b1:9093, b2:9093
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
   username="a" password="hunter2-MARKER";
ssl.keystore.password=${env:STORE}
acme.interceptor.token=hunter2-MARKER
`}, map[string]string{"STORE": marker}, `
			client.properties {home}/orders.properties current=orders
			orders b1:9093,b2:9093
			  sasl.jaas.config: ${file:{home}/orders.properties:sasl.jaas.config}
			  sasl.mechanism: SCRAM-SHA-512
			  security.protocol: SASL_SSL
			  ssl.keystore.password: ${env:STORE}
			  ! the file has keys that kdeck doesn't know and that are not taken over: acme.interceptor.token; so its other settings are copied, but for secrets
`},
		{"a mechanism that isn't known", "{home}/x.properties", map[string]string{"x.properties": "bootstrap.servers=b1:9092\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=OTP\n"}, nil, `
			client.properties {home}/x.properties current=x
			x 
			  properties: {home}/x.properties
			  ! it can't be used before this is put right: {home}/x.properties:3: sasl.mechanism="OTP": one of {mechanisms} was expected
`},
		{"with a byte order mark", "{home}/x.properties", map[string]string{"x.properties": "\ufeffbootstrap.servers=b1:9092\n"}, nil, `
			error: {home}/x.properties begins with a byte order mark, which clients take for a part of the first key: save it without
`},
		{"as Java reads it", "{home}/x.properties", map[string]string{"x.properties": "bootstrap.servers = b1:9092,\\\n  b2:9092\nsasl.mechanism PLAIN\n!c\nsecurity.protocol: SASL_PLAINTEXT\nsasl.username=u\nsasl.password=hunter2\\u0041\n"}, nil, `
			client.properties {home}/x.properties current=x
			x 
			  properties: {home}/x.properties
`},
		{"controllers alone", "{home}/x.properties", map[string]string{"x.properties": "bootstrap.controllers=c1:9093\n"}, nil, `
			client.properties {home}/x.properties current=x
			x 
			  properties: {home}/x.properties
`},
		{"without an address", "{home}/client.properties", map[string]string{"client.properties": "security.protocol=SSL\n"}, nil, `
			error: {home}/client.properties: the format is not known: looked for seed_brokers or profiles in TOML; profiles or rpk in YAML; a list clusters in YAML; contexts with brokers in YAML; spec.bootstrapAddrs in YAML; bootstrap.servers or metadata.broker.list in a properties file (Java, kcat); a client.properties without an address goes with one: kdeck config add NAME -b HOST:PORT --properties FILE
`},
		{"a broken file", "kcat", map[string]string{".config/kcat.conf": "sasl.password=hunter2-MARKER\\uZZZZ\n"}, nil, `
			error: {home}/.config/kcat.conf:1: not a properties file: an escape (\uXXXX) or a line that can't be read
`},
	})
}
