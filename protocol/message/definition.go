package message

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Range is the versions from From to To, both included; it is empty where From is above To.
type Range struct{ From, To int16 }

// Open is the end of a range that has none: the newest version, whichever that is.
const Open = math.MaxInt16

// Never is the empty Range.
var Never = Range{0, -1}

// Holds reports whether a version is in the range.
func (r Range) Holds(version int16) bool { return r.From <= version && version <= r.To }

// String writes the range as Kafka's definitions do: 3, 0-12, 4+.
func (r Range) String() string {
	from := strconv.Itoa(int(r.From))
	switch {
	case r.From > r.To:
		return "none"
	case r.To == Open:
		return from + "+"
	case r.From == r.To:
		return from
	}
	return from + "-" + strconv.Itoa(int(r.To))
}

// Kind is the type of a field, or of the elements of one that is an array.
type Kind uint8

// The kinds that Kafka's definitions have. Records are bytes that a request log tells the size of.
const (
	Bool Kind = iota + 1
	Int8
	Int16
	Int32
	Int64
	Uint16
	Uint32
	Float64
	String
	Bytes
	Records
	UUID
	Nested // a struct of the field's own Fields
)

var kindNames = [...]string{"", "bool", "int8", "int16", "int32", "int64", "uint16", "uint32", "float64", "string",
	"bytes", "records", "uuid", "struct"}

func (k Kind) String() string { return kindNames[k] }

// Field is one field of a message, as Kafka defines it.
type Field struct {
	Name     string   // as JSON has it: partitionIndex
	Aliases  []string // names that are accepted for it: the client library's, and those of older Kafkas
	Kind     Kind
	Array    bool // of Kind
	Versions Range
	Nullable Range
	Tagged   Range  // where it is a tagged field of a flexible version, numbered Tag
	Tag      uint32 // meaningful where Tagged isn't empty
	Default  string // as the definition spells it; "" is the zero of the type, "null" is null
	Key      bool   // identifies the element of an array, alone or with others
	Entity   string // what kind of thing it names: brokerId, topicName, groupId, transactionalId, producerId; or ""
	Fields   []Field

	// What kdeck adds: see notes.
	words   []word // names of its numbers
	preset  string // the default that kdeck's requests have in the place of Kafka's, spelled alike; or ""
	secrecy secrecy
}

// Type is the field's type as Kafka writes it, []int32; a struct is called struct.
func (f *Field) Type() string {
	if f.Array {
		return "[]" + f.Kind.String()
	}
	return f.Kind.String()
}

// Named reports whether a word means this field: its name or one of its aliases, in any case.
func (f *Field) Named(word string) bool {
	return strings.EqualFold(word, f.Name) ||
		slices.ContainsFunc(f.Aliases, func(a string) bool { return strings.EqualFold(word, a) })
}

// Definition is a request or a response.
type Definition struct {
	Flexible Range // the versions with compact encodings and tagged fields (KIP-482)
	Fields   []Field
}

// API is a request, its response, and the versions in which they are known.
type API struct {
	Key       int16
	Name      string // Metadata, OffsetForLeaderEpoch
	Versions  Range
	Listeners []string // what kinds of listener serve it: broker, controller, zkBroker
	Request   Definition
	Response  Definition

	hasSecrets bool // a field of the request or the response may hold a secret
}

func (a *API) definition(response bool) *Definition {
	if response {
		return &a.Response
	}
	return &a.Request
}

// Lookup returns the API of a key, or nil.
func Lookup(key int16) *API {
	if key < 0 || int(key) >= len(table) {
		return nil
	}
	return &table[key]
}

// APIs returns every API, in the order of their keys. The table is not to be changed.
func APIs() []API { return table }
