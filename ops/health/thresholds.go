package health

import "time"

// Every threshold that a judgement rests on stands here once, those of tenants in ops/tenant (thresholds.go). Commands and
// panes ask for the judgement and never compare with a number of their own.

// Idle shares of a broker's threads, 0..1. Kafka's documentation asks for more than 0.3 (monitoring.md, "ideally > 0.3");
// below 0.1 requests wait for a thread.
const (
	IdleLow = 0.30
	IdleBad = 0.10
)

// CulpritShare is the share of a broker's busy thread time from which on the tenant that takes it is to blame for it, and not Kafka: more than all
// others together.
const CulpritShare = 0.5

// Followers are slow where ProducesWaiting Produce requests wait for them and each waits ProducesWaitMS milliseconds on average. An idle follower has a leader hold
// its fetch for up to 500 ms (replica.fetch.wait.max.ms) and is answered as soon as there is something, so that to wait longer is no waiting for a fetch to be
// sent. Fewer requests may be those of a single client.
const (
	ProducesWaiting = 100
	ProducesWaitMS  = 500
)

// PoolOftenEmpty is the share of time, 0..1, in which the memory for requests may be used up (queued.max.request.bytes, KIP-72). In that time network threads read
// no request, though they count as idle. Kafka gives no figure; a twentieth is what one in twenty requests feels.
const PoolOftenEmpty = 0.05

// MetricsLate is how long a broker's exporter may fail, from its last answer on, before its metrics count as not read: three polls. An exporter that is slow
// once, as many are while the JVM collects garbage, hides nothing.
const MetricsLate = 15 * time.Second

// RestartFor is how long a dead broker is best started again, before its replicas are moved elsewhere: what it missed is copied sooner than all that it
// holds. Cruise Control waits as long (broker.failure.self.healing.threshold.ms).
const RestartFor = 30 * time.Minute

// QueueLong is how many requests that wait for a handler are too many: half of what the queue takes by default (queued.max.requests is 500). When it is full,
// network threads wait.
const QueueLong = 250

// IdleWell is the idle share above which threads that were below IdleBad have enough time again: what is about IdleBad makes one verdict and not many.
const IdleWell = 0.15

// BelowOthers is how much less idle than the others on average a network thread must be to be pointed out between IdleBad
// and IdleLow.
const BelowOthers = 0.3

// A broker is why replicas lag where MostOfThem are its followers' or its own, as a share of 0..1; a leader only where that is LedMore times its share of all that is
// led. One broker that stands out tells a slow broker from a cluster without capacity ("Kafka: The Definitive Guide", on under-replicated partitions).
const (
	MostOfThem = 0.7
	LedMore    = 2
)

// LeftFor is how old a record is that waits for a group without members before that is said: consumers that are started anew are back by then. A look asks for what is
// 45 s old (lag.Left), and takes some seconds.
const LeftFor = 40 * time.Second

// EnoughPeers is how many brokers it takes for their median to say what is normal. Of three, the median absolute
// deviation is the distance between two of them, so that any two that happen to be alike would make the third one stand
// out.
const EnoughPeers = 4

// FarOff is how many robust standard deviations from the median of the peers a figure is pointed out (3.5: Iglewicz and
// Hoaglin, "How to Detect and Handle Outliers", 1993).
const FarOff = 3.5

// A phase of a request is long where it takes so many times what it takes the median of the peers, and so many
// milliseconds more.
const (
	TimesLonger = 3
	LongerMS    = 5
)

// AnyRate is the rate per second from which something happens at all: less is written as 0.0.
const AnyRate = 0.05

// MetricsFresh is the age up to which metrics count as of now: they are judged, and beyond it they count as not read, be
// the exporter silent or the scrape of a Prometheus server of long ago. A server scrapes once a minute as a rule, and a
// scrape may be late.
const MetricsFresh = 2 * time.Minute

// OldAfter is the age from which what is shown is marked as old: six looks or polls were missed.
const OldAfter = 30 * time.Second

// SilentAfter is how long a node may go without fetching the metadata log before it counts as silent. A healthy one
// fetches at least every 0.5 s (controller.quorum.fetch.timeout.ms is 2 s, a broker's session ends after 9 s).
const SilentAfter = 10 * time.Second

// FarBehind is how many metadata records a broker must be behind the others for that to be said after one look. Brokers
// are asked at slightly different times, and an idle cluster writes two records a second, a busy one many more.
const FarBehind = 100

// A broker is slow that takes so much longer to answer ApiVersions than the others, and so many times as long, at so many looks running. The answer needs
// nothing but a network thread and a request handler, and takes a millisecond or two. 100 ms is beyond the pauses of a healthy broker's garbage collection
// (G1's default goal is 200 ms, seldom reached, and the least of three answers counts) and beyond what brokers of one cluster are apart: acks=all waits for it.
const (
	SlowBy    = 100 * time.Millisecond
	SlowTimes = 5
	SlowLooks = 2
)

// All brokers are slow where half of them take so much longer than usual and so many times as long, or AllSlow where it isn't known yet what is usual.
const (
	AllSlowBy    = 500 * time.Millisecond
	AllSlowTimes = 10
	AllSlow      = time.Second
)

// UsualLooks is how many of the latest looks tell what is usual, five minutes of a Watch, and LooksToKnow how many it takes at least.
const (
	UsualLooks  = 60
	LooksToKnow = 12
)

// The share of a log dir's volume that is left, 0..1. Alerts in public use begin at 15 % (Strimzi, Sumo Logic); many brokers are run so full by plan, so that
// kdeck informs below 10 %. Kafka stops writing to a dir at the first error, and takes all its replicas offline.
const (
	DiskLow = 0.10
	DiskBad = 0.05
)

// A volume that is full within DiskSoon at the rate at which it fills up is as bad as one that is full, within DiskLater it is worth knowing. The rate is seen
// over DiskSeen at least, from what was left every DiskPace, back to DiskBack ago.
const (
	DiskSoon  = time.Hour
	DiskLater = 6 * time.Hour
	DiskSeen  = 15 * time.Minute
	DiskPace  = time.Minute
	DiskBack  = time.Hour
)

// A certificate is worth a word when it has less than CertificateLow left (Strimzi's alert) or a quarter of its time, and is urgent below CertificateBad or a
// tenth.
const (
	CertificateLow = 30 * 24 * time.Hour
	CertificateBad = 3 * 24 * time.Hour
)

// A storm of connections is StormRate new ones a second at one listener of one broker: clients keep theirs for minutes or days, and each costs a network
// thread about as much as several requests, with TLS a hundred times that. It does harm from BlockedShare of the time on in which an acceptor finds no network
// thread (AcceptorBlockedPercent; 80 % were seen at adidas), or where those are short of time.
const (
	StormRate    = 50
	BlockedShare = 0.10
)

// Logins that fail are worth a word from FailedLoginRate a second at one listener of one broker: a client that tries again and again. Where NearlyAllRefused of
// the connections end so, it is no single client.
const (
	FailedLoginRate  = 0.2
	NearlyAllRefused = 0.9
)

// A broker gets far more from producers than the others from UnevenTimes their median on, and so many bytes a second more; its leaders are the reason where it
// has UnevenLeaders times its share of them (1.5: the skew at which "Kafka: The Definitive Guide" has partitions moved).
const (
	UnevenTimes   = 3
	UnevenBytes   = 1e6
	UnevenLeaders = 1.5
)

// minLookGap is how far apart two looks must be for the second to confirm what the first showed.
const minLookGap = time.Second

// What samples of a client's use must be like for a prediction of when it reaches its limit.
const (
	OutlookPolls  = 8                // samples, at least
	OutlookSpan   = 30 * time.Second // from the first to the last, at least
	OutlookBack   = 10 * time.Minute // how old they may be
	OutlookFit    = 0.6              // the part of the variance that a straight line explains, at least
	OutlookRise   = 0.05             // the rise over the span as a part of the mean, at least
	OutlookBeyond = time.Hour        // nothing is predicted beyond
)

// What a look at the broker's own machine points out, as shares of its time. A healthy broker's network threads and request handlers are in state D for far less than
// a hundredth of it: writes go to the page cache, and reads come from there. The case of KAFKA-7504 showed 72 % in a thread.
const (
	HostThreadOnDisk     = 0.15 // of one network thread, in state D
	HostHandlersOnDisk   = 0.10 // of request handlers on average
	HostHandlersTogether = 0.60 // of one thread, by all request handlers together: one that writes holds the partition's lock, and the others wait for it in futex
	HostThreadLocked     = 0.20 // of one network thread, in futex
	HostCoreWait         = 0.20 // of a group of threads on average: they could run and have no core
	HostQuotaHolds       = 0.05 // in which a CPU quota holds the broker back
	HostPaused           = 0.05 // in which the whole JVM stands still: G1 aims at far less (GCTimeRatio 12 is 8 % under full load)
	HostStopped          = 0.02 // in which the process is stopped by a signal
	HostMemoryPressure   = 0.10 // in which some task waits for memory (PSI)
	HostDeviceBusy       = 0.95 // in which a device has work
	HostLimitNear        = 0.80 // of a limit of the kernel
)

// HostPause is the length of one pause of the JVM from which it is told: clients' requests wait as long, and a few of them end a broker's session (9 s).
const HostPause = time.Second

// HostDeviceWaitMS is how long a read or a write of a device that is always busy takes on average, in milliseconds, where that is told: more than a seek and a
// turn of a disk under load.
const HostDeviceWaitMS = 50

// HostLoss is the share of the segments sent again from which it is told: a connection's throughput falls with the root of the loss (Mathis and others, 1997). On an
// overloaded machine 1.2 % of what goes over its own loopback is sent again, for acknowledgements that come late (tail loss probes): that is no loss.
const HostLoss = 0.03

// HostDrops and HostRetransmits are events a second of the kernel's network.
const (
	HostDrops       = 1
	HostRetransmits = 10
)
