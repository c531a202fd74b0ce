package records

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/protocol/alloctest"
)

// at is the time of the first record of a made batch.
var at = time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)

// record is one record of a batch, as format 2 has it.
func record(n int, key, value []byte, headers ...kmsg.Header) []byte {
	r := kmsg.Record{OffsetDelta: int32(n), TimestampDelta64: int64(n), Key: key, Value: value, Headers: headers}
	r.Length = int32(len(r.AppendTo(nil)) - 1) // a length of 0 takes one byte
	return r.AppendTo(nil)
}

// batch is a batch of format 2 at an offset, changed before its length and its checksum are set.
func batch(offset int64, records [][]byte, change ...func(*kmsg.RecordBatch)) []byte {
	b := kmsg.RecordBatch{
		FirstOffset: offset, PartitionLeaderEpoch: 3, Magic: 2, LastOffsetDelta: int32(len(records) - 1), NumRecords: int32(len(records)),
		FirstTimestamp: at.UnixMilli(), MaxTimestamp: at.UnixMilli() + int64(len(records)) - 1, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
		Records: slices.Concat(records...),
	}
	for _, c := range change {
		c(&b)
	}
	return sealed(b.AppendTo(nil))
}

// sealed sets the length and the checksum of a batch.
func sealed(b []byte) []byte {
	binary.BigEndian.PutUint32(b[lengthAt:], uint32(len(b)-afterLength))
	binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[crcFromV2:], castagnoli))
	return b
}

func some(n int) (list [][]byte) {
	for i := range n {
		list = append(list, record(i, []byte("key"), []byte("value")))
	}
	return list
}

func control(kind, epoch int16) []byte {
	key := kmsg.ControlRecordKey{Type: kmsg.ControlRecordKeyType(kind)}
	value := kmsg.EndTxnMarker{CoordinatorEpoch: int32(epoch)}
	return record(0, key.AppendTo(nil), value.AppendTo(nil))
}

func opener(t testing.TB, most int) *kafka.Decompressor {
	t.Helper()
	d, err := kafka.NewDecompressor(most)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestABatchIsReadAsTheLogHasIt(t *testing.T) {
	log := slices.Concat(
		batch(100, some(3), func(b *kmsg.RecordBatch) {
			b.ProducerID, b.ProducerEpoch, b.FirstSequence, b.Attributes = 4000, 7, 12, 0x10
		}),
		batch(103, [][]byte{control(1, 5)}, func(b *kmsg.RecordBatch) { b.ProducerID, b.ProducerEpoch, b.Attributes = 4000, 7, 0x30 }),
		batch(104, some(1), func(b *kmsg.RecordBatch) { b.Attributes = 0x8 }),
	)
	got, cut, err := Parse(log)
	if err != nil || cut || len(got) != 3 {
		t.Fatalf("%d batches, cut %v, %v", len(got), cut, err)
	}
	want := []state.Batch{
		{BaseOffset: 100, LastOffset: 102, LeaderEpoch: 3, Magic: 2, Bytes: 61 + 3*len(some(1)[0]), Records: 3, FirstTime: at, MaxTime: at.Add(2 * time.Millisecond),
			Compression: "none", ProducerID: 4000, ProducerEpoch: 7, Sequence: 12, Transactional: true, CoordinatorEpoch: -1},
		{BaseOffset: 103, LastOffset: 103, LeaderEpoch: 3, Magic: 2, Bytes: 61 + len(control(1, 5)), Records: 1, FirstTime: at, MaxTime: at,
			Compression: "none", ProducerID: 4000, ProducerEpoch: 7, Sequence: -1, Transactional: true, Control: true, Marker: "commit", CoordinatorEpoch: 5},
		{BaseOffset: 104, LastOffset: 104, LeaderEpoch: 3, Magic: 2, Bytes: 61 + len(some(1)[0]), Records: 1, FirstTime: at, MaxTime: at,
			LogAppendTime: true, Compression: "none", ProducerID: -1, ProducerEpoch: -1, Sequence: -1, CoordinatorEpoch: -1},
	}
	for i := range want {
		if diff := cmp.Diff(want[i], got[i].Batch); diff != "" {
			t.Errorf("batch %d: %s", i, diff)
		}
	}
}

func TestRecordsOfEveryCompressionAreRead(t *testing.T) {
	list := [][]byte{
		record(0, nil, []byte("v"), kmsg.Header{Key: "trace", Value: []byte("abc")}),
		record(1, []byte{}, nil),
		record(2, []byte("k"), bytes.Repeat([]byte("x"), 5000)),
	}
	for codec, c := range []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
		name := kafka.CompressionName(int8(codec))
		t.Run(name, func(t *testing.T) {
			payload := slices.Concat(list...)
			if codec > 0 {
				press, err := kgo.DefaultCompressor(c)
				if err != nil {
					t.Fatal(err)
				}
				payload, _ = press.Compress(new(bytes.Buffer), payload)
			}
			log := batch(7, list, func(b *kmsg.RecordBatch) { b.Records, b.Attributes = payload, int16(codec) })
			got, _, err := Parse(log)
			if err != nil || len(got) != 1 || got[0].Compression != name {
				t.Fatalf("%+v, %v", got, err)
			}
			var said []string
			err = got[0].Each(opener(t, 1<<20), func(r state.Record) bool {
				said = append(said, fmt.Sprintf("%d %v key %d value %d headers %d (%d)", r.Offset, r.Time.Sub(at), r.KeyBytes, r.ValueBytes, r.Headers, r.HeaderBytes))
				return true
			})
			want := []string{"7 0s key -1 value 1 headers 1 (10)", "8 1ms key 0 value -1 headers 0 (0)", "9 2ms key 1 value 5000 headers 0 (0)"}
			if diff := cmp.Diff(want, said); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestWhatIsWrongWithABatchIsSaid(t *testing.T) {
	flip := func(b []byte) []byte { b[len(b)-1] ^= 1; return b }
	old := func(magic byte, attributes byte) []byte {
		m := kmsg.MessageV1{Offset: 5, Magic: 1, Attributes: int8(attributes), Timestamp: at.UnixMilli(), Key: []byte("k"), Value: []byte("value")}
		b := m.AppendTo(nil)
		if magic == 0 {
			v0 := kmsg.MessageV0{Offset: 5, Attributes: int8(attributes), Key: []byte("k"), Value: []byte("value")}
			b = v0.AppendTo(nil)
		}
		binary.BigEndian.PutUint32(b[lengthAt:], uint32(len(b)-afterLength))
		binary.BigEndian.PutUint32(b[12:], crc32.ChecksumIEEE(b[crcFromOld:]))
		return b
	}
	magic := func(m byte) []byte { b := batch(5, some(1)); b[magicAt] = m; return b }
	length := func(n int32) []byte {
		b := batch(5, some(1))
		binary.BigEndian.PutUint32(b[lengthAt:], uint32(n))
		return b
	}
	for _, tt := range []struct {
		name    string
		log     []byte
		batches int
		cut     bool
		says    string // of the last batch, of opening it, or of all
		records int
	}{
		{"nothing", nil, 0, false, "", 0},
		{"a last batch that is cut", slices.Concat(batch(1, some(2)), batch(3, some(2))[:70]), 1, true, "", 2},
		{"a last batch of which the length is cut", slices.Concat(batch(1, some(2)), batch(3, some(2))[:9]), 1, true, "", 2},
		{"a wrong checksum", flip(batch(5, some(1))), 1, false, "checksum", 0},
		{"a length of 0", length(0), 0, false, "0 bytes long", 0},
		{"a negative length", length(-5), 0, false, "-5 bytes long", 0},
		{"a length beyond all", length(1<<31 - 1), 0, true, "", 0},
		{"a head that is cut off by its own length", sealed(batch(5, some(1))[:40]), 1, false, "40 bytes long", 0},
		{"a format of the future", magic(3), 1, false, "format 3", 0},
		{"a format that can't be", magic(200), 1, false, "format -56", 0},
		{"a message of format 0", old(0, 0), 1, false, "", 1},
		{"a message of format 1", old(1, 0), 1, false, "", 1},
		{"a compressed set of format 1", old(1, 1), 1, false, "doesn't open", 0},
		{"a message of format 1 with a wrong checksum", flip(old(1, 0)), 1, false, "checksum", 0},
		{"fewer records than it says", batch(5, some(1), func(b *kmsg.RecordBatch) { b.NumRecords = 1 << 30 }), 1, false, "record 2 can't be read", 1},
		{"more bytes than its records", batch(5, some(3), func(b *kmsg.RecordBatch) { b.NumRecords = 1 }), 1, false, "bytes more", 1},
		{"a negative number of records", batch(5, some(1), func(b *kmsg.RecordBatch) { b.NumRecords = -1 }), 1, false, "-1 records", 0},
		{"offsets that go back", batch(5, some(1), func(b *kmsg.RecordBatch) { b.LastOffsetDelta = -4 }), 1, false, "make no sense", 0},
		{"an offset beyond all", batch(1<<63-1, some(1), func(b *kmsg.RecordBatch) { b.LastOffsetDelta = 1 }), 1, false, "make no sense", 0},
		{"no compression that there is", batch(5, some(1), func(b *kmsg.RecordBatch) { b.Attributes = 6 }), 1, false, "codec 6", 0},
		{"what isn't compressed as it says", batch(5, some(1), func(b *kmsg.RecordBatch) { b.Attributes = 4 }), 1, false, "zstd", 0},
		{"a control batch without a kind", batch(5, some(1), func(b *kmsg.RecordBatch) { b.Attributes = 0x20 }), 1, false, "of which kind", 0},
		{"headers without end", batch(5, [][]byte{{12, 0, 0, 0, 1, 1, 0xfe}}), 1, false, "record 1 can't be read", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, cut, err := Parse(tt.log)
			if len(got) != tt.batches || cut != tt.cut {
				t.Errorf("%d batches, cut %v; want %d, %v", len(got), cut, tt.batches, tt.cut)
			}
			said, records := fmt.Sprint(err), 0
			for i := range got {
				err := got[i].Each(opener(t, 1<<20), func(state.Record) bool { records++; return true })
				said += fmt.Sprintf(" %v", err)
			}
			if records != tt.records || !strings.Contains(said, tt.says) || tt.says == "" && strings.Trim(said, "<nil> ") != "" {
				t.Errorf("%d records, want %d; says %s; want %q", records, tt.records, said, tt.says)
			}
		})
	}
}

func TestABatchThatBlowsUpIsNotOpened(t *testing.T) {
	zeros := make([]byte, 20<<20)
	for codec, c := range []kgo.CompressionCodec{kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
		press, err := kgo.DefaultCompressor(c)
		if err != nil {
			t.Fatal(err)
		}
		payload, _ := press.Compress(new(bytes.Buffer), zeros)
		payload = bytes.Clone(payload)
		log := batch(0, some(1), func(b *kmsg.RecordBatch) { b.Records, b.Attributes = payload, int16(codec+1) })
		open := opener(t, 1<<20)
		check := alloctest.Bound(t, 0) // not even 20 MiB
		got, _, err := Parse(log)
		if err != nil || len(got) != 1 {
			t.Fatal(err)
		}
		if err := got[0].Each(open, func(state.Record) bool { return true }); err == nil || !strings.Contains(err.Error(), "1048576 bytes decompressed") {
			t.Errorf("%s: %v", got[0].Compression, err)
		}
		check()
	}
}

func TestATimeThatCantBeIsNone(t *testing.T) {
	got, _, _ := Parse(batch(0, some(1), func(b *kmsg.RecordBatch) { b.FirstTimestamp, b.MaxTimestamp = -1, 1<<62 }))
	if len(got) != 1 || !got[0].FirstTime.IsZero() || !got[0].MaxTime.IsZero() {
		t.Errorf("%+v", got)
	}
}

func FuzzBatches(f *testing.F) {
	f.Add(slices.Concat(batch(100, some(3)), batch(103, [][]byte{control(0, 1)}, func(b *kmsg.RecordBatch) { b.Attributes = 0x30 })))
	f.Add(batch(5, some(1), func(b *kmsg.RecordBatch) { b.Attributes = 4 }))
	for c := range int16(5) {
		f.Add(batch(1, some(2), func(b *kmsg.RecordBatch) { b.Attributes = c }))
	}
	open := opener(f, 1<<16) // a compressed batch of 70 bytes may cost that
	f.Fuzz(func(t *testing.T, log []byte) {
		defer alloctest.Bound(t, len(log))()
		if len(log) > headV2 && log[magicAt] == 2 { // so that what is behind the checksum is tried too
			log = sealed(bytes.Clone(log))
		}
		got, _, _ := Parse(log)
		bytes := 0
		for i := range got {
			b := &got[i]
			bytes += b.Bytes
			last := -1
			err := b.Each(open, func(r state.Record) bool {
				last++
				return r.KeyBytes >= -1 && r.ValueBytes >= -1
			})
			if err == nil && b.Records != last+1 {
				t.Errorf("%d records, and it says %d", last+1, b.Records)
			}
		}
		if bytes > len(log) {
			t.Errorf("batches of %d bytes in %d", bytes, len(log))
		}
	})
}
