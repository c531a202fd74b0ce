package message

import "sync/atomic"

// Memory bounds the bytes that several messages take together. It may be used from several goroutines at once; a nil
// Memory takes everything.
type Memory struct {
	limit int64
	used  atomic.Int64
}

// NewMemory makes a Memory of limit bytes.
func NewMemory(limit int64) *Memory { return &Memory{limit: limit} }

// Limit is the bound, in bytes.
func (m *Memory) Limit() int64 { return m.limit }

// Used is how many bytes are taken.
func (m *Memory) Used() int64 { return m.used.Load() }

// Take takes n bytes and reports whether there were as many; where there weren't, none is taken.
func (m *Memory) Take(n int64) bool {
	if m == nil {
		return true
	}
	if m.used.Add(n) > m.limit {
		m.used.Add(-n)
		return false
	}
	return true
}

// Free gives n bytes back that were taken.
func (m *Memory) Free(n int64) {
	if m != nil {
		m.used.Add(-n)
	}
}

// About what decoded values take in memory beside their own bytes, on a machine of 64 bits. A test holds them against
// the heap.
const (
	structSize = 80 // a Struct and the pointer to it
	fieldSize  = 24 // of a struct, or an element of a list: an interface and what it points to
	listSize   = 32 // a list, empty
	textSize   = 16 // the header of a string, which an interface points to
	tagSize    = 32 // a tagged field that isn't known
)

// elementSize is about what an element of a list takes, without what lists and texts below it do.
func elementSize(f *Field) int64 {
	if f.Kind == Nested {
		return structSize + fieldSize*int64(len(f.Fields))
	}
	return fieldSize
}
