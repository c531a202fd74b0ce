// Package hostile makes texts that a broker may send to do harm. It is for tests.
package hostile

import (
	"strings"

	"pgregory.net/rapid"
)

// Parts are what texts are made of: each acts on a terminal, is invisible, changes the direction of text, isn't UTF-8, or means
// something in a format that kdeck writes.
var Parts = []string{
	"\x1b]52;c;aGk=\a", "\x1b[2J", "\u009b31m", "\u009d0;t\u009c", "\u0085", "\x00", "\x7f", "\b", "\n", "\r", "\t",
	"\u202e", "\u2066", "\u200b", "\u200d", "\u2028", "\u2060", "\u00ad", "\u3164", "\u2800", "\ufe0f", "\ufeff", "\uffff", "\U000e0041", "\ue000",
	"\xff", "\xc3", "\xed\xa0\x80", "\ufffd", "🙂", "é", "a\u0301",
	`\`, `"`, "'", "`", ",", " ", "- ", ": ", "#", "{", "[", "<", "&", "true", "null", "1e3", "0x1", "~", "%", "@", "=cmd()", "2026-11-30",
}

// Name is a name with all that is worst in it.
const Name = "evil\x1b]52;c;aGk=\a\x1b[2J\u009b31m\u202etxt\u2066\u200b\ufeff\u3164\U000e0041\x00\x7f\r\n\tend"

// Text makes texts of parts and of any other characters.
func Text() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom(Parts)), 0, 6).Draw(t, "parts"), "")
	})
}
