package format

import (
	"io"

	"kdeck/protocol/printable"
)

// WriteJSON writes a document as indented JSON, with a line break at its end. What JSON allows in a string and a terminal or a
// reader acts on is escaped, by the rule of package printable.
func WriteJSON(w io.Writer, document any) error {
	b, err := printable.MarshalIndent(document, "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// OrNull is a text as JSON writes it: null where there is none.
func OrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
