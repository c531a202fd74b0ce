// Package alloctest bounds the memory that code under test allocates for an input from elsewhere: a short input must not cost much.
package alloctest

import (
	"runtime"
	"testing"
)

// What an input may cost: a little in any case, and so much for each of its bytes. Both count what is allocated altogether, freed or not.
const (
	atLeast = 16 << 20
	perByte = 4 << 10
)

// Bound begins to count what is allocated for an input of so many bytes. The returned function fails the test where that is out of
// proportion. Whatever runs beside the test counts too.
func Bound(t testing.TB, input int) (check func()) {
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	return func() {
		t.Helper()
		var after runtime.MemStats
		runtime.ReadMemStats(&after)
		if took, most := after.TotalAlloc-before.TotalAlloc, uint64(atLeast+perByte*input); took > most {
			t.Errorf("%d bytes are allocated for an input of %d, want %d at the most", took, input, most)
		}
	}
}
