package probe

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/records"
	"kdeck/ops/state"
)

// payload is what a record says. It is text, so that whoever reads the topic sees what it is.
type payload struct {
	instance string // of the prober
	home     int32
	seq      uint64
}

const payloadFormat = "kdeck probe %s broker %d record %d"

func (p payload) String() string { return fmt.Sprintf(payloadFormat, p.instance, p.home, p.seq) }

// parsePayload reads what a record says. ok is false for a record that no prober wrote.
func parsePayload(value []byte) (p payload, ok bool) {
	if len(value) > 200 {
		return p, false
	}
	n, err := fmt.Sscanf(string(value), payloadFormat, &p.instance, &p.home, &p.seq)
	return p, err == nil && n == 3
}

// Where the parts of a batch stand (org.apache.kafka.common.record.DefaultRecordBatch).
const (
	batchLengthAt = 8
	batchCRCAt    = 17
	crcCoversFrom = 21
)

// batchOf is a batch of one record, uncompressed. The client library encodes batches only inside a client that chooses the broker by
// itself.
func batchOf(at time.Time, value string) []byte {
	r := kmsg.Record{Value: []byte(value)}
	r.Length = int32(len(r.AppendTo(nil)) - 1) // a length of 0 takes one byte
	batch := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, FirstTimestamp: at.UnixMilli(), MaxTimestamp: at.UnixMilli(), ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
		NumRecords: 1, Records: r.AppendTo(nil),
	}
	b := batch.AppendTo(nil)
	binary.BigEndian.PutUint32(b[batchLengthAt:], uint32(len(b)-batchLengthAt-4))
	binary.BigEndian.PutUint32(b[batchCRCAt:], crc32.Checksum(b[crcCoversFrom:], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// readRecords reads the records of a partition's answer to Fetch, from an offset on. next is the offset behind the last batch. What is
// compressed was written by no prober, and is passed over.
func readRecords(from int64, log []byte, each func(value []byte)) (next int64, err error) {
	next = from
	batches, _, err := records.Parse(log)
	for i := range batches {
		b := &batches[i]
		if next = max(next, b.LastOffset+1); b.Compression != "none" || b.Control {
			continue
		}
		broken := b.Each(nil, func(r state.Record) bool {
			if r.Offset >= from {
				each(r.Value)
			}
			return true
		})
		err = cmp.Or(err, broken)
	}
	return next, err
}
