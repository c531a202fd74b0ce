package state

import (
	"cmp"
	"slices"
	"time"
)

// Snapshot is one look at a cluster: brokers, topics, partitions, moves in progress, sizes. It is columnar
// behind accessors, so that 1,000,000 partitions with 3 replicas cost less than 100 bytes each.
// Topics are in order of name, partitions in order of id within their topic, brokers in order of id.
type Snapshot struct {
	ClusterID string
	Taken     time.Time
	From      string // the address that answered Metadata

	// Controller is the leader of the metadata quorum. Never the controller id of a Metadata answer, which
	// in KRaft names a random live broker (KIP-590).
	Controller Reading[int32]
	Voters     []Voter
	Brokers    []Broker
	// Moves tells whether ListPartitionReassignments was answered; where it was not, Adding and Removing of
	// the partitions are unknown rather than none.
	Moves   Reading[int] // number of partitions being reassigned
	Unknown []Unknown

	topics []topicRow
	byName map[string]int32

	// one entry a partition
	partTopic  []int32
	partID     []int32
	partLeader []uint16 // index into ids, noBroker for none
	partEpoch  []int32
	partFirst  []uint32 // of its replicas; one more entry at the end

	// one entry a replica
	repBroker []uint16 // index into ids
	repFlags  []replicaFlags
	repSize   []int64 // bytes, -1 unknown
	repDir    []uint8 // index into the broker's log dirs, noDir unknown

	ids   []int32 // every broker id that occurs anywhere
	index map[int32]uint16
}

type topicRow struct {
	name     string
	id       [16]byte
	internal bool
	first    int32 // of its partitions
	minISR   int32 // 0 unknown
	configs  map[string]string
}

const (
	noBroker = 0xffff
	noDir    = 0xff
)

type replicaFlags uint8

const (
	inReplicas replicaFlags = 1 << iota // listed in Replicas; what is only in ISR or ELR is not
	inISR
	isOffline
	isAdding
	isRemoving
	inELR
	inLastKnownELR
)

// Broker returns the broker with that id, or nil.
func (s *Snapshot) Broker(id int32) *Broker {
	i, ok := slices.BinarySearchFunc(s.Brokers, id, func(b Broker, id int32) int { return cmp.Compare(b.ID, id) })
	if !ok {
		return nil
	}
	return &s.Brokers[i]
}

// NumTopics is the number of topics.
func (s *Snapshot) NumTopics() int { return len(s.topics) }

// NumPartitions is the number of partitions of all topics.
func (s *Snapshot) NumPartitions() int { return len(s.partID) }

// Topic returns the i-th topic in order of name.
func (s *Snapshot) Topic(i int) Topic { return Topic{s, int32(i)} }

// Partition returns the i-th partition, in order of topic name and partition id.
func (s *Snapshot) Partition(i int) Partition { return Partition{s, int32(i)} }

// FindTopic returns the topic of that name.
func (s *Snapshot) FindTopic(name string) (Topic, bool) {
	i, ok := s.byName[name]
	return Topic{s, i}, ok
}

// FindPartition returns that partition of that topic.
func (s *Snapshot) FindPartition(topic string, id int32) (Partition, bool) {
	t, ok := s.FindTopic(topic)
	if !ok {
		return Partition{}, false
	}
	first, n := t.Range()
	i, ok := slices.BinarySearch(s.partID[first:first+n], id)
	return Partition{s, int32(first + i)}, ok
}

// Topic is one topic of a Snapshot.
type Topic struct {
	s *Snapshot
	i int32
}

// Name is the topic's name, as the broker sent it: not made safe for a terminal.
func (t Topic) Name() string { return t.s.topics[t.i].name }

// ID is the topic's UUID; all zero where the broker is older than topic ids (Kafka 2.8).
func (t Topic) ID() [16]byte { return t.s.topics[t.i].id }

// Internal tells whether Kafka itself keeps the topic (__consumer_offsets, __transaction_state, …).
func (t Topic) Internal() bool { return t.s.topics[t.i].internal }

// MinISR is min.insync.replicas in force for the topic.
func (t Topic) MinISR() (n int, known bool) {
	m := t.s.topics[t.i].minISR
	return int(m), m > 0
}

// Config is a topic config that was read; kdeck reads min.insync.replicas and the throttled replica lists.
func (t Topic) Config(name string) (string, bool) {
	v, ok := t.s.topics[t.i].configs[name]
	return v, ok
}

// Configs returns all topic configs that were read. Not to be changed.
func (t Topic) Configs() map[string]string { return t.s.topics[t.i].configs }

// Range is where the topic's partitions stand among all partitions of the snapshot.
func (t Topic) Range() (first, n int) {
	first = int(t.s.topics[t.i].first)
	end := len(t.s.partID)
	if int(t.i)+1 < len(t.s.topics) {
		end = int(t.s.topics[t.i+1].first)
	}
	return first, end - first
}

// Index is where the topic stands among all topics of the snapshot.
func (t Topic) Index() int { return int(t.i) }

// Partition returns the topic's partition with that number.
func (t Topic) Partition(id int32) (Partition, bool) {
	first, n := t.Range()
	if at := first + int(id); id >= 0 && int(id) < n && t.s.partID[at] == id {
		return Partition{t.s, int32(at)}, true
	}
	i, ok := slices.BinarySearch(t.s.partID[first:first+n], id)
	return Partition{t.s, int32(first + i)}, ok
}
