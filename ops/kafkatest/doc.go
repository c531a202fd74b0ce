// Package kafkatest runs real Apache Kafka clusters for tests: KRaft nodes from
// the published jars, on loopback, with the faults that an operator meets.
//
// Start gives a test a cluster that ends with the test; Run does the same for a
// program. Nodes can be stopped, killed, paused and restarted, and lose a log
// dir. StartLoad produces numbered records meanwhile; Load.Lost tells which
// acknowledged ones can no longer be read. Tool runs Kafka's own tools, for a
// second opinion.
//
// It must never outlive its user: every Java process dies with the process that
// started it, also after kill -9 (process.go). It must never be imported by the
// kdeck binary, never listen beyond loopback, and never write into the
// repository: jars are cached in the user's cache directory, data lives in the
// system's temporary one.
//
// Start reading at cluster.go.
package kafkatest
