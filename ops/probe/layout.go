package probe

import (
	"cmp"
	"slices"
)

// DefaultTopic is the topic that records are written to.
const DefaultTopic = "__kdeck-probe"

// Broker is a broker of the cluster as Metadata lists it.
type Broker struct {
	ID   int32
	Addr string // as it is advertised
	Rack string
}

// Partition is a partition of the topic as Metadata lists it.
type Partition struct {
	ID       int32
	Leader   int32 // -1: none
	Replicas []int32
	ISR      []int32
}

// Layout is who leads what of the topic.
type Layout struct {
	ClusterID  string
	Brokers    []Broker // by id
	Topic      string
	Exists     bool     // the topic does
	TopicID    [16]byte // another one where a topic is made anew; zero before Kafka 2.8
	Err        error
	Partitions []Partition // by id
}

// Broker returns a broker that Metadata lists.
func (l *Layout) Broker(id int32) (Broker, bool) {
	i, ok := slices.BinarySearchFunc(l.Brokers, id, func(b Broker, id int32) int { return cmp.Compare(b.ID, id) })
	if !ok {
		return Broker{}, false
	}
	return l.Brokers[i], true
}

// Home returns the partition of a broker: the first of which it is the preferred leader.
func (l *Layout) Home(broker int32) (Partition, bool) {
	return l.first(func(p Partition) bool { return len(p.Replicas) > 0 && p.Replicas[0] == broker })
}

// Led returns the first partition that a broker leads.
func (l *Layout) Led(broker int32) (Partition, bool) {
	return l.first(func(p Partition) bool { return p.Leader == broker })
}

func (l *Layout) first(want func(Partition) bool) (Partition, bool) {
	if i := slices.IndexFunc(l.Partitions, want); i >= 0 {
		return l.Partitions[i], true
	}
	return Partition{}, false
}

// replication is how many replicas a partition of the topic has, where there are enough brokers.
const replication = 3

// Creation is what the topic lacks.
type Creation struct {
	Topic    string
	New      bool      // the topic isn't there
	First    int32     // the id of the first new partition
	Replicas [][]int32 // of each new partition
	Homes    []int32   // the broker that each is for
	MinISR   int       // of a new topic
}

// Missing returns what has to be made so that every broker is the preferred leader of a partition; nil where nothing is missing. A
// partition's followers are the brokers that come next by id, those of other racks first.
func Missing(l *Layout) *Creation {
	c := &Creation{Topic: l.Topic, New: !l.Exists, First: int32(len(l.Partitions))}
	for _, b := range l.Brokers {
		if _, has := l.Home(b.ID); !has {
			c.Homes = append(c.Homes, b.ID)
			c.Replicas = append(c.Replicas, replicasFor(l.Brokers, b))
		}
	}
	if len(c.Homes) == 0 {
		return nil
	}
	c.MinISR = max(1, len(c.Replicas[0])-1)
	return c
}

func replicasFor(brokers []Broker, home Broker) []int32 {
	at := slices.IndexFunc(brokers, func(b Broker) bool { return b.ID == home.ID })
	replicas, racks := []int32{home.ID}, []string{home.Rack}
	for _, anyRack := range []bool{false, true} {
		for i := 1; i < len(brokers) && len(replicas) < replication; i++ {
			b := brokers[(at+i)%len(brokers)]
			if !slices.Contains(replicas, b.ID) && (anyRack || !slices.Contains(racks, b.Rack)) {
				replicas, racks = append(replicas, b.ID), append(racks, b.Rack)
			}
		}
	}
	return replicas
}

// Config is a config of the topic.
type Config struct{ Name, Value string }

// Configs are the configs of a new topic: it keeps its records for ten minutes, in the smallest segments that Kafka 4.0 allows
// (KIP-1030). The first three tell a probe's topic from any other: see [NotProbeTopicError].
func (c *Creation) Configs() []Config {
	return append(marks(), Config{"cleanup.policy", "delete"}, Config{"compression.type", "uncompressed"},
		Config{"min.insync.replicas", string(rune('0' + c.MinISR))})
}

func marks() []Config {
	return []Config{{"retention.ms", "600000"}, {"segment.bytes", "1048576"}, {"segment.ms", "300000"}}
}
