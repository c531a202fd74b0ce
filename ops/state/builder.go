package state

import (
	"fmt"
	"slices"
	"time"
)

// A Builder makes a Snapshot. Topics and partitions are given in order (Topic, then its Partitions); what is
// learnt afterwards (moves, sizes, eligible replicas, configs) is added to them by name; Done ends it.
// Nothing that a broker sends makes it panic: what does not fit is refused with an error, or left out.
type Builder struct {
	s     *Snapshot
	small [1024]uint16 // of small broker ids, 1 + the index into the snapshot's ids; 0: ask the map, which is slower
}

// NewBuilder starts a Snapshot with room for so many partitions and replicas; both may be 0.
func NewBuilder(clusterID string, taken time.Time, partitions, replicas int) *Builder {
	return &Builder{s: &Snapshot{
		ClusterID: clusterID, Taken: taken,
		byName:    map[string]int32{},
		index:     map[int32]uint16{},
		partTopic: make([]int32, 0, partitions), partID: make([]int32, 0, partitions),
		partLeader: make([]uint16, 0, partitions), partEpoch: make([]int32, 0, partitions),
		partFirst: append(make([]uint32, 0, partitions+1), 0),
		repBroker: make([]uint16, 0, replicas), repFlags: make([]replicaFlags, 0, replicas),
		repSize: make([]int64, 0, replicas), repDir: make([]uint8, 0, replicas),
	}}
}

// Snapshot gives access to the fields that need no order: From, Controller, Voters, Moves, Unknown, and Brokers.
// It must not be used as a Snapshot before Done.
func (b *Builder) Snapshot() *Snapshot { return b.s }

// Broker adds a broker, or replaces the one of the same id.
func (b *Builder) Broker(br Broker) {
	for i := range b.s.Brokers {
		if b.s.Brokers[i].ID == br.ID {
			b.s.Brokers[i] = br
			return
		}
	}
	b.s.Brokers = append(b.s.Brokers, br)
}

// Topic begins a topic. Names must come in ascending order, each once.
func (b *Builder) Topic(name string, id [16]byte, internal bool) error {
	s := b.s
	if n := len(s.topics); n > 0 && s.topics[n-1].name >= name {
		return fmt.Errorf("topic %q comes after %q: listed twice or out of order", name, s.topics[n-1].name)
	}
	s.byName[name] = int32(len(s.topics))
	s.topics = append(s.topics, topicRow{name: name, id: id, internal: internal, first: int32(len(s.partID))})
	return nil
}

// Partition adds a partition to the topic that was begun last. Ids must ascend. A broker id that occurs twice in a
// list counts once.
func (b *Builder) Partition(id, leader, leaderEpoch int32, replicas, isr, offline []int32) error {
	s := b.s
	t := len(s.topics) - 1
	if t < 0 {
		return fmt.Errorf("partition %d comes before any topic", id)
	}
	if n := len(s.partID); n > int(s.topics[t].first) && s.partID[n-1] >= id {
		return fmt.Errorf("partition %d of topic %q comes after %d: listed twice or out of order", id, s.topics[t].name, s.partID[n-1])
	}
	l := uint16(noBroker)
	if leader >= 0 {
		var err error
		if l, err = b.broker(leader); err != nil {
			return err
		}
	}
	for lists, flag := range [3]replicaFlags{inReplicas, inISR, isOffline} {
		for _, id := range [3][]int32{replicas, isr, offline}[lists] {
			if err := b.flag(id, flag); err != nil {
				b.dropReplicas()
				return err
			}
		}
	}
	s.partTopic = append(s.partTopic, int32(t))
	s.partID = append(s.partID, id)
	s.partLeader = append(s.partLeader, l)
	s.partEpoch = append(s.partEpoch, leaderEpoch)
	s.partFirst = append(s.partFirst, uint32(len(s.repBroker)))
	return nil
}

// flag sets a flag on the replica of the partition that is being added, and makes that replica if need be.
func (b *Builder) flag(id int32, flag replicaFlags) error {
	s := b.s
	first := s.partFirst[len(s.partFirst)-1]
	k, err := b.broker(id)
	if err != nil {
		return err
	}
	for r := first; r < uint32(len(s.repBroker)); r++ {
		if s.repBroker[r] == k {
			s.repFlags[r] |= flag
			return nil
		}
	}
	s.repBroker = append(s.repBroker, k)
	s.repFlags = append(s.repFlags, flag)
	s.repSize = append(s.repSize, -1)
	s.repDir = append(s.repDir, noDir)
	return nil
}

// dropReplicas takes back the replicas of a partition that is refused.
func (b *Builder) dropReplicas() {
	s := b.s
	first := s.partFirst[len(s.partFirst)-1]
	s.repBroker, s.repFlags, s.repSize, s.repDir = s.repBroker[:first], s.repFlags[:first], s.repSize[:first], s.repDir[:first]
}

func (b *Builder) broker(id int32) (uint16, error) {
	s := b.s
	small := id >= 0 && int(id) < len(b.small)
	if small && b.small[id] > 0 {
		return b.small[id] - 1, nil
	}
	if k, ok := s.index[id]; ok {
		return k, nil
	}
	if len(s.ids) == noBroker {
		return 0, fmt.Errorf("more than %d different broker ids", noBroker)
	}
	k := uint16(len(s.ids))
	s.ids = append(s.ids, id)
	s.index[id] = k
	if small {
		b.small[id] = k + 1
	}
	return k, nil
}

// Config sets the configs of a topic; minISR 0 is unknown. A topic that is not there is left out.
func (b *Builder) Config(topic string, minISR int, configs map[string]string) {
	if i, ok := b.s.byName[topic]; ok {
		b.s.topics[i].minISR = int32(minISR)
		b.s.topics[i].configs = configs
	}
}

// Moving marks a partition's reassignment. Adding replicas that the metadata did not list are not made up.
func (b *Builder) Moving(topic string, partition int32, adding, removing []int32) {
	b.lay(topic, partition, adding, isAdding)
	b.lay(topic, partition, removing, isRemoving)
}

// ELR marks a partition's eligible leader replicas.
func (b *Builder) ELR(topic string, partition int32, eligible, lastKnown []int32) {
	b.lay(topic, partition, eligible, inELR)
	b.lay(topic, partition, lastKnown, inLastKnownELR)
}

func (b *Builder) lay(topic string, partition int32, ids []int32, flag replicaFlags) {
	for _, id := range ids {
		if r, ok := b.replica(topic, partition, id); ok {
			b.s.repFlags[r] |= flag
		}
	}
}

// Size sets the bytes of one replica, and which of its broker's log dirs holds it (-1 unknown). It returns false for a stray:
// a replica that the metadata doesn't know.
func (b *Builder) Size(topic string, partition, broker int32, bytes int64, dir int) (known bool) {
	r, ok := b.replica(topic, partition, broker)
	if ok {
		b.s.repSize[r] = bytes
		if dir >= 0 && dir < noDir {
			b.s.repDir[r] = uint8(dir)
		}
	}
	return ok
}

func (b *Builder) replica(topic string, partition, broker int32) (uint32, bool) {
	s := b.s
	p, ok := s.FindPartition(topic, partition)
	k, known := s.index[broker]
	if !ok || !known {
		return 0, false
	}
	for r := s.partFirst[p.i]; r < s.partFirst[p.i+1]; r++ {
		if s.repBroker[r] == k {
			return r, true
		}
	}
	return 0, false
}

// Done returns the Snapshot. Brokers that only replica lists name are added to its brokers, as not alive.
func (b *Builder) Done() *Snapshot {
	s := b.s
	known := make(map[int32]bool, len(s.Brokers))
	for i := range s.Brokers {
		known[s.Brokers[i].ID] = true
	}
	for _, id := range s.ids {
		if !known[id] {
			s.Brokers = append(s.Brokers, Broker{ID: id})
		}
	}
	slices.SortFunc(s.Brokers, func(a, b Broker) int { return int(a.ID) - int(b.ID) })
	return s
}
