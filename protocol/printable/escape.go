package printable

import (
	"fmt"
	"unicode/utf8"
)

// Escape writes a text on one line for people, with what isn't printable as Go writes it: \x1b, \u202e, \U000e0041. A byte that
// isn't UTF-8 is \xff.
func Escape(s string) string {
	if Text(s) {
		return s
	}
	out := make([]byte, 0, len(s)+16)
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1, r < utf8.RuneSelf && !Rune(r):
			out = fmt.Appendf(out, `\x%02x`, s[0])
		case Rune(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			out = fmt.Appendf(out, `\U%08x`, r)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		s = s[n:]
	}
	return string(out)
}
