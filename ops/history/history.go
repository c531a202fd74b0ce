package history

import (
	"maps"
	"slices"
	"time"

	"kdeck/ops/state"
)

// How much is remembered at the most, of all partitions together.
const (
	maxPartitionChanges = 1 << 14
	maxChanges          = 512
)

// A Recorder makes the History of the States that are added to it. It belongs to one goroutine; the zero Recorder has
// seen no State.
type Recorder struct {
	latest History
	trends trends
}

// Add takes a State in and returns the history up to it.
func (r *Recorder) Add(s *state.State) *History {
	if snap := s.Snapshot; snap != nil && (r.latest.last == nil || snap.Taken.After(r.latest.last.Taken)) {
		r.latest.see(snap)
	}
	r.latest.audit = s.Audit.Value
	if r.trends.add(s) {
		r.latest.brokers, r.latest.buckets = r.trends.series()
	}
	h := r.latest
	return &h
}

// A History is what was remembered up to one State. It never changes. The nil History remembers nothing.
type History struct {
	began      time.Time
	last       *state.Snapshot
	before     time.Time // when the snapshot before the last was taken
	aligned    bool      // these two have the same partitions in the same places
	changed    []int32   // partitions of the last snapshot, where aligned
	changes    []Change  // the oldest first
	partitions []PartitionChange
	answered   map[int32]time.Time // when a broker last answered
	audit      *state.Audit        // of the last State

	brokers map[int32]series[point]
	buckets map[Bucket]series[bucketPoint]
}

// see takes in a snapshot that is newer than the last.
func (h *History) see(s *state.Snapshot) {
	h.answered = maps.Clone(h.answered) // earlier histories have the old one
	if h.answered == nil {
		h.answered = map[int32]time.Time{}
	}
	for i := range s.Brokers {
		if a := &s.Brokers[i].Answered; a.Known {
			h.answered[s.Brokers[i].ID] = a.At
		}
	}
	old := h.last
	h.last = s
	if old == nil {
		h.began = s.Taken
		return
	}
	h.before = old.Taken
	h.changed, h.aligned = s.Changed(old)
	c := comparison{old: old, now: s, lost: map[int32]int{}, regained: map[int32]int{}}
	c.brokers()
	c.topics()
	if h.aligned {
		for _, i := range h.changed {
			h.compare(&c, old.Partition(int(i)), s.Partition(int(i)))
		}
	} else {
		for i := range s.NumPartitions() {
			now := s.Partition(i)
			if was, ok := old.FindPartition(now.Topic().Name(), now.ID()); ok {
				h.compare(&c, was, now)
			}
		}
	}
	for _, change := range c.sumUp() {
		h.changes = keep(h.changes, change, maxChanges)
	}
}

// compare remembers how one partition changed, if it did.
func (h *History) compare(c *comparison, was, now state.Partition) {
	c.partition(was, now)
	sameISR := c.sameISR(was, now)
	if sameISR && was.Leader() == now.Leader() {
		return
	}
	h.partitions = keep(h.partitions, c.changed(was, now, sameISR), maxPartitionChanges)
}

// keep appends an item and lets go of the oldest of more than most. Nothing that stands in items is written over, so a
// copy of the slice that was made before stays as it is.
func keep[T any](items []T, v T, most int) []T {
	items = append(items, v)
	return items[max(0, len(items)-most):]
}

// Began is when the first snapshot was taken; zero before it.
func (h *History) Began() time.Time {
	if h == nil {
		return time.Time{}
	}
	return h.began
}

// LastAnswer is when a broker last answered kdeck; false where it never did since the history began.
func (h *History) LastAnswer(broker int32) (time.Time, bool) {
	if h == nil {
		return time.Time{}, false
	}
	at, ok := h.answered[broker]
	return at, ok
}

// Changed returns, in order, the indexes of the partitions that differ between old and now in anything but sizes. known
// is false unless now is the last snapshot and old the one before it, with the same partitions in the same places. The
// caller must not change what is returned.
func (h *History) Changed(old, now *state.Snapshot) (indexes []int32, known bool) {
	if h == nil || !h.aligned || now != h.last || old == nil || !old.Taken.Equal(h.before) {
		return nil, false
	}
	return h.changed, true
}

// Changes returns what changed since then and what kdeck itself did, the latest first.
func (h *History) Changes(since time.Time) []Change {
	if h == nil {
		return nil
	}
	out := Actions(h.audit, since)
	did := len(out)
	for i := len(h.changes) - 1; i >= 0 && !h.changes[i].At.Before(since); i-- {
		out = append(out, h.changes[i])
	}
	if did > 0 {
		slices.SortStableFunc(out, func(a, b Change) int { return b.At.Compare(a.At) })
	}
	return out
}

// Partition returns what is remembered of one partition, the latest first. full is false when older changes, of any
// partition, had to be forgotten.
func (h *History) Partition(topic string, id int32) (out []PartitionChange, full bool) {
	if h == nil {
		return nil, true
	}
	for i := len(h.partitions) - 1; i >= 0; i-- {
		if c := &h.partitions[i]; c.Partition == id && c.Topic == topic {
			out = append(out, *c)
		}
	}
	return out, len(h.partitions) < maxPartitionChanges
}
