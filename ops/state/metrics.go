package state

import (
	"slices"
	"time"

	"kdeck/ops/tenant"
)

// BrokerMetrics is what one broker's metrics say, derived from the best source that its exporter gives. Rates are per
// second. The names in JSON are those of `kdeck brokers`.
type BrokerMetrics struct {
	ID   int32     `json:"-"`
	At   time.Time `json:"-"`
	From string    `json:"-"`

	NetworkIdle Reading[float64] `json:"network_idle"` // 0..1, mean of the processors
	HandlerIdle Reading[float64] `json:"handler_idle"` // 0..1
	Processors  []Processor      `json:"-"`            // by listener and number

	BytesIn       Reading[float64] `json:"bytes_in"`
	BytesOut      Reading[float64] `json:"bytes_out"`
	MessagesIn    Reading[float64] `json:"messages_in"`
	RequestQueue  Reading[float64] `json:"request_queue"`
	ResponseQueue Reading[float64] `json:"response_queue"`
	ISRShrinks    Reading[float64] `json:"isr_shrinks"`
	DiskRead      Reading[float64] `json:"disk_read"`     // bytes that came from the disk, not the page cache
	DiskWrite     Reading[float64] `json:"disk_write"`    // bytes that went to the disk
	CleanerDirty  Reading[float64] `json:"cleaner_dirty"` // percent

	ReplicationIn, ReplicationOut      Reading[float64] `json:"-"`
	FailedProduce, FailedFetch         Reading[float64] `json:"-"`
	ISRExpands                         Reading[float64] `json:"-"`
	UnderReplicated, UnderMinISR       Reading[float64] `json:"-"`
	Leaders, Partitions                Reading[float64] `json:"-"`
	OfflineLogDirs                     Reading[float64] `json:"-"`
	DeadCleaners                       Reading[float64] `json:"-"` // threads of the log cleaner that ended by an error
	Uncleanable                        Reading[float64] `json:"-"` // partitions that the log cleaner skips after an error
	PoolEmpty                          Reading[float64] `json:"-"` // 0..1, of the time in which the memory for requests was used up
	ActiveController                   Reading[float64] `json:"-"`
	ExemptRequestTime                  Reading[float64] `json:"-"` // percent of one thread
	LeaderThrottled, FollowerThrottled Reading[float64] `json:"-"`

	Requests    []RequestKind `json:"request_kinds"`   // by name
	Listeners   []Listener    `json:"listeners"`       // by name
	Software    []Software    `json:"client_software"` // most connections first
	Purgatories []Purgatory   `json:"purgatories"`     // by operation
	Addresses   []Address     `json:"addresses"`       // that connect most often first; Kafka counts them only where a connection quota is set for addresses

	Usage    []tenant.Usage `json:"-"` // what each client uses, as the broker counts it for its quotas
	Topics   *TopicTraffic  `json:"-"` // nil: not asked for, or the exporter shows none
	Coverage Coverage       `json:"-"`
}

// Processor is one network thread.
type Processor struct {
	Listener  string           `json:"-"` // "" where the exporter doesn't tell
	Number    string           `json:"number"`
	Idle      Reading[float64] `json:"idle"`
	Responses Reading[float64] `json:"-"` // that wait for it
}

// String is the thread as Kafka numbers it, with its listener where that is known: "3 of CLIENT".
func (p Processor) String() string {
	if p.Listener == "" {
		return p.Number
	}
	return p.Number + " of " + p.Listener
}

// Listener is what happens at one listener, on all its processors together. Its rates are per second.
type Listener struct {
	Name         string           `json:"name"`
	Connections  Reading[float64] `json:"connections"`      // open
	Opened       Reading[float64] `json:"opened"`           // connections
	FailedLogins Reading[float64] `json:"failed_logins"`    // TLS handshakes that fail are among them
	Blocked      Reading[float64] `json:"acceptor_blocked"` // 0..1: the share of time in which no processor took a new connection off its acceptor
}

// Purgatory is where requests wait for what completes them.
type Purgatory struct {
	Operation string           `json:"operation"` // Kafka's name: Produce, Fetch, …
	Size      Reading[float64] `json:"size"`      // requests
}

// Address is how often one IP address connects.
type Address struct {
	IP   string  `json:"ip"`
	Rate float64 `json:"rate"` // connections a second that are accepted
}

// Phase is where a request's time goes.
type Phase struct {
	Name string           `json:"name"`
	Mean Reading[float64] `json:"mean_ms"` // over the time between two looks; of the last minutes where only a median is exported
	P99  Reading[float64] `json:"p99_ms"`  // over about the last five minutes
}

// RequestKind is one kind of request: an API's name, or FetchConsumer and FetchFollower, which together are Fetch.
type RequestKind struct {
	Name   string           `json:"name"`
	Rate   Reading[float64] `json:"rate"`
	Total  Phase            `json:"total"`
	Phases []Phase          `json:"phases"` // in the order in which a request passes through them; together they are the total
	// Throttle is what a quota made the broker tell clients to wait, no part of the total (KIP-219).
	Throttle Phase       `json:"throttle"`
	Errors   []ErrorRate `json:"errors"` // most often first, without NONE
}

// ErrorRate is how often answers of one kind hold an error.
type ErrorRate struct {
	Error string           `json:"error"` // Kafka's name: NOT_LEADER_OR_FOLLOWER, …
	Rate  Reading[float64] `json:"rate"`  // per second
}

// Software is how many connections one client library in one version has.
type Software struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Connections int    `json:"connections"`
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

// Lacks tells whether an exporter doesn't show a pillar.
func (c Coverage) Lacks(pillar string) bool {
	return slices.ContainsFunc(c.Pillars, func(p Pillar) bool { return p.Name == pillar && p.Have == NotExported })
}

// Coverage is what an exporter shows.
type Coverage struct {
	Dialect  string
	Pillars  []Pillar
	Lines    int
	Bad      int
	FirstBad string
	// Swallowed says which rule hides some clients, because it writes several tags into one label; "" none does.
	Swallowed string
	// QuotaRule is for the configuration of an exporter whose rules may drop series of clients; "" where it shows every bean.
	QuotaRule string
}
