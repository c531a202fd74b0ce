package protocol

import (
	"testing"
	"time"
)

// FuzzForeign: no bytes and no text of bytes make the readers of frames from elsewhere panic, and the spans of what they
// read lie end to end.
func FuzzForeign(f *testing.F) {
	frame := frameOf(f, metadataRequest(f, 12, "orders"))
	f.Add(frame, int16(3), int16(12), true)
	f.Add(frame[4:], int16(3), int16(12), false)
	f.Add([]byte("00000000: 0003 000c 0000 0007  ......\n"), int16(-1), int16(0), false)
	f.Add([]byte{0, 18, 0, 4, 0, 0, 0, 1, 0, 0, 3, 1, 0, 0, 1, 1, 0}, int16(18), int16(4), true)
	f.Fuzz(func(t *testing.T, text []byte, key, version int16, named bool) {
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
		d, err := DecodeForeign(b, api, version)
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
	s, err := Save(metadataRequest(f, 12, "orders"), "2", time.Unix(1000, 0))
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
		if _, err := EffectOf(m); err != nil && m.API.Versions.Holds(m.Version) {
			t.Fatalf("%s v%d: %v", m.API.Name, m.Version, err)
		}
	})
}
