package sim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The bits of a batch's attributes (RecordBatch).
const (
	compressionBits   = 0x07
	transactionalBit  = 0x10
	controlBit        = 0x20
	batchHeaderLength = 61 // bytes before the records
	batchCRCStart     = 21 // the CRC covers what follows it
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// identity is what a batch says of its producer. A producer without idempotence has the id −1.
type identity struct {
	producer int64
	epoch    int16
	sequence int32 // of the first record
}

var noIdentity = identity{-1, -1, -1}

// compressions are how the tenants' clients compress, by client id.
var compressions = map[string]kgo.Compressor{
	"checkout": compressor(kgo.SnappyCompression()), "clickstream-collector": compressor(kgo.SnappyCompression()), "vector": compressor(kgo.ZstdCompression()),
}

func compressor(codec kgo.CompressionCodec) kgo.Compressor {
	c, err := kgo.DefaultCompressor(codec)
	if err != nil {
		panic(err) // the codecs are those that kgo has
	}
	return c
}

// batchAt is one batch of the log, as its records are on the leader's disk.
func (m *model) batchAt(p *partition, at place) []byte {
	s := p.stream
	if at.added != nil {
		return placed(at.added.raw, at.offset, p.leaderEpoch)
	}
	last := m.timestampOf(s, at.offset+at.records-1)
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: p.leaderEpoch, Magic: 2, LastOffsetDelta: int32(at.records - 1),
		FirstTimestamp: last - (at.records-1)*recordGap, MaxTimestamp: last, NumRecords: int32(at.records), FirstOffset: at.offset,
	}
	who := s.producerOf(at.entry)
	b.ProducerID, b.ProducerEpoch, b.FirstSequence = who.producer, who.epoch, who.sequence
	if s.transactional(at.entry) {
		b.Attributes |= transactionalBit
	}
	if s.isMarker(at.entry) {
		return marker(b, true, 0)
	}
	var records []byte
	for i := range at.records {
		records = appendRecord(records, i, i*recordGap, keyOf(p, at.offset+i), valueOf(p, at.offset+i))
	}
	if s.by != nil {
		if c, ok := compressions[s.by.client]; ok {
			records = compressed(records, c, &b.Attributes)
		}
	}
	b.Records = records
	return sealed(b)
}

// keyOf and valueOf are the contents of a record: the value has the size that the tenant's records have.
func keyOf(p *partition, offset int64) []byte {
	return []byte(p.topic.name + "-" + strconv.FormatInt(offset*64+int64(p.id), 36))
}

func valueOf(p *partition, offset int64) []byte {
	v := fmt.Sprintf(`{"id":"%s","topic":%q,"seq":%d,"body":"`, keyOf(p, offset), p.topic.name, offset)
	const overhead = 30 // of the record, and of its key
	pad := int(p.stream.size) - len(v) - overhead
	return []byte(v + strings.Repeat("lorem-ipsum ", max(pad, 0)/12+1)[:max(pad, 0)] + `"}`)
}

// appendRecord appends a record as a batch holds it.
func appendRecord(dst []byte, offsetDelta, timestampDelta int64, key, value []byte) []byte {
	r := kmsg.Record{TimestampDelta64: timestampDelta, OffsetDelta: int32(offsetDelta), Key: key, Value: value}
	// The length counts what follows it; while it is 0 it takes one byte itself.
	r.Length = int32(len(r.AppendTo(nil)) - 1)
	return r.AppendTo(dst)
}

// compressed returns the records compressed, and sets the codec's bits.
func compressed(records []byte, c kgo.Compressor, attributes *int16) []byte {
	out, used := c.Compress(new(bytes.Buffer), records)
	*attributes |= int16(used) & compressionBits
	return bytes.Clone(out)
}

// marker completes the batch of the control record that ends a transaction.
func marker(b kmsg.RecordBatch, commit bool, coordinatorEpoch int32) []byte {
	key := kmsg.ControlRecordKey{Type: kmsg.ControlRecordKeyTypeAbort}
	if commit {
		key.Type = kmsg.ControlRecordKeyTypeCommit
	}
	value := kmsg.EndTxnMarker{CoordinatorEpoch: coordinatorEpoch}
	b.Attributes |= transactionalBit | controlBit
	b.FirstSequence = -1
	b.Records = appendRecord(nil, 0, 0, key.AppendTo(nil), value.AppendTo(nil))
	return sealed(b)
}

// sealed encodes a batch with its length and its CRC.
func sealed(b kmsg.RecordBatch) []byte {
	const beforeLength = 12
	raw := b.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-beforeLength))
	binary.BigEndian.PutUint32(raw[batchCRCStart-4:], crc32.Checksum(raw[batchCRCStart:], castagnoli))
	return raw
}

// placed is a copy of an encoded batch at an offset of the log. The CRC covers neither the offset nor the epoch.
func placed(raw []byte, offset int64, leaderEpoch int32) []byte {
	raw = bytes.Clone(raw)
	binary.BigEndian.PutUint64(raw, uint64(offset))
	binary.BigEndian.PutUint32(raw[12:], uint32(leaderEpoch))
	return raw
}
