package format

import "strings"

// Shell writes a word for a POSIX shell, in single quotes where it needs them.
func Shell(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=@+") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
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
