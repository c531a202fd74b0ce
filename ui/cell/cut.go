package cell

import (
	"unicode/utf8"

	"kdeck/ops/format"
)

// Widest is how many columns a cell of a printed table has at the most. Every row is padded to the widest, so that one long name
// would be multiplied by the rows.
const Widest = 200

// WidestText is how many columns a text has at the most that stands on a line or a page by itself: a node may say megabytes. The
// commands that kdeck names are shorter.
const WidestText = 10_000

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
	length := cutMark(s, ascii)
	return Safe(cutAt(s, max(most-utf8.RuneCountInString(length), 0), ascii), ascii) + length
}

// cutMark stands where a text was cut.
func cutMark(whole string, ascii bool) string {
	return string(GlyphsFor(ascii).Ellipsis) + "(" + format.Count(utf8.RuneCountInString(whole), "character") + ")"
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
