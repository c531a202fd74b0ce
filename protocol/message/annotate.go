package message

import (
	"fmt"
	"slices"
	"strings"
)

// A Span is some bytes of a frame and what they are.
type Span struct {
	From, To int    // of the frame
	Path     string // the field; what it is about is in parentheses
	Value    string // as JSON has it, with the number's name where it has one; "" where there is none
	Secret   bool   // nobody is to see the bytes
}

// Annotate says what each byte of a body is. The spans lie end to end; offset is added to every position. Bytes that
// don't decode, or follow what does, are the last span. Secrets are marked and their values left out.
func Annotate(api *API, response bool, version int16, body []byte, offset int) []Span {
	var spans []Span
	var values []any
	m, err := decode(NewMemory(maxMessageMemory), api, response, version, body, func(path string, from, to int, value any) {
		spans = append(spans, Span{From: from, To: to, Path: path})
		values = append(values, value)
	})
	secrets := m.Secrets()
	for i := range spans {
		s := &spans[i]
		f := fieldAt(m.Definition().Fields, s.Path)
		s.Value = display(f, values[i])
		if slices.Contains(secrets, s.Path) || err != nil && f != nil && f.secrecy != public {
			s.Value, s.Secret = Hidden, true
		}
	}
	end := 0
	if len(spans) > 0 {
		end = spans[len(spans)-1].To
	}
	if end < len(body) || err != nil {
		what := "(trailing bytes: no field of this version)"
		if err != nil {
			what = "(" + err.(*DecodeError).Path + ": " + err.(*DecodeError).Why + ")"
		}
		spans = append(spans, Span{From: end, To: len(body), Path: what, Secret: err != nil && api.hasSecrets})
	}
	for i := range spans {
		spans[i].From += offset
		spans[i].To += offset
	}
	return spans
}

// display is a value as JSON has it, with its name in parentheses. f is nil where the value is none of a field.
func display(f *Field, v any) string {
	if f == nil {
		f = &Field{}
	}
	if data, ok := v.([]byte); ok {
		return fmt.Sprintf("%d bytes", len(data))
	}
	text := string(appendValue(nil, f, v, 0))
	if name := f.Word(v); name != "" {
		text += " (" + name + ")"
	}
	return text
}

// fieldAt returns the field at a path, or nil.
func fieldAt(fields []Field, path string) *Field {
	var f *Field
	for name := range strings.SplitSeq(withoutIndices(path), ".") {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		if i < 0 {
			return nil
		}
		f, fields = &fields[i], fields[i].Fields
	}
	return f
}
