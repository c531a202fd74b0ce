package message

import (
	"encoding/binary"
	"errors"
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
	cause   error
}

func (e *DecodeError) Unwrap() error { return e.cause }

func (e *DecodeError) Error() string {
	return fmt.Sprintf("%s v%d: at byte %d, %s: %s", e.API, e.Version, e.At, e.Path, e.Why)
}

// Decode reads the body of a request or response: what follows the header. Bytes that are left over are kept as
// Trailing. With an error the message holds what could be read before it. The message doesn't keep the body alive.
func Decode(api *API, response bool, version int16, body []byte) (*Message, error) {
	return DecodeWithin(NewMemory(maxMessageMemory), api, response, version, body)
}

// DecodeWithin is [Decode] with a bound on the memory of all messages that share it; nil is the bound that Decode has. The
// message is charged to it, unless there is an error: ErrOverMemory where there isn't enough. Who drops the message frees
// its [Message.Size].
func DecodeWithin(memory *Memory, api *API, response bool, version int16, body []byte) (*Message, error) {
	if memory == nil {
		return Decode(api, response, version, body)
	}
	return decode(memory, api, response, version, body, nil)
}

// ErrOverMemory is the cause of a [DecodeError] where a message takes more memory than it may.
var ErrOverMemory = errors.New("the message takes more memory than it may")

// Check returns the error that [Decode] would return, but for the one about memory. It allocates nothing. Every length
// and count in a body that passes is borne out by the bytes, so that a decoder that trusts them is safe with it.
func Check(api *API, response bool, version int16, body []byte) error {
	def := api.definition(response)
	d := decoder{body: body, version: version, flexible: def.Flexible.Holds(version), discard: true}
	d.fields(def.Fields, nil, "")
	return d.err(api)
}

// maxMessageMemory is about how many bytes one decoded message may take. A hostile node can make of each byte of its
// answer an element that takes hundreds; the metadata of two million partitions takes this much.
const maxMessageMemory = 1 << 30

// reporter is told of every value that isn't a list or struct, and of lengths and counts: bytes from..to of the body.
type reporter func(path string, from, to int, value any)

func decode(memory *Memory, api *API, response bool, version int16, body []byte, report reporter) (*Message, error) {
	m := &Message{API: api, Response: response, Version: version}
	d := &decoder{body: body, version: version, flexible: m.IsFlexible(), report: report, memory: memory}
	m.Root = &Struct{Fields: m.Definition().Fields}
	m.Root.Values = make([]any, len(m.Root.Fields))
	d.fields(m.Root.Fields, m.Root, "")
	if d.why == "" && d.at < len(body) {
		m.Trailing = d.copy("(trailing bytes)", body[d.at:])
	}
	if err := d.err(api); err != nil {
		memory.Free(d.size)
		return m, err
	}
	m.size = d.size
	return m, nil
}

// decoder reads until the first thing that is wrong; from then on it reads nothing.
type decoder struct {
	body     []byte
	at       int
	version  int16
	flexible bool
	discard  bool // make no values: the body is only checked
	report   reporter
	memory   *Memory
	size     int64  // bytes that were taken of memory
	path     string // of the first thing that was wrong
	why      string // what was wrong
	cause    error  // ErrOverMemory, or nil
}

func (d *decoder) err(api *API) error {
	if d.why == "" {
		return nil
	}
	return &DecodeError{api.Name, d.version, d.path, d.at, d.why, d.cause}
}

func (d *decoder) fail(path, format string, args ...any) {
	if d.why == "" {
		d.path, d.why = path, fmt.Sprintf(format, args...)
	}
}

// charge takes memory for what is about to be made, and reports whether there is that much.
func (d *decoder) charge(path string, bytes int64) bool {
	if d.discard {
		return true
	}
	if !d.memory.Take(bytes) {
		d.fail(path, "with it the message would take more than the %d MiB of memory that it may", d.memory.Limit()>>20)
		d.cause = ErrOverMemory
		return false
	}
	d.size += bytes
	return true
}

// copy returns a copy of some of the body.
func (d *decoder) copy(path string, b []byte) []byte {
	if d.discard || !d.charge(path, int64(len(b))) {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
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
	if d.at < len(d.body) && d.body[d.at] < 0x80 { // nearly all are that short
		d.at++
		return uint64(d.body[d.at-1])
	}
	v, n := binary.Uvarint(d.body[d.at:])
	if n <= 0 || v > math.MaxUint32 {
		d.fail(path, "no number of at most 32 bits")
		return 0
	}
	d.at += n
	return v
}

func (d *decoder) tell(path string, from int, value any) {
	if d.report != nil && d.why == "" {
		d.report(path, from, d.at, value)
	}
}

// tellCount tells of a number that isn't the value of a field, under a name below path.
func (d *decoder) tellCount(path, name string, from int, n int64) {
	if d.report != nil {
		d.tell(join(path, name), from, n)
	}
}

// below is the path of a field. Paths are only made where somebody wants them.
func (d *decoder) below(path, name string) string {
	if d.report == nil {
		return name
	}
	return join(path, name)
}

// fields reads the fields of a struct into s, or, where the body is only checked, into nothing.
func (d *decoder) fields(fields []Field, s *Struct, path string) {
	for i := range fields {
		f := &fields[i]
		if !f.Versions.Holds(d.version) {
			continue
		}
		if d.flexible && f.Tagged.Holds(d.version) {
			if s != nil {
				s.Values[i] = defaultOf(f, d.version)
			}
			continue
		}
		if s == nil && !f.Array && widths[f.Kind] > 0 { // the same as below, and faster: an answer has hundreds of thousands
			if d.at += widths[f.Kind]; d.at <= len(d.body) {
				continue
			}
			d.at -= widths[f.Kind]
		}
		v := d.value(f, d.below(path, f.Name))
		if s != nil {
			s.Values[i] = v
		}
		if d.why != "" {
			return
		}
	}
	if d.flexible {
		d.tags(fields, s, path)
	}
}

func (d *decoder) tags(fields []Field, s *Struct, path string) {
	from, at := d.at, d.below(path, "(tagged fields)")
	count := d.uvarint(at)
	d.tellCount(path, "(tags)", from, int64(count))
	for range count {
		from = d.at
		tag, size := d.uvarint(at), d.uvarint(at)
		if d.why == "" && size > uint64(len(d.body)-d.at) {
			d.fail(at, "tagged field %d claims %d bytes, %d are left", tag, size, len(d.body)-d.at)
		}
		if d.why != "" {
			return
		}
		d.tellCount(path, "(tag, size)", from, int64(tag))
		i := tagged(fields, uint32(tag), d.version)
		if i < 0 {
			from = d.at
			data := d.copy(path, d.take(path, int(size)))
			if s != nil && d.charge(path, tagSize) {
				s.Unknown = append(s.Unknown, Tag{uint32(tag), data})
			}
			if d.report != nil {
				d.tell(d.below(path, "(unknown tag "+strconv.Itoa(int(tag))+")"), from, d.body[from:d.at])
			}
			continue
		}
		end := d.at + int(size)
		v := d.value(&fields[i], d.below(path, fields[i].Name))
		if s != nil {
			s.Values[i] = v
		}
		if d.why == "" && d.at != end {
			d.fail(path, "tagged field %s has %d bytes where %d were claimed", fields[i].Name, d.at-(end-int(size)), size)
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
		// Kafka's generated writers know no other; readers disagree on what any other means.
		if b[0] != 1 && b[0] != 0xff {
			d.fail(path, "byte %#x stands where 1 (a struct follows) or -1 (null) was expected", b[0])
			return nil
		}
		present := b[0] == 1
		if d.report != nil {
			d.tell(path+" (present)", from, present)
		}
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
		d.tell(path, from, nil)
		return nil
	}
	d.tellCount(path, "(count)", from, int64(count))
	if d.discard {
		d.skip(f, count, path)
		return nil
	}
	if !d.charge(path, listSize+int64(count)*elementSize(f)) {
		return nil
	}
	list := make([]any, 0, count)
	for i := range count {
		at := path
		if d.report != nil {
			at = index(path, i)
		}
		v := d.element(f, at)
		if d.why != "" {
			d.inElement(path, i)
			return list
		}
		list = append(list, v)
	}
	return list
}

// skip reads the elements of a list that nobody wants.
func (d *decoder) skip(f *Field, count int, path string) {
	if size := widths[f.Kind]; size > 0 {
		d.take(path, count*size)
		return
	}
	for i := range count {
		if d.element(f, path); d.why != "" {
			d.inElement(path, i)
			return
		}
	}
}

// inElement puts the element of a list that is wrong in front of the path of what is wrong in it.
func (d *decoder) inElement(path string, i int) {
	if d.report == nil {
		d.path = join(index(path, i), d.path)
	}
}

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

// element reads a value that is no array, be it one of an array. It returns nil where the body is only checked.
func (d *decoder) element(f *Field, path string) any {
	from := d.at
	switch f.Kind {
	case Nested:
		if d.discard {
			d.fields(f.Fields, nil, path)
			return nil
		}
		s := &Struct{Fields: f.Fields, Values: make([]any, len(f.Fields))}
		d.fields(f.Fields, s, path)
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
			d.tell(path, from, nil)
			return nil
		}
		b := d.take(path, n)
		if d.discard || d.why != "" {
			return nil
		}
		var v any
		if f.Kind == String {
			if !d.charge(path, int64(n)+textSize) {
				return nil
			}
			v = string(b)
		} else if v = d.copy(path, b); d.why != "" {
			return nil
		}
		d.tell(path, from, v)
		return v
	}
	b := d.take(path, widths[f.Kind])
	if b == nil || d.discard {
		return nil
	}
	v := fixed(f.Kind, b)
	d.tell(path, from, v)
	return v
}

// widths are the sizes in bytes of the values of the kinds that have a fixed one; the others have 0.
var widths = [Nested + 1]int{Bool: 1, Int8: 1, Int16: 2, Uint16: 2, Int32: 4, Uint32: 4, Int64: 8, Float64: 8, UUID: 16}

// fixed is the value of some bytes of a kind that has a fixed width.
func fixed(k Kind, b []byte) any {
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
	case UUID:
		return [16]byte(b)
	}
	return int64(binary.BigEndian.Uint64(b))
}
