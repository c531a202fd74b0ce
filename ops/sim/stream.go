package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// stream is the log of a partition that tenants write to: what it held at which time, computed from the clock. It is a
// sequence of entries, each a batch of records or, behind the batches of a transaction, a control record. What real clients
// append is kept beside it (added).
type stream struct {
	first int64   // the offset of the first entry
	start int64   // the log start offset
	batch int64   // records in a batch
	inTxn int64   // batches in a transaction; 0: nothing is transactional
	pace  pace    // of records
	size  float64 // bytes of a record
	by    *tenant // nil: nobody in particular

	producer int64 // the lowest id of the producers
	epoch    int16

	added   []addition             // in order
	foreign map[int64]*transaction // entries of other producers
	written []*transaction         // the same, in order
	open    []*transaction         // those of them that have not ended
	aborted []abortedTxn
}

// addition is a batch that stands before an entry and isn't computed from the clock.
type addition struct {
	entry   int64   // it stands before this one
	at      float64 // seconds, when it was appended
	records int64   // offsets that it takes
	raw     []byte  // as the log holds it
}

// logAge is how long before the cluster's start the logs began.
const logAge = 4 * 24 * time.Hour

// plainBatch and plainRecord are records in a batch and bytes of a record, where no tenant is known.
const (
	plainBatch  = 5
	plainRecord = 500
)

// beginStreams gives every topic that isn't internal a log.
func (m *model) beginStreams(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 2))
	producer := int64(4000)
	for _, t := range m.topics {
		if t.internal {
			continue
		}
		by := writerOf(t)
		s := stream{batch: plainBatch, size: plainRecord, by: by}
		if by != nil {
			s.size, s.batch = by.record, int64(max(1, by.request/by.record))
		}
		s.pace = pace{period: 240 + 60*r.Float64(), wave: 0.1}
		switch {
		case transactionalTopics[t.name]:
			s.inTxn = 3
		case idleTopics[t.name]:
			s.pace.until = (logAge - 30*time.Hour).Seconds()
		case burstyTopics[t.name]:
			s.pace = pace{period: 300, burst: 30}
		}
		for _, p := range t.parts {
			own := s
			own.first = r.Int64N(1_000_000)
			if m.topicConfig(t, "cleanup.policy") == "compact" {
				own.first = 0
			}
			own.start = own.first
			own.pace.rate = p.growth / s.size
			own.pace.phase = r.Float64()
			if s.pace.burst > 0 {
				own.pace.phase = 0 // a whole topic bursts at once
			}
			own.producer, own.epoch = producer, int16(r.IntN(3))
			producer += producersOf
			p.stream = &own
			if own.inTxn > 0 {
				m.transactional = append(m.transactional, p)
			}
		}
	}
}

// secondsNow is the model's time in seconds, in whole milliseconds as timestamps are.
func (m *model) secondsNow() float64 { return float64(m.now.Milliseconds()) / 1000 }

// perCycle is how many entries a transaction has with its marker.
func (s *stream) perCycle() int64 { return s.inTxn + 1 }

// entries is how many entries the log had at a time.
func (s *stream) entries(at float64) int64 { return s.entriesAtPace(s.pace, at) }

func (s *stream) entriesAtPace(p pace, at float64) int64 {
	n := p.count(at+logAge.Seconds()) / float64(s.batch)
	if s.inTxn > 0 {
		n *= float64(s.perCycle()) / float64(s.inTxn)
	}
	return int64(math.Floor(n))
}

// isMarker reports whether an entry is the control record that ends a transaction.
func (s *stream) isMarker(entry int64) bool { return s.inTxn > 0 && entry%s.perCycle() == s.inTxn }

// computed is the offset of an entry if nothing was added.
func (s *stream) computed(entry int64) int64 {
	if s.inTxn == 0 {
		return s.first + entry*s.batch
	}
	cycle, rest := entry/s.perCycle(), entry%s.perCycle()
	return s.first + cycle*(s.inTxn*s.batch+1) + rest*s.batch
}

// offsetBefore is the offset of an entry given what was added by a time.
func (s *stream) offsetBefore(entry int64, at float64) int64 {
	offset := s.computed(entry)
	for _, a := range s.added {
		if a.entry <= entry && a.at <= at {
			offset += a.records
		}
	}
	return offset
}

// end is the end of the log at a time: the offset of the next record.
func (s *stream) end(at float64) int64 { return s.offsetBefore(s.entries(at), at) }

// timeOf is when an entry was written: the first millisecond at which the log has it.
func (s *stream) timeOf(entry int64, now float64) float64 {
	from, to := -logAge.Milliseconds(), int64(now*1000)
	for from < to {
		mid := from + (to-from)/2
		if s.entries(float64(mid)/1000) > entry {
			to = mid
		} else {
			from = mid + 1
		}
	}
	return float64(from) / 1000
}

// place is one batch of a log: an entry or an addition.
type place struct {
	offset  int64 // of its first record
	records int64
	entry   int64
	added   *addition // nil: it is the entry
}

// placeOf finds the batch that holds an offset. It isn't asked for offsets outside the log.
func (s *stream) placeOf(offset int64) place {
	var shift int64
	for i := range s.added {
		a := &s.added[i]
		at := s.computed(a.entry) + shift
		if offset < at {
			break
		}
		if offset < at+a.records {
			return place{at, a.records, a.entry, a}
		}
		shift += a.records
	}
	at := offset - shift - s.first
	var e int64
	if s.inTxn == 0 {
		e = at / s.batch
	} else {
		cycle := s.inTxn*s.batch + 1
		e = at/cycle*s.perCycle() + min(at%cycle/s.batch, s.inTxn)
	}
	records := s.batch
	if s.isMarker(e) {
		records = 1
	}
	return place{s.computed(e) + shift, records, e, nil}
}

// append adds a batch at the end of the log and returns its offset.
func (s *stream) append(now float64, records int64, raw []byte) int64 {
	offset := s.end(now)
	s.added = append(s.added, addition{s.entries(now), now, records, raw})
	return offset
}

// offsetOfAddition is the offset of the ith addition.
func (s *stream) offsetOfAddition(i int) int64 {
	offset := s.computed(s.added[i].entry)
	for _, a := range s.added[:i] {
		offset += a.records
	}
	return offset
}
