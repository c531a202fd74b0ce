// Package printable holds the one rule of which characters kdeck writes as they are, and the ways to write the others: in
// JSON, in a line of text. A broker may send anything as a name or an error. What it sends must neither act on a terminal nor
// look like something else in any output, and a file must be read back as it was. It imports the standard library only.
//
// Start reading at Rune. The console and the tables have stricter needs, of width: see ui/cell.Safe.
package printable

import (
	"unicode"
	"unicode/utf8"
)

// Rune tells whether a character may be written as it is. The others are the controls (C0, DEL and C1), what changes the
// direction of text, what is invisible or blank but for the space itself, and what Unicode hasn't assigned or leaves to
// private use. A line break is one of them too: only a format itself may break a line.
func Rune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r != 0x7f
	}
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		r != '\u2800' // the blank of Braille, which Unicode counts as a symbol
}

// Text tells whether a text is UTF-8 and may be written as it is.
func Text(s string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if !Rune(rune(c)) {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || !Rune(r) {
			return false
		}
		i += n
	}
	return true
}
