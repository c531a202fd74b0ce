package message

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// seed is that of this process: fingerprints are for comparing, not for keeping.
var seed = maphash.MakeSeed()

// Fingerprint is the same for messages of one API and version between which [Differences] finds none. It costs a
// fraction of it.
func (m *Message) Fingerprint(ignore []string) uint64 {
	return newFingerprinter(m, ignore).fields(m.Root)
}

func newFingerprinter(m *Message, ignore []string) *fingerprinter {
	f := &fingerprinter{version: m.Version, ignore: ignore, ignored: map[*Field]bool{}}
	f.findIgnored(m.Definition().Fields, "")
	return f
}

type fingerprinter struct {
	version int16
	ignore  []string
	ignored map[*Field]bool
}

// findIgnored finds the fields to leave out once, so that no path is made for each value.
func (f *fingerprinter) findIgnored(fields []Field, path string) {
	for i := range fields {
		at := join(path, fields[i].Name)
		f.ignored[&fields[i]] = slices.ContainsFunc(f.ignore, func(word string) bool {
			return strings.EqualFold(word, fields[i].Name) || strings.EqualFold(word, at)
		})
		f.findIgnored(fields[i].Fields, at)
	}
}

func (f *fingerprinter) fields(s *Struct) uint64 {
	sum := uint64(1)
	for i := range s.Fields {
		field, v := &s.Fields[i], s.Values[i]
		if shown(field, v, f.version) && !f.ignored[field] {
			sum = mix(sum, mix(uint64(i), f.value(field, v)))
		}
	}
	for _, t := range s.Unknown {
		sum = mix(sum, mix(uint64(t.Tag), maphash.Bytes(seed, t.Data)))
	}
	return sum
}

// mix puts two hashes together; their order counts.
func mix(a, b uint64) uint64 {
	var both [16]byte
	binary.LittleEndian.PutUint64(both[:], a)
	binary.LittleEndian.PutUint64(both[8:], b)
	return maphash.Bytes(seed, both[:])
}

func (f *fingerprinter) value(field *Field, v any) uint64 {
	switch v := v.(type) {
	case nil:
		return 2
	case bool:
		if v {
			return 3
		}
		return 4
	case int64:
		return mix(5, uint64(v))
	case float64:
		return mix(6, math.Float64bits(v))
	case string:
		return maphash.String(seed, v)
	case []byte:
		if field.Kind == Records {
			return mix(7, uint64(len(v))) // as JSON has them
		}
		return maphash.Bytes(seed, v)
	case [16]byte:
		return maphash.Bytes(seed, v[:])
	case *Struct:
		return f.fields(v)
	}
	return f.list(field, v.([]any))
}

// list is that of its elements: of their sum where their order says nothing.
func (f *fingerprinter) list(field *Field, list []any) uint64 {
	free := slices.Contains(unordered, field.Name)
	if field.Kind == Nested {
		free = len(identity(field.Fields, f.version)) > 0
	}
	sum := uint64(len(list))
	for _, v := range list {
		if h := f.value(field, v); free {
			sum += h
		} else {
			sum = mix(sum, h)
		}
	}
	return sum
}
