package kafkatest

import "fmt"

// Options describes a cluster. The zero value is one node of V43, broker and
// controller at once.
type Options struct {
	Version string // V43 where empty
	Brokers int    // 1 where 0

	// Racks are given to the brokers in turn; none where empty.
	Racks []string

	// LogDirs is how many log dirs each broker has, 2 where 0. The metadata log
	// has a directory of its own, so that a broker survives the loss of any of them.
	LogDirs int

	// Controllers is how many nodes are controllers only, with ids from
	// FirstControllerID. Where it is 0, the first 1, 3 or 5 brokers are
	// controllers too, as many of them as the cluster has brokers for.
	Controllers int

	FirstBrokerID int32 // 1 where 0

	// SASL adds a SASL_SSL listener with SCRAM-SHA-256, SCRAM-SHA-512 and PLAIN,
	// on certificates of the cluster's own (Cluster.CAFile).
	SASL bool

	// Kerberos adds a SASL_PLAINTEXT listener with GSSAPI, advertised as localhost
	// (Cluster.BootstrapKerberos). The brokers are kafka/localhost to the KDC.
	Kerberos *KDC

	// BrokerKeytab holds the key of kafka/localhost.
	BrokerKeytab string

	// ACLs turns Kafka's authorizer on. Admin and everybody on the PLAINTEXT
	// listener (User:ANONYMOUS) may do everything, the Tenants nothing.
	ACLs bool

	JMXExporter bool // attaches the Prometheus JMX exporter: Node.MetricsURL
	Jolokia     bool // attaches the Jolokia agent: Node.JolokiaURL

	// ExporterConfig is the JMX exporter's YAML. Where empty it has no rules and
	// shows every bean in its default format.
	ExporterConfig string

	// RequestLog makes each node write every request and its response to
	// Node.RequestLogFile. Where it is off, Kafka's logger kafka.request.logger
	// can still be set to DEBUG at run time, and writes to the same file.
	RequestLog bool

	// Properties are added to every node's server.properties, over kafkatest's own.
	Properties map[string]string

	// JVM are flags for the nodes' JVMs, after kafkatest's own, of which they win.
	JVM []string

	archiveTo string // the file of the class archive to make
}

// FirstControllerID is the node id of the first controller that is not a broker.
const FirstControllerID = 3001

func (o Options) withDefaults() (Options, error) {
	if o.Brokers < 0 || o.LogDirs < 0 || o.Controllers < 0 || o.FirstBrokerID < 0 {
		return o, fmt.Errorf("kafkatest: negative number in %+v", o)
	}
	if o.Version == "" {
		o.Version = V43
	}
	o.Brokers = max(o.Brokers, 1)
	if o.LogDirs == 0 {
		o.LogDirs = 2
	}
	if o.FirstBrokerID == 0 {
		o.FirstBrokerID = 1
	}
	return o, nil
}
