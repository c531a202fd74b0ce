package state

import (
	"maps"
	"slices"
	"time"

	"kdeck/ops/tenant"
)

// State is all that the console and the commands know at one moment. It is immutable: the poll makes a new one
// every time, and the latest wins.
type State struct {
	Seq     uint64    // grows by one with each State of a run
	Now     time.Time // the clock of whoever made it; ages are counted from here, never from the wall
	Context string    // the name that stands for the cluster: the context's, or the first bootstrap address as typed
	Color   string    // the context's colour, "" for none
	// Production marks a context that its owner calls production.
	Production bool

	// Snapshot is nil before the first answer; Waiting then says what for.
	Snapshot *Snapshot
	Waiting  string

	Verdict  Verdict
	Findings []Finding // worst first

	// Failed is why the last poll could not make a new Snapshot; the one here is then older than Now.
	Failed string

	Spent Spent

	// Metrics is what each broker's exporter said, by broker id. It is nil where no metrics are read, and NoMetrics then
	// says why. Where the last poll had no answer of a broker its reading is unknown and says why; its Value is then what
	// the exporter said last, with its own At, and nil where it never said anything: fit to be shown with its age, never as
	// if it were of now.
	Metrics   map[int32]Reading[*BrokerMetrics]
	NoMetrics string
	// MetricsConfigured: the context says where metrics are. Else conventional ports are tried on hosts that it names, and
	// brokers without metrics are no failure.
	MetricsConfigured bool

	// Ends is where the logs end, each partition with a time of its own, and how many records a second are written to it. nil: not
	// read yet, or a saved cluster.
	Ends *Offsets
	// Groups are the consumer groups. nil: not read yet, or a saved cluster that doesn't have them; NoGroups then says so.
	Groups   *Groups
	NoGroups string
	// Transactions are those that have held readers back for longer, with their producers. nil: as of Groups.
	Transactions *Transactions
	// Topics are the configs and the newest records of topics. nil: not read yet, or a saved cluster.
	Topics *TopicFacts

	// Settings are what the cluster is configured to. nil: not read, or a saved cluster that doesn't have them.
	Settings *Settings

	// Quotas are the cluster's quota records. Of records that could not be read again Why says why, and At how old they are.
	Quotas      Reading[*tenant.Quotas]
	Threads     map[int32]tenant.Threads // what each broker can spend on requests; none where its configs weren't read
	TenantRules tenant.Rules             // of the context
	Calm        Calm                     // of the context
	AsksHosts   bool                     // the context says how the brokers' machines are asked what their threads wait for

	// Host is the latest look at the machine that kdeck runs on; nil where a cluster is shown.
	Host *Host

	// Audit is what kdeck did to the cluster from this machine. Its Value is nil where that isn't known.
	Audit Reading[*Audit]
}

// Spent is what the observer itself asked of the cluster so far.
type Spent struct {
	Requests  int64   // of Kafka's protocol, and pages of the brokers' exporters
	Bytes     int64   // of both, sent and received
	PerSecond float64 // requests a second, over the last poll interval
}

// Answering counts the brokers that answered kdeck themselves, and all that are known.
func (s *State) Answering() (answering, known int) {
	if s.Snapshot == nil {
		return 0, 0
	}
	for i := range s.Snapshot.Brokers {
		if s.Snapshot.Brokers[i].Answered.Known {
			answering++
		}
	}
	return answering, len(s.Snapshot.Brokers)
}

// Age is how old the snapshot is, and false before the first one.
func (s *State) Age() (time.Duration, bool) {
	if s.Snapshot == nil {
		return 0, false
	}
	return s.Now.Sub(s.Snapshot.Taken), true
}

// Usages lists what the metrics of the brokers say of their clients, in order of the brokers' ids. Metrics that aren't known are
// left out.
func (s *State) Usages() []tenant.Usage {
	var usages []tenant.Usage
	for _, id := range slices.Sorted(maps.Keys(s.Metrics)) {
		if m := s.Metrics[id]; m.Known {
			usages = append(usages, m.Value.Usage...)
		}
	}
	return usages
}

// BrokersMeasured counts the brokers whose metrics show what each client uses, or would if one was at work: what is known of clients is
// known on these.
func (s *State) BrokersMeasured() int {
	n := 0
	for _, m := range s.Metrics {
		if m.Known && (len(m.Value.Usage) > 0 || !m.Value.Coverage.Lacks(TenantsPillar)) {
			n++
		}
	}
	return n
}

// LimitsUnknown says why the quota records don't tell the limits of clients, "" where they do.
func (s *State) LimitsUnknown() string {
	callback := ""
	for _, t := range s.Threads {
		callback = max(callback, t.CallbackWarning())
	}
	switch {
	case callback != "":
		return callback
	case !s.Quotas.Known && s.Quotas.Why == "":
		return "the quota records aren't known"
	case !s.Quotas.Known:
		return s.Quotas.Why
	}
	return ""
}
