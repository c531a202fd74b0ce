package records

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// Each calls each for every record of the batch in order, until it returns false. A record's Key and Value are valid until
// each returns. The error says why not all of them can be read.
func (b *Batch) Each(open *kafka.Decompressor, each func(state.Record) bool) error {
	switch {
	case b.Problem != "":
		return errors.New(b.Problem)
	case b.message != nil && b.codec != 0:
		return fmt.Errorf("it is a compressed set of messages of format %d, of before Kafka 0.11, which kdeck doesn't open", b.Magic)
	case b.message != nil:
		m := b.message
		each(state.Record{Batch: &b.Batch, Offset: b.BaseOffset, Time: b.MaxTime, KeyBytes: size(m.Key), ValueBytes: size(m.Value), Key: m.Key, Value: m.Value})
		return nil
	}
	payload := b.payload
	if b.codec != 0 {
		var err error
		if payload, err = open.Decompress(payload, b.codec); err != nil {
			return err
		}
	}
	for n := range b.Records {
		r, rest, ok := b.next(payload)
		if !ok {
			return fmt.Errorf("it says that it holds %d records, and record %d can't be read", b.Records, n+1)
		}
		if payload = rest; !each(r) {
			return nil
		}
	}
	if len(payload) > 0 {
		return fmt.Errorf("behind its %d records are %d bytes more", b.Records, len(payload))
	}
	return nil
}

// next reads one record of format 2 (KIP-98).
func (b *Batch) next(payload []byte) (r state.Record, rest []byte, ok bool) {
	length, used := kbin.Varint(payload)
	if used <= 0 || length < 0 || len(payload)-used < int(length) {
		return r, nil, false
	}
	rest = payload[used+int(length):]
	in := kbin.Reader{Src: payload[used : used+int(length)]}
	in.Int8() // attributes, which are unused
	later := in.Varlong()
	r = state.Record{Batch: &b.Batch, Offset: b.BaseOffset + int64(in.Varint())}
	r.Key, r.Value = in.VarintBytes(), in.VarintBytes()
	r.KeyBytes, r.ValueBytes = size(r.Key), size(r.Value)
	for range max(0, in.VarintArrayLen()) {
		before := len(in.Src)
		in.Span(int(max(0, in.Varint())))
		in.VarintBytes()
		if !in.Ok() {
			return r, nil, false
		}
		r.Headers++
		r.HeaderBytes += before - len(in.Src)
	}
	switch {
	case b.LogAppendTime:
		r.Time = b.MaxTime
	case !b.FirstTime.IsZero():
		r.Time = timeOf(b.FirstTime.UnixMilli() + later)
	}
	return r, rest, in.Ok()
}

// size is the length of a key or value, -1 for null.
func size(b []byte) int {
	if b == nil {
		return -1
	}
	return len(b)
}

// controlTypes are the kinds of control batches (org.apache.kafka.common.record.ControlRecordType).
var controlTypes = []string{"abort", "commit", "leader-change", "snapshot-header", "snapshot-footer", "kraft-version", "kraft-voters"}

// readMarker reads what a control batch says. It holds one record, and isn't compressed.
func (b *Batch) readMarker() {
	b.Marker = "control"
	if b.codec != 0 || b.Records < 1 {
		return
	}
	r, _, ok := b.next(b.payload)
	var key kmsg.ControlRecordKey
	if !ok || key.ReadFrom(r.Key) != nil {
		b.Problem = "it is a control batch that doesn't say of which kind"
		return
	}
	if b.Marker = fmt.Sprintf("control type %d", key.Type); key.Type >= 0 && int(key.Type) < len(controlTypes) {
		b.Marker = controlTypes[key.Type]
	}
	var end kmsg.EndTxnMarker
	if b.Transactional && end.ReadFrom(r.Value) == nil {
		b.CoordinatorEpoch = end.CoordinatorEpoch
	}
}
