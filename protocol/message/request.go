package message

import "strings"

// New is the request of an API in a version, with Kafka's defaults at every depth but for those that kdeck has others
// for.
func New(api *API, version int16) *Message {
	return &Message{API: api, Version: version, Root: presetStruct(api.Request.Fields, version)}
}

// presetStruct is a struct of a request with its defaults.
func presetStruct(fields []Field, version int16) *Struct {
	s := newStruct(fields, version)
	preset(s, version)
	return s
}

// preset puts the defaults that kdeck has in the place of Kafka's.
func preset(s *Struct, version int16) {
	for i := range s.Fields {
		f := &s.Fields[i]
		switch {
		case !f.Versions.Holds(version):
		case f.preset == "null":
			if f.Nullable.Holds(version) {
				s.Values[i] = nil
			}
		case f.preset != "":
			s.Values[i] = parseDefault(f, f.preset)
		default:
			if below, ok := s.Values[i].(*Struct); ok {
				preset(below, version)
			}
		}
	}
}

// DefaultAt is the default of a request's field, as JSON; path has indices or not.
func (m *Message) DefaultAt(path string) string {
	plain := withoutIndices(path)
	fields, name := m.API.Request.Fields, plain
	if at := strings.LastIndexByte(plain, '.'); at >= 0 {
		f := fieldAt(fields, plain[:at])
		if f == nil {
			return "null"
		}
		fields, name = f.Fields, plain[at+1:]
	}
	v, _ := presetStruct(fields, m.Version).Get(name)
	return string(appendField(nil, &Field{}, v, m.Version))
}
