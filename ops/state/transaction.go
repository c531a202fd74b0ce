package state

import (
	"slices"
	"time"
)

// Producer is what the leader of a partition knows of one producer that wrote to it (DescribeProducers, KIP-664). Kafka
// forgets a producer that was silent for producer.id.expiration.ms, a day by default, unless its transaction is open.
type Producer struct {
	Topic            string
	Partition        int32
	Leader           int32
	ID               int64
	Epoch            int32
	LastSequence     int32     // -1: none
	LastWrite        time.Time // zero: not known
	CoordinatorEpoch int32     // of its last marker; -1: it had none
	OpenFrom         int64     // the first offset of its open transaction; -1: none is open
	// StillOpen tells that a second look, after the coordinators had answered, found the same transaction open. Without it, what is
	// missing at the coordinators may have ended meanwhile.
	StillOpen bool
}

// IsOpen tells whether the producer has a transaction open in the partition.
func (p *Producer) IsOpen() bool { return p.OpenFrom >= 0 }

// Transaction is what its coordinator says of a transactional id.
type Transaction struct {
	ID          string
	Coordinator int32
	State       string // of org.apache.kafka.coordinator.transaction.TransactionState: "Ongoing", "CompleteCommit", …
	ProducerID  int64

	// What follows is known where Described is set.
	Described bool
	Epoch     int16
	Timeout   time.Duration
	Started   time.Time // zero: none is open
	Holds     map[string][]int32
}

// Has tells whether the coordinator counts a partition to the transaction that is open.
func (t *Transaction) Has(topic string, partition int32) bool {
	return slices.Contains(t.Holds[topic], partition)
}

// HeldPartition is a partition of which read_committed consumers can't read all: its last stable offset is below its end.
type HeldPartition struct {
	Topic      string
	Partition  int32
	LastStable int64
	End        int64 // the high watermark
	// Groups are those that committed offsets in the partition.
	Groups Reading[[]HeldGroup]
}

// HeldGroup is a group that reads a partition which is held.
type HeldGroup struct {
	Group     string
	Committed int64
}

// Past tells that the group has read past the last stable offset, so that it reads uncommitted records and isn't held up. Of the others
// that can't be told: brokers don't know how a group reads.
func (g HeldGroup) Past(h *HeldPartition) bool { return g.Committed > h.LastStable }

// Transactions are the producers and the transactions of a cluster, or of some of its topics.
type Transactions struct {
	Taken        time.Time
	ClusterID    string
	Producers    []Producer    // by topic, partition and id
	Transactions []Transaction // by id
	Held         []HeldPartition
	Unknown      []Unknown
	AllListed    bool // every broker listed its transactions: one that none of them lists has no coordinator
}

// Of is the transaction of a producer id, nil where no coordinator lists one.
func (t *Transactions) Of(producerID int64) *Transaction {
	for i := range t.Transactions {
		if t.Transactions[i].ProducerID == producerID {
			return &t.Transactions[i]
		}
	}
	return nil
}

// In is the held partition of that name, nil where nothing is held there.
func (t *Transactions) In(topic string, partition int32) *HeldPartition {
	for i := range t.Held {
		if h := &t.Held[i]; h.Topic == topic && h.Partition == partition {
			return h
		}
	}
	return nil
}

// What can be unknown of transactions.
const (
	WhatProducers    = "producers"    // of partitions
	WhatTransactions = "transactions" // that a broker coordinates
	WhatHeld         = "held offsets" // last stable offsets and ends of partitions
	WhatHeldGroups   = "held groups"  // which groups read what is held
)
