package cell

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kdeck/protocol/printable/hostile"
)

func TestALongTextIsCutWithItsLengthSaid(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"orders", "orders"},
		{strings.Repeat("x", 40), strings.Repeat("x", 40)},
		{strings.Repeat("x", 41), strings.Repeat("x", 24) + "…(41 characters)"},
		{strings.Repeat("x", 1<<20), strings.Repeat("x", 17) + "…(1,048,576 characters)"},
		{strings.Repeat("漢", 30), strings.Repeat("漢", 12) + "…(30 characters)"},
		{strings.Repeat("\x1b", 11), strings.Repeat(`\x1b`, 6) + "…(11 characters)"},
	} {
		if got := Cut(c.in, 40, false); got != c.want {
			t.Errorf("%.50q: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestNothingIsWiderThanItIsCutAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Repeat(hostile.Text().Draw(t, "s"), rapid.IntRange(1, 50).Draw(t, "times"))
		ascii := rapid.Bool().Draw(t, "ascii")
		got := Cut(s, 60, ascii)
		if w := Width(got, ascii); w > 60 || Safe(got, ascii) != got && !ascii {
			t.Fatalf("%q: %q is %d columns wide", s, got, w)
		}
		if Width(s, ascii) <= 60 && got != Safe(s, ascii) {
			t.Fatalf("%q is cut: %q", s, got)
		}
	})
}
