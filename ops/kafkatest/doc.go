// Package kafkatest runs real Apache Kafka clusters for tests: KRaft nodes from
// the published jars, on loopback, with the faults that an operator meets.
//
// Start gives a test a cluster that ends with it; Run does the same for a
// program. A cluster's nodes can be stopped, killed, frozen, restarted and have
// a disk taken away. StartLoad produces numbered records all the while and says
// afterwards which acknowledged ones can no longer be read. Tool runs Kafka's
// own tools, as the second opinion.
//
// It must never outlive its user: every Java process dies with the process that
// started it, also after kill -9 (process.go). It must never be imported by the
// kdeck binary, never listen beyond loopback, and never write into the
// repository: jars are cached in the user's cache directory, data lives in the
// system's temporary one.
//
// Start reading at cluster.go.
package kafkatest
