package cell

import (
	"unicode/utf8"

	"kdeck/ops/format"
)

// Widest is how many columns a cell of a printed table has at the most. Every row is padded to the widest, so that one long name
// would be multiplied by the rows.
const Widest = 200

// Cut returns Safe(s, ascii), of which no more than so many columns are shown: what is longer ends with its whole length, as
// "…(1,048,576 characters)".
func Cut(s string, most int, ascii bool) string {
	if len(s) <= most && plain(s) {
		return s
	}
	whole := cutAt(s, most, ascii)
	if len(whole) == len(s) {
		return Safe(s, ascii)
	}
	length := string(GlyphsFor(ascii).Ellipsis) + "(" + format.Count(utf8.RuneCountInString(s), "character") + ")"
	return Safe(cutAt(s, max(most-utf8.RuneCountInString(length), 0), ascii), ascii) + length
}

// cutAt returns the beginning of s that, made safe, fits into so many columns.
func cutAt(s string, columns int, ascii bool) string {
	sum := 0
	for at := 0; at < len(s); {
		_, _, w, n := next(s[at:], ascii)
		if sum += w; sum > columns {
			return s[:at]
		}
		at += n
	}
	return s
}
