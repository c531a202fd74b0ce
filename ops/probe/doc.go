// Package probe measures a cluster from outside, as a client does: a small record is written through each broker again and again, once a
// second by default, and read back. It times each stage on the way: the name service, TCP, TLS, SASL, the first answer on a new
// connection, an answer on an old one, acks=1, acks=all, a fetch, and the whole way from the send to the read record. A broker's own
// clock starts only when a request has been read; this one starts before.
//
// The records go to a topic of their own, one partition for each broker, which that broker is to lead ([Layout]). A goroutine and a
// deadline for each broker keep a broker that is silent from holding up the rest. A sample belongs to the broker that leads the partition when it is sent. With
// [Options].ReadOnly nothing is written: brokers are asked for the cluster, and where a topic is named for its offsets and records.
//
// What a sample counts as, and how the shares are made, is in outcome.go and result.go; which stage of which broker is slow in slow.go, which is pure. What the package
// must never do: write to a topic that isn't a probe's, make or change one (ops/change does, see [Missing]), count against a broker what a quota or a
// missing ACL did, or compare the clocks of two machines.
//
// Start reading at [Prober.Run], then home.go for what one broker is sent.
package probe
