package format

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"kdeck/protocol/printable"
)

// Pattern is a regular expression that matches exactly one name, also one that a broker made up: blanks, quotes, slashes and what
// isn't printable are written as \x{20}, so that the expression is one word of a filter. A byte that isn't UTF-8 is \x{fffd}, as
// which Go's regexp reads it: such an expression also matches the names that differ in that byte alone.
func Pattern(name string) string {
	var b strings.Builder
	for len(name) > 0 {
		r, n := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError || !printable.Rune(r) || strings.ContainsRune(` "'/`, r) {
			fmt.Fprintf(&b, `\x{%x}`, r)
		} else {
			b.WriteString(regexp.QuoteMeta(name[:n]))
		}
		name = name[n:]
	}
	return b.String()
}

// WholeName compiles a regular expression that a whole name must match. It must be one by itself: "a)|(b" would else match what begins with a. The error quotes it
// as it was typed.
func WholeName(pattern string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile("^(?:" + pattern + ")$")
}
