package message

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Words returns the names that the field's numbers have.
func (f *Field) Words() []string {
	var names []string
	for _, w := range f.words {
		names = append(names, w.name)
	}
	return names
}

// Word names a number of the field, for people: an error code, an enumeration's value, a time. It is "" where the number
// says it all.
func (f *Field) Word(v any) string {
	n, ok := v.(int64)
	if !ok {
		return ""
	}
	if isErrorCode(f) {
		if e := kerr.TypedErrorForCode(int16(n)); e != nil && e.Code == int16(n) {
			return e.Message
		}
		if n == 0 {
			return "none"
		}
		return "unknown to kdeck"
	}
	for _, w := range f.words {
		if w.number == n {
			return w.name
		}
	}
	if isTime(f) && n > 0 && n < maxTime {
		return time.UnixMilli(n).UTC().Format(time.RFC3339Nano)
	}
	return ""
}

// maxTime is the end of the year 9999, in milliseconds.
const maxTime = 253402300799999

func isErrorCode(f *Field) bool {
	_, is := cutFold(f.Name, "errorCode")
	return is && f.Kind == Int16
}

// isTime reports whether a field holds milliseconds since 1970.
func isTime(f *Field) bool {
	if f.Kind != Int64 {
		return false
	}
	lower := strings.ToLower(f.Name)
	return strings.Contains(lower, "timestamp") || strings.HasSuffix(lower, "timems") && !strings.HasPrefix(lower, "throttle")
}

// parseScalar reads the text of one value. Its errors say what is wrong with the text, not where it stands.
func parseScalar(f *Field, text string) (any, error) {
	if text == Hidden && (f.Kind == String || f.Kind == Bytes) {
		return nil, errors.New("the value is hidden, which is how secrets are written down: give it")
	}
	switch f.Kind {
	case Bool:
		switch strings.ToLower(text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", text)
	case Float64:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", text)
		}
		return v, nil
	case String:
		if len(text) > math.MaxInt16 {
			return nil, fmt.Errorf("a text of %d bytes: at most %d go", len(text), math.MaxInt16)
		}
		if !utf8.ValidString(text) {
			return nil, errors.New("the text isn't UTF-8")
		}
		return text, nil
	case Bytes, Records:
		return parseBytes(text)
	case UUID:
		return ParseUUID(text)
	}
	return parseInteger(f, text)
}

func parseInteger(f *Field, text string) (any, error) {
	for _, w := range f.words {
		if strings.EqualFold(strings.ReplaceAll(text, "-", "_"), strings.ReplaceAll(w.name, "-", "_")) {
			return w.number, nil
		}
	}
	low, high := limits(f.Kind)
	v, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		if isTime(f) {
			if t, ok := parseTime(text); ok {
				return t.UnixMilli(), nil
			}
		}
		if isErrorCode(f) {
			for _, e := range ErrorCodes() {
				if strings.EqualFold(e.Message, text) {
					return int64(e.Code), nil
				}
			}
		}
		if errors.Is(err, strconv.ErrRange) {
			return nil, fmt.Errorf("%s is out of range: %s goes from %d to %d", text, f.Kind, low, high)
		}
		return nil, fmt.Errorf("%q is no %s", text, f.Kind)
	}
	if v < low || v > high {
		return nil, fmt.Errorf("%s is out of range: %s goes from %d to %d", text, f.Kind, low, high)
	}
	return v, nil
}

// ErrorCodes are Kafka's errors in the order of their codes, from -1; 0, which is none, is not among them.
func ErrorCodes() []*kerr.Error {
	var all []*kerr.Error
	for code := range int16(1000) {
		// What isn't known comes back as the error of code -1.
		if e := kerr.TypedErrorForCode(code - 1); e != nil && e.Code == code-1 {
			all = append(all, e)
		}
	}
	return all
}

var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02"}

// parseTime reads a time as RFC 3339 has it; seconds may be left out, and the time of day.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseBytes reads hex:…, base64:… or utf8:…; without one of these base64 is meant, as a request log has it.
func parseBytes(text string) ([]byte, error) {
	form, rest, found := strings.Cut(text, ":")
	if !found {
		form, rest = "base64", text
	}
	var b []byte
	var err error
	switch strings.ToLower(form) {
	case "hex":
		b, err = hex.DecodeString(strings.ReplaceAll(rest, " ", ""))
	case "base64":
		b, err = base64.StdEncoding.DecodeString(rest)
	case "utf8":
		b = []byte(rest)
	default:
		return nil, fmt.Errorf("%q: bytes are written hex:…, base64:… or utf8:…", form+":")
	}
	if err != nil {
		return nil, fmt.Errorf("no bytes in %s: %v", strings.ToLower(form), err)
	}
	return b, nil
}

// ParseUUID reads a UUID in Kafka's form (22 characters of base64url), as 32 hexadecimal digits, or with dashes.
func ParseUUID(text string) ([16]byte, error) {
	var b []byte
	var err error
	if len(text) == 22 {
		b, err = base64.RawURLEncoding.DecodeString(text)
	} else {
		b, err = hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	}
	if err != nil || len(b) != 16 {
		return [16]byte{}, fmt.Errorf("%q is no UUID: Kafka writes 22 characters of base64, others 32 hexadecimal digits", text)
	}
	return [16]byte(b), nil
}
