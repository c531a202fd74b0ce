package protocol

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	defs "kdeck/protocol/message"

	"kdeck/protocol/alloctest"
)

// FuzzDecode: no frame makes the decoding of an answer panic or hang, be it by the client library or by Kafka's
// definitions.
func FuzzDecode(f *testing.F) {
	metadata := kmsg.NewPtrMetadataResponse()
	metadata.Version = 12
	metadata.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 1, Host: "b1", Port: 9092}}
	f.Add(int16(3), int16(12), metadata.AppendTo([]byte{0, 0, 0, 7, 0}))
	f.Add(int16(18), int16(5), []byte{0, 0, 0, 7, 0, 35, 0, 0, 0, 0})
	f.Add(int16(1), int16(16), binary.BigEndian.AppendUint64([]byte{0, 0, 0, 7}, math.MaxUint64))
	f.Fuzz(func(t *testing.T, key, version int16, frame []byte) {
		defer alloctest.Bound(t, len(frame))()
		if key < 0 || key > kmsg.MaxKey {
			return
		}
		req := kmsg.RequestForKey(key)
		if version < 0 || version > req.MaxVersion() {
			return
		}
		req.SetVersion(version)
		api, _ := APIByKey(key)
		typed := Answer{API: api, Version: version, CorrelationID: 7, ResponseBytes: frame}
		failed := typed.open(req)
		a := Answer{API: api, Version: version, CorrelationID: 7, ResponseBytes: frame}
		memory := defs.NewMemory(1 << 30)
		m, id, err := a.Decode(memory)
		if err != nil || memory.Used() != m.Size() {
			if failed == nil || memory.Used() != 0 {
				t.Fatalf("%s v%d: the library decodes it: %v; by Kafka's definitions %v, %d bytes are charged", api.Name, version, failed, err, memory.Used())
			}
			return
		}
		if id.Decoded < 0 || id.Total > len(frame) || id.Differs >= len(frame) {
			t.Fatalf("%+v of %d bytes", id, len(frame))
		}
	})
}

// FuzzFrame: no stream makes a frame other than the one that was sent, or leaves more memory charged than it has.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{0, 0, 0, 4, 1, 2, 3, 4})
	f.Add([]byte("HTTP/1.1 400 Bad Request"))
	f.Add([]byte{0x15, 0x03, 0x03, 0x00, 0x02})
	f.Add([]byte{0x7f, 0xff, 0xff, 0xff, 0})
	f.Fuzz(func(t *testing.T, stream []byte) {
		defer alloctest.Bound(t, len(stream))()
		memory := defs.NewMemory(1 << 20)
		frame, err := readFrame(bufio.NewReader(bytes.NewReader(stream)), 1<<20, memory)
		if err == nil && !bytes.Equal(frame, stream[4:4+len(frame)]) {
			t.Fatal("the frame isn't what was sent")
		}
		if memory.Used() != int64(len(frame)) {
			t.Fatalf("%d bytes are charged for a frame of %d", memory.Used(), len(frame))
		}
	})
}

// FuzzCapture: no bytes and no text of bytes make the readers of frames from elsewhere panic, and the spans of what they
// read lie end to end.
func FuzzCapture(f *testing.F) {
	frame := frameOf(f, metadataRequest(f, 12, "orders"))
	f.Add(frame, int16(3), int16(12), true)
	f.Add(frame[4:], int16(3), int16(12), false)
	f.Add([]byte("00000000: 0003 000c 0000 0007  ......\n"), int16(-1), int16(0), false)
	f.Add([]byte{0, 18, 0, 4, 0, 0, 0, 1, 0, 0, 3, 1, 0, 0, 1, 1, 0}, int16(18), int16(4), true)
	f.Fuzz(func(t *testing.T, text []byte, key, version int16, named bool) {
		defer alloctest.Bound(t, len(text))()
		b, err := ParseHex(text)
		if err != nil {
			return
		}
		var api *API
		if named {
			if api, _ = APIByKey(key); api == nil || !api.Versions.Holds(version) {
				return
			}
		}
		d, err := DecodeCapture(b, api, version)
		if err != nil {
			return
		}
		at := 0
		for _, s := range d.Spans {
			if s.From != at || s.To < s.From {
				t.Fatalf("%s: a span from %d to %d after %d", s.Path, s.From, s.To, at)
			}
			at = s.To
		}
		if at != len(d.Frame) {
			t.Fatalf("the spans end at %d of %d", at, len(d.Frame))
		}
		_ = Identify(d.Message, d.Body).String()
	})
}

// FuzzSaved: no file makes the reader of .kreq panic, and a request that is read from one is one that can be sent.
func FuzzSaved(f *testing.F) {
	s, err := Save(metadataRequest(f, 12, "orders"), "2", time.Unix(1000, 0), nil)
	if err != nil {
		f.Fatal(err)
	}
	text, err := s.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("kreq: 1\napi_key: 18\nversion: 3\nrequest_hex: 0000\nanswers: [{response_hex: 00}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		defer alloctest.Bound(t, len(text))()
		s, err := ReadSaved(text)
		if err != nil {
			return
		}
		for i := range s.Answers {
			_, _ = s.Got(&s.Answers[i])
		}
		m, err := s.Message()
		if err != nil {
			return
		}
		if e := EffectOf(m); e.Class == 0 {
			t.Fatalf("%s v%d: no class", m.API.Name, m.Version)
		}
	})
}
