package message

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// A DecodeError says where in a message the bytes stop making sense.
type DecodeError struct {
	API     string
	Version int16
	Path    string // the field that was being read; "" at the top
	At      int    // offset in the body
	Why     string
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("%s v%d: at byte %d, %s: %s", e.API, e.Version, e.At, e.Path, e.Why)
}

// Decode reads the body of a request or response: what follows the header. Bytes that are left over are kept as
// Trailing. With an error the message holds what could be read before it.
func Decode(api *API, response bool, version int16, body []byte) (*Message, error) {
	return decode(api, response, version, body, nil)
}

// span is told of every value that is not a container, and of lengths and counts: the bytes from..to are it.
type span func(path string, from, to int, value any)

// mostMemory is about how many bytes a decoded message may take. A hostile node can make of each byte of its answer an
// element that takes sixty; the metadata of two million partitions takes this much.
const mostMemory = 1 << 30

func decode(api *API, response bool, version int16, body []byte, tell span) (*Message, error) {
	return decodeWithin(mostMemory, api, response, version, body, tell)
}

func decodeWithin(memory int, api *API, response bool, version int16, body []byte, tell span) (*Message, error) {
	m := &Message{API: api, Response: response, Version: version}
	d := &decoder{body: body, version: version, flexible: m.Flexible(), tell: tell, left: memory}
	m.Root = &Struct{Fields: m.Definition().Fields}
	m.Root.Values = make([]any, len(m.Root.Fields))
	d.fields(m.Root, "")
	if d.why != "" {
		return m, &DecodeError{api.Name, version, d.path, d.at, d.why}
	}
	if d.at < len(body) {
		m.Trailing = body[d.at:]
	}
	return m, nil
}

// decoder reads until the first thing that is wrong; from then on it reads nothing.
type decoder struct {
	body     []byte
	at       int
	version  int16
	flexible bool
	tell     span
	left     int    // bytes of memory
	path     string // of the first thing that was wrong
	why      string
}

func (d *decoder) fail(path, format string, args ...any) {
	if d.why == "" {
		d.path, d.why = path, fmt.Sprintf(format, args...)
	}
}

// take returns the next n bytes, or nil where there aren't as many.
func (d *decoder) take(path string, n int) []byte {
	if d.why != "" {
		return nil
	}
	if n > len(d.body)-d.at {
		d.fail(path, "%d bytes are needed, %d are left", n, len(d.body)-d.at)
		return nil
	}
	b := d.body[d.at : d.at+n : d.at+n]
	d.at += n
	return b
}

// uvarint reads a number of at most 32 bits.
func (d *decoder) uvarint(path string) uint64 {
	if d.why != "" {
		return 0
	}
	v, n := binary.Uvarint(d.body[d.at:])
	if n <= 0 || v > math.MaxUint32 {
		d.fail(path, "no number of at most 32 bits")
		return 0
	}
	d.at += n
	return v
}

func (d *decoder) said(path string, from int, value any) {
	if d.tell != nil && d.why == "" {
		d.tell(path, from, d.at, value)
	}
}

// below is the path of a field. Paths are only made where somebody wants them.
func (d *decoder) below(path, name string) string {
	switch {
	case d.tell == nil || path == "":
		return name
	}
	return path + "." + name
}

func (d *decoder) fields(s *Struct, path string) {
	for i := range s.Fields {
		f := &s.Fields[i]
		if !f.Versions.Holds(d.version) {
			continue
		}
		if d.flexible && f.Tagged.Holds(d.version) {
			s.Values[i] = defaultOf(f, d.version)
			continue
		}
		s.Values[i] = d.value(f, d.below(path, f.Name))
		if d.why != "" {
			return
		}
	}
	if d.flexible {
		d.tags(s, path)
	}
}

func (d *decoder) tags(s *Struct, path string) {
	from, counted := d.at, d.below(path, "(tags)")
	count := d.uvarint(counted)
	d.said(counted, from, int64(count))
	for range count {
		from = d.at
		tag, size := d.uvarint(counted), d.uvarint(counted)
		if d.why == "" && size > uint64(len(d.body)-d.at) {
			d.fail(counted, "tagged field %d claims %d bytes, %d are left", tag, size, len(d.body)-d.at)
		}
		if d.why != "" {
			return
		}
		d.said(d.below(path, "(tag, size)"), from, int64(tag))
		i := tagged(s.Fields, uint32(tag), d.version)
		if i < 0 {
			from = d.at
			s.Unknown = append(s.Unknown, Tag{uint32(tag), d.take(path, int(size))})
			d.said(d.below(path, "(unknown tag "+strconv.Itoa(int(tag))+")"), from, d.body[from:d.at])
			continue
		}
		end := d.at + int(size)
		s.Values[i] = d.value(&s.Fields[i], d.below(path, s.Fields[i].Name))
		if d.why == "" && d.at != end {
			d.fail(path, "tagged field %s has %d bytes where %d were claimed", s.Fields[i].Name, d.at-(end-int(size)), size)
		}
	}
}

func tagged(fields []Field, tag uint32, version int16) int {
	for i := range fields {
		if f := &fields[i]; f.Tag == tag && f.Tagged.Holds(version) {
			return i
		}
	}
	return -1
}

func (d *decoder) value(f *Field, path string) any {
	if f.Array {
		return d.array(f, path)
	}
	if f.Kind == Nested && f.Nullable.Holds(d.version) {
		from := d.at
		b := d.take(path, 1)
		if b == nil {
			return nil
		}
		present := int8(b[0]) >= 0
		d.said(path+" (present)", from, present)
		if !present {
			return nil
		}
	}
	return d.element(f, path)
}

// array reads the elements one by one: a count is only a claim.
func (d *decoder) array(f *Field, path string) any {
	from := d.at
	count, null := d.length(path, 4)
	if d.why == "" {
		if null && !f.Nullable.Holds(d.version) {
			d.fail(path, "null where v%d has none", d.version)
		} else if count > len(d.body)-d.at {
			d.fail(path, "%d elements are claimed, %d bytes are left", count, len(d.body)-d.at)
		}
	}
	if d.why != "" {
		return nil
	}
	if null {
		d.said(path, from, nil)
		return nil
	}
	d.said(d.below(path, "(count)"), from, int64(count))
	list := make([]any, 0, min(count, 64))
	for i := range count {
		at := path
		if d.tell != nil {
			at = path + "[" + strconv.Itoa(i) + "]"
		}
		v := d.element(f, at)
		if d.why != "" {
			if d.tell == nil {
				d.path = path + "[" + strconv.Itoa(i) + "]." + d.path
			}
			return list
		}
		list = append(list, v)
		if d.left -= perElement + perField*len(f.Fields); d.left < 0 {
			d.fail(at, "the message has more elements than any real one: it would take more than %d MB of memory", mostMemory>>20)
			return list
		}
	}
	return list
}

// What an element of a list takes in memory, about, and each field of one.
const (
	perElement = 88
	perField   = 16
)

// length reads a count or a size: wide is its width in bytes where it isn't compact.
func (d *decoder) length(path string, wide int) (n int, null bool) {
	if d.flexible {
		v := d.uvarint(path)
		if v > math.MaxInt32 {
			d.fail(path, "a length of %d", v)
			return 0, false
		}
		return int(v) - 1, v == 0
	}
	b := d.take(path, wide)
	if b == nil {
		return 0, false
	}
	if wide == 2 {
		n = int(int16(binary.BigEndian.Uint16(b)))
	} else {
		n = int(int32(binary.BigEndian.Uint32(b)))
	}
	if n < -1 {
		d.fail(path, "a length of %d", n)
	}
	return n, n == -1
}

// element reads a value that is no array, be it one of an array.
func (d *decoder) element(f *Field, path string) any {
	from := d.at
	switch f.Kind {
	case Nested:
		s := &Struct{Fields: f.Fields, Values: make([]any, len(f.Fields))}
		d.fields(s, path)
		return s
	case String, Bytes, Records:
		wide := 4
		if f.Kind == String {
			wide = 2
		}
		n, null := d.length(path, wide)
		if null && d.why == "" {
			if f.Array || !f.Nullable.Holds(d.version) {
				d.fail(path, "null where v%d has none", d.version)
				return nil
			}
			d.said(path, from, nil)
			return nil
		}
		b := d.take(path, n)
		if d.why != "" {
			return nil
		}
		if f.Kind == String {
			d.said(path, from, string(b))
			return string(b)
		}
		d.said(path, from, b)
		return b
	case UUID:
		b := d.take(path, 16)
		if b == nil {
			return nil
		}
		d.said(path, from, [16]byte(b))
		return [16]byte(b)
	}
	b := d.take(path, width(f.Kind))
	if b == nil {
		return nil
	}
	v := number(f.Kind, b)
	d.said(path, from, v)
	return v
}

// width is the size of a value of a kind that has a fixed one, in bytes.
func width(k Kind) int {
	switch k {
	case Bool, Int8:
		return 1
	case Int16, Uint16:
		return 2
	case Int32, Uint32:
		return 4
	}
	return 8
}

func number(k Kind, b []byte) any {
	switch k {
	case Bool:
		return b[0] != 0
	case Int8:
		return int64(int8(b[0]))
	case Int16:
		return int64(int16(binary.BigEndian.Uint16(b)))
	case Uint16:
		return int64(binary.BigEndian.Uint16(b))
	case Int32:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case Uint32:
		return int64(binary.BigEndian.Uint32(b))
	case Float64:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	}
	return int64(binary.BigEndian.Uint64(b))
}
