package message

import (
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Struct is the values of a list of fields. Values runs parallel to Fields; what the version doesn't carry is nil
// there. A value is nil (null), bool, int64 (of all integers), float64, string, []byte (of records too), [16]byte,
// []any, or *Struct.
type Struct struct {
	Fields  []Field
	Values  []any
	Unknown []Tag // tagged fields that the definition doesn't have
}

// Tag is a tagged field as it is on the wire.
type Tag struct {
	Tag  uint32
	Data []byte
}

// Message is a request or a response in one version.
type Message struct {
	API      *API
	Response bool
	Version  int16
	Root     *Struct
	Trailing []byte // what followed what could be decoded

	size int64 // of one that was decoded
}

// Definition is that of the request or the response.
func (m *Message) Definition() *Definition { return m.API.definition(m.Response) }

// Key is the key of the message's API.
func (m *Message) Key() int16 { return m.API.Key }

// GetVersion is the message's version, by the name that the client library has for it.
func (m *Message) GetVersion() int16 { return m.Version }

// IsFlexible reports whether the message's version has compact encodings and tagged fields (KIP-482).
func (m *Message) IsFlexible() bool { return m.Definition().Flexible.Holds(m.Version) }

// Size is about how many bytes of memory a decoded message takes: those that it was charged for.
func (m *Message) Size() int64 { return m.size }

// newStruct is a struct with the defaults of its definition.
func newStruct(fields []Field, version int16) *Struct {
	s := &Struct{Fields: fields, Values: make([]any, len(fields))}
	for i := range fields {
		if fields[i].Versions.Holds(version) {
			s.Values[i] = defaultOf(&fields[i], version)
		}
	}
	return s
}

func defaultOf(f *Field, version int16) any {
	switch {
	case f.Default == "null":
		if f.Nullable.Holds(version) {
			return nil
		}
	case f.Array:
	case f.Kind == Nested:
		return newStruct(f.Fields, version)
	}
	return parseDefault(f, f.Default)
}

// parseDefault reads a default as a definition spells it. The table holds none that doesn't parse: a test sees to it.
func parseDefault(f *Field, text string) any {
	if f.Array {
		return []any{}
	}
	switch f.Kind {
	case Bool:
		return text == "true"
	case Float64:
		v, _ := strconv.ParseFloat(text, 64)
		return v
	case String:
		if text == "null" {
			return ""
		}
		return text
	case Bytes, Records:
		return []byte{}
	case UUID:
		return [16]byte{}
	}
	v, _ := strconv.ParseInt(text, 0, 64)
	return v
}

// isDefault reports whether a value is the one that a field has when nothing is said: tagged fields are left out then.
func isDefault(f *Field, v any, version int16) bool {
	switch v := v.(type) {
	case []any:
		return len(v) == 0 && f.Default != "null"
	case []byte:
		return len(v) == 0 && f.Default != "null"
	case *Struct:
		return reflect.DeepEqual(v, defaultOf(f, version))
	}
	return v == defaultOf(f, version)
}

// shown reports whether the broker's request log would hold the field: tagged ones only where they say something.
func shown(f *Field, v any, version int16) bool {
	return f.Versions.Holds(version) && !(f.Tagged.Holds(version) && isDefault(f, v, version))
}

// limits are the least and the greatest value of an integer kind.
func limits(k Kind) (low, high int64) {
	switch k {
	case Int8:
		return math.MinInt8, math.MaxInt8
	case Int16:
		return math.MinInt16, math.MaxInt16
	case Int32:
		return math.MinInt32, math.MaxInt32
	case Uint16:
		return 0, math.MaxUint16
	case Uint32:
		return 0, math.MaxUint32
	}
	return math.MinInt64, math.MaxInt64
}

// Get returns the value of a field by its name at the top of the struct, and whether the struct has such a field.
func (s *Struct) Get(name string) (any, bool) {
	for i := range s.Fields {
		if strings.EqualFold(s.Fields[i].Name, name) {
			return s.Values[i], true
		}
	}
	return nil, false
}
