package state

import "time"

// A Host is what one look at a broker's own machine told (`kdeck host`): what the threads of its JVM waited for, and how the machine
// around it was. Shares are of the time of the look, 0 to 1. Its JSON is what `kdeck host -o json` prints and `kdeck host --serve` answers.
type Host struct {
	Machine string          `json:"machine"` // its host name
	PID     int             `json:"pid"`
	Broker  Reading[int32]  `json:"broker"` // node.id
	Roles   []string        `json:"roles"`  // process.roles: "broker", "controller"
	Java    string          `json:"java"`   // of the JVM, such as "17.0.15"; "" where it doesn't say
	At      time.Time       `json:"at"`     // when the look ended
	Seconds float64         `json:"seconds"`
	Samples int             `json:"samples"` // rounds over the threads; those that no request waits for take turns
	Late    int             `json:"late"`    // rounds that were left out, since the one before took too long
	Stopped float64         `json:"stopped"` // share of the rounds at which the whole process was stopped, as by SIGSTOP
	Names   ThreadNames     `json:"names"`
	Threads []HostThread    `json:"threads"`
	Waits   []HostWait      `json:"waits"` // what threads waited for that isn't their work queue, longest first
	Pauses  Reading[Pauses] `json:"pauses"`
	Dirs    []HostDir       `json:"log_dirs"`
	Around  HostMachine     `json:"around"`
	Cost    HostCost        `json:"cost"`
	Unknown []HostUnread    `json:"unread"` // what couldn't be read, and who could
}

// ThreadNames says how the names of threads were come by.
type ThreadNames string

// The ways: asked of the JVM; guessed from what a thread sits in when it has nothing to do.
const (
	NamesFromJVM      ThreadNames = "jvm"
	NamesFromIdleCall ThreadNames = "idle-call"
)

// A ThreadGroup is a kind of thread of a broker.
type ThreadGroup string

// The groups, in the order in which they are shown.
const (
	NetworkThreads  ThreadGroup = "network"  // data-plane-kafka-network-thread-…
	RequestHandlers ThreadGroup = "handler"  // data-plane-kafka-request-handler-…
	Fetchers        ThreadGroup = "fetcher"  // ReplicaFetcherThread-…
	Acceptors       ThreadGroup = "acceptor" // …-socket-acceptor-…
	CleanerThreads  ThreadGroup = "cleaner"
	PurgatoryThread ThreadGroup = "purgatory" // ExpirationReaper-…
	RaftThreads     ThreadGroup = "raft"      // controller and raft
	SchedulerThread ThreadGroup = "scheduler"
	GCThreads       ThreadGroup = "gc" // garbage collector
	VMThreads       ThreadGroup = "vm" // compilers, the VM thread, signal handlers
	OtherThreads    ThreadGroup = "other"
)

// A HostThread is one thread of the JVM and where its time went. OnCore and WaitingForCore are counted by the kernel (schedstat); the
// rest are sampled, and Error is how far off a sampled share may be (half the width of its 95 % interval).
type HostThread struct {
	Group          ThreadGroup      `json:"group"`
	Listener       string           `json:"listener"` // of a network thread, where its name tells; else ""
	Name           string           `json:"name"`
	TID            int              `json:"tid"`
	OnCore         Reading[float64] `json:"on_core"`
	WaitingForCore Reading[float64] `json:"waiting_for_core"`
	Disk           float64          `json:"disk"`  // state D: waits for a device, whatever the call
	Idle           float64          `json:"idle"`  // in the call in which it waits for work
	Calls          []CallShare      `json:"calls"` // by call, the largest first; idle calls are not among them
	Error          float64          `json:"error"`
	Samples        int              `json:"samples"` // fewer than the look's where the thread began or ended meanwhile
}

// A CallShare is the share of the time that a thread spent in one system call.
type CallShare struct {
	Call  string  `json:"call"` // "sendfile", "pwrite64", "page-fault": state D outside of any call
	Share float64 `json:"share"`
	Disk  float64 `json:"disk"` // the part of Share in which it waited for a device
}

// A HostWait is a share of a thread's time with what it waited for. What a call doesn't tell is "", and Partition is -1 then.
type HostWait struct {
	Group      ThreadGroup        `json:"group"`
	Thread     string             `json:"thread"`
	TID        int                `json:"tid"`
	Call       string             `json:"call"`
	Share      float64            `json:"share"`
	Disk       float64            `json:"disk"` // the part of Share in which it waited for a device
	Topic      string             `json:"topic"`
	Partition  int32              `json:"partition"`
	LogDir     string             `json:"log_dir"`
	File       string             `json:"file"`        // as the broker has it open
	Written    Reading[time.Time] `json:"written"`     // when the file was last written: how old is what is read
	Bytes      int64              `json:"bytes"`       // the most that one call had still to do; 0 where the call doesn't tell
	Client     string             `json:"client"`      // address:port of the other end of the socket
	ClientName string             `json:"client_name"` // the same with a name that was looked up
	Listener   string             `json:"listener"`
	ClientIDs  []string           `json:"client_ids"` // where the cluster tells; else none
	Users      []string           `json:"users"`
	// Behind is how many other connections of the same network thread were seen during the look; -1 where that can't be told. It serves so many at least: while a
	// request of a connection is in work, Kafka takes it out of what the thread waits for.
	Behind int `json:"behind"`
}

// Pauses are the times for which the whole JVM stood still, by its own counters. Share is of the time of the look.
type Pauses struct {
	Safepoints  int64       `json:"safepoints"`
	Share       float64     `json:"share"`      // in safepoints, the time to reach them included
	SyncShare   float64     `json:"sync_share"` // until every thread had stopped
	Worst       float64     `json:"worst_ms"`   // the longest time between two readings of the counters that held a pause gives at most this; milliseconds
	WorstSync   float64     `json:"worst_sync_ms"`
	Collectors  []Collector `json:"collectors"`
	ThreadsLive int64       `json:"threads_live"`
}

// A Collector is one garbage collector of the JVM.
type Collector struct {
	Name        string  `json:"name"`
	Collections int64   `json:"collections"`
	Share       float64 `json:"share"`
}

// A HostDir is a log dir with the device that holds it.
type HostDir struct {
	Path       string           `json:"path"`
	Device     string           `json:"device"`       // "sda1"; "" where it has none, such as tmpfs
	Busy       Reading[float64] `json:"busy"`         // share of the time in which the device had work
	ReadWait   Reading[float64] `json:"read_wait_ms"` // mean, milliseconds
	WriteWait  Reading[float64] `json:"write_wait_ms"`
	ReadBytes  Reading[float64] `json:"read_bytes"` // a second
	WriteBytes Reading[float64] `json:"write_bytes"`
	TotalBytes Reading[int64]   `json:"total_bytes"`
	FreeBytes  Reading[int64]   `json:"free_bytes"`  // for the broker's user
	InodesFree Reading[float64] `json:"inodes_free"` // share
}

// HostMachine is the machine around the broker.
type HostMachine struct {
	Cores          int              `json:"cores"`
	PressureCPU    Reading[float64] `json:"pressure_cpu"` // share of the time in which some task waited (PSI, some), over the look
	PressureIO     Reading[float64] `json:"pressure_io"`
	PressureMemory Reading[float64] `json:"pressure_memory"`
	PageCache      Reading[int64]   `json:"page_cache_bytes"`
	Dirty          Reading[int64]   `json:"dirty_bytes"`
	Writeback      Reading[int64]   `json:"writeback_bytes"`
	Retransmits    Reading[float64] `json:"retransmits"`  // a second, of the broker's network namespace
	SegmentsOut    Reading[float64] `json:"segments_out"` // a second, those that are sent again included
	ListenDrops    Reading[float64] `json:"listen_drops"`
	Descriptors    Reading[int64]   `json:"descriptors"`
	DescriptorsMax Reading[int64]   `json:"descriptors_max"`
	Maps           Reading[int64]   `json:"maps"`
	MapsMax        Reading[int64]   `json:"maps_max"`
	BrokerRead     Reading[float64] `json:"broker_read_bytes"` // a second, from devices, by the broker's process
	BrokerWritten  Reading[float64] `json:"broker_written_bytes"`
	Throttled      Reading[float64] `json:"cpu_throttled"` // share of the scheduler's periods (100 ms) in which the container's CPU quota held it back
}

// HostCost is what the look itself cost.
type HostCost struct {
	Core   float64 `json:"core"` // share of one core
	Memory int64   `json:"memory_bytes"`
}

// A HostUnread is one thing that couldn't be read.
type HostUnread struct {
	What string `json:"what"`
	Why  string `json:"why"`
	Who  string `json:"who"` // which user could read it; "" where nobody could
}
