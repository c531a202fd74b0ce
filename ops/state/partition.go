package state

import "iter"

// Partition is one partition of a Snapshot.
type Partition struct {
	s *Snapshot
	i int32
}

// Replica is one copy of a partition, or a broker that the metadata names as one.
type Replica struct {
	Broker       int32
	InSync       bool
	Offline      bool
	Adding       bool
	Removing     bool
	ELR          bool // eligible leader replica (KIP-966)
	LastKnownELR bool
	Size         int64 // bytes on its broker, -1 unknown
	Dir          int   // index into its broker's LogDirs, -1 unknown
}

// Index is where the partition stands among all partitions of the snapshot.
func (p Partition) Index() int { return int(p.i) }

// Snapshot is the snapshot that the partition is of.
func (p Partition) Snapshot() *Snapshot { return p.s }

// Topic is the partition's topic.
func (p Partition) Topic() Topic { return Topic{p.s, p.s.partTopic[p.i]} }

// ID is the partition's number within its topic.
func (p Partition) ID() int32 { return p.s.partID[p.i] }

// Leader is the broker that leads the partition, -1 when there is none.
func (p Partition) Leader() int32 {
	if l := p.s.partLeader[p.i]; l != noBroker {
		return p.s.ids[l]
	}
	return -1
}

// LeaderEpoch grows with every change of leader; -1 unknown.
func (p Partition) LeaderEpoch() int32 { return p.s.partEpoch[p.i] }

// Replicas yields the copies in the order of the replica list, the preferred leader first.
func (p Partition) Replicas() iter.Seq[Replica] {
	return func(yield func(Replica) bool) {
		for r := p.s.partFirst[p.i]; r < p.s.partFirst[p.i+1]; r++ {
			if p.s.repFlags[r]&inReplicas != 0 && !yield(p.s.replica(r)) {
				return
			}
		}
	}
}

func (s *Snapshot) replica(r uint32) Replica {
	f := s.repFlags[r]
	dir := int(s.repDir[r])
	if dir == noDir {
		dir = -1
	}
	return Replica{
		Broker: s.ids[s.repBroker[r]], InSync: f&inISR != 0, Offline: f&isOffline != 0,
		Adding: f&isAdding != 0, Removing: f&isRemoving != 0,
		ELR: f&inELR != 0, LastKnownELR: f&inLastKnownELR != 0,
		Size: s.repSize[r], Dir: dir,
	}
}

func (p Partition) appendWith(dst []int32, want replicaFlags) []int32 {
	for r := p.s.partFirst[p.i]; r < p.s.partFirst[p.i+1]; r++ {
		if p.s.repFlags[r]&want == want {
			dst = append(dst, p.s.ids[p.s.repBroker[r]])
		}
	}
	return dst
}

func (p Partition) count(want replicaFlags) (n int) {
	for r := p.s.partFirst[p.i]; r < p.s.partFirst[p.i+1]; r++ {
		if p.s.repFlags[r]&want == want {
			n++
		}
	}
	return n
}

// AppendReplicas appends the replica list, in order.
func (p Partition) AppendReplicas(dst []int32) []int32 { return p.appendWith(dst, inReplicas) }

// AppendISR appends the in-sync replicas, in the order of the replica list (an ISR is a set).
func (p Partition) AppendISR(dst []int32) []int32 { return p.appendWith(dst, inISR) }

// AppendOffline appends the replicas that are on a dead broker or an offline log dir.
func (p Partition) AppendOffline(dst []int32) []int32 { return p.appendWith(dst, isOffline) }

// AppendAdding appends the replicas that a reassignment is bringing.
func (p Partition) AppendAdding(dst []int32) []int32 { return p.appendWith(dst, isAdding) }

// AppendRemoving appends the replicas that a reassignment will drop.
func (p Partition) AppendRemoving(dst []int32) []int32 { return p.appendWith(dst, isRemoving) }

// AppendELR appends the eligible leader replicas; only asked of partitions without a leader or under min ISR.
func (p Partition) AppendELR(dst []int32) []int32 { return p.appendWith(dst, inELR) }

// AppendLastKnownELR appends the last known eligible leader replicas.
func (p Partition) AppendLastKnownELR(dst []int32) []int32 { return p.appendWith(dst, inLastKnownELR) }

// AppendLasting appends the replicas that will be there when a reassignment in progress is over, in order:
// the replica list without those being removed. A reassignment's merged list is its target followed by what
// it removes, so the order is the target's.
func (p Partition) AppendLasting(dst []int32) []int32 {
	for r := range p.Replicas() {
		if !r.Removing {
			dst = append(dst, r.Broker)
		}
	}
	return dst
}

// Has tells whether the replica list names the broker.
func (p Partition) Has(broker int32) bool {
	for r := range p.Replicas() {
		if r.Broker == broker {
			return true
		}
	}
	return false
}

// Preferred is the first replica, -1 if there is none.
func (p Partition) Preferred() int32 {
	for r := range p.Replicas() {
		return r.Broker
	}
	return -1
}

// Moving tells whether a reassignment of the partition is in progress.
func (p Partition) Moving() bool { return p.count(isAdding)+p.count(isRemoving) > 0 }

// Leaderless tells whether the partition has no leader: it can be neither written nor read.
func (p Partition) Leaderless() bool { return p.s.partLeader[p.i] == noBroker }

// HasOffline tells whether a replica is on a dead broker or an offline log dir.
func (p Partition) HasOffline() bool { return p.count(isOffline) > 0 }

// UnderReplicated counts as Kafka's TopicCommand does (TopicCommand.PartitionDescription.isUnderReplicated):
// replicas that a reassignment is only adding are not missed.
func (p Partition) UnderReplicated() bool {
	return p.count(inReplicas)-p.count(isAdding) > p.count(inISR)
}

// ISRSize is the number of in-sync replicas.
func (p Partition) ISRSize() int { return p.count(inISR) }

// ReplicationFactor is the number of replicas when no reassignment is in progress, and else the number of
// those that are not merely being added.
func (p Partition) ReplicationFactor() int { return p.count(inReplicas) - p.count(isAdding) }

// MinISR is how many replicas must be in sync for acks=all writes: min.insync.replicas, or all replicas where there are fewer. Kafka takes no more than there
// are since 3.7 (Partition.effectiveMinIsr, KAFKA-15583).
func (p Partition) MinISR() (n int, known bool) {
	n, known = p.Topic().MinISR()
	if replicas := p.count(inReplicas); replicas > 0 {
		n = min(n, replicas)
	}
	return n, known
}

// UnderMinISR tells whether acks=all writes are refused: fewer in sync than [Partition.MinISR], or no leader
// (TopicCommand counts a leaderless partition as under min ISR). Unknown where min.insync.replicas is.
func (p Partition) UnderMinISR() (under, known bool) {
	if p.Leaderless() {
		return true, true
	}
	m, known := p.MinISR()
	return known && p.ISRSize() < m, known
}

// AtMinISR tells whether one more replica lost would stop acks=all writes.
func (p Partition) AtMinISR() (at, known bool) {
	m, known := p.MinISR()
	return known && p.ISRSize() == m, known
}

// Missing yields the replicas that ought to be in sync and are not, those only being added left out.
func (p Partition) Missing() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for r := range p.Replicas() {
			if !r.InSync && !r.Adding && !yield(r.Broker) {
				return
			}
		}
	}
}

// Size is what one whole copy holds on disk, in bytes: the leader's where it is known, else the largest of the
// replicas. known is false where no broker said.
func (p Partition) Size() (bytes int64, known bool) {
	bytes, leader := int64(-1), p.Leader()
	for r := range p.Replicas() {
		if r.Size >= 0 && r.Broker == leader {
			return r.Size, true
		}
		bytes = max(bytes, r.Size)
	}
	return bytes, bytes >= 0
}
