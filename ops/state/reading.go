package state

import (
	"encoding/json"
	"math"
	"time"

	"kdeck/protocol/printable"
)

// A Reading is a value together with what is needed to trust it: whether it is known at all, when it was
// read and from whom. The zero Reading is unknown. What is unknown is never shown as zero and never counts as good.
type Reading[T any] struct {
	Value T
	Known bool
	At    time.Time // when it was read; of an unknown reading, when that was last tried
	From  string    // the node or exporter that said so, "broker 3" or "host:port"
	Why   string    // of an unknown reading: why it is unknown
}

// Read makes a known Reading.
func Read[T any](v T, at time.Time, from string) Reading[T] {
	return Reading[T]{Value: v, Known: true, At: at, From: from}
}

// Missing makes an unknown Reading; why says why it is unknown.
func Missing[T any](why string, at time.Time, from string) Reading[T] {
	return Reading[T]{At: at, From: from, Why: why}
}

// Or returns the value if it is known, and v if not.
func (r Reading[T]) Or(v T) T {
	if r.Known {
		return r.Value
	}
	return v
}

// UnmarshalJSON reads the value alone; null is unknown.
func (r *Reading[T]) UnmarshalJSON(b []byte) error {
	*r = Reading[T]{}
	if string(b) == "null" {
		return nil
	}
	if err := json.Unmarshal(b, &r.Value); err != nil {
		return err
	}
	r.Known = true
	return nil
}

// MarshalJSON writes the value alone, and null where it is unknown, or a figure that JSON has no number for.
func (r Reading[T]) MarshalJSON() ([]byte, error) {
	if f, ok := any(r.Value).(float64); !r.Known || ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return []byte("null"), nil
	}
	return printable.Marshal(r.Value)
}
