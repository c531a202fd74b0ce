package message

import (
	"encoding/binary"
	"math"
)

// AppendTo appends the message's body as it goes over the wire, without header and without Trailing.
func (m *Message) AppendTo(b []byte) []byte {
	e := encoder{m.Version, m.IsFlexible()}
	return e.fields(b, m.Root)
}

type encoder struct {
	version  int16
	flexible bool
}

func (e encoder) fields(b []byte, s *Struct) []byte {
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Versions.Holds(e.version) && !(e.flexible && f.Tagged.Holds(e.version)) {
			b = e.value(b, f, s.Values[i])
		}
	}
	if e.flexible {
		b = e.tags(b, s)
	}
	return b
}

// tags writes the tagged fields that say something, in the order of their numbers, and then the unknown ones, whose
// numbers are higher unless two definitions contradict each other.
func (e encoder) tags(b []byte, s *Struct) []byte {
	var tags []Tag
	for next := uint32(0); int(next) <= len(s.Fields); next++ {
		if i := tagged(s.Fields, next, e.version); i >= 0 && !isDefault(&s.Fields[i], s.Values[i], e.version) {
			tags = append(tags, Tag{next, e.value(nil, &s.Fields[i], s.Values[i])})
		}
	}
	tags = append(tags, s.Unknown...)
	b = binary.AppendUvarint(b, uint64(len(tags)))
	for _, t := range tags {
		b = binary.AppendUvarint(b, uint64(t.Tag))
		b = binary.AppendUvarint(b, uint64(len(t.Data)))
		b = append(b, t.Data...)
	}
	return b
}

func (e encoder) value(b []byte, f *Field, v any) []byte {
	if f.Array {
		list, _ := v.([]any)
		b = e.length(b, len(list), v == nil, 4)
		for _, element := range list {
			b = e.element(b, f, element)
		}
		return b
	}
	if f.Kind == Nested && f.Nullable.Holds(e.version) {
		if v == nil {
			return append(b, 0xff)
		}
		b = append(b, 1)
	}
	return e.element(b, f, v)
}

func (e encoder) length(b []byte, n int, null bool, wide int) []byte {
	switch {
	case null && e.flexible:
		return append(b, 0)
	case null:
		n = -1
	case e.flexible:
		return binary.AppendUvarint(b, uint64(n)+1)
	}
	if wide == 2 {
		return binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return binary.BigEndian.AppendUint32(b, uint32(n))
}

func (e encoder) element(b []byte, f *Field, v any) []byte {
	switch f.Kind {
	case Nested:
		return e.fields(b, v.(*Struct))
	case String:
		text, ok := v.(string)
		return append(e.length(b, len(text), !ok, 2), text...)
	case Bytes, Records:
		data, ok := v.([]byte)
		return append(e.length(b, len(data), !ok, 4), data...)
	case UUID:
		id := v.([16]byte)
		return append(b, id[:]...)
	case Bool:
		if v.(bool) {
			return append(b, 1)
		}
		return append(b, 0)
	case Float64:
		return binary.BigEndian.AppendUint64(b, math.Float64bits(v.(float64)))
	case Int8:
		return append(b, byte(v.(int64)))
	case Int16, Uint16:
		return binary.BigEndian.AppendUint16(b, uint16(v.(int64)))
	case Int32, Uint32:
		return binary.BigEndian.AppendUint32(b, uint32(v.(int64)))
	}
	return binary.BigEndian.AppendUint64(b, uint64(v.(int64)))
}
