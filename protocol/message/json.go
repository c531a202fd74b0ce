package message

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Hidden stands in the place of a secret.
const Hidden = "[hidden]"

// unknownTags is the name of what a broker's request log never holds: tagged fields without a definition.
const unknownTags = "_unknownTaggedFields"

// recordsSize is what a request log holds in the place of records.
const recordsSize = "SizeInBytes"

// MarshalJSON writes the message as the request log of a broker does: Kafka's names in Kafka's order, tagged fields
// only where they say something, bytes in base64, records as their size, UUIDs in Kafka's base64 form. Unknown tagged
// fields, which that log drops, come under _unknownTaggedFields. Secrets are hidden.
func (m *Message) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }

// AppendJSON appends what [Message.MarshalJSON] returns.
func (m *Message) AppendJSON(b []byte) []byte {
	return appendStruct(b, m.Redacted().Root, m.Version)
}

func appendStruct(b []byte, s *Struct, version int16) []byte {
	b = append(b, '{')
	first := true
	name := func(n string) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, n), ':')
	}
	for i := range s.Fields {
		f, v := &s.Fields[i], s.Values[i]
		if !shown(f, v, version) {
			continue
		}
		if data, ok := v.([]byte); ok && f.Kind == Records {
			name(f.Name + recordsSize)
			b = strconv.AppendInt(b, int64(len(data)), 10)
			continue
		}
		name(f.Name)
		b = appendField(b, f, v, version)
	}
	if len(s.Unknown) > 0 {
		name(unknownTags)
		b = append(b, '{')
		for i, t := range s.Unknown {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, strconv.Itoa(int(t.Tag))), ':')
			b = appendString(b, base64.StdEncoding.EncodeToString(t.Data))
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

func appendField(b []byte, f *Field, v any, version int16) []byte {
	list, ok := v.([]any)
	if !ok {
		return appendValue(b, f, v, version)
	}
	b = append(b, '[')
	for i, element := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, f, element, version)
	}
	return append(b, ']')
}

func appendValue(b []byte, f *Field, v any, version int16) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return appendFloat(b, v)
	case string:
		return appendString(b, v)
	case []byte:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v)
		return append(b, '"')
	case [16]byte:
		return appendString(b, FormatUUID(v))
	case *Struct:
		return appendStruct(b, v, version)
	}
	return append(b, "[]"...)
}

// FormatUUID writes a UUID as Kafka does: base64url without padding.
func FormatUUID(id [16]byte) string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// appendFloat writes a number as Java does, which is how a request log has it: 1.0, 1.0E7; what is no number is text.
func appendFloat(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	}
	if size := math.Abs(v); size != 0 && (size < 1e-3 || size >= 1e7) {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'E', -1, 64), "E")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		n, _ := strconv.Atoi(exponent)
		return append(b, mantissa+"E"+strconv.Itoa(n)...)
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return append(b, text...)
}

// appendString writes a JSON string without escaping what needs none. What isn't UTF-8 becomes U+FFFD, as in Java.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\b':
			b = append(b, '\\', 'b')
		case c == '\f':
			b = append(b, '\\', 'f')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
