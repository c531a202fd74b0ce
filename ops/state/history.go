package state

import (
	"slices"
	"time"
)

// How much a History remembers at the most.
const (
	maxPartitionChanges = 1 << 14
	maxChanges          = 512
)

// A Change is one thing that became different in the cluster, summed up: "41 partitions lost broker 7 from their
// ISR".
type Change struct {
	At       time.Time // of the snapshot that showed it
	Severity Severity
	Sentence string
	// Pane and Filter lead to the rows that it is about, as those of a Finding do.
	Pane, Filter string
}

// A PartitionChange is a partition whose leader or in-sync replicas changed.
type PartitionChange struct {
	At         time.Time // of the snapshot that showed it
	Topic      string
	Partition  int32
	OldLeader  int32 // -1 none
	Leader     int32 // -1 none
	Epoch      int32 // the new leader epoch
	OldISR     []int32
	ISR        []int32
	LeaderOnly bool // the ISR is the same
}

// History remembers what changed from one snapshot to the next since it was begun, the latest of it: its memory is
// bounded. Unlike the other types of this package it changes; it belongs to one goroutine.
type History struct {
	last       *Snapshot
	before     time.Time // when the one before it was taken
	began      time.Time
	changes    ring[Change]
	partitions ring[PartitionChange]
	answered   map[int32]time.Time // when a broker last answered

	aligned bool     // the last two snapshots have the same partitions in the same places
	changed []int32  // partitions of the last snapshot, where aligned; never written again
	ids     []uint16 // scratch: what the old snapshot's indexes of broker ids are in the new one
}

// NewHistory begins a history.
func NewHistory() *History {
	return &History{changes: ring[Change]{max: maxChanges}, partitions: ring[PartitionChange]{max: maxPartitionChanges},
		answered: map[int32]time.Time{}}
}

// Add compares a snapshot with the one added before and remembers what is different. One that is not newer is
// passed over.
func (h *History) Add(s *Snapshot) {
	if s == nil || h.last != nil && !s.Taken.After(h.last.Taken) {
		return
	}
	for i := range s.Brokers {
		if a := &s.Brokers[i].Answered; a.Known {
			h.answered[s.Brokers[i].ID] = a.At
		}
	}
	if h.last == nil {
		h.began, h.last = s.Taken, s
		return
	}
	old := h.last
	h.before, h.last = old.Taken, s
	h.aligned = aligned(old, s)
	h.changed = []int32{}
	c := comparison{old: old, now: s, lost: map[int32]int{}, regained: map[int32]int{}}
	c.brokers()
	c.topics()
	if h.aligned {
		h.ids = h.ids[:0]
		for _, id := range old.ids {
			k, ok := s.index[id]
			if !ok {
				k = noBroker
			}
			h.ids = append(h.ids, k)
		}
		for i := range s.partID {
			if s.differs(old, i, h.ids) {
				h.changed = append(h.changed, int32(i))
				h.compare(&c, old.Partition(i), s.Partition(i))
			}
		}
	} else {
		for i := range s.partID {
			now := s.Partition(i)
			if was, ok := old.FindPartition(now.Topic().Name(), now.ID()); ok {
				h.compare(&c, was, now)
			}
		}
	}
	c.sumUp(h.changes.add)
}

// compare remembers how one partition changed, if it did.
func (h *History) compare(c *comparison, was, now Partition) {
	c.partition(was, now)
	isr := c.sameISR(was, now)
	if isr && was.Leader() == now.Leader() {
		return
	}
	h.partitions.add(PartitionChange{
		At: now.s.Taken, Topic: now.Topic().Name(), Partition: now.ID(),
		OldLeader: was.Leader(), Leader: now.Leader(), Epoch: now.LeaderEpoch(),
		OldISR: was.AppendISR(nil), ISR: now.AppendISR(nil), LeaderOnly: isr,
	})
}

// aligned tells whether two snapshots have the same partitions in the same places.
func aligned(a, b *Snapshot) bool {
	return slices.Equal(a.partID, b.partID) &&
		slices.EqualFunc(a.topics, b.topics, func(a, b topicRow) bool { return a.name == b.name && a.id == b.id && a.first == b.first })
}

// differs tells whether partition i of two aligned snapshots differs in anything but sizes. ids translates the old
// one's indexes of broker ids into this one's.
func (s *Snapshot) differs(old *Snapshot, i int, ids []uint16) bool {
	leader := old.partLeader[i]
	if leader != noBroker {
		leader = ids[leader]
	}
	first, was := s.partFirst[i], old.partFirst[i]
	n := s.partFirst[i+1] - first
	if s.partLeader[i] != leader || s.partEpoch[i] != old.partEpoch[i] || old.partFirst[i+1]-was != n ||
		s.topics[s.partTopic[i]].minISR != old.topics[s.partTopic[i]].minISR {
		return true
	}
	for r := range n {
		if s.repFlags[first+r] != old.repFlags[was+r] || s.repBroker[first+r] != ids[old.repBroker[was+r]] {
			return true
		}
	}
	return false
}

// Began is when the first snapshot was taken; zero before it.
func (h *History) Began() time.Time { return h.began }

// LastAnswer is when a broker last answered kdeck; false where it never did since the history began.
func (h *History) LastAnswer(broker int32) (time.Time, bool) {
	at, ok := h.answered[broker]
	return at, ok
}

// Changed returns, in order, the indexes of the partitions that differ between old and now in anything but sizes. known
// is false unless now was added last and old right before it, with the same partitions in the same places. What is
// returned is not to be changed, and stays as it is when more is added.
func (h *History) Changed(old, now *Snapshot) (indexes []int32, known bool) {
	if !h.aligned || now != h.last || old == nil || !old.Taken.Equal(h.before) {
		return nil, false
	}
	return h.changed, true
}

// Changes returns what changed since then, the latest first.
func (h *History) Changes(since time.Time) []Change {
	var out []Change
	for c := range h.changes.backward {
		if c.At.Before(since) {
			break
		}
		out = append(out, c)
	}
	return out
}

// Partition returns what is remembered of one partition, the latest first. full is false when older changes, of any
// partition, had to be forgotten.
func (h *History) Partition(topic string, id int32) (out []PartitionChange, full bool) {
	for c := range h.partitions.backward {
		if c.Partition == id && c.Topic == topic {
			out = append(out, c)
		}
	}
	return out, len(h.partitions.items) < h.partitions.max
}

// ring keeps the last max items.
type ring[T any] struct {
	items []T
	next  int
	max   int
}

func (r *ring[T]) add(v T) {
	if len(r.items) < r.max {
		r.items = append(r.items, v)
		return
	}
	r.items[r.next] = v
	r.next = (r.next + 1) % r.max
}

// backward yields the items, the latest first.
func (r *ring[T]) backward(yield func(T) bool) {
	for i := range r.items {
		if !yield(r.items[(r.next-1-i+2*len(r.items))%len(r.items)]) {
			return
		}
	}
}
