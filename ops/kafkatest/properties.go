package kafkatest

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func (n *Node) propertiesFile() string { return filepath.Join(n.Dir, "server.properties") }

// Advertise makes clients and other brokers be told another address of the
// broker's PLAINTEXT listener, from its next start on: that of a proxy.
func (n *Node) Advertise(addr string) error {
	n.elsewhere = addr
	return n.writeProperties()
}

func (n *Node) writeProperties() error {
	if err := os.MkdirAll(n.Dir, 0o755); err != nil {
		return err
	}
	properties := n.properties()
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		fmt.Fprintf(&b, "%s=%s\n", key, properties[key])
	}
	return os.WriteFile(n.propertiesFile(), []byte(b.String()), 0o644)
}

// properties is the node's server.properties.
func (n *Node) properties() map[string]string {
	c := n.cluster
	p := map[string]string{
		"node.id":                  strconv.Itoa(int(n.ID)),
		"process.roles":            strings.Join(n.roles(), ","),
		"controller.quorum.voters": joined(c.controllers(), (*Node).voter),

		"listeners":                      strings.Join(n.listeners(), ","),
		"listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
		"controller.listener.names":      "CONTROLLER",
		"inter.broker.listener.name":     "PLAINTEXT",

		"metadata.log.dir": filepath.Join(n.Dir, "metadata"),
		"log.dirs":         filepath.Join(n.Dir, "metadata"),

		// A dead broker is noticed in seconds, as a test wants to see it.
		"broker.session.timeout.ms":    "6000",
		"broker.heartbeat.interval.ms": "1000",
		// A lost log dir is noticed by writing to it: the checkpoints do so soonest.
		"replica.high.watermark.checkpoint.interval.ms": "1000",
		"group.initial.rebalance.delay.ms":              "0",

		// Small, for many nodes on few cores.
		"log.segment.bytes":                 "4194304", // Kafka 4 takes 1 MB at the least
		"log.cleaner.dedupe.buffer.size":    "2097152",
		"num.network.threads":               "2",
		"num.io.threads":                    "2",
		"background.threads":                "2",
		"num.recovery.threads.per.data.dir": "1",
	}
	if n.Broker {
		p["log.dirs"] = strings.Join(n.logDirs, ",")
		p["advertised.listeners"] = strings.Join(n.advertised(), ",")
		replicas := strconv.Itoa(min(c.Options.Brokers, 3))
		for _, topic := range []string{"offsets.topic", "transaction.state.log", "share.coordinator.state.topic"} {
			p[topic+".replication.factor"] = replicas
			p[topic+".num.partitions"] = strconv.Itoa(c.Options.Brokers)
		}
		p["transaction.state.log.min.isr"] = "1"
		p["share.coordinator.state.topic.min.isr"] = "1"
	}
	if n.Rack != "" {
		p["broker.rack"] = n.Rack
	}
	if c.SASL && n.Broker {
		maps.Copy(p, c.saslProperties())
	}
	if c.Kerberos != nil && n.Broker {
		maps.Copy(p, c.kerberosProperties())
	}
	if c.ACLs {
		p["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
		p["super.users"] = "User:ANONYMOUS;User:" + Admin
	}
	maps.Copy(p, c.Properties)
	return p
}

func (n *Node) roles() (roles []string) {
	if n.Broker {
		roles = append(roles, "broker")
	}
	if n.Controller {
		roles = append(roles, "controller")
	}
	return roles
}

func (n *Node) listeners() []string {
	listeners := n.advertised()
	for i, l := range listeners {
		listeners[i] = strings.Replace(l, "//localhost:", "//127.0.0.1:", 1)
	}
	if n.Broker {
		listeners[0] = "PLAINTEXT://" + n.Addr()
	}
	if n.Controller {
		listeners = append(listeners, "CONTROLLER://"+n.ControllerAddr())
	}
	return listeners
}

// advertised is the listeners that clients are told of.
func (n *Node) advertised() (listeners []string) {
	if n.Broker {
		listeners = append(listeners, "PLAINTEXT://"+cmp.Or(n.elsewhere, n.Addr()))
		if n.cluster.SASL {
			listeners = append(listeners, "SASL_SSL://"+n.AddrSASL())
		}
		if n.cluster.Kerberos != nil {
			listeners = append(listeners, "SASL_PLAINTEXT://"+n.addrKerberos())
		}
	}
	return listeners
}

func (n *Node) voter() string { return fmt.Sprintf("%d@%s", n.ID, n.ControllerAddr()) }
