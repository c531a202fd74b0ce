package kafkatest

import (
	"fmt"
	"os"
	"path/filepath"
)

const (
	exporterJar = "agents/jmx-exporter.jar"
	jolokiaJar  = "agents/jolokia.jar"
)

// MetricsURL returns where the node's JMX exporter answers (Options.JMXExporter).
func (n *Node) MetricsURL() string { return "http://" + loopback(n.ports.exporter) + "/metrics" }

// JolokiaURL returns where the node's Jolokia agent answers (Options.Jolokia).
func (n *Node) JolokiaURL() string { return "http://" + loopback(n.ports.jolokia) + "/jolokia/" }

func (c *Cluster) exporterConfigFile() string { return filepath.Join(c.Dir, "exporter.yml") }

func (c *Cluster) writeExporterConfig() error {
	config := c.ExporterConfig
	if config == "" {
		config = "{}\n"
	}
	return os.WriteFile(c.exporterConfigFile(), []byte(config), 0o644)
}

func (c *Cluster) agentFlags(n *Node) (flags []string) {
	if c.JMXExporter {
		flags = append(flags, fmt.Sprintf("-javaagent:%s=%s:%s",
			filepath.Join(c.jars, exporterJar), loopback(n.ports.exporter), c.exporterConfigFile()))
	}
	if c.Jolokia {
		flags = append(flags, fmt.Sprintf("-javaagent:%s=host=127.0.0.1,port=%d,discoveryEnabled=false",
			filepath.Join(c.jars, jolokiaJar), n.ports.jolokia))
	}
	return flags
}
