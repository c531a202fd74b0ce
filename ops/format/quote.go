package format

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"kdeck/protocol/printable"
)

// Shell writes a word for a POSIX shell, in single quotes where it needs them.
func Shell(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=@+") == "" {
		return word
	}
	if !printable.Text(word) {
		return ansiC(word)
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// ansiC writes a word as bash, zsh and POSIX.1-2024 read it in $'…': each byte of what isn't printable as \x9b.
func ansiC(word string) string {
	var b strings.Builder
	b.WriteString("$'")
	for len(word) > 0 {
		r, n := utf8.DecodeRuneInString(word)
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteByte(byte(r))
		case printable.Text(word[:n]):
			b.WriteString(word[:n])
		default:
			for i := range n {
				fmt.Fprintf(&b, `\x%02x`, word[i])
			}
		}
		word = word[n:]
	}
	b.WriteByte('\'')
	return b.String()
}

// FilterValue writes the value behind a filter's colon, in double quotes where a blank would end it. A filter can't
// hold a double quote in a quoted value: it is left out.
func FilterValue(s string) string {
	if strings.ContainsAny(s, " \t\"") {
		return `"` + strings.ReplaceAll(s, `"`, "") + `"`
	}
	return s
}

// Clip shortens a text to so many characters, the last of which is then "…".
func Clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
