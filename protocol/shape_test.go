package protocol

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// decodable is a message that can be read back.
type decodable interface {
	message
	ReadFrom([]byte) error
}

// messages calls f with a new message of every kind in every version.
func messages(f func(decodable)) {
	for key := range int16(kmsg.MaxKey + 1) {
		for v := range kmsg.RequestForKey(key).MaxVersion() + 1 {
			for _, m := range []decodable{kmsg.RequestForKey(key), kmsg.ResponseForKey(key)} {
				m.SetVersion(v)
				f(m)
			}
		}
	}
}

func TestEveryMessageHasAShapeInEveryVersion(t *testing.T) {
	messages(func(m decodable) {
		s, err := shapeOf(m)
		if err != nil {
			t.Error(err)
			return
		}
		if err := s.check(m.AppendTo(nil), m.IsFlexible()); err != nil {
			t.Errorf("%T v%d with defaults: %v", m, m.GetVersion(), err)
		}
	})
}

// draw fills a message with anything.
func draw(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(rapid.Uint16().Draw(t, "uint")))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, "float"))
	case reflect.String:
		v.SetString(rapid.StringN(0, 9, -1).Draw(t, "string"))
	case reflect.Array:
		for i := range v.Len() {
			draw(t, v.Index(i))
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			draw(t, v.Index(i))
		}
	case reflect.Pointer:
		v.SetZero()
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(t, v.Elem())
		}
	case reflect.Struct:
		if v.Type() == tagsType {
			if rapid.Bool().Draw(t, "tagged") {
				v.Addr().Interface().(*kmsg.Tags).Set(rapid.Uint32Range(100, math.MaxUint32).Draw(t, "tag"), []byte("value"))
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Version" {
				draw(t, v.Field(i))
			}
		}
	}
}

func TestTheWalkAcceptsWhatIsWellFormedAndNoPartOfIt(t *testing.T) {
	var all []shapeKey
	messages(func(m decodable) { all = append(all, shapeKey{reflect.TypeOf(m), m.GetVersion()}) })
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(all).Draw(t, "message")
		v := reflect.New(kind.of.Elem())
		draw(t, v.Elem())
		m := v.Interface().(decodable)
		m.SetVersion(kind.version)
		encoded := m.AppendTo(nil)
		s, err := shapeOf(m)
		if err != nil {
			t.Fatal(err)
		}
		w := walker{reader{encoded}, m.IsFlexible(), len(encoded)}
		if err := w.walk(s); err != nil {
			t.Fatalf("%s v%d: %v", kind.of, kind.version, err)
		}
		if len(w.rest) != 0 {
			t.Fatalf("%s v%d: %d of %d bytes left over", kind.of, kind.version, len(w.rest), len(encoded))
		}
		if len(encoded) == 0 {
			return
		}
		cut := rapid.IntRange(0, len(encoded)-1).Draw(t, "cut")
		if s.check(encoded[:cut], m.IsFlexible()) == nil {
			t.Fatalf("%s v%d: %d of %d bytes were taken for the whole", kind.of, kind.version, cut, len(encoded))
		}
	})
}

func TestCountsBeyondTheBytesAreRefused(t *testing.T) {
	metadata := kmsg.NewPtrMetadataResponse()
	metadata.Version = 12
	fetch := kmsg.NewPtrFetchResponse()
	fetch.Version = 16
	versions := kmsg.NewPtrApiVersionsResponse()
	versions.Version = 3
	many := []byte{0xff, 0xff, 0xff, 0xff, 0x0f}
	for _, test := range []struct {
		name string
		m    decodable
		body []byte
	}{
		{"tagged fields", versions, append([]byte{0, 0, 1, 0, 0, 0, 0}, many...)},
		{"tagged fields inside a tagged field", fetch, append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 9, 2, 0, 0, 0, 0}, many[:4]...)},
		{"elements, one for each byte that is left", metadata, append([]byte{0, 0, 0, 0, 0xff, 0x7f}, make([]byte, 16382)...)},
		{"a string", metadata, append([]byte{0, 0, 0, 0, 1}, many...)},
	} {
		s, err := shapeOf(test.m)
		if err != nil {
			t.Fatal(err)
		}
		if s.check(test.body, true) == nil {
			t.Errorf("%s: accepted", test.name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	metadata := kmsg.NewPtrMetadataResponse()
	metadata.Version = 12
	metadata.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 1, Host: "b1", Port: 9092}}
	f.Add(int16(3), int16(12), metadata.AppendTo([]byte{0, 0, 0, 7, 0}))
	f.Add(int16(18), int16(5), []byte{0, 0, 0, 7, 0, 35, 0, 0, 0, 0})
	f.Add(int16(1), int16(16), binary.BigEndian.AppendUint64([]byte{0, 0, 0, 7}, math.MaxUint64))
	f.Fuzz(func(t *testing.T, key, version int16, frame []byte) {
		if key < 0 || key > kmsg.MaxKey {
			return
		}
		req := kmsg.RequestForKey(key)
		if version < 0 || version > req.MaxVersion() {
			return
		}
		req.SetVersion(version)
		a := Answer{Request: req, CorrelationID: 7, ResponseBytes: frame}
		if err := a.decode(); err != nil {
			return
		}
		trailing, differs := a.Extra()
		if trailing < 0 || trailing > len(frame) || differs >= len(frame) {
			t.Fatalf("trailing %d, differs %d of %d bytes", trailing, differs, len(frame))
		}
	})
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte{0, 0, 0, 4, 1, 2, 3, 4})
	f.Add([]byte("HTTP/1.1 400 Bad Request"))
	f.Add([]byte{0x15, 0x03, 0x03, 0x00, 0x02})
	f.Add([]byte{0x7f, 0xff, 0xff, 0xff, 0})
	f.Fuzz(func(t *testing.T, stream []byte) {
		frame, err := readFrame(bufio.NewReader(bytes.NewReader(stream)), 1<<20)
		if err == nil && !bytes.Equal(frame, stream[4:4+len(frame)]) {
			t.Fatal("the frame isn't what was sent")
		}
	})
}
