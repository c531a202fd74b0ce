package state

import (
	"cmp"
	"slices"
	"time"
)

// Batch is one record batch as a log has it.
type Batch struct {
	BaseOffset, LastOffset int64
	LeaderEpoch            int32 // of the leader that appended it; -1: not known
	Magic                  int8  // the format: 2 since Kafka 0.11
	Bytes                  int   // in the log, with its head
	Records                int   // -1: not known without opening it
	FirstTime, MaxTime     time.Time
	LogAppendTime          bool   // the broker set the times
	Compression            string // "none", "gzip", "snappy", "lz4", "zstd"
	ProducerID             int64  // -1: the producer isn't idempotent
	ProducerEpoch          int16
	Sequence               int32 // of its first record; -1: none
	Transactional          bool
	Control                bool
	Marker                 string // of a control batch: "commit", "abort", or another kind
	CoordinatorEpoch       int32  // of the coordinator that wrote a marker of a transaction; -1: none
	Problem                string // why it can't be trusted or opened; "": nothing is wrong
}

// Record is one record of a batch.
type Record struct {
	Batch                *Batch
	Offset               int64
	Time                 time.Time
	KeyBytes, ValueBytes int // -1: null
	Headers              int
	HeaderBytes          int
	Key, Value           []byte // nil: null, or not asked for
}

// BatchWriter is what the batches of one producer have in common.
type BatchWriter struct {
	ProducerID int64 // -1: all producers that aren't idempotent, which can't be told apart
	Batches    int   // without control batches
	Records    int64
	Bytes      int64
	First      time.Time // the earliest and the latest time of a record; zero: none has a time
	Last       time.Time
}

// BatchWriters sums batches up by producer, the one with the most batches first. Control batches are the coordinators', and
// batches whose records can't be counted say nothing.
func BatchWriters(batches []Batch) []BatchWriter {
	at := map[int64]int{}
	var list []BatchWriter
	for i := range batches {
		b := &batches[i]
		if b.Control || b.Records < 0 || b.Problem != "" {
			continue
		}
		n, known := at[b.ProducerID]
		if !known {
			n = len(list)
			at[b.ProducerID] = n
			list = append(list, BatchWriter{ProducerID: b.ProducerID})
		}
		w := &list[n]
		w.Batches++
		w.Records += int64(b.Records)
		w.Bytes += int64(b.Bytes)
		if !b.FirstTime.IsZero() && (w.First.IsZero() || b.FirstTime.Before(w.First)) {
			w.First = b.FirstTime
		}
		if b.MaxTime.After(w.Last) {
			w.Last = b.MaxTime
		}
	}
	slices.SortStableFunc(list, func(a, b BatchWriter) int {
		return cmp.Or(cmp.Compare(b.Batches, a.Batches), cmp.Compare(a.ProducerID, b.ProducerID))
	})
	return list
}

// RecordsPerBatch is the mean; 0 where there is no batch.
func (w *BatchWriter) RecordsPerBatch() float64 {
	if w.Batches == 0 {
		return 0
	}
	return float64(w.Records) / float64(w.Batches)
}

// A producer is taken to send one record a request where so many batches hold fewer records than this on average.
const (
	fewBatches       = 5
	fewRecordsABatch = 1.5
)

// OneByOne tells whether the producer sends about one record a request.
func (w *BatchWriter) OneByOne() bool {
	return w.Batches >= fewBatches && w.RecordsPerBatch() < fewRecordsABatch
}
