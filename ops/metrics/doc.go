// Package metrics reads what brokers say of themselves through an exporter: the Prometheus JMX exporter or any other text
// endpoint, Jolokia, or a Prometheus server that scrapes them. Whatever an exporter's rules made of a metric's name, here
// it has one: a [Metric].
//
// It must never ask a host that the operator didn't name, never wait for one broker on account of another, never hold a
// whole page in memory, and never make a number up: what can't be had is an unknown [state.Reading] that says why.
//
// Start reading at metric.go (the table of what is wanted), then match.go (names), scan.go (text),
// reader.go (what is remembered between two pages), derive.go (values).
package metrics
