package metrics

// A Metric is something that a broker measures, whatever an exporter names it.
type Metric uint8

// The metrics. In brackets: the labels that tell its series apart, in the order of [Key.Tags].
const (
	NetworkIdleAvg     Metric = iota + 1 // 0..1, mean of all processors of all listeners
	ProcessorIdle                        // 0..1 ["", processor]: processors are numbered across listeners
	HandlerIdle                          // a meter of idle nanoseconds by thread
	BrokerHandlerIdle                    // the broker's part of it on a combined node (KIP-1207, Kafka 4.2+)
	RequestQueue                         // requests
	ResponseQueue                        // responses, of all processors
	ProcessorResponses                   // responses ["", processor]
	AcceptorBlocked                      // a meter of nanoseconds [listener]
	Requests                             // [request], of all versions together
	Errors                               // [request, error]
	RequestQueueTime                     // ms [request]
	LocalTime                            // ms [request]
	RemoteTime                           // ms [request]
	ResponseQueueTime                    // ms [request]
	ResponseSendTime                     // ms [request]
	ThrottleTime                         // ms [request]; sent to the client, no part of the total (KIP-219)
	TotalTime                            // ms [request]
	BytesIn                              // bytes, of all topics
	BytesOut                             // bytes to consumers, without replication
	MessagesIn
	ReplicationBytesIn
	ReplicationBytesOut
	FailedProduce
	FailedFetch
	UnderReplicated
	UnderMinISR
	Partitions
	Leaders
	ISRShrinks
	ISRExpands
	ActiveController // 1 on the controller that leads
	CleanerDirty     // percent; Kafka 3.9 rounds it to 0 or 100
	OfflineLogDirs
	DiskRead // bytes that the process had the disk read (KIP-551), cumulative
	DiskWrite
	Purgatory // requests [operation]

	DeadCleaners // threads of the log cleaner that ended by an error
	Uncleanable  // partitions that the log cleaner skips after an error [log dir]
	PoolEmpty    // 0..1, of the time in which the memory for requests was used up (queued.max.request.bytes)

	IOWaitRatio       // 0..1 [listener, processor]
	IOWaitTime        // nanoseconds, cumulative [listener, processor]
	Connections       // [listener, processor]
	ConnectionsOpened // per second, or counted [listener, processor]
	FailedLogins      // per second, or counted [listener, processor]
	ClientSoftware    // connections [name, version]
	IPConnections     // accepted per second [ip]; only under a connection quota

	TopicBytesIn  // bytes from producers [topic]; where topics are wanted
	TopicBytesOut // bytes to consumers [topic]

	ProduceRate       // bytes a second [user, client-id]
	FetchRate         // bytes a second [user, client-id]
	RequestTime       // percent of one thread [user, client-id]
	MutationRate      // partitions a second [user, client-id]
	MutationTokens    // left in the bucket, may be below 0 [user, client-id]
	ProduceThrottle   // ms [user, client-id], NaN: not throttled
	FetchThrottle     // ms [user, client-id]
	RequestThrottle   // ms [user, client-id]
	MutationThrottle  // ms [user, client-id]
	ExemptRequestTime // percent of one thread, of what no request quota applies to
	LeaderThrottled   // bytes a second that replication from this broker took under a throttle
	FollowerThrottled

	metrics // the number of metrics plus 1
)

// An Attr is the attribute of a metric that a series holds.
type Attr uint8

// The attributes, by their names in Kafka's beans.
const (
	Value Attr = iota
	Count
	Rate1 // OneMinuteRate
	MeanRate
	Mean // since the process began
	Sum
	P50
	P75
	P95
	P98
	P99
	P999
	skipped     // an attribute that isn't used
	untold      // of a name that says no attribute, on a page whose help says none either
	swallowed   // of a key: its tags can't be told apart
	kindless    // of a key: it is of a client under a kind of quota that isn't told
	clashing    // of a key: several series of a page have it
	meanOrCount // a meter's name without a suffix: a count by Confluent's rules, a mean by others
)

type kind uint8

const (
	gauge kind = iota
	meter
	histogram
)

// bean is a metric of Kafka's server ("Yammer") kind: one bean for each name, with attributes.
type bean struct {
	domain, kind string
	name         string
	shape        kind
	metric       Metric
	tags         [2]string // squashed labels; "": none
}

var beans = []bean{
	{"kafka.network", "SocketServer", "NetworkProcessorAvgIdlePercent", gauge, NetworkIdleAvg, [2]string{}},
	{"kafka.network", "Processor", "IdlePercent", gauge, ProcessorIdle, [2]string{"", "networkprocessor"}},
	{"kafka.server", "KafkaRequestHandlerPool", "RequestHandlerAvgIdlePercent", meter, HandlerIdle, [2]string{}},
	{"kafka.server", "KafkaRequestHandlerPool", "BrokerRequestHandlerAvgIdlePercent", meter, BrokerHandlerIdle, [2]string{}},
	{"kafka.network", "RequestChannel", "RequestQueueSize", gauge, RequestQueue, [2]string{}},
	{"kafka.network", "RequestChannel", "ResponseQueueSize", gauge, ResponseQueue, [2]string{"", "processor"}},
	{"kafka.network", "Acceptor", "AcceptorBlockedPercent", meter, AcceptorBlocked, [2]string{"listener"}},
	{"kafka.network", "RequestMetrics", "RequestsPerSec", meter, Requests, [2]string{"request"}},
	{"kafka.network", "RequestMetrics", "ErrorsPerSec", meter, Errors, [2]string{"request", "error"}},
	{"kafka.network", "RequestMetrics", "RequestQueueTimeMs", histogram, RequestQueueTime, [2]string{"request"}},
	{"kafka.network", "RequestMetrics", "LocalTimeMs", histogram, LocalTime, [2]string{"request"}},
	{"kafka.network", "RequestMetrics", "RemoteTimeMs", histogram, RemoteTime, [2]string{"request"}},
	{"kafka.network", "RequestMetrics", "ResponseQueueTimeMs", histogram, ResponseQueueTime, [2]string{"request"}},
	{"kafka.network", "RequestMetrics", "ResponseSendTimeMs", histogram, ResponseSendTime, [2]string{"request"}},
	{"kafka.network", "RequestMetrics", "ThrottleTimeMs", histogram, ThrottleTime, [2]string{"request"}},
	{"kafka.network", "RequestMetrics", "TotalTimeMs", histogram, TotalTime, [2]string{"request"}},
	{"kafka.server", "BrokerTopicMetrics", "BytesInPerSec", meter, BytesIn, [2]string{}},
	{"kafka.server", "BrokerTopicMetrics", "BytesOutPerSec", meter, BytesOut, [2]string{}},
	{"kafka.server", "BrokerTopicMetrics", "MessagesInPerSec", meter, MessagesIn, [2]string{}},
	{"kafka.server", "BrokerTopicMetrics", "ReplicationBytesInPerSec", meter, ReplicationBytesIn, [2]string{}},
	{"kafka.server", "BrokerTopicMetrics", "ReplicationBytesOutPerSec", meter, ReplicationBytesOut, [2]string{}},
	{"kafka.server", "BrokerTopicMetrics", "FailedProduceRequestsPerSec", meter, FailedProduce, [2]string{}},
	{"kafka.server", "BrokerTopicMetrics", "FailedFetchRequestsPerSec", meter, FailedFetch, [2]string{}},
	{"kafka.server", "ReplicaManager", "UnderReplicatedPartitions", gauge, UnderReplicated, [2]string{}},
	{"kafka.server", "ReplicaManager", "UnderMinIsrPartitionCount", gauge, UnderMinISR, [2]string{}},
	{"kafka.server", "ReplicaManager", "PartitionCount", gauge, Partitions, [2]string{}},
	{"kafka.server", "ReplicaManager", "LeaderCount", gauge, Leaders, [2]string{}},
	{"kafka.server", "ReplicaManager", "IsrShrinksPerSec", meter, ISRShrinks, [2]string{}},
	{"kafka.server", "ReplicaManager", "IsrExpandsPerSec", meter, ISRExpands, [2]string{}},
	{"kafka.controller", "KafkaController", "ActiveControllerCount", gauge, ActiveController, [2]string{}},
	{"kafka.log", "LogCleanerManager", "max-dirty-percent", gauge, CleanerDirty, [2]string{}},
	{"kafka.log", "LogCleaner", "DeadThreadCount", gauge, DeadCleaners, [2]string{}},
	{"kafka.log", "LogCleanerManager", "uncleanable-partitions-count", gauge, Uncleanable, [2]string{"logdirectory"}},
	{"kafka.log", "LogManager", "OfflineLogDirectoryCount", gauge, OfflineLogDirs, [2]string{}},
	{"kafka.server", "KafkaServer", "linux-disk-read-bytes", gauge, DiskRead, [2]string{}},
	{"kafka.server", "KafkaServer", "linux-disk-write-bytes", gauge, DiskWrite, [2]string{}},
	{"kafka.server", "DelayedOperationPurgatory", "PurgatorySize", gauge, Purgatory, [2]string{"delayedoperation"}},
}

// socketAttrs are the attributes of the bean that each network processor has, without Kafka's "-total".
var socketAttrs = map[string]struct {
	metric Metric
	attr   Attr
	tags   [2]string
}{
	"iowaitratio":                  {IOWaitRatio, Value, [2]string{"listener", "networkprocessor"}},
	"iowaittimens":                 {IOWaitTime, Value, [2]string{"listener", "networkprocessor"}},
	"connectioncount":              {Connections, Value, [2]string{"listener", "networkprocessor"}},
	"connectioncreation":           {ConnectionsOpened, Count, [2]string{"listener", "networkprocessor"}},
	"connectioncreationrate":       {ConnectionsOpened, Rate1, [2]string{"listener", "networkprocessor"}},
	"failedauthentication":         {FailedLogins, Count, [2]string{"listener", "networkprocessor"}},
	"failedauthenticationrate":     {FailedLogins, Rate1, [2]string{"listener", "networkprocessor"}},
	"connections":                  {ClientSoftware, Value, [2]string{"clientsoftwarename", "clientsoftwareversion"}},
	"memorypoolavgdepletedpercent": {PoolEmpty, Value, [2]string{}},
	"connectionacceptrate":         {IPConnections, Value, [2]string{"ip", ""}},
}

// quotaAttrs are the attributes of the bean that each client has under each kind of quota.
var quotaAttrs = map[string]map[string]Metric{
	"byterate":     {"produce": ProduceRate, "fetch": FetchRate, "leaderreplication": LeaderThrottled, "followerreplication": FollowerThrottled},
	"requesttime":  {"request": RequestTime},
	"mutationrate": {"controllermutation": MutationRate},
	"tokens":       {"controllermutation": MutationTokens},
	"throttletime": {"produce": ProduceThrottle, "fetch": FetchThrottle, "request": RequestThrottle, "controllermutation": MutationThrottle},

	"exemptrequesttime": {"request": ExemptRequestTime},
}

// topicMetrics are the metrics that are wanted of single topics, by what they are of all topics together.
var topicMetrics = [metrics]Metric{BytesIn: TopicBytesIn, BytesOut: TopicBytesOut}
