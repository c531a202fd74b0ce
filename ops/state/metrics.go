package state

import (
	"time"

	"kdeck/ops/tenant"
)

// BrokerMetrics is what one broker's metrics say, derived from the best source that its exporter gives. Rates are per second.
type BrokerMetrics struct {
	ID   int32
	At   time.Time
	From string

	HandlerIdle Reading[float64] // 0..1
	NetworkIdle Reading[float64] // 0..1, mean of the processors
	Processors  []Processor      // by listener and number
	Listeners   []Listener       // by name

	RequestQueue, ResponseQueue        Reading[float64]
	BytesIn, BytesOut, MessagesIn      Reading[float64]
	ReplicationIn, ReplicationOut      Reading[float64]
	FailedProduce, FailedFetch         Reading[float64]
	ISRShrinks, ISRExpands             Reading[float64]
	DiskRead, DiskWrite                Reading[float64] // bytes that went to and from the disk, not the page cache
	UnderReplicated, UnderMinISR       Reading[float64]
	Leaders, Partitions                Reading[float64]
	CleanerDirty, OfflineLogDirs       Reading[float64] // percent; dirs
	ActiveController                   Reading[float64]
	ExemptRequestTime                  Reading[float64] // percent of one thread
	LeaderThrottled, FollowerThrottled Reading[float64]

	Requests    []RequestKind // by name
	Purgatories []Purgatory   // by operation
	Addresses   []Address     // that connect most often first; Kafka counts them only where a connection quota is set for addresses

	Software []Software     // most connections first
	Usage    []tenant.Usage // what each client uses, as the broker counts it for its quotas
	Coverage Coverage
}

// Processor is one network thread.
type Processor struct {
	Listener  string // "" where the exporter doesn't tell
	Number    string
	Idle      Reading[float64]
	Responses Reading[float64] // that wait for it
}

// Listener is what happens at one listener, on all its processors together. Its rates are per second.
type Listener struct {
	Name         string
	Connections  Reading[float64] // open
	Opened       Reading[float64] // connections
	FailedLogins Reading[float64] // TLS handshakes that fail are among them
	Blocked      Reading[float64] // 0..1: the share of time in which no processor took a new connection off its acceptor
}

// Purgatory is where requests wait for what completes them.
type Purgatory struct {
	Operation string // Kafka's name: Produce, Fetch, …
	Size      Reading[float64]
}

// Address is how often one IP address connects.
type Address struct {
	IP   string
	Rate float64 // connections a second that are accepted
}

// Phase is where a request's time goes.
type Phase struct {
	Name string
	Mean Reading[float64] // ms, over the time between two looks; of the last minutes where only a median is exported
	P99  Reading[float64] // ms, over about the last five minutes
}

// RequestKind is one kind of request: an API's name, or FetchConsumer and FetchFollower, which together are Fetch.
type RequestKind struct {
	Name   string
	Rate   Reading[float64]
	Total  Phase
	Phases []Phase // in the order in which a request passes through them; together they are the total
	// Throttle is what a quota made the broker tell clients to wait, no part of the total (KIP-219).
	Throttle Phase
	Errors   []ErrorRate // most often first, without NONE
}

// ErrorRate is how often answers of one kind hold an error.
type ErrorRate struct {
	Error string           // Kafka's name: NOT_LEADER_OR_FOLLOWER, …
	Rate  Reading[float64] // per second
}

// Software is how many connections one client library in one version has.
type Software struct {
	Name, Version string
	Connections   int
}

// Have says whether a pillar of the metrics can be had of a broker.
type Have string

// The answers.
const (
	Available     Have = "available"
	NotExported   Have = "not exported"
	NotApplicable Have = "not applicable"
	Unreachable   Have = "unreachable"
)

// TenantsPillar is the pillar of what each client uses.
const TenantsPillar = "tenants"

// Pillar is one group of metrics, and what the exporter shows of it.
type Pillar struct {
	Name string
	Have Have
	Why  string // what follows, or what to do; "" where it is available
	Rule string // for the JMX exporter's configuration, before its other rules; "" where none helps
}

// Coverage is what an exporter shows.
type Coverage struct {
	Dialect  string
	Pillars  []Pillar
	Lines    int
	Bad      int
	FirstBad string
}
