// Package sim simulates an Apache Kafka cluster: brokers, racks, log dirs, a controller quorum, replication at a limited
// bandwidth, replication throttles, and brokers that die, hang, answer wrongly and come back. Any Kafka client can connect
// to it, over loopback sockets or over an in-memory network inside a testing/synctest bubble.
//
// It must never share code with the rest of ops, because it would then confirm their misreadings of Kafka. It must never
// decide anything by map order, by the machine's clock or by unseeded chance, and never crash on what a client sends.
//
// How it is built. Each node is a listener ([node]) whose connections are served by serve.go: a frame is read (frame.go,
// which refuses everything that is not Kafka), decoded, and given to the handler of its key (handlers.go). The handlers
// answer from the [model]: model.go holds the state, change.go the controller's rules for one partition, copying.go the
// replicas that catch up, schedule.go the events to come. Metadata is answered from immutable views (view.go). franz-go's
// kfake, one node of it behind the listeners, keeps records, groups and transactions (backend.go, data.go with split.go,
// groups.go). Clients don't connect to kfake itself, because its control functions run too late: kfake has then allocated a
// frame of any size, panics on an API key that it doesn't know, and chooses the coordinators by a hash of its own.
//
// A cluster with groups ([Options].Groups) has logs that tenants write (stream.go, pace.go) and consumer groups that read them
// (group.go, reading.go, tenant_groups.go), all computed from the clock; group_answers.go, group_offsets.go, list_offsets.go
// and fetch.go with batch.go answer for them, producers.go and transactions.go for who writes. groups.go decides for each group of
// a request whether the model answers for it or kfake.
//
// A cluster with metrics has tenants (tenants.go). Once a second of the cluster's time, traffic.go computes their load on
// each broker, within their quotas (quotas.go) and the capacity of the broker's threads (load.go). measure.go turns the load
// into the broker's meters, and page.go and exporter.go show these as the Prometheus JMX exporter does.
//
// Start reading at cluster.go, then model.go and change.go.
//
// # Differences from Kafka
//
// These are known. Nothing that ops/sim/behaviour asserts is among them: it holds here and on Kafka 3.9.2 and 4.3.1. Those
// two differ from each other only in eligible leader replicas ([Options].WithoutELR).
//
//   - preferred leaders are elected only on request; Kafka: also by itself, every five minutes
//     (auto.leader.rebalance.enable)
//   - a follower is in sync as soon as it has caught up; Kafka: after its next fetch and an answer of the controller, some
//     milliseconds later
//   - bytes flow evenly at the rate of the throttle; Kafka: in bursts around it, over a window of eleven seconds
//   - partitions have a size from the start but, without [Options].Groups, no records: their offsets are 0; Kafka: the size
//     is that of the records
//   - logs grow without end; Kafka: retention and compaction cut them
//   - no fetch sessions are granted; Kafka: fetch sessions are granted while there is room
//   - only leaders serve consumers; Kafka: followers do too, to consumers that name their rack and where
//     replica.selector.class is set (KIP-392)
//   - no SASL, no TLS, no ACLs, no streams groups; real clients can be members of classic groups alone; Kafka: all of them
//   - a broker that is started again serves two seconds later; Kafka: when it has loaded its logs and caught up with the
//     metadata
//   - the quorum's leader changes at once when it dies; Kafka: after the fetch timeout of the other voters
//   - without [Options].Groups coordinators know every group at once wherever its partition moves; Kafka: they load the
//     partition first
//   - a write that is larger than the disk succeeds; Kafka: the log dir fails
//   - a broker with a stale view goes on fetching the metadata log, and is never fenced for it; Kafka: the same
//     while publishing of metadata hangs, which is modelled here; a broker that doesn't fetch is fenced
//   - the load of the tenants in the metrics and what they write to logs and read from them are computed apart, and differ;
//     Kafka: they are the same
//   - a tenant's group refuses real members, as a full one does, while it has members of its own; Kafka: it rebalances
//   - a real client's transaction can't write to the log of a tenant (INVALID_TXN_STATE); Kafka: it can
//   - tenants go on writing in their logs while a partition has no leader; Kafka: nobody can write then
//   - tenants have users on a listener without authentication; a real client's requests are in no metric and under no
//     quota; Kafka: clients without authentication are ANONYMOUS, and all are counted
//   - controller_mutation_rate and connection_creation_rate are stored without effect; Kafka: they limit clients
//   - a request that claims billions of tagged fields keeps its connection busy for a minute (kmsg); Kafka: it is refused
//     at once
package sim
