package message

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"kdeck/protocol/alloctest"
)

// FuzzDecode: no bytes make the decoder panic, read beyond their end or take more than a small multiple of their size;
// what decodes is written as JSON that is valid; and what is written again from it decodes to the same.
func FuzzDecode(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, key := range []int16{0, 1, 2, 3, 18, 32, 55, 75} {
		for _, response := range []bool{false, true} {
			a := Lookup(key)
			m := (&Message{API: a, Response: response, Version: a.Versions.To}).random(rng)
			f.Add(uint8(key), response, uint8(m.Version), m.AppendTo(nil))
		}
	}
	f.Fuzz(func(t *testing.T, key uint8, response bool, version uint8, body []byte) {
		defer alloctest.Bound(t, len(body))()
		a := Lookup(int16(key) % int16(len(APIs())))
		v := a.Versions.From + int16(version)%(a.Versions.To-a.Versions.From+1)
		at := 0
		for _, s := range Annotate(a, response, v, body, 0) {
			if s.From != at || s.To < s.From || s.To > len(body) {
				t.Fatalf("%s v%d: a span from %d to %d after %d, of %d bytes", a.Name, v, s.From, s.To, at, len(body))
			}
			at = s.To
		}
		if at != len(body) {
			t.Fatalf("%s v%d: the spans end at %d of %d", a.Name, v, at, len(body))
		}
		m, err := Decode(a, response, v, body)
		if err != nil {
			return
		}
		text := m.AppendJSON(nil)
		if !json.Valid(text) {
			t.Fatalf("%s v%d: no JSON: %s", a.Name, v, text)
		}
		again, err := Decode(a, response, v, m.AppendTo(nil))
		if err != nil || !bytes.Equal(again.AppendJSON(nil), text) || again.Trailing != nil {
			t.Fatalf("%s v%d: %v, %s became %s", a.Name, v, err, text, again.AppendJSON(nil))
		}
		if d := Differences(m, again, nil); len(d) > 0 || m.Fingerprint(nil) != again.Fingerprint(nil) {
			t.Fatalf("%s v%d differs from itself: %v", a.Name, v, d)
		}
	})
}

// FuzzSet: no path and no value makes a request panic, or one that isn't read back as it is.
func FuzzSet(f *testing.F) {
	for _, w := range []string{"topics=a,b", "topics[0].name=x", "topics[0].partitions[0].partitionIndex=3", `topics=[{"name":"a"}]`,
		"topics={a: [b]}", `replicaId="1"`, "a[", "a]b=[", "cursor.topicName=x", "topics[2147483647]=x"} {
		f.Add(uint8(2), uint8(7), w, w)
	}
	f.Fuzz(func(t *testing.T, key, version uint8, first, second string) {
		defer alloctest.Bound(t, len(first)+len(second))()
		a := Lookup(int16(key) % int16(len(APIs())))
		m := New(a, a.Versions.From+int16(version)%(a.Versions.To-a.Versions.From+1))
		for _, w := range []string{first, second} {
			path, value, _ := strings.Cut(w, "=")
			if m.Set(path, value) != nil {
				return
			}
		}
		readBack(t, m)
	})
}

// readBack holds a request against what its own bytes decode to.
func readBack(t *testing.T, m *Message) {
	got, err := Decode(m.API, false, m.Version, m.AppendTo(nil))
	if err != nil || got.Trailing != nil || !bytes.Equal(got.AppendJSON(nil), m.AppendJSON(nil)) {
		t.Fatalf("%s v%d: %v\nset  %s\nread %s", m.API.Name, m.Version, err, m.AppendJSON(nil), got.AppendJSON(nil))
	}
}

// FuzzBody: no document and no line of a log makes a reader panic, or a request that isn't read back as it is.
func FuzzBody(f *testing.F) {
	for _, text := range []string{logged, `{"topics":["orders"]}`, "topics: [orders]\n", "- a", "topics: {name: &a x}", `{"a":{"b":[1,2.5e3,null,true]}}`,
		`{"_unknownTaggedFields":{"5":"AA=="}}`, "\xff", "a: !!binary x", "? a\n: b"} {
		f.Add(uint8(2), uint8(11), []byte(text))
	}
	f.Fuzz(func(t *testing.T, key, version uint8, text []byte) {
		defer alloctest.Bound(t, len(text))()
		if line, err := ParseLogLine(text); err == nil && line != nil {
			if m, err := line.Message(); err == nil && line.API.Versions.Holds(m.Version) {
				readBack(t, m)
			}
		}
		d, err := ParseDocument(text)
		if err != nil {
			return
		}
		a := Lookup(int16(key) % int16(len(APIs())))
		m := New(a, a.Versions.From+int16(version)%(a.Versions.To-a.Versions.From+1))
		if m.Merge(d) == nil {
			readBack(t, m)
		}
	})
}
