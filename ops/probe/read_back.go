package probe

import (
	"errors"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// lostAfter is how long an acknowledged record may not be seen until it is taken for lost, as kminion's roundtripSla.
const lostAfter = 20 * time.Second

// How many records of the past are known, to find those that are read twice.
const remembered = 1000

const unknownOffset = -1

// readBack is what a home has written and read of its partition.
type readBack struct {
	instance string
	home     int32
	seq      uint64
	next     int64 // the offset to be read next; unknownOffset: that of the next record that is acknowledged
	waiting  map[uint64]written
	seen     []uint64 // the latest that were read, a ring
	oldest   int      // in seen
}

// written is a record that hasn't been read yet.
type written struct {
	at     time.Time
	acked  bool // else its answer was lost: it may be in the log or not
	broker int32
	offset int64
}

// begin gives a number to a record that is about to be sent.
func (r *readBack) begin(now time.Time) uint64 {
	r.seq++
	r.waiting[r.seq] = written{at: now, offset: unknownOffset}
	return r.seq
}

// forget drops a record that was refused.
func (r *readBack) forget(seq uint64) { delete(r.waiting, seq) }

// acknowledged notes that a broker has taken a record, at an offset of a partition.
func (r *readBack) acknowledged(seq uint64, broker, partition int32, offset int64) {
	w := r.waiting[seq]
	w.acked, w.broker, w.offset = true, broker, offset
	r.waiting[seq] = w
	if r.next == unknownOffset || offset < r.next { // a log that ends earlier than it did was cut, or made anew
		r.next = offset
	}
}

// startAnew forgets all records and places, of a log that isn't there any more.
func (r *readBack) startAnew() {
	r.next = unknownOffset
	clear(r.waiting)
}

// lostPlace forgets where to read on, where the log doesn't reach there (any more).
func (r *readBack) lostPlace(err error) {
	if errors.Is(err, kerr.OffsetOutOfRange) {
		r.next = unknownOffset
	}
}

// has tells whether a record was read.
func (r *readBack) has(seq uint64) bool { return slices.Contains(r.seen, seq) }

// read takes what was fetched. lost are the brokers that acknowledged records which aren't there; duplicated is how many were there before.
func (r *readBack) read(log []byte, now time.Time) (lost []int32, duplicated int) {
	r.next, _ = readRecords(r.next, log, func(value []byte) {
		p, ok := parsePayload(value)
		if !ok || p.instance != r.instance || p.home != r.home {
			return
		}
		if r.has(p.seq) {
			duplicated++
			return
		}
		delete(r.waiting, p.seq)
		if len(r.seen) < remembered {
			r.seen = append(r.seen, p.seq)
			return
		}
		r.seen[r.oldest] = p.seq
		r.oldest = (r.oldest + 1) % remembered
	})
	for seq, w := range r.waiting {
		passed := w.acked && w.offset < r.next // its place was read, and something else was there
		if !passed && now.Sub(w.at) < lostAfter {
			continue
		}
		delete(r.waiting, seq)
		if w.acked {
			lost = append(lost, w.broker)
		}
	}
	return lost, duplicated
}
