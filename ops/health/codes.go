package health

// The codes of findings. They are part of the JSON that scripts read: new ones are added, none is renamed.
const (
	// NoController (critical): the quorum has no leader, or none that answers what brokers forward to it. Leaders can't be
	// elected, nothing can be changed.
	NoController = "no-controller"
	// Leaderless (critical): partitions without a leader, or led by a broker that isn't alive; can be neither written nor read.
	Leaderless = "leaderless-partitions"
	// UnderMinISR (critical): fewer in sync than min.insync.replicas; writes with acks=all are refused.
	UnderMinISR = "under-min-isr"
	// Unreachable (critical, but the verdict is unknown): no broker answered the last poll.
	Unreachable = "unreachable"

	// BrokerDown (warning): a broker that is registered or holds replicas isn't alive.
	BrokerDown = "broker-down"
	// UnderReplicated (warning): partitions with fewer in sync than replicas, as Kafka counts them.
	UnderReplicated = "under-replicated"
	// MinISRAboveRF (warning): topics whose min.insync.replicas is above their number of replicas.
	MinISRAboveRF = "min-isr-above-rf"
	// LogDirOffline (warning): a broker says that one of its log dirs failed.
	LogDirOffline = "log-dir-offline"
	// DiskNearlyFull (info; warning below 5 % left, or where it is full within an hour): the volume of a log dir has little room left.
	DiskNearlyFull = "disk-nearly-full"
	// OfflineReplicas (warning): replicas of a live broker are offline, and no failed log dir that is known explains it.
	OfflineReplicas = "offline-replicas"
	// StuckMove (warning): a reassignment that can't finish: a target that can't take replicas, or nothing to copy from.
	StuckMove = "stuck-move"
	// StaleBroker (warning): a live broker doesn't keep up with the metadata log, seen in two looks or by the quorum's leader.
	StaleBroker = "stale-broker"
	// VoterSilent (warning): a controller has stopped fetching from the quorum's leader.
	VoterSilent = "voter-silent"
	// ChangeOverdue (warning): a temporary change of a limit or a logger is still in force after its time.
	ChangeOverdue = "change-overdue"

	// HangingTransaction (warning): a transaction is open in a partition, and no coordinator will ever end it (KIP-664).
	HangingTransaction = "hanging-transaction"
	// OverdueTransaction (warning): a transaction is older than its timeout, and its coordinator has not ended it.
	OverdueTransaction = "overdue-transaction"
	// StalledTransaction (info): the producer of a transaction writes nothing any more, and readers wait until it is aborted.
	StalledTransaction = "stalled-transaction"

	// SlowBroker (warning): a broker takes far longer to answer kdeck than the others do, and the path to it isn't why.
	SlowBroker = "slow-broker"
	// SlowPath (warning; info where it is so for a whole rack): answers of a broker take long to arrive, because of the path from here to it.
	SlowPath = "slow-path"
	// AllSlowToAnswer (warning; the verdict is at best unknown): all brokers take long to answer kdeck.
	AllSlowToAnswer = "all-slow-to-answer"

	// CertificateExpired (warning): a broker's listener shows a certificate whose time is over.
	CertificateExpired = "certificate-expired"
	// CertificateEnding (info; warning in its last three days or tenth): a certificate will expire soon.
	CertificateEnding = "certificate-ends-soon"

	// RequestQueueLong (warning): many requests wait for a handler though handlers have time.
	RequestQueueLong = "request-queue-long"
	// ProducesWait (warning): Produce requests with acks=all wait long for followers.
	ProducesWait = "produce-requests-wait"
	// MemoryPoolEmpty (warning): the memory for requests is used up, so that network threads read none.
	MemoryPoolEmpty = "request-memory-used-up"
	// CleanerStopped (warning where a thread of the log cleaner is dead, else info): compacted partitions are not compacted any more, and grow.
	CleanerStopped = "log-cleaner-stopped"
	// NetworkThreadsBusy (info; warning below 10 % idle): a broker's network threads are less than 30 % idle, in three polls in a
	// row, or as the broker counts it over a minute.
	NetworkThreadsBusy = "network-threads-busy"
	// HotNetworkThread (info; warning below 10 % idle): single network threads have no time left though the others have.
	HotNetworkThread = "hot-network-thread"
	// RequestHandlersBusy (info; warning below 10 % idle): the same of a broker's request handlers.
	RequestHandlersBusy = "request-handlers-busy"
	// ConnectionStorm (info; warning where others wait to be connected): clients open connections all the time.
	ConnectionStorm = "connection-storm"
	// FailedLogins (info): logins fail at a listener all the time, or TLS handshakes.
	FailedLogins = "failed-logins"
	// UnevenLoad (info): producers write to one broker far more than to the others.
	UnevenLoad = "uneven-load"
	// CatchUpThrottled (info): replicas that are out of sync are copied under a throttle.
	CatchUpThrottled = "catching-up-throttled"
	// MetricsNotRead (warning; the verdict is at best unknown): a live broker gives no metrics though the context says where
	// they are.
	MetricsNotRead = "metrics-not-read"

	// GroupUncoordinated (warning, critical without a leader): the partition that keeps groups' offsets has no leader or too few in sync: their commits
	// fail.
	GroupUncoordinated = "group-uncoordinated"
	// GroupsOnBroker (warning): several groups lag on the partitions of one broker.
	GroupsOnBroker = "groups-lag-on-broker"
	// GroupStuck (info; warning where Kafka may be why): a group with members does not get on, with records to read.
	GroupStuck = "group-stuck"
	// GroupsLeft (info): groups without members have records to read.
	GroupsLeft = "groups-without-members"
	// GroupUnsettled (info): a group rebalances again and again.
	GroupUnsettled = "group-unsettled"
	// GroupBehind (info; warning where Kafka may be why): a group reads, and falls behind.
	GroupBehind = "group-behind"
	// ColdReader (info; warning where threads of the broker are short of time too): a group reads far behind, from disks.
	ColdReader = "cold-reader"

	// BrokerNotAnswering (warning, the verdict is at best unknown; info where it is one broker and one look): alive to the cluster, but
	// without an answer for kdeck.
	BrokerNotAnswering = "broker-not-answering"
	// MaybeStale (warning; the verdict is at best unknown): metadata far behind the others, seen in one look only.
	MaybeStale = "maybe-stale-broker"
	// NotRead: something could not be read. Where that could hide a problem (see the package's table) it is a warning, and the
	// verdict is at best unknown; elsewhere it is an info.
	NotRead = "not-read"

	// AtMinISR (info): partitions with a replica missing that can't lose another without refusing writes.
	AtMinISR = "at-min-isr"
	// ClientsThrottled (info): clients use more than their quotas let them, so brokers throttle them, as intended.
	ClientsThrottled = "clients-throttled"
	// Moving (info): reassignments in progress.
	Moving = "moves-in-progress"
	// LeftoverThrottle (info; warning where partitions of the topic are under-replicated): a topic keeps its lists of
	// throttled replicas though none of its partitions moves.
	LeftoverThrottle = "leftover-throttle"
	// Unlisted (info): brokers hold replicas of topics that the metadata doesn't list.
	Unlisted = "unlisted-topics"

	// What follows is found by Doctor alone; no verdict rests on it.

	// ThrottleLeft (warning): brokers throttle replication though nothing is being moved.
	ThrottleLeft = "throttle-left"
	// FutureReplicas (warning): replicas are being moved between log dirs of one broker.
	FutureReplicas = "future-replicas"
	// OneReplica (warning): topics with replication factor 1.
	OneReplica = "rf-1"
	// StrictMinISR (warning): topics whose min.insync.replicas leaves no replica to spare.
	StrictMinISR = "min-isr-above-rf-1"
	// ConfigsDiffer (warning): brokers have different values of a config that should be the same.
	ConfigsDiffer = "configs-differ"
	// NoJMXReporter (warning): a broker shows part of its metrics only to a reporter of its own.
	NoJMXReporter = "no-jmx-reporter"
	// QuotaCallback (info): a class of the cluster's own decides on quotas.
	QuotaCallback = "quota-callback"
	// RequestLog (warning): a broker logs every request.
	RequestLog = "request-log"
	// HostUnasked (warning): a broker's machine can't be asked what its threads wait for as the context says.
	HostUnasked = "host-unasked"
	// JournalUnread (warning): the journal of what was changed from this machine can't be read.
	JournalUnread = "journal"
	// ChangeHeld (info): a temporary change whose time isn't over yet.
	ChangeHeld = "change-held"
	// Observed (info): brokers count thread time because kdeck had them do so.
	Observed = "observed"

	// What follows is found on the broker's own machine (HostFindings); no verdict of the cluster rests on it.

	// HostNetworkOnDisk (warning): a network thread waits for the disk, and its other connections behind it (KAFKA-7504).
	HostNetworkOnDisk = "network-thread-on-disk"
	// HostQueueFull (warning): network threads wait for a lock, as they do when the request queue is full.
	HostQueueFull = "network-threads-locked"
	// HostHandlersWrite, HostHandlersRead and HostHandlersFault (warning): request handlers wait for the disk when they write, when they read, for pages of mapped files.
	HostHandlersWrite = "handlers-wait-to-write"
	HostHandlersRead  = "handlers-wait-to-read"
	HostHandlersFault = "handlers-wait-for-pages"
	// HostNoCore (warning): threads could run and find no core.
	HostNoCore = "no-free-core"
	// HostCPUQuota (warning): the CPU quota of the broker's control group holds it back.
	HostCPUQuota = "cpu-quota"
	// HostJVMPauses (warning): the whole JVM stands still often, or for long.
	HostJVMPauses = "jvm-pauses"
	// HostProcessStopped (warning): the process was stopped by a signal.
	HostProcessStopped = "process-stopped"
	// HostDeviceSlow (info): the device of a log dir has work all the time, and takes long.
	HostDeviceSlow = "device-slow"
	// HostDescriptors and HostMaps (warning): the broker is near the limit of open descriptors, of memory maps.
	HostDescriptors = "descriptors-nearly-used"
	HostMaps        = "maps-nearly-used"
	// HostListenDrops (warning): the kernel drops new connections, since the queue of a listener is full.
	HostListenDrops = "listen-queue-full"
	// HostNetworkLoses (info): many segments are sent again.
	HostNetworkLoses = "retransmits"
	// HostMemoryShort (warning): tasks wait for memory.
	HostMemoryShort = "memory-pressure"
	// HostWell (ok): nothing on the machine keeps the broker waiting. It stands alone.
	HostWell = "host-well"

	// Well (ok): nothing was found; says what was looked at. It stands alone.
	Well = "all-well"
)

// order is how findings of one severity are listed: what an on-call needs first comes first.
var order = rankOf(
	Unreachable, NoController, Leaderless, UnderMinISR,
	BrokerDown, LogDirOffline, OfflineReplicas, DiskNearlyFull, CertificateExpired, StaleBroker, BrokerNotAnswering, MaybeStale, SlowBroker, UnderReplicated, StuckMove, MinISRAboveRF,
	GroupUncoordinated, ColdReader, HangingTransaction, OverdueTransaction, StalledTransaction, RequestHandlersBusy, RequestQueueLong, MemoryPoolEmpty, ProducesWait, NetworkThreadsBusy, HotNetworkThread, ConnectionStorm, FailedLogins, CleanerStopped,
	GroupsOnBroker, GroupStuck, GroupsLeft, GroupUnsettled, GroupBehind,
	CertificateEnding, SlowPath, AllSlowToAnswer, VoterSilent, ChangeOverdue, NotRead, MetricsNotRead, AtMinISR, CatchUpThrottled, UnevenLoad, ClientsThrottled, Moving, LeftoverThrottle, Unlisted, Well,
)

func rankOf(codes ...string) map[string]int {
	ranks := make(map[string]int, len(codes))
	for i, c := range codes {
		ranks[c] = i
	}
	return ranks
}
