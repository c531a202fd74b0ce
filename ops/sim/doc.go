// Package sim is an embedded Apache Kafka cluster that doesn't exist: brokers, racks, log dirs, a controller quorum,
// replicas that copy at a bandwidth, throttles that bind, brokers that die, stall, lie and come back. Any Kafka client can
// be pointed at it, over loopback sockets or over an in-memory network inside a testing/synctest bubble.
//
// What it must never do: share code with the rest of ops, whose misreadings of Kafka it would then confirm; decide
// anything by map order, by the machine's clock or by unseeded chance; or crash on what a client sends.
//
// How it is built. Each node is a listener ([node]) whose connections are served by serve.go: a frame is read (frame.go,
// the guard against everything that is not Kafka), decoded, and given to the handler of its key (handlers.go). The handlers
// answer from the [model]: model.go holds the state, change.go the controller's rules for one partition, copying.go the
// replicas that catch up, schedule.go time. Metadata is answered from immutable views (view.go). Records, groups and
// transactions are franz-go's kfake, one node of it behind the listeners (backend.go, data.go with split.go, groups.go). The listeners are
// not kfake's own with control functions because those come too late: kfake has by then read a frame of any size, dies of a
// key that it doesn't know, and fixes which broker coordinates what. Where the cluster is known to differ from Kafka is in
// [Differences].
//
// A cluster with metrics has tenants (tenants.go) who do to the brokers, once a second of the cluster's time, what quotas.go
// and load.go let them (traffic.go); measure.go makes of that what a broker measures, and page.go and exporter.go show it
// as the Prometheus JMX exporter does.
//
// Start reading at cluster.go, then model.go and change.go.
package sim
