package message

import (
	"strconv"
	"strings"
)

// Set sets one field of a request. A path names fields and, in lists, elements, from 0 in order: topics[0].name. The
// field of a list takes words with commas between them, each of which becomes an element, a struct of the one field
// that names what it is about; or a list in JSON or YAML. The word null is null; in quotes a text is meant. Errors are
// [*FieldError]; after one the message isn't to be used.
func (m *Message) Set(path, value string) error {
	s, at := m.Root, ""
	rest := path
	for {
		step := rest
		dot := strings.IndexByte(rest, '.')
		if dot >= 0 {
			step, rest = rest[:dot], rest[dot+1:]
		}
		word, position, indexed := strings.Cut(step, "[")
		i, err := m.find(s, word, at)
		if err != nil {
			return err
		}
		f, v := &s.Fields[i], &s.Values[i]
		at = join(at, f.Name)
		if indexed {
			if v, err = m.reach(f, v, position, at); err != nil {
				return err
			}
			at += "[" + position
		} else if f.Array && dot >= 0 {
			return m.bad(at, "it is a list: write %s[0]", f.Name)
		}
		if dot < 0 {
			return m.put(f, v, indexed, value, at)
		}
		if f.Kind != Nested {
			return m.bad(at, "it is of type %s and has no fields", f.Type())
		}
		if *v == nil {
			*v = presetStruct(f.Fields, m.Version)
		}
		s = (*v).(*Struct)
	}
}

// reach returns the element of a list, which it makes where it is the next one.
func (m *Message) reach(f *Field, v *any, position, path string) (*any, error) {
	number, closed := strings.CutSuffix(position, "]")
	i, err := strconv.ParseUint(number, 10, 31)
	if !closed || err != nil {
		return nil, m.bad(path, "%q is no index: write [0], [1] and so on", "["+position)
	}
	if !f.Array {
		return nil, m.bad(path, "it is of type %s and no list", f.Type())
	}
	list, _ := (*v).([]any)
	if int(i) > len(list) {
		return nil, m.bad(index(path, int(i)), "element %d comes first", len(list))
	}
	if int(i) == len(list) {
		var element any
		if f.Kind == Nested {
			element = presetStruct(f.Fields, m.Version)
		} else {
			element = defaultOf(&Field{Kind: f.Kind}, m.Version)
		}
		list = append(list, element)
		*v = list
	}
	return &list[i], nil
}

func (m *Message) put(f *Field, v *any, element bool, text, path string) error {
	d, err := m.read(f, element, text, path)
	if err != nil {
		return err
	}
	if element {
		if d.kind == docNull {
			return m.bad(path, "it can't be null")
		}
		*v, err = m.element(f, d, path, *v)
		return err
	}
	*v, err = m.assign(f, d, path, *v)
	return err
}

// read makes a document of the text behind a path.
func (m *Message) read(f *Field, element bool, text, path string) (*Document, error) {
	structured := (f.Array && !element || f.Kind == Nested) && (strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{"))
	switch {
	case structured:
		d, err := ParseDocument([]byte(text))
		if err != nil {
			return nil, m.bad(path, "%v", err)
		}
		return d, nil
	case text == "null":
		return &Document{kind: docNull}, nil
	case len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"':
		text, err := strconv.Unquote(text)
		if err != nil {
			return nil, m.bad(path, "the text in quotes doesn't end, or has an unknown escape")
		}
		return &Document{kind: docScalar, text: text, quoted: true}, nil
	case f.Array && !element:
		d := &Document{kind: docList}
		if text != "" {
			for word := range strings.SplitSeq(text, ",") {
				d.list = append(d.list, Document{kind: docScalar, text: word})
			}
		}
		return d, nil
	}
	return &Document{kind: docScalar, text: text}, nil
}

// MainList returns the list of a request that words without a path go into, or nil where there isn't exactly one.
func (m *Message) MainList() *Field {
	var found *Field
	for i := range m.Root.Fields {
		f := &m.Root.Fields[i]
		_, filters := cutFold(f.Name, "Filter")
		if !f.Versions.Holds(m.Version) || !f.Array || f.Tagged.Holds(m.Version) || filters {
			continue
		}
		if f.Kind == Nested && keyField(f.Fields, m.Version) < 0 || f.Kind != Nested && f.Kind != String {
			continue
		}
		if found != nil {
			return nil
		}
		found = f
	}
	return found
}
