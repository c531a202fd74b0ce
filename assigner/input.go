package assigner

// Input is the present cluster.
type Input struct {
	Brokers    []Broker
	Partitions []Partition
}

// Broker is one broker of the cluster. A broker that only replica lists name needs no entry: it counts as dead, and its rack as
// unknown.
type Broker struct {
	ID   int32
	Rack string // "" if it has none
	// Target says that it may receive replicas: it is alive, unfenced and not cordoned. Kafka accepts other targets as well, but
	// then the move hangs.
	Target bool
	Why    string // why it is no target: Dead, Fenced or Cordoned
}

// Why a broker is no target.
const (
	Dead     = "dead"
	Fenced   = "fenced"
	Cordoned = "cordoned" // it still serves its replicas
)

// Partition is one partition of a topic.
type Partition struct {
	Topic string
	ID    int32
	// Replicas is the replica list, preferred leader first. During a reassignment it is either the list before it or the list
	// after it, as the caller chooses.
	Replicas []int32
	// OutOfSync lists those of Replicas that are not in sync, and Offline those that their broker doesn't serve, because their log
	// dir has failed. On a broker that is dead or fenced all replicas count as offline, listed or not.
	OutOfSync, Offline []int32
	// Leader is the broker that leads it now, or -1.
	Leader int32
	// Bytes is the size of one replica, or -1 if it isn't known.
	Bytes int64
}
