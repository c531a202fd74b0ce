package view

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/protocol/printable"
)

// recordTime is the time of a record to the millisecond, "" where it has none.
func recordTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// BatchColumns are the columns of record batches.
func BatchColumns() []Column[state.Batch] {
	type B = state.Batch
	id := func(known func(B) bool, n func(B) int64) func(B) string {
		return func(b B) string {
			if !known(b) {
				return ""
			}
			return strconv.FormatInt(n(b), 10)
		}
	}
	has := func(b B) bool { return b.ProducerID >= 0 }
	right := func(c Column[B]) Column[B] { c.Right = true; return c }
	return []Column[B]{
		Measured("BASE", "base_offset", "offset of the batch's first record", func(b B) (int64, bool) { return b.BaseOffset, true }, number),
		Measured("LAST", "last_offset", "offset of its last record, also where compaction took that", func(b B) (int64, bool) { return b.LastOffset, true }, number),
		Text("MAX TIME", "max_time", "the latest time of its records, UTC", func(b B) string { return recordTime(b.MaxTime) }),
		Wide(Text("FIRST TIME", "first_time", "the time of its first record, UTC", func(b B) string { return recordTime(b.FirstTime) })),
		Measured("RECORDS", "records", "how many it holds; ?? where it would have to be opened for that", func(b B) (int64, bool) { return int64(b.Records), b.Records >= 0 }, number),
		Measured("BYTES", "bytes", "its size in the log, compressed as it is", func(b B) (int64, bool) { return int64(b.Bytes), true }, number),
		Text("CODEC", "compression", "how it is compressed", func(b B) string { return b.Compression }),
		right(Text("PRODUCER", "producer_id", "id of its producer; - where that isn't idempotent", id(has, func(b B) int64 { return b.ProducerID }))),
		right(Text("EPOCH", "producer_epoch", "epoch of its producer", id(has, func(b B) int64 { return int64(b.ProducerEpoch) }))),
		right(Text("SEQ", "sequence", "sequence number of its first record", id(func(b B) bool { return b.Sequence >= 0 }, func(b B) int64 { return int64(b.Sequence) }))),
		Wide(right(Text("LEADER EPOCH", "leader_epoch", "epoch of the leader that appended it", id(func(b B) bool { return b.LeaderEpoch >= 0 }, func(b B) int64 { return int64(b.LeaderEpoch) })))),
		Text("KIND", "kind", "transactional, or a control batch: commit, abort", batchKind),
		Text("PROBLEM", "problem", "what is wrong with it", func(b B) string { return b.Problem }),
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func batchKind(b state.Batch) string {
	switch {
	case b.Control:
		return cmp.Or(b.Marker, "control")
	case b.Transactional:
		return "transactional"
	}
	return ""
}

// RecordColumns are the columns of records; with those of keys and values where contents is set.
func RecordColumns(contents bool) []Column[state.Record] {
	type R = state.Record
	size := func(n int) string {
		if n < 0 {
			return "null"
		}
		return strconv.Itoa(n)
	}
	figure := func(head, name, help string, get func(R) int) Column[R] {
		return Column[R]{Head: head, Name: name, Help: help, Right: true, Cell: func(r R) string { return size(get(r)) },
			Key: func(r R) int64 { return int64(get(r)) }}
	}
	columns := []Column[R]{
		Measured("OFFSET", "offset", "the record's offset", func(r R) (int64, bool) { return r.Offset, true }, number),
		Text("TIME", "time", "the record's time, UTC", func(r R) string { return recordTime(r.Time) }),
		figure("KEY BYTES", "key_bytes", "size of its key", func(r R) int { return r.KeyBytes }),
		figure("VALUE BYTES", "value_bytes", "size of its value; null is a tombstone on compacted topics", func(r R) int { return r.ValueBytes }),
		figure("HEADERS", "headers", "how many headers it has", func(r R) int { return r.Headers }),
		Wide(figure("HEADER BYTES", "header_bytes", "size of its headers", func(r R) int { return r.HeaderBytes })),
		Text("KIND", "kind", "of its batch: transactional, or a control batch: commit, abort", func(r R) string { return batchKind(*r.Batch) }),
		Wide(Measured("BATCH", "batch_base_offset", "base offset of its batch", func(r R) (int64, bool) { return r.Batch.BaseOffset, true }, number)),
		Wide(Text("PRODUCER", "producer_id", "id of its producer", func(r R) string {
			if r.Batch.ProducerID < 0 {
				return ""
			}
			return number(r.Batch.ProducerID)
		})),
	}
	if contents {
		columns = append(columns,
			Text("KEY", "key", "its key", func(r R) string { return printable.Escape(string(r.Key)) }),
			Text("VALUE", "value", "its value", func(r R) string { return printable.Escape(string(r.Value)) }))
	}
	return columns
}

// WriterColumns are the columns of what the batches of each producer have in common.
func WriterColumns() []Column[state.BatchWriter] {
	type W = state.BatchWriter
	return []Column[W]{
		Text("PRODUCER", "producer_id", "id of the producer; - for all that aren't idempotent, which can't be told apart", func(w W) string {
			if w.ProducerID < 0 {
				return "-"
			}
			return number(w.ProducerID)
		}),
		Count("BATCHES", "batches", "how many of its batches were read, without control batches", func(w W) int { return w.Batches }),
		Number("RECORDS/BATCH", "records_per_batch", "mean", func(w W) float64 { return w.RecordsPerBatch() }, func(_ W, v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }),
		Number("BYTES/BATCH", "bytes_per_batch", "mean, in the log", func(w W) float64 { return float64(w.Bytes) / float64(max(1, w.Batches)) }, func(_ W, v float64) string { return format.Bytes(int64(v)) }),
	}
}

// WriterWarning says of a producer that it sends about one record a request, "" where it doesn't.
func WriterWarning(w state.BatchWriter) string {
	if !w.OneByOne() {
		return ""
	}
	who := "producers that aren't idempotent send"
	if w.ProducerID >= 0 {
		who = fmt.Sprintf("producer %d sends", w.ProducerID)
	}
	return fmt.Sprintf("%s about one record a request (%.1f a batch in %s batches): the broker's work is by request: raise its linger.ms and batch.size, and don't flush or wait after each record",
		who, w.RecordsPerBatch(), format.Thousands(w.Batches))
}

// RecordsJSON is the answer of kdeck records.
type RecordsJSON struct {
	Envelope
	Topic      string       `json:"topic"`
	Partition  int32        `json:"partition"`
	Leader     int32        `json:"leader"`
	Node       int32        `json:"node"` // whose copy was read
	Start      int64        `json:"log_start_offset"`
	End        int64        `json:"high_watermark"`
	LastStable *int64       `json:"last_stable_offset"`
	From       int64        `json:"from"`
	Notes      []string     `json:"notes"`
	Batches    []BatchJSON  `json:"batches"` // null: not asked for
	Producers  []WriterJSON `json:"producers"`
	Records    []RecordJSON `json:"records"`
}

// BatchJSON is one batch of an answer.
type BatchJSON struct {
	BaseOffset       int64   `json:"base_offset"`
	LastOffset       int64   `json:"last_offset"`
	LeaderEpoch      *int64  `json:"leader_epoch"`
	Magic            int8    `json:"magic"`
	Bytes            int     `json:"bytes"`
	Records          *int64  `json:"records"`
	FirstTime        *string `json:"first_time"`
	MaxTime          *string `json:"max_time"`
	LogAppendTime    bool    `json:"log_append_time"`
	Compression      string  `json:"compression"`
	ProducerID       *int64  `json:"producer_id"`
	ProducerEpoch    *int64  `json:"producer_epoch"`
	Sequence         *int64  `json:"sequence"`
	Transactional    bool    `json:"transactional"`
	Control          bool    `json:"control"`
	Marker           *string `json:"marker"`
	CoordinatorEpoch *int64  `json:"coordinator_epoch"`
	Problem          *string `json:"problem"`
}

// WriterJSON is what the batches of one producer have in common.
type WriterJSON struct {
	ProducerID      *int64  `json:"producer_id"`
	Batches         int     `json:"batches"`
	Records         int64   `json:"records"`
	Bytes           int64   `json:"bytes"`
	RecordsPerBatch float64 `json:"records_per_batch"`
	BytesPerBatch   float64 `json:"bytes_per_batch"`
	Warning         *string `json:"warning"`
}

// RecordJSON is one record of an answer. A key or value that isn't UTF-8 is in base64.
type RecordJSON struct {
	Offset          int64   `json:"offset"`
	Time            *string `json:"time"`
	KeyBytes        *int64  `json:"key_bytes"` // null: it has none
	ValueBytes      *int64  `json:"value_bytes"`
	Headers         int     `json:"headers"`
	HeaderBytes     int     `json:"header_bytes"`
	BatchBaseOffset int64   `json:"batch_base_offset"`
	ProducerID      *int64  `json:"producer_id"`
	Transactional   bool    `json:"transactional"`
	Marker          *string `json:"marker"`
	Key             *string `json:"key,omitempty"`
	KeyBase64       *string `json:"key_base64,omitempty"`
	Value           *string `json:"value,omitempty"`
	ValueBase64     *string `json:"value_base64,omitempty"`
}

// BatchAnswer makes the JSON of one batch.
func BatchAnswer(b state.Batch) BatchJSON {
	out := BatchJSON{
		BaseOffset: b.BaseOffset, LastOffset: b.LastOffset, LeaderEpoch: known(int64(b.LeaderEpoch)), Magic: b.Magic, Bytes: b.Bytes,
		Records: known(int64(b.Records)), FirstTime: format.OrNull(recordTime(b.FirstTime)), MaxTime: format.OrNull(recordTime(b.MaxTime)),
		LogAppendTime: b.LogAppendTime, Compression: b.Compression, ProducerID: known(b.ProducerID), Sequence: known(int64(b.Sequence)),
		Transactional: b.Transactional, Control: b.Control, Marker: format.OrNull(b.Marker), CoordinatorEpoch: known(int64(b.CoordinatorEpoch)),
		Problem: format.OrNull(b.Problem),
	}
	if b.ProducerID >= 0 {
		out.ProducerEpoch = known(int64(b.ProducerEpoch))
	}
	return out
}

// WriterAnswer makes the JSON of what the batches of one producer have in common.
func WriterAnswer(w state.BatchWriter) WriterJSON {
	return WriterJSON{
		ProducerID: known(w.ProducerID), Batches: w.Batches, Records: w.Records, Bytes: w.Bytes,
		RecordsPerBatch: w.RecordsPerBatch(), BytesPerBatch: float64(w.Bytes) / float64(max(1, w.Batches)), Warning: format.OrNull(WriterWarning(w)),
	}
}

// RecordAnswer makes the JSON of one record.
func RecordAnswer(r state.Record) RecordJSON {
	out := RecordJSON{
		Offset: r.Offset, Time: format.OrNull(recordTime(r.Time)), KeyBytes: known(int64(r.KeyBytes)), ValueBytes: known(int64(r.ValueBytes)),
		Headers: r.Headers, HeaderBytes: r.HeaderBytes, BatchBaseOffset: r.Batch.BaseOffset, ProducerID: known(r.Batch.ProducerID),
		Transactional: r.Batch.Transactional, Marker: format.OrNull(r.Batch.Marker),
	}
	out.Key, out.KeyBase64 = contents(r.Key)
	out.Value, out.ValueBase64 = contents(r.Value)
	return out
}

func contents(b []byte) (text, base *string) {
	if b == nil {
		return nil, nil
	}
	if utf8.Valid(b) {
		s := string(b)
		return &s, nil
	}
	s := base64.StdEncoding.EncodeToString(b)
	return nil, &s
}
