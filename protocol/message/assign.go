package message

import (
	"fmt"
	"slices"
	"strings"
)

// A FieldError says which field of a request can't be what was asked for, and why.
type FieldError struct {
	API     string
	Version int16
	Path    string
	Why     string
	Word    string   // what isn't known, where a name is
	Known   []string // what could have been meant
}

func (e *FieldError) Error() string {
	text := fmt.Sprintf("%s v%d: %s: %s", e.API, e.Version, e.Path, e.Why)
	if len(e.Known) > 0 {
		text += "; there are " + strings.Join(e.Known, ", ")
	}
	return text
}

func (m *Message) bad(path, format string, args ...any) *FieldError {
	return &FieldError{API: m.API.Name, Version: m.Version, Path: path, Why: fmt.Sprintf(format, args...)}
}

// Merge sets the fields of a request that a document names; the others stay. Lists are replaced whole. Errors are
// [*FieldError]; after one the message isn't to be used.
func (m *Message) Merge(d *Document) error {
	if d.kind != docObject {
		return m.bad("the body", "an object of fields was expected")
	}
	return m.merge(m.Root, d, "")
}

func (m *Message) merge(s *Struct, d *Document, path string) error {
	for i, name := range d.names {
		if name == unknownTags {
			if !m.IsFlexible() || d.list[i].kind != docObject {
				return m.bad(join(path, name), "v%d carries no tagged fields, or this is no object of them", m.Version)
			}
			tags, err := tagsOf(&d.list[i])
			if err != nil {
				return m.bad(join(path, name), "%v", err)
			}
			s.Unknown = tags
			continue
		}
		at, err := m.find(s, name, path)
		if err != nil {
			return err
		}
		v, err := m.assign(&s.Fields[at], &d.list[i], join(path, s.Fields[at].Name), s.Values[at])
		if err != nil {
			return err
		}
		s.Values[at] = v
	}
	return nil
}

// find returns which field of a struct a word means.
func (m *Message) find(s *Struct, word, path string) (int, error) {
	elsewhere := -1
	for i := range s.Fields {
		f := &s.Fields[i]
		if !f.Named(word) {
			continue
		}
		if f.Versions.Holds(m.Version) {
			return i, nil
		}
		elsewhere = i
	}
	at := join(path, word)
	if elsewhere >= 0 {
		return 0, m.bad(at, "v%d can't carry it, v%s can", m.Version, s.Fields[elsewhere].Versions)
	}
	if name, cut := cutFold(word, recordsSize); cut {
		for i := range s.Fields {
			if f := &s.Fields[i]; f.Kind == Records && f.Named(name) {
				return 0, m.bad(at, "a request log holds the size of records and not the records: give %s", f.Name)
			}
		}
	}
	err := m.bad(at, "no such field")
	err.Word = word
	for i := range s.Fields {
		if s.Fields[i].Versions.Holds(m.Version) {
			err.Known = append(err.Known, s.Fields[i].Name)
		}
	}
	if len(err.Known) == 0 {
		err.Why = "no such field; it has none"
	}
	return 0, err
}

func cutFold(s, suffix string) (string, bool) {
	at := len(s) - len(suffix)
	if at < 0 || !strings.EqualFold(s[at:], suffix) {
		return s, false
	}
	return s[:at], true
}

// assign makes the value of a field from a document. was is its value so far, which a struct keeps the rest of.
func (m *Message) assign(f *Field, d *Document, path string, was any) (any, error) {
	if d.kind == docNull {
		if !f.Nullable.Holds(m.Version) {
			if f.Nullable.From <= f.Nullable.To {
				return nil, m.bad(path, "it can't be null in v%d, in v%s it can", m.Version, f.Nullable)
			}
			return nil, m.bad(path, "it can't be null")
		}
		return nil, nil
	}
	if !f.Array {
		return m.element(f, d, path, was)
	}
	if d.kind != docList {
		return nil, m.bad(path, "a list was expected")
	}
	list := make([]any, len(d.list))
	for i := range d.list {
		if d.list[i].kind == docNull {
			return nil, m.bad(index(path, i), "it can't be null")
		}
		v, err := m.element(f, &d.list[i], index(path, i), nil)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func (m *Message) element(f *Field, d *Document, path string, was any) (any, error) {
	switch {
	case f.Kind == Nested:
		s, ok := was.(*Struct)
		if !ok {
			s = presetStruct(f.Fields, m.Version)
		}
		if d.kind == docScalar {
			return s, m.name(f, s, d, path)
		}
		if d.kind != docObject {
			return nil, m.bad(path, "an object of fields was expected")
		}
		return s, m.merge(s, d, path)
	case d.kind != docScalar:
		return nil, m.bad(path, "one value was expected, of type %s", f.Kind)
	}
	v, err := parseScalar(f, d.text)
	if err != nil {
		e := m.bad(path, "%v", err)
		e.Word, e.Known = d.text, f.Words()
		return nil, e
	}
	return v, nil
}

// name sets the one field of a struct that names what it is about.
func (m *Message) name(f *Field, s *Struct, d *Document, path string) error {
	key := keyField(f.Fields, m.Version)
	if key < 0 {
		err := m.bad(path, "%q doesn't say which field is meant: write %s.FIELD=…", d.text, path)
		for i := range s.Fields {
			if s.Fields[i].Versions.Holds(m.Version) {
				err.Known = append(err.Known, s.Fields[i].Name)
			}
		}
		return err
	}
	v, err := m.element(&s.Fields[key], d, join(path, s.Fields[key].Name), nil)
	s.Values[key] = v
	return err
}

// keyField returns the index of the field that a struct's one value is for where a person gives just a value: the field
// that names what the struct is about. It returns -1 where there is no such field, or more than one.
func keyField(fields []Field, version int16) int {
	typed := slices.ContainsFunc(fields, func(f Field) bool { return f.Kind == Int8 && strings.HasSuffix(f.Name, "Type") })
	for _, candidate := range []func(*Field) bool{
		func(f *Field) bool { return f.Entity != "" },
		func(f *Field) bool { return f.Key },
		func(f *Field) bool { return f.Kind == String && !typed },
		func(f *Field) bool { return slices.Contains(partitionNames, f.Name) },
	} {
		found, count := -1, 0
		for i := range fields {
			if f := &fields[i]; f.Versions.Holds(version) && !f.Array && f.Kind != Nested && candidate(f) {
				found = i
				count++
			}
		}
		if count > 0 {
			if count > 1 {
				return -1
			}
			return found
		}
	}
	return -1
}

// partitionNames are the names under which definitions have a partition's number, without saying what it is.
var partitionNames = []string{"partitionIndex", "partition", "partitionId", "index"}

// withoutIndices is a path without its indices.
func withoutIndices(path string) string {
	var b strings.Builder
	in := false
	for _, r := range path {
		switch {
		case r == '[':
			in = true
		case r == ']':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// NamesTopic reports whether the value of a field of a request is the name of a topic. Of a list or a struct it is so
// where a value alone becomes the name of a topic in it.
func NamesTopic(api *API, path string) bool {
	f := fieldAt(api.Request.Fields, path)
	if f == nil {
		return false
	}
	if f.Kind == Nested {
		key := keyField(f.Fields, api.Versions.To)
		return key >= 0 && f.Fields[key].Entity == "topicName"
	}
	return f.Entity == "topicName"
}
