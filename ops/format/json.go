package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// WriteJSON writes a document as indented JSON, with a line break at its end. What JSON allows in a string and a terminal
// or a reader of YAML acts on is escaped: DEL, the C1 controls, and marks that change the direction of text.
func WriteJSON(w io.Writer, document any) error {
	b, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(printable(b), '\n'))
	return err
}

// printable escapes the characters of a JSON document that aren't printable. A document has them in strings only.
func printable(doc []byte) []byte {
	plain := func(r rune) bool { return r == '\n' || r > 0xffff || unicode.IsPrint(r) }
	if bytes.IndexFunc(doc, func(r rune) bool { return !plain(r) }) < 0 {
		return doc
	}
	out := make([]byte, 0, len(doc)+64)
	for len(doc) > 0 {
		r, n := utf8.DecodeRune(doc)
		if plain(r) {
			out = utf8.AppendRune(out, r)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		doc = doc[n:]
	}
	return out
}

// OrNull is a text as JSON writes it: null where there is none.
func OrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
