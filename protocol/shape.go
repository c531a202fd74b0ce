package protocol

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// shape is the layout of a value on the wire. kmsg decodes by code and not by a description, and that code trusts
// counts: it allocates an element for every byte that is left (an element takes a hundred), and reads as many
// tagged fields as are claimed, bytes or no bytes, up to four thousand million of them. So every answer is first
// walked along its shape, which allocates nothing.
type shape struct {
	form   form
	size   int               // fixed: bytes
	least  int               // the fewest bytes that a value takes
	parts  []*shape          // structure: its fields in wire order; array and optional: what is inside
	tagged map[uint64]*shape // structure: its known tagged fields
}

type form uint8

const (
	fixed     form = iota // a number of bytes
	text                  // a string that may be null
	blob                  // bytes that may be null
	array                 // a count, which may be null, and elements
	optional              // a byte that says whether a structure follows
	structure             // fields, and in flexible versions tagged fields
)

// message is what requests and responses have in common.
type message interface {
	Key() int16
	SetVersion(int16)
	GetVersion() int16
	IsFlexible() bool
	AppendTo([]byte) []byte
}

type shapeKey struct {
	of      reflect.Type
	version int16
}

type knownShape struct {
	shape *shape
	err   error
}

var shapes sync.Map // shapeKey -> knownShape

// shapeOf returns the layout of a message in its version.
func shapeOf(m message) (*shape, error) {
	key := shapeKey{reflect.TypeOf(m), m.GetVersion()}
	if known, ok := shapes.Load(key); ok {
		return known.(knownShape).shape, known.(knownShape).err
	}
	s, err := deriveShape(key)
	shapes.Store(key, knownShape{s, err})
	return s, err
}

// deriveShape finds a layout out by experiment: a message with every field filled in is encoded, and then once
// more for each field with only that field changed. The first byte that differs is where the field is.
func deriveShape(key shapeKey) (*shape, error) {
	v := reflect.New(key.of.Elem())
	m := v.Interface().(message)
	fill(v.Elem())
	m.SetVersion(key.version)
	d := deriver{message: m, flexible: m.IsFlexible(), encoded: m.AppendTo(nil), found: map[any]int{}}
	s, end, ok := d.structure(v.Elem(), 0)
	if !ok || end != len(d.encoded) {
		return nil, fmt.Errorf("the layout of %s v%d can't be told", key.of.Elem().Name(), key.version)
	}
	return s, nil
}

var tagsType = reflect.TypeFor[kmsg.Tags]()

// fill gives every field a value other than its default, and every array one element.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(0x55)
	case reflect.Uint16, reflect.Uint32:
		v.SetUint(0x55)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.String:
		v.SetString("a")
	case reflect.Uint8:
		v.SetUint('a')
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == tagsType {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	}
}

type deriver struct {
	message  message
	flexible bool
	encoded  []byte
	found    map[any]int // pointer to a value -> where it is; -1: nowhere
}

// somewhere is the place of what is in the message at a place that the experiment doesn't tell.
const somewhere = 1 << 30

// differs encodes the message as it stands and returns the first byte that is different: somewhere if the length
// is different too, -1 if nothing is.
func (d *deriver) differs() int {
	now := d.message.AppendTo(make([]byte, 0, len(d.encoded)+8))
	if len(now) != len(d.encoded) {
		return somewhere
	}
	for i, b := range d.encoded {
		if now[i] != b {
			return i
		}
	}
	return -1
}

// locate returns where a value's own bytes begin, behind the length of a string: somewhere where only a change of
// the length tells that it is there, -1 where this version doesn't carry it.
func (d *deriver) locate(v reflect.Value) int {
	at := v.Addr().Interface()
	if pos, ok := d.found[at]; ok {
		return pos
	}
	before := reflect.New(v.Type()).Elem()
	before.Set(v)
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(false)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(^v.Int())
	case reflect.Uint16, reflect.Uint32:
		v.SetUint(0xaaaaaaaa & (1<<(8*v.Type().Size()) - 1))
	case reflect.Float64:
		v.SetFloat(-1)
	case reflect.String:
		v.SetString("b")
	case reflect.Array:
		v.Index(0).SetUint('b')
	case reflect.Slice:
		v.SetZero()
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.String {
			b := "b"
			v.Set(reflect.ValueOf(&b).Convert(v.Type()))
		} else {
			v.SetZero()
		}
	case reflect.Struct: // Tags
		tags := v.Addr().Interface().(*kmsg.Tags)
		tags.Set(9999, nil)
	}
	pos := d.differs()
	v.Set(before)
	d.found[at] = pos
	return pos
}

// carried reports whether any part of a value is in the message.
func (d *deriver) carried(v reflect.Value) bool {
	if v.Kind() != reflect.Struct || v.Type() == tagsType {
		return d.locate(v) >= 0
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Name != "Version" && d.carried(v.Field(i)) {
			return true
		}
	}
	return false
}

// value tells the layout of a value that begins at pos, and where it ends; ok is false where it isn't there.
func (d *deriver) value(v reflect.Value, pos int) (s *shape, end int, ok bool) {
	switch v.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint16, reflect.Uint32, reflect.Float64:
		size := int(v.Type().Size())
		return &shape{form: fixed, size: size, least: size}, pos + size, d.locate(v) == pos
	case reflect.Array:
		return &shape{form: fixed, size: v.Len(), least: v.Len()}, pos + v.Len(), d.locate(v) == pos
	case reflect.String:
		return d.string(v, pos)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			length := d.prefix(4)
			at := d.locateByte(v)
			return &shape{form: blob, least: length}, pos + length + 1, at == pos+length
		}
		count := d.prefix(4)
		if pos+count > len(d.encoded) || d.encoded[pos+count-1] != d.one() {
			return nil, 0, false
		}
		elem, end, ok := d.value(v.Index(0), pos+count)
		return &shape{form: array, least: count, parts: []*shape{elem}}, end, ok
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.String {
			return d.string(v, pos)
		}
		if pos >= len(d.encoded) || d.encoded[pos] != 1 {
			return nil, 0, false
		}
		inside, end, ok := d.structure(v.Elem(), pos+1)
		return &shape{form: optional, least: 1, parts: []*shape{inside}}, end, ok
	case reflect.Struct:
		return d.structure(v, pos)
	}
	return nil, 0, false
}

func (d *deriver) string(v reflect.Value, pos int) (*shape, int, bool) {
	length := d.prefix(2)
	return &shape{form: text, least: length}, pos + length + 1, d.locate(v) == pos+length
}

// locateByte returns where the one byte of a byte slice is.
func (d *deriver) locateByte(v reflect.Value) int {
	b := v.Index(0)
	b.SetUint('b')
	defer b.SetUint('a')
	return d.differs()
}

// prefix is how many bytes a length or count takes that takes size bytes in versions that aren't flexible.
func (d *deriver) prefix(size int) int {
	if d.flexible {
		return 1
	}
	return size
}

// one is the last byte of the count of one element.
func (d *deriver) one() byte {
	if d.flexible {
		return 2
	}
	return 1
}

// structure tells the layout of a structure that begins at pos: its fields in order, and then, of a flexible one,
// the fields that didn't fit there, each at its tag.
func (d *deriver) structure(v reflect.Value, pos int) (*shape, int, bool) {
	s := &shape{form: structure}
	var rest []reflect.Value
	flexible := false
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Type() == tagsType {
			flexible = d.locate(f) >= 0
			continue
		}
		if v.Type().Field(i).Name == "Version" || !d.carried(f) {
			continue
		}
		part, end, ok := d.value(f, pos)
		if !ok {
			rest = append(rest, f)
			continue
		}
		s.add(part)
		pos = end
	}
	if !flexible {
		return s, pos, len(rest) == 0
	}
	s.tagged = map[uint64]*shape{}
	s.least++
	r := reader{d.encoded[min(pos, len(d.encoded)):]}
	count, ok := r.uvarint()
	if !ok || count != uint64(len(rest)) {
		return nil, 0, false
	}
	for range count {
		tag, ok1 := r.uvarint()
		size, ok2 := r.uvarint()
		if !ok1 || !ok2 || size > uint64(len(r.rest)) {
			return nil, 0, false
		}
		at := len(d.encoded) - len(r.rest)
		for i, f := range rest {
			part, end, ok := d.value(f, at)
			// A tagged bool has no third value: changed, it is its default and not there at all.
			if ok && end == at+int(size) || f.Kind() == reflect.Bool && size == 1 && d.locate(f) == somewhere {
				s.tagged[tag] = part
				rest = slices.Delete(rest, i, i+1)
				break
			}
		}
		r.rest = r.rest[size:]
	}
	return s, len(d.encoded) - len(r.rest), len(rest) == 0
}

// add appends a field. Fields of fixed size that follow each other are one.
func (s *shape) add(part *shape) {
	s.least += part.least
	if n := len(s.parts); part.form == fixed && n > 0 && s.parts[n-1].form == fixed {
		size := s.parts[n-1].size + part.size
		s.parts[n-1] = &shape{form: fixed, size: size, least: size}
		return
	}
	s.parts = append(s.parts, part)
}

// check walks a message along its shape and refuses counts and lengths that the bytes don't bear out. What it
// accepts kmsg decodes in time and memory in proportion to the bytes. It takes no offence at bytes left over.
func (s *shape) check(b []byte, flexible bool) error {
	w := walker{reader{b}, flexible, len(b)}
	return w.walk(s)
}

type walker struct {
	reader
	flexible bool
	whole    int
}

func (w *walker) short(what string) error {
	return fmt.Errorf("%s at byte %d runs over the end, at byte %d", what, w.whole-len(w.rest), w.whole)
}

func (w *walker) walk(s *shape) error {
	switch s.form {
	case fixed:
		return w.take(int64(s.size), "a number")
	case text:
		n, err := w.length(2, "a string's length")
		if err != nil {
			return err
		}
		return w.take(n, "a string")
	case blob:
		n, err := w.length(4, "the length of bytes")
		if err != nil {
			return err
		}
		return w.take(n, "bytes")
	case array:
		return w.array(s.parts[0])
	case optional:
		if len(w.rest) == 0 {
			return w.short("a structure")
		}
		there := int8(w.rest[0]) > 0
		w.rest = w.rest[1:]
		if !there {
			return nil
		}
		return w.walk(s.parts[0])
	}
	for _, part := range s.parts {
		if err := w.walk(part); err != nil {
			return err
		}
	}
	if s.tagged != nil {
		return w.tags(s)
	}
	return nil
}

func (w *walker) take(n int64, what string) error {
	if n > int64(len(w.rest)) {
		return w.short(what)
	}
	w.rest = w.rest[max(n, 0):]
	return nil
}

// length reads a length or count: -1 stands for null. In flexible versions it is a varint of one more.
func (w *walker) length(size int, what string) (int64, error) {
	if w.flexible {
		n, ok := w.uvarint()
		if !ok {
			return 0, w.short(what)
		}
		return int64(n) - 1, nil
	}
	if len(w.rest) < size {
		return 0, w.short(what)
	}
	var n int64
	if size == 2 {
		n = int64(int16(binary.BigEndian.Uint16(w.rest)))
	} else {
		n = int64(int32(binary.BigEndian.Uint32(w.rest)))
	}
	w.rest = w.rest[size:]
	return n, nil
}

func (w *walker) array(elem *shape) error {
	n, err := w.length(4, "a count")
	if err != nil {
		return err
	}
	if n > int64(len(w.rest))/int64(max(1, elem.least)) {
		return w.short(fmt.Sprintf("an array of %d elements", n))
	}
	if elem.form == fixed {
		return w.take(n*int64(elem.size), "an array")
	}
	for range n {
		if err := w.walk(elem); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) tags(s *shape) error {
	count, ok := w.uvarint()
	if !ok {
		return w.short("the count of tagged fields")
	}
	for range count {
		tag, ok1 := w.uvarint()
		size, ok2 := w.uvarint()
		if !ok1 || !ok2 || size > uint64(len(w.rest)) {
			return w.short("a tagged field")
		}
		if known := s.tagged[tag]; known != nil {
			inside := walker{reader{w.rest[:size]}, w.flexible, int(size)}
			if err := inside.walk(known); err != nil {
				return fmt.Errorf("tagged field %d: %w", tag, err)
			}
		}
		w.rest = w.rest[size:]
	}
	return nil
}
