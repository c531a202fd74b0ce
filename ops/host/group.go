package host

import (
	"strings"

	"kdeck/ops/state"
)

// commLength is how much of a thread's name the kernel keeps (TASK_COMM_LEN without its end).
const commLength = 15

// beginnings tells groups of threads by how their names begin, the first that fits. Sources: kafka.network.SocketServer, kafka.server.KafkaRequestHandler,
// AbstractFetcherManager, LogCleaner, DelayedOperationPurgatory, KafkaRaftManager, and HotSpot's own names.
var beginnings = []struct {
	name  string
	group state.ThreadGroup
}{
	{"data-plane-kafka-network-thread-", state.NetworkThreads},
	{"control-plane-kafka-network-thread-", state.NetworkThreads},
	{"data-plane-kafka-request-handler-", state.RequestHandlers},
	{"control-plane-kafka-request-handler-", state.RequestHandlers},
	{"data-plane-kafka-socket-acceptor-", state.Acceptors},
	{"control-plane-kafka-socket-acceptor-", state.Acceptors},
	{"ReplicaFetcherThread-", state.Fetchers},
	{"ReplicaAlterLogDirsThread-", state.Fetchers},
	{"kafka-log-cleaner-thread-", state.CleanerThreads},
	{"ExpirationReaper-", state.PurgatoryThread},
	{"executor-", state.PurgatoryThread},
	{"kafka-scheduler-", state.SchedulerThread},
	{"quorum-controller-", state.RaftThreads},
	{"controller-", state.RaftThreads},
	{"raft-", state.RaftThreads},
	{"broker-", state.RaftThreads},
	{"GC Thread", state.GCThreads},
	{"G1 ", state.GCThreads},
	{"ZDriver", state.GCThreads},
	{"ZWorker", state.GCThreads},
	{"ZDirector", state.GCThreads},
	{"ZStat", state.GCThreads},
	{"ZUncommitter", state.GCThreads},
	{"Shenandoah", state.GCThreads},
	{"VM ", state.VMThreads},
	{"C1 CompilerThread", state.VMThreads},
	{"C2 CompilerThread", state.VMThreads},
	{"Sweeper thread", state.VMThreads},
	{"Signal Dispatcher", state.VMThreads},
	{"Reference Handler", state.VMThreads},
	{"Finalizer", state.VMThreads},
	{"Attach Listener", state.VMThreads},
	{"Service Thread", state.VMThreads},
	{"Monitor Deflation", state.VMThreads},
	{"Notification Thread", state.VMThreads},
	{"Common-Cleaner", state.VMThreads},
}

// groupOf tells the group of a thread by its name in the JVM, and of a network thread and an acceptor the listener.
func groupOf(name string) (group state.ThreadGroup, listener string) {
	for _, b := range beginnings {
		if rest, ok := strings.CutPrefix(name, b.name); ok {
			switch b.group {
			case state.NetworkThreads:
				_, rest, _ = strings.Cut(rest, "-") // the broker
				listener = listenerOf(rest)
			case state.Acceptors:
				listener = listenerOf(rest)
			}
			return b.group, listener
		}
	}
	if strings.HasPrefix(name, "kafka-") && strings.Contains(name, "-raft-") {
		return state.RaftThreads, ""
	}
	return state.OtherThreads, ""
}

// listenerOf finds the listener in ListenerName(L)-PROTOCOL-N, as Kafka wrote names before 4.0, or L-PROTOCOL-N. L may hold dashes.
func listenerOf(rest string) string {
	if i := strings.LastIndexByte(rest, '-'); i >= 0 {
		rest = rest[:i]
	}
	for _, protocol := range []string{"-SASL_PLAINTEXT", "-SASL_SSL", "-PLAINTEXT", "-SSL"} {
		if l, ok := strings.CutSuffix(rest, protocol); ok {
			rest = l
			break
		}
	}
	if l, ok := strings.CutPrefix(rest, "ListenerName("); ok {
		rest = strings.TrimSuffix(l, ")")
	}
	return rest
}

// groupOfComm tells the group by what the kernel keeps of the name. Network threads, request handlers and acceptors look alike there: they are told apart
// later, by what they wait in. Newer JVMs keep the number at the end of a long name and leave its middle out ("data-pla..ad-12").
func groupOfComm(comm string) state.ThreadGroup {
	head, _, shortened := strings.Cut(comm, "..")
	if !shortened && len(comm) < commLength {
		group, _ := groupOf(comm)
		return group
	}
	for _, b := range beginnings {
		if strings.HasPrefix(b.name, head) || strings.HasPrefix(head, b.name) {
			if b.group == state.NetworkThreads || b.group == state.RequestHandlers || b.group == state.Acceptors {
				return ""
			}
			return b.group
		}
	}
	if strings.HasPrefix(comm, "kafka-") && strings.Contains(comm, "-raft") {
		return state.RaftThreads
	}
	return state.OtherThreads
}
