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
	m, err := decode(api, response, version, body, func(path string, from, to int, value any) {
		spans = append(spans, Span{From: from, To: to, Path: path})
		values = append(values, value)
	})
	secrets := m.Secrets()
	for i := range spans {
		s := &spans[i]
		s.Value = display(api.Key, m.Definition().Fields, s.Path, values[i])
		if slices.Contains(secrets, s.Path) || err != nil && mayHide(api.Key, s.Path) {
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
		spans = append(spans, Span{From: end, To: len(body), Path: what, Secret: err != nil && len(secretPaths(api.Key)) > 0})
	}
	for i := range spans {
		spans[i].From += offset
		spans[i].To += offset
	}
	return spans
}

// display is a value as JSON has it, with its name in parentheses.
func display(api int16, fields []Field, path string, v any) string {
	f := fieldAt(fields, path)
	if f == nil {
		f = &Field{}
	}
	text := string(appendValue(nil, f, v, 0))
	if data, ok := v.([]byte); ok {
		text = fmt.Sprintf("%d bytes", len(data))
	}
	if name := Word(api, f, v); name != "" {
		text += " (" + name + ")"
	}
	return text
}

// fieldAt returns the field at a path, or nil.
func fieldAt(fields []Field, path string) *Field {
	var f *Field
	for name := range strings.SplitSeq(bare(path), ".") {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		if i < 0 {
			return nil
		}
		f, fields = &fields[i], fields[i].Fields
	}
	return f
}

// secretPaths are the names of an API's fields that may hold secrets.
func secretPaths(api int16) []string {
	var names []string
	for k := range secretField {
		if k.api == api {
			names = append(names, k.field)
		}
	}
	if api == 33 || api == 44 {
		names = append(names, "value")
	}
	return names
}

// mayHide reports whether a path is one of a field that may hold a secret.
func mayHide(api int16, path string) bool {
	name := bare(path[strings.LastIndexByte(path, '.')+1:])
	return slices.Contains(secretPaths(api), name)
}
