package config

import (
	"errors"
	"fmt"
	"strings"
)

// login is the one entry of a sasl.jaas.config line.
type login struct {
	module  string // the class's simple name
	options map[string]string
}

// parseJAAS reads a sasl.jaas.config line: a module's class, a control flag, options, a semicolon. Words, quotes,
// escapes and comments are those of java.io.StreamTokenizer as Kafka's JaasConfig sets it up, except that an
// unquoted number is taken for a value, which Kafka refuses. Errors quote only what is known to be no value.
func parseJAAS(line string) (*login, error) {
	t := jaasTokens{rest: line}
	class, kind := t.next()
	if kind != jaasWord {
		return nil, errors.New("a login module's class was expected first")
	}
	if strings.HasSuffix(class, ".") {
		return nil, errors.New("a login module's class was expected first")
	}
	l := &login{module: class[strings.LastIndexByte(class, '.')+1:], options: map[string]string{}}
	flag, kind := t.next()
	switch strings.ToUpper(flag) {
	case "REQUIRED", "REQUISITE", "SUFFICIENT", "OPTIONAL":
	default:
		kind = jaasEnd
	}
	if kind != jaasWord {
		return nil, errors.New("after the login module's class one of required, requisite, sufficient, optional was expected")
	}
	for {
		key, kind := t.next()
		switch {
		case kind == jaasSign && key == ";":
			if _, kind := t.next(); kind != jaasEnd {
				return nil, errors.New("one login module was expected, and more follows its semicolon")
			}
			return l, nil
		case kind == jaasEnd:
			return nil, errors.New("the semicolon at the end is missing")
		case kind != jaasWord && kind != jaasQuoted:
			return nil, errors.New("a value must be in quotes where it holds other than letters, digits and . _ - $")
		}
		if sign, kind := t.next(); kind != jaasSign || sign != "=" {
			return nil, errors.New("an option isn't followed by = and a value; values with other than letters, digits and . _ - $ must be in quotes")
		}
		value, kind := t.next()
		if kind != jaasWord && kind != jaasQuoted {
			if loginOptions[l.module][key] == "" {
				key = "an option"
			}
			return nil, fmt.Errorf("%s has no value, or one that must be in quotes", key)
		}
		l.options[key] = value
	}
}

type jaasKind int

const (
	jaasEnd jaasKind = iota
	jaasWord
	jaasQuoted
	jaasSign
)

type jaasTokens struct{ rest string }

func (t *jaasTokens) next() (string, jaasKind) {
	t.skip()
	if t.rest == "" {
		return "", jaasEnd
	}
	c := t.rest[0]
	if c == '"' || c == '\'' {
		return t.quoted(c)
	}
	n := 0
	for n < len(t.rest) && isJAASWord(t.rest[n]) {
		n++
	}
	if n == 0 {
		t.rest = t.rest[1:]
		return string(rune(c)), jaasSign
	}
	word := t.rest[:n]
	t.rest = t.rest[n:]
	return word, jaasWord
}

// skip drops blanks and comments. A lone slash starts a comment too: it is the tokenizer's default comment
// character.
func (t *jaasTokens) skip() {
	for t.rest != "" {
		switch {
		case t.rest[0] <= ' ':
			t.rest = t.rest[1:]
		case strings.HasPrefix(t.rest, "/*"):
			_, after, _ := strings.Cut(t.rest[2:], "*/")
			t.rest = after
		case t.rest[0] == '/':
			_, after, _ := strings.Cut(t.rest, "\n")
			t.rest = after
		default:
			return
		}
	}
}

func isJAASWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 ||
		c == '.' || c == '-' || c == '_' || c == '$'
}

// quoted reads a string in quotes; it ends at the line's end at the latest, where it counts as unterminated.
func (t *jaasTokens) quoted(quote byte) (string, jaasKind) {
	var b strings.Builder
	s := t.rest[1:]
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			t.rest = s[i+1:]
			return b.String(), jaasQuoted
		case c == '\n' || c == '\r':
			t.rest = ""
			return "", jaasEnd
		case c == '\\' && i+1 < len(s):
			i++
			i += unescape(&b, s[i:])
		default:
			b.WriteByte(c)
		}
	}
	t.rest = ""
	return "", jaasEnd
}

// unescape writes what follows a backslash and returns how many bytes more than one it took: octal escapes have
// up to three digits, the first of three at most 3.
func unescape(b *strings.Builder, s string) int {
	const from, to = "abfnrtv", "\a\b\f\n\r\t\v"
	if i := strings.IndexByte(from, s[0]); i >= 0 {
		b.WriteByte(to[i])
		return 0
	}
	if s[0] < '0' || s[0] > '7' {
		b.WriteByte(s[0])
		return 0
	}
	most := 2
	if s[0] <= '3' {
		most = 3
	}
	value, n := 0, 0
	for n < most && n < len(s) && s[n] >= '0' && s[n] <= '7' {
		value = value*8 + int(s[n]-'0')
		n++
	}
	b.WriteRune(rune(value))
	return n - 1
}
