package lag

import (
	"iter"
	"math"
	"time"
)

// MaxRounds is how many requests a [Bisection] takes of a partition at the most.
const MaxRounds = 12

// Bisection finds when records were written by asking their leaders for offsets at times (ListOffsets, of which the time index answers:
// no data is read). Each round asks once for each partition, so that one request to each leader takes all of its partitions.
//
// What is found is within 5 % of the record's age or within a second, unless the producers' clocks made the times of records run back.
type Bisection struct {
	now      time.Time
	searches map[int]*search
}

// search is for one record. The record was written in [from, to], in ms since 1970.
type search struct {
	offset   int64
	from, to int64
	asked    int64
	rounds   int
	done     bool
}

// NewBisection begins a search; now is when the lag is counted.
func NewBisection(now time.Time) *Bisection { return &Bisection{now: now, searches: map[int]*search{}} }

// Want adds a record of a partition, by the partition's index in the snapshot.
func (b *Bisection) Want(partition int, offset int64) {
	b.searches[partition] = &search{offset: offset, to: b.now.UnixMilli()}
}

// Next yields the time to ask for, for each partition that isn't found yet; none where all are.
func (b *Bisection) Next() iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		for i, s := range b.searches {
			if s.done {
				continue
			}
			s.asked = s.next(b.now.UnixMilli())
			if !yield(i, s.asked) {
				return
			}
		}
	}
}

// More tells whether any partition isn't found yet.
func (b *Bisection) More() bool {
	for _, s := range b.searches {
		if !s.done {
			return true
		}
	}
	return false
}

// next is the time to ask for: first for the beginning of the log, then for the geometric mean of the ages between which the record's is.
func (s *search) next(now int64) int64 {
	if s.rounds == 0 {
		return 0
	}
	oldest, youngest := float64(now-s.from)+1, float64(now-s.to)+1
	age := int64(math.Sqrt(oldest*youngest)) - 1
	return min(max(now-age, s.from+1), s.to)
}

// Answer takes the first record that isn't older than the time that was asked for; offset -1: there is none that young.
func (b *Bisection) Answer(partition int, offset, millis int64) {
	s := b.searches[partition]
	if s == nil || s.done {
		return
	}
	s.rounds++
	switch {
	case offset == s.offset && millis >= 0:
		s.from, s.to = millis, millis
	case offset >= 0 && offset < s.offset:
		s.from = min(max(s.from, s.asked, millis), s.to)
	case s.asked <= s.from: // not even the beginning of the log is that old: the record is gone
		s.from = min(max(millis, s.from), s.to)
		s.to = s.from
	default:
		s.to = max(min(s.to, s.asked-1), s.from)
	}
	near := max(1000, (b.now.UnixMilli()-s.to)/20)
	s.done = s.rounds >= MaxRounds || s.rounds > 1 && s.to-s.from <= near || s.from == s.to
}

// Fail gives a partition up.
func (b *Bisection) Fail(partition int) { delete(b.searches, partition) }

// Written returns when the record of a partition was written and by how much that can be wrong, and false where it wasn't found.
func (b *Bisection) Written(partition int) (at time.Time, wrong time.Duration, found bool) {
	s := b.searches[partition]
	if s == nil || !s.done {
		return at, 0, false
	}
	half := (s.to - s.from) / 2
	return time.UnixMilli(s.from + half), time.Duration(half) * time.Millisecond, true
}
