package cell

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"kdeck/protocol/printable"
)

// width is the number of columns that a rune takes wherever it stands, or 0 for one that must not be written as it
// is: control characters, marks that join the rune before them, directions, and whatever terminals that count runes
// and terminals that count clusters give different widths.
func width(r rune) int {
	switch {
	case r >= 0x20 && r < 0x7f:
		return 1
	case r >= 0x2500 && r <= 0x259f: // lines and blocks, which most drawing is of
		return 1
	case r < 0xa1, r == utf8.RuneError, joins(r), !printable.Rune(r), unicode.Is(unicode.M, r):
		return 0
	}
	s := string(r)
	w := ansi.WcWidth.StringWidth(s)
	if w != ansi.GraphemeWidth.StringWidth(s) || w < 1 || w > 2 {
		return 0
	}
	return w
}

// joins tells of runes that have a width of their own and still join a neighbour: Hangul letters that compose
// syllables, halves of flags, skin tones, vowels that follow, and letters that Unicode calls prepended.
func joins(r rune) bool {
	switch {
	case r >= 0x1100 && r <= 0x11ff, r >= 0xa960 && r <= 0xa97f, r >= 0xd7b0 && r <= 0xd7ff,
		r >= 0x1f1e6 && r <= 0x1f1ff,
		r >= 0x1f3fb && r <= 0x1f3ff,
		r == 0x0e33, r == 0x0eb3, r == 0xff9e, r == 0xff9f, r == 0x0d4e, r == 0x111c2, r == 0x111c3, r == 0x113d1, r == 0x1193f, r == 0x11941,
		r >= 0x11a84 && r <= 0x11a89, r == 0x11d46, r == 0x11f02:
		return true
	}
	return false
}

// next reads one rune of s: what to write for it, its width in columns and its length in bytes. An unsafe rune comes
// as an escape in ASCII.
func next(s string, ascii bool) (r rune, escape string, w, n int) {
	if c := s[0]; c >= 0x20 && c < 0x7f {
		return rune(c), "", 1, 1
	}
	r, n = utf8.DecodeRuneInString(s)
	if !ascii || r < 0x80 {
		if w = width(r); w > 0 && !(r == utf8.RuneError && n == 1) {
			return r, "", w, n
		}
	}
	switch {
	case r == utf8.RuneError && n <= 1, r < 0x80:
		escape = hex('x', uint64(s[0]), 2)
	case r <= 0xffff:
		escape = hex('u', uint64(r), 4)
	default:
		escape = hex('U', uint64(r), 8)
	}
	return 0, escape, len(escape), n
}

func hex(kind byte, v uint64, digits int) string {
	b := append(make([]byte, 0, 10), '\\', kind)
	d := strconv.FormatUint(v, 16)
	for range digits - len(d) {
		b = append(b, '0')
	}
	return string(append(b, d...))
}

// Safe returns s with everything written out that could harm a terminal or a table; with ascii set, everything
// outside ASCII too.
func Safe(s string, ascii bool) string {
	if plain(s) {
		return s
	}
	b := make([]byte, 0, len(s)+8)
	for len(s) > 0 {
		r, escape, _, n := next(s, ascii)
		if escape != "" {
			b = append(b, escape...)
		} else {
			b = utf8.AppendRune(b, r)
		}
		s = s[n:]
	}
	return string(b)
}

// Width is the number of columns of Safe(s, ascii).
func Width(s string, ascii bool) int {
	if plain(s) {
		return len(s)
	}
	sum := 0
	for len(s) > 0 {
		_, _, w, n := next(s, ascii)
		sum += w
		s = s[n:]
	}
	return sum
}

// plain tells whether s is printable ASCII throughout.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
