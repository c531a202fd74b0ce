// Package metrics reads the metrics of brokers from an exporter: the Prometheus JMX exporter or another text endpoint, Jolokia, or
// a Prometheus server that scrapes them. Exporters' rules give a metric different names. Here it has one: a [Metric].
//
// It must never ask a host that the operator didn't name, let one broker wait for another, hold a whole page in memory, or make up
// a number: a value that can't be read is an unknown [state.Reading] that says why.
//
// Start reading at metric.go (the table of what is wanted), then match.go (names), scan.go (text),
// reader.go (what is remembered between two pages), derive.go (values).
package metrics
