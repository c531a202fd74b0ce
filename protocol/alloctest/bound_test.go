package alloctest

import "testing"

// failing notes what a test would say.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Helper()               {}
func (f *failing) Errorf(string, ...any) { f.failed = true }

var kept []byte

func TestOnlyWhatIsOutOfProportionFails(t *testing.T) {
	for _, tt := range []struct {
		name         string
		input, takes int
		fails        bool
	}{
		{"little", 1, 1 << 10, false},
		{"much for a short input", 1, 64 << 20, true},
		{"much for a long input", 64 << 10, 64 << 20, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &failing{TB: t}
			check := Bound(f, tt.input)
			kept = make([]byte, tt.takes)
			if check(); f.failed != tt.fails {
				t.Errorf("failed: %v", f.failed)
			}
		})
	}
}
