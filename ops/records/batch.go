package records

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// Batch is a record batch with the bytes of its records.
type Batch struct {
	state.Batch
	codec   int8
	payload []byte          // the records, maybe compressed
	message *kmsg.MessageV1 // of the formats before Kafka 0.11: the one message; a message of v0 has no time
}

// Where the parts of a batch begin (org.apache.kafka.common.record.DefaultRecordBatch, LegacyRecord). Offset, length and magic
// are at the same place in all formats.
const (
	lengthAt    = 8
	afterLength = 12
	magicAt     = 16
	crcFromV2   = 21
	crcFromOld  = 16
	headV2      = 61
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Parse reads the batches of a Fetch answer. A broker cuts its answer anywhere, so a last batch that isn't whole is left out and
// cut is true. The error is about bytes after which nothing can be found any more; the batches before them are there.
func Parse(log []byte) (batches []Batch, cut bool, err error) {
	for len(log) > magicAt {
		offset := int64(binary.BigEndian.Uint64(log))
		length := int64(int32(binary.BigEndian.Uint32(log[lengthAt:])))
		if length <= magicAt-afterLength {
			return batches, false, fmt.Errorf("the batch at offset %d says that it is %d bytes long: what follows can't be read", offset, length)
		}
		total := afterLength + length
		if total > int64(len(log)) {
			return batches, true, nil
		}
		batches = append(batches, parseOne(log[:total]))
		log = log[total:]
	}
	return batches, len(log) > 0, nil
}

// parseOne reads one whole batch.
func parseOne(log []byte) Batch {
	b := Batch{Batch: state.Batch{
		BaseOffset: int64(binary.BigEndian.Uint64(log)), Magic: int8(log[magicAt]), Bytes: len(log),
		Records: -1, LeaderEpoch: -1, ProducerID: -1, ProducerEpoch: -1, Sequence: -1, CoordinatorEpoch: -1,
	}}
	b.LastOffset = b.BaseOffset
	switch b.Magic {
	case 2:
		b.parseV2(log)
	case 0, 1:
		b.parseOld(log)
	default:
		b.Problem = fmt.Sprintf("format %d isn't known", b.Magic)
	}
	return b
}

func (b *Batch) parseV2(log []byte) {
	var head kmsg.RecordBatch
	if len(log) < headV2 || head.ReadFrom(log) != nil {
		b.Problem = fmt.Sprintf("it is %d bytes long, and its head alone has %d", len(log), headV2)
		return
	}
	b.LeaderEpoch, b.Records = head.PartitionLeaderEpoch, int(head.NumRecords)
	b.ProducerID, b.ProducerEpoch, b.Sequence = head.ProducerID, head.ProducerEpoch, head.FirstSequence
	b.FirstTime, b.MaxTime = timeOf(head.FirstTimestamp), timeOf(head.MaxTimestamp)
	b.codec, b.payload = int8(head.Attributes&0x7), log[headV2:]
	b.Compression = kafka.CompressionName(b.codec)
	b.LogAppendTime = head.Attributes&0x8 != 0
	b.Transactional = head.Attributes&0x10 != 0
	b.Control = head.Attributes&0x20 != 0
	if head.LastOffsetDelta >= 0 {
		b.LastOffset = b.BaseOffset + int64(head.LastOffsetDelta)
	}
	switch sum := crc32.Checksum(log[crcFromV2:], castagnoli); {
	case uint32(head.CRC) != sum:
		b.Problem = fmt.Sprintf("its checksum is %08x, and its bytes make %08x", uint32(head.CRC), sum)
	case head.NumRecords < 0:
		b.Problem, b.Records = fmt.Sprintf("it says that it holds %d records", head.NumRecords), -1
	case head.LastOffsetDelta < 0 || b.LastOffset < b.BaseOffset || b.BaseOffset < 0:
		b.Problem = fmt.Sprintf("its offsets make no sense: %d, and %d behind it the last one", b.BaseOffset, head.LastOffsetDelta)
	}
	if b.Control && b.Problem == "" {
		b.readMarker()
	}
}

// parseOld reads a message of the formats before Kafka 0.11, or a compressed set of them, which stands in one message.
func (b *Batch) parseOld(log []byte) {
	b.message = new(kmsg.MessageV1)
	var old kmsg.MessageV0
	var err error
	if b.Magic == 1 {
		err = b.message.ReadFrom(log)
	} else if err = old.ReadFrom(log); err == nil {
		*b.message = kmsg.MessageV1{Offset: old.Offset, CRC: old.CRC, Attributes: old.Attributes, Timestamp: -1, Key: old.Key, Value: old.Value}
	}
	if err != nil {
		b.message, b.Problem = nil, fmt.Sprintf("it is %d bytes long, too short for what it says", len(log))
		return
	}
	b.codec = b.message.Attributes & 0x7
	b.Compression = kafka.CompressionName(b.codec)
	b.FirstTime = timeOf(b.message.Timestamp)
	b.MaxTime = b.FirstTime
	b.LogAppendTime = b.Magic == 1 && b.message.Attributes&0x8 != 0
	if sum := crc32.ChecksumIEEE(log[crcFromOld:]); uint32(b.message.CRC) != sum {
		b.Problem = fmt.Sprintf("its checksum is %08x, and its bytes make %08x", uint32(b.message.CRC), sum)
		return
	}
	if b.codec == 0 {
		b.Records = 1
	} else {
		b.FirstTime = time.Time{} // that of the outer message is the latest
	}
}

// maxMillis is the last millisecond that a date has room for, of the year 9999.
const maxMillis = 253402300799999

// timeOf is the time of a record; zero where there is none, or none that can be.
func timeOf(millis int64) time.Time {
	if millis < 0 || millis > maxMillis {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}
