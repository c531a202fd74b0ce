package assigner

// Input is the cluster as it is.
type Input struct {
	Brokers    []Broker
	Partitions []Partition
}

// Broker is one broker that the cluster knows of. A broker that only replica lists name needs no entry: it is then taken
// for dead, and its rack for unknown.
type Broker struct {
	ID   int32
	Rack string // "" if it has none
	// Target says that it may receive replicas: it is alive, unfenced and not cordoned. Kafka takes others for targets
	// as well, and the move then hangs.
	Target bool
	Why    string // why it is no target: Dead, Fenced or Cordoned
}

// Why a broker is no target.
const (
	Dead     = "dead"
	Fenced   = "fenced"
	Cordoned = "cordoned" // its copies serve all the same
)

// Partition is one partition of a topic.
type Partition struct {
	Topic string
	ID    int32
	// Replicas is the lasting list, preferred leader first: without those that a reassignment in progress is adding, if
	// that is to be seen as undone, or without those that it is removing, if it is to be seen as done.
	Replicas []int32
	// Leader is the broker that leads it now, or -1.
	Leader int32
	// Bytes is the size of one replica, or -1 if it isn't known.
	Bytes int64
}
