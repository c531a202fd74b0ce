package printable

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Marshal returns a value as JSON on one line.
func Marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	return JSON(b), err
}

// MarshalIndent returns a value as JSON over several lines.
func MarshalIndent(v any, indent string) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", indent)
	return JSON(b), err
}

// JSON escapes what isn't printable in a JSON document, which has such characters in strings only. The values stay the same.
// What isn't UTF-8 becomes U+FFFD, as encoding/json has it.
func JSON(doc []byte) []byte {
	plain := func(r rune) bool { return r == '\n' || r == '\t' || r == '\r' || Rune(r) }
	if utf8.Valid(doc) && bytes.IndexFunc(doc, func(r rune) bool { return !plain(r) }) < 0 {
		return doc
	}
	out := make([]byte, 0, len(doc)+64)
	for len(doc) > 0 {
		r, n := utf8.DecodeRune(doc)
		switch {
		case plain(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		doc = doc[n:]
	}
	return out
}
